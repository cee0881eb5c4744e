package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vantage/pipeline/eval"
	"vantage/pipeline/tag"
)

const learnHelp = `Learns from labelled texts what their words say about themes, and writes the
table of weights that belongs beside the YAML files of a vocabulary. One JSON
object a line; topics are names of themes, an empty list says that the text is
about none of them:

  {"id": "1", "text": "…", "topics": ["waste & recycling"]}

It prints how well it does on texts that it was not trained with, by
cross-validation.

  vantage vocabulary learn -o my-vocabulary/weights.tsv texts.jsonl
`

func runLearn(c console, args []string) error {
	fs := flagSet(c, "vocabulary learn [flags] FILE…", learnHelp)
	load := understandingFlags(fs)
	out := fs.String("o", "", "file to write (default: standard output)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("vocabulary learn: name at least one file of labelled texts, or - for standard input")
	}
	u, err := load(c)
	if err != nil {
		return err
	}
	var texts []tag.Labelled
	for _, name := range fs.Args() {
		more, err := readThemed(c, name, u.vocabulary)
		if err != nil {
			return fmt.Errorf("vocabulary learn: %s: %w", name, err)
		}
		texts = append(texts, more...)
	}
	weights, how, err := tag.Learn(u.vocabulary, u.register, texts)
	if err != nil {
		return fmt.Errorf("vocabulary learn: %w", err)
	}
	fmt.Fprintf(c.err, "%d texts; on those that it was not trained with: precision %.3f, recall %.3f, F1 %.3f; mean F1 over themes %.3f\n",
		how.Samples, how.Precision, how.Recall, how.F1, how.MacroF1)
	return writeTo(c, *out, weights.Write)
}

// readThemed reads texts with labels of themes; a name that is not a theme is
// an error.
func readThemed(c console, name string, v *tag.Vocabulary) ([]tag.Labelled, error) {
	list, err := readLabelled(c, name)
	if err != nil {
		return nil, err
	}
	var texts []tag.Labelled
	for _, l := range list {
		if l.Themes == nil {
			return nil, fmt.Errorf("text %q has no topics; write \"topics\": [] where it has no theme", l.ID)
		}
		ids, err := themeIDs(l, v)
		if err != nil {
			return nil, err
		}
		texts = append(texts, tag.Labelled{Input: tag.Input{ID: l.ID, Title: l.Title, Text: l.Text, Links: l.Links, Hashtags: l.Hashtags}, Themes: ids})
	}
	return texts, nil
}

func themeIDs(l eval.Text, v *tag.Vocabulary) ([]string, error) {
	ids := []string{}
	for _, name := range *l.Themes {
		found := false
		for _, r := range v.Rules(tag.Themes) {
			if strings.EqualFold(r.Name, name) || r.ID == name {
				ids, found = append(ids, r.ID), true
				break
			}
		}
		if !found {
			return nil, fmt.Errorf("text %q: %q is not the name of a theme; `vantage vocabulary list` prints them", l.ID, name)
		}
	}
	return ids, nil
}

// writeTo writes to a file, whole or not at all, or to standard output.
func writeTo(c console, name string, write func(io.Writer) error) error {
	if name == "" {
		return write(c.out)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".vantage-*") // a rename cannot leave its disk
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
