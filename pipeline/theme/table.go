package theme

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The kinds of lines in a table of weights.
const (
	firstLine = "first"
	biasLine  = "bias"
	cueLine   = "cue"
	wordLine  = "word"
)

// head explains the table to those who open it.
const head = `# What was learned of themes from labelled texts, in log-odds: kind, feature, theme, weight.
# Written by "vantage vocabulary learn"; a line may be edited or taken out by hand.
`

// Write writes the table: tab-separated lines in a fixed order, weights with
// two decimals.
func (w *Weights) Write(out io.Writer) error {
	b := bufio.NewWriter(out)
	b.WriteString(head)
	fmt.Fprintf(b, "%s\t\t\t%.2f\n", firstLine, w.First)
	for _, theme := range slices.Sorted(maps.Keys(w.Bias)) {
		fmt.Fprintf(b, "%s\t\t%s\t%.2f\n", biasLine, theme, w.Bias[theme])
	}
	w.Cues.write(b, cueLine)
	w.Words.write(b, wordLine)
	return b.Flush()
}

func (t Table) write(b *bufio.Writer, kind string) {
	for _, feature := range slices.Sorted(maps.Keys(t)) {
		for _, theme := range slices.Sorted(maps.Keys(t[feature])) {
			fmt.Fprintf(b, "%s\t%s\t%s\t%.2f\n", kind, feature, theme, t[feature][theme])
		}
	}
}

// Read reads what Write wrote. The error names the line and what is wrong.
func Read(in io.Reader) (*Weights, error) {
	w := &Weights{Bias: map[string]float32{}, Cues: Table{}, Words: Table{}}
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		if err := w.read(line); err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
	}
	return w, lines.Err()
}

func (w *Weights) read(line string) error {
	field := strings.Split(line, "\t")
	if len(field) != 4 {
		return fmt.Errorf("%d fields instead of 4: kind, feature, theme, weight, with tabs between", len(field))
	}
	weight, err := strconv.ParseFloat(field[3], 32)
	if err != nil || math.IsNaN(weight) || math.Abs(weight) > 100 {
		return fmt.Errorf("the weight %q is not a number between -100 and 100", field[3])
	}
	if field[0] != firstLine && field[2] == "" || (field[0] == cueLine || field[0] == wordLine) && field[1] == "" {
		return fmt.Errorf("the feature or the theme is missing")
	}
	switch field[0] {
	case firstLine:
		w.First = float32(weight)
	case biasLine:
		w.Bias[field[2]] = float32(weight)
	case cueLine:
		w.Cues.set(field[1], field[2], float32(weight))
	case wordLine:
		w.Words.set(field[1], field[2], float32(weight))
	default:
		return fmt.Errorf("the kind %q is not known; use %s", field[0], strings.Join([]string{firstLine, biasLine, cueLine, wordLine}, ", "))
	}
	return nil
}

// scored is a theme and its score.
type scored struct {
	theme int
	score float64
}

// best orders scores, highest first; equal ones by theme.
func best(scores []float64) []scored {
	list := make([]scored, len(scores))
	for i, s := range scores {
		list[i] = scored{i, s}
	}
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.theme, b.theme)) })
	return list
}
