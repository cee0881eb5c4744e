package main

import (
	"context"
	"errors"
	"fmt"

	"vantage/pipeline/council"
	"vantage/pipeline/eval"
	"vantage/pipeline/tag"
)

const evalHelp = `Measures how well texts are understood, against labels that people gave them:
precision, recall and F1 with 95 % intervals, by theme and by kind of trap, beside
a baseline of plain names. One JSON object a line:

  {"id": "1", "text": "…", "labels": ["E09000012"], "category": "neg-sport"}
  {"id": "2", "text": "…", "topics": ["waste & recycling"]}

labels are register ids of the councils that the text speaks of, topics are names
of themes; empty lists say that there is none. A category that begins with neg-
is a trap.

  vantage eval -v labelled.jsonl
`

func runEval(_ context.Context, c console, args []string) error {
	fs := flagSet(c, "eval [flags] FILE…", evalHelp)
	path := fs.String("config", "", "configuration file, for the vocabulary")
	vocabulary := fs.String("vocabulary", "", "vocabulary file or folder (default: that of the configuration)")
	details := fs.Bool("v", false, "also print every difference, with the reasons")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("eval: name at least one file of labelled texts, or - for standard input")
	}
	cfg, err := loadConfig(*path, c.environ)
	if err != nil {
		return err
	}
	if *vocabulary != "" {
		cfg.Vocabulary, cfg.dir = *vocabulary, "."
	}
	v, err := loadVocabulary(cfg)
	if err != nil {
		return err
	}
	register := council.Load()
	tagger, err := tag.Compile(v, register)
	if err != nil {
		return err
	}
	for _, name := range fs.Args() {
		texts, err := readLabelled(c, name)
		if err != nil {
			return fmt.Errorf("eval: %s: %w", name, err)
		}
		fmt.Fprintf(c.out, "%s\n", name)
		eval.Report(c.out, texts, *details,
			eval.Way{Name: "vantage", Answer: eval.Ours(tagger, v)}, eval.Way{Name: "plain names", Answer: eval.PlainNames(register, v)})
		fmt.Fprintln(c.out)
	}
	return nil
}

func readLabelled(c console, name string) ([]eval.Text, error) {
	in, _, err := openInput(c, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return eval.Read(in)
}
