package main

import (
	"context"
	"errors"
	"fmt"

	"vantage/pipeline/tag"
)

const tagHelp = `Reads JSON lines (id, title, text, published, hashtags, links, lang, feed_council,
class, publisher, url; or items as ` + "`vantage parse`" + ` prints them) and prints what each is
about: councils with confidence and reasons, topics, themes, tools and whether they
are used, offered or mentioned; the stage (idea, discovery, alpha, pilot, live,
evaluated, stopped), lessons, failures, events, and what can be reused.

  echo '{"id":"1","text":"Barnsley Council trials damp sensors"}' | vantage tag --explain
  vantage parse feed.xml | tail -n +2 | vantage tag
`

func runTag(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "tag [flags] [FILE|-]", tagHelp)
	load := understandingFlags(fs)
	explain := fs.Bool("explain", false, "print for people instead of JSON lines")
	name, err := oneWord(fs, args, "-")
	if err != nil {
		return err
	}
	u, err := load(c)
	if err != nil {
		return err
	}
	in, _, err := openInput(c, name)
	if err != nil {
		return fmt.Errorf("tag: %w", err)
	}
	defer in.Close()
	return tag.Filter(ctx, in, c.out, u.tagger, tag.FilterOptions{Explain: *explain, Errors: c.err, Vocabulary: u.vocabulary, Register: u.register})
}

const vocabularyHelp = `Checks a vocabulary, a file or a folder of YAML files, and runs the examples of
its rules. Without a name it checks the one of the configuration. The others
show what is in it.

  vantage vocabulary check my-vocabulary.yaml
  vantage vocabulary list -kind topic
  vantage vocabulary find RPA
`

func runVocabulary(_ context.Context, c console, args []string) error {
	fs := flagSet(c, "vocabulary check|list|find [FILE]", vocabularyHelp)
	path := fs.String("config", "", "configuration file, for the vocabulary")
	if len(args) > 0 && args[0] == "learn" {
		return runLearn(c, args[1:])
	}
	if len(args) > 0 && args[0] == "list" {
		return runVocabularyList(c, args[1:])
	}
	if len(args) > 0 && args[0] == "find" {
		return runVocabularyFind(c, args[1:])
	}
	words, err := parseWords(fs, args)
	switch {
	case err != nil:
		return err
	case len(words) == 0:
		fs.Usage()
		return errors.New("vocabulary: say what to do: check, list or find")
	case words[0] != "check":
		return fmt.Errorf("vocabulary: %q is not check, list or find; see vantage vocabulary -h", words[0])
	case len(words) > 2:
		return fmt.Errorf("vocabulary check: %q is one word too many; name one file or folder", words[2])
	}
	cfg, err := loadConfig(*path, c.environ)
	if err != nil {
		return err
	}
	if len(words) == 2 {
		cfg.Vocabulary, cfg.dir = words[1], "."
	}
	v, err := loadVocabulary(cfg)
	if err != nil {
		return err
	}
	problems := tag.Check(v)
	for _, p := range problems {
		fmt.Fprintln(c.err, p.Error())
	}
	if len(problems) > 0 {
		return fmt.Errorf("vocabulary: %d problems", len(problems))
	}
	fmt.Fprintf(c.out, "%d topics and %d tools, all examples as expected\n", len(v.Terms(tag.Topics)), len(v.Terms(tag.Tools)))
	return nil
}
