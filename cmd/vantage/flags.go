package main

import (
	"flag"
	"fmt"
	"runtime/debug"
	"strings"

	"vantage/pipeline/council"
	"vantage/pipeline/story"
	"vantage/pipeline/tag"
)

// understanding is what the commands that tag work with.
type understanding struct {
	vocabulary *tag.Vocabulary
	register   *council.Register
	tagger     *tag.Tagger
	families   *story.Families
}

// understandingFlags are the flags that say with which vocabulary.
func understandingFlags(fs *flag.FlagSet) func(c console) (understanding, error) {
	path := fs.String("config", "", "configuration file, for the vocabulary")
	vocabulary := fs.String("vocabulary", "", "vocabulary file or folder (default: that of the configuration)")
	return func(c console) (understanding, error) {
		defer debug.SetGCPercent(debug.SetGCPercent(startPercent))
		cfg, err := loadConfig(*path, c.environ)
		if err != nil {
			return understanding{}, err
		}
		if *vocabulary != "" {
			cfg.Vocabulary, cfg.dir = *vocabulary, "."
		}
		v, err := loadVocabulary(cfg)
		if err != nil {
			return understanding{}, err
		}
		u := understanding{vocabulary: v, register: council.Load()}
		if u.families, err = loadFamilies(&cfg); err != nil {
			return u, err
		}
		u.tagger, err = tag.Compile(v, u.register)
		return u, err
	}
}

// loadFunc reads the configuration that flags name, once they are parsed.
type loadFunc func(c console) (Config, error)

// dataFlags are the flags that say which data folder is meant.
func dataFlags(fs *flag.FlagSet) loadFunc {
	path := fs.String("config", "", "configuration file (default: vantage.yaml, if it is there)")
	data := fs.String("data", "", "data folder (default: that of the configuration)")
	return func(c console) (Config, error) {
		cfg, err := loadConfig(*path, c.environ)
		if *data != "" {
			cfg.Data = *data
		}
		return cfg, err
	}
}

// runningFlags are the flags that say which running Vantage is meant.
func runningFlags(fs *flag.FlagSet) func(c console) (*runFile, error) {
	load := dataFlags(fs)
	return func(c console) (*runFile, error) {
		cfg, err := load(c)
		if err != nil {
			return nil, err
		}
		r, err := readRunFile(cfg.Data)
		if err == nil && r == nil {
			err = fmt.Errorf("no vantage runs on the data folder %s; start one with `vantage run`, or name another folder with -data", cfg.Data)
		}
		return r, err
	}
}

// noWords reads the flags of a command that takes nothing else.
func noWords(fs *flag.FlagSet, args []string) error {
	words, err := parseWords(fs, args)
	if err != nil || len(words) == 0 {
		return err
	}
	return tooMany(fs, words[0])
}

// oneWord reads the flags of a command that takes one word, such as a file,
// before or behind them; other stands for none.
func oneWord(fs *flag.FlagSet, args []string, other string) (string, error) {
	words, err := parseWords(fs, args)
	switch {
	case err != nil:
		return "", err
	case len(words) == 0:
		return other, nil
	case len(words) == 1:
		return words[0], nil
	}
	return "", tooMany(fs, words[1])
}

func tooMany(fs *flag.FlagSet, word string) error {
	command, _, _ := strings.Cut(fs.Name(), " [")
	return fmt.Errorf("%s: %q is one word too many; see %s -h", strings.TrimPrefix(command, "vantage "), word, command)
}

// vocabularyFlags are the flags that say which vocabulary is read.
func vocabularyFlags(fs *flag.FlagSet) func(c console) (*tag.Vocabulary, error) {
	path := fs.String("config", "", "configuration file, for the vocabulary")
	vocabulary := fs.String("vocabulary", "", "vocabulary file or folder (default: that of the configuration)")
	return func(c console) (*tag.Vocabulary, error) {
		cfg, err := loadConfig(*path, c.environ)
		if err != nil {
			return nil, err
		}
		if *vocabulary != "" {
			cfg.Vocabulary, cfg.dir = *vocabulary, "."
		}
		return loadVocabulary(cfg)
	}
}
