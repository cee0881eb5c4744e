package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxLine bounds one labelled text, in bytes.
const maxLine = 1 << 20

// Read reads labelled texts, one JSON object a line. An error names the line.
func Read(r io.Reader) ([]Text, error) {
	var all []Text
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 1
	for ; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var t Text
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if t.Councils == nil && t.Themes == nil {
			return nil, fmt.Errorf("line %d (%s): no labels; give labels (ids of councils) or topics (names of themes), as empty lists where nothing is meant", n, t.ID)
		}
		if _, err := time.Parse(time.DateOnly, t.Date); t.Date != "" && err != nil {
			return nil, fmt.Errorf("line %d (%s): date %q is no day; write it as 2006-01-02, or leave it out", n, t.ID, t.Date)
		}
		all = append(all, t)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d is longer than %d bytes; give one labelled text a line", n, maxLine)
	} else if err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	return all, nil
}

// Way is one way to answer.
type Way struct {
	Name   string
	Answer func(Text) Answers
}

// Report writes the measures of each way over the texts. With details it also
// writes each difference of the first way, with the reasons.
func Report(w io.Writer, texts []Text, details bool, ways ...Way) {
	councils := keep(texts, func(t Text) bool { return t.Councils != nil })
	themes := keep(texts, func(t Text) bool { return t.Themes != nil })
	for i, way := range ways {
		answers := answer(councils, way)
		if len(councils) > 0 {
			reportCouncils(w, way.Name, councils, answers)
			if details && i == 0 {
				differences(w, councils, answers)
			}
		}
		if len(themes) > 0 {
			reportThemes(w, way.Name, themes, answer(themes, way), details && i == 0)
		}
	}
}

func keep(texts []Text, is func(Text) bool) []Text {
	return slices.DeleteFunc(slices.Clone(texts), func(t Text) bool { return !is(t) })
}

func answer(texts []Text, way Way) []Answers {
	answers := make([]Answers, len(texts))
	for i, t := range texts {
		answers[i] = way.Answer(t)
	}
	return answers
}

func reportCouncils(w io.Writer, name string, texts []Text, answers []Answers) {
	var counted, places []Score
	byCategory := map[string][]Score{}
	traps, trapped := 0, 0
	for i, t := range texts {
		s := Judge(answers[i].Councils, *t.Councils, t.AlsoOK)
		counted = append(counted, s)
		places = append(places, Judge(answers[i].Places, *t.Councils, t.AlsoOK))
		if t.Category != "" {
			byCategory[t.Category] = append(byCategory[t.Category], s)
		}
		if t.Trap() {
			traps++
			trapped += min(1, s.Wrong)
		}
	}
	fmt.Fprintf(w, "\n%s: councils, %d texts\n", name, len(texts))
	line(w, "counted", counted)
	line(w, "with mere places", places)
	if traps > 0 {
		fmt.Fprintf(w, "  %-28s %d of %d (%.1f %%)\n", "traps wrongly tagged", trapped, traps, 100*float64(trapped)/float64(traps))
	}
	for _, c := range slices.Sorted(maps.Keys(byCategory)) {
		s := Sum(byCategory[c])
		fmt.Fprintf(w, "    %-26s %3d texts  right %3d  wrong %2d  missed %2d\n", c, len(byCategory[c]), s.Right, s.Wrong, s.Missed)
	}
}

func reportThemes(w io.Writer, name string, texts []Text, answers []Answers, details bool) {
	var scores []Score
	var found, labels [][]string
	for i, t := range texts {
		scores = append(scores, Judge(answers[i].Themes, *t.Themes, nil))
		found, labels = append(found, answers[i].Themes), append(labels, *t.Themes)
		if details && scores[i].Wrong+scores[i].Missed > 0 {
			fmt.Fprintf(w, "  %s: found %q, labelled %q\n    %s\n", t.ID, answers[i].Themes, *t.Themes, t.Text)
		}
	}
	by := ByLabel(found, labels)
	fmt.Fprintf(w, "\n%s: themes, %d texts\n", name, len(texts))
	line(w, "micro", scores)
	fmt.Fprintf(w, "  %-28s                              F1 %.3f\n", "macro", MacroF1(by))
	for _, l := range slices.Sorted(maps.Keys(by)) {
		s := by[l]
		fmt.Fprintf(w, "    %-32s P %.2f  R %.2f  F1 %.2f  (%d right, %d wrong, %d missed)\n",
			l, s.Precision(), s.Recall(), s.F1(), s.Right, s.Wrong, s.Missed)
	}
}

// line writes precision, recall and F1, each with its interval.
func line(w io.Writer, name string, scores []Score) {
	sum := Sum(scores)
	fmt.Fprintf(w, "  %-28s", name)
	for _, m := range []struct {
		name string
		of   func(Score) float64
	}{{"P", Score.Precision}, {"R", Score.Recall}, {"F1", Score.F1}} {
		low, high := Interval(scores, m.of)
		fmt.Fprintf(w, " %s %.3f (%.3f to %.3f)", m.name, m.of(sum), low, high)
	}
	fmt.Fprintln(w)
}

// differences writes every wrong and missed council with its reasons.
func differences(w io.Writer, texts []Text, answers []Answers) {
	for i, t := range texts {
		s := Judge(answers[i].Councils, *t.Councils, t.AlsoOK)
		if s.Wrong+s.Missed == 0 {
			continue
		}
		fmt.Fprintf(w, "  %s (%s): found %q, labelled %q\n    %s\n", t.ID, t.Category, answers[i].Councils, *t.Councils, t.Text)
		for _, m := range answers[i].Matches {
			fmt.Fprintf(w, "      %s %.2f %s: %s\n", m.ID, m.Confidence, m.Sense, strings.Join(m.Reasons, "; "))
		}
	}
}
