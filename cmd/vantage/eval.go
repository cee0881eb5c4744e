package main

import (
	"context"
	"errors"
	"fmt"

	"vantage/pipeline/eval"
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
	load := understandingFlags(fs)
	details := fs.Bool("v", false, "also print every difference, with the reasons")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return errors.New("eval: name at least one file of labelled texts, or - for standard input")
	}
	u, err := load(c)
	if err != nil {
		return err
	}
	ways := []eval.Way{
		{Name: "vantage", Answer: eval.Ours(u.tagger, u.vocabulary)},
		{Name: "plain names", Answer: eval.PlainNames(u.register, u.vocabulary)},
	}
	for _, name := range fs.Args() {
		texts, err := readLabelled(c, name)
		if err != nil {
			return fmt.Errorf("eval: %s: %w", name, err)
		}
		fmt.Fprintf(c.out, "%s\n", name)
		eval.Report(c.out, texts, *details, ways...)
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
