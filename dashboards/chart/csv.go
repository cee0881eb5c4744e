package chart

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"
)

// CSV is the chart as tidy rows under one header: one line for each cell, the
// zero ones too. Dates are ISO 8601, codes GSS codes. A number that is not
// known, because nothing was heard, is empty; of a week whose gap is "yes" the
// numbers are too small, see GapShare. UTF-8 without a byte order mark.
func (m *Matrix) CSV(sample bool) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	lines := m.weekLines
	if !m.Weekly() {
		lines = m.councilLines
	}
	for _, line := range lines() {
		if err := w.Write(line); err != nil {
			return nil, fmt.Errorf("csv of %s: %w", m.ID, err)
		}
	}
	w.Flush()
	if sample {
		return tail(b.Bytes(), "data", "sample"), w.Error()
	}
	return b.Bytes(), w.Error()
}

func (m *Matrix) weekLines() [][]string {
	lines := [][]string{{m.RowNoun + "_id", m.RowNoun, "radar_label", "radar_lift", "week_start", "week", "whole_week", "heard", "items", "publishers", "stories", "gap", "missed_percent", "licence"}}
	for _, r := range m.Rows {
		for j, c := range m.Cols {
			line := []string{Guard(r.ID), Guard(r.Name), string(r.Score.Label), lift(r), c.ID, ISOWeek(c.Week), yes(!c.Partial), yes(c.Heard)}
			lines = append(lines, append(append(line, counts(r.Cells[j])...), yes(c.Gap), percent(c), Licence))
		}
	}
	return lines
}

// percent is the share of the week's posts that was missed, with one decimal
// place; empty where nothing is known to be missed.
func percent(c Col) string {
	if len(c.Missed) == 0 {
		return ""
	}
	return strconv.FormatFloat(100*c.Share, 'f', 1, 64)
}

func (m *Matrix) councilLines() [][]string {
	lines := [][]string{{"council_id", "gss_code", "council", "topic_id", "topic", "from", "to", "heard", "items", "publishers", "stories", "mentions", "licence"}}
	from, to := m.Filter.From.Format(time.DateOnly), m.Filter.To.AddDate(0, 0, 6).Format(time.DateOnly)
	for _, r := range m.Rows {
		for j, c := range m.Cols {
			line := []string{Guard(r.ID), Guard(r.Code), Guard(r.Name), Guard(c.ID), Guard(c.Name), from, to, yes(r.Heard)}
			lines = append(lines, append(append(line, counts(r.Cells[j])...), m.mentioned(r.Cells[j]), Licence))
		}
	}
	return lines
}

// mentioned is what a square shows: the number that adds up to the same total
// however councils are counted.
func (m *Matrix) mentioned(c Cell) string {
	if c.State == Unheard {
		return ""
	}
	return m.exact(m.parts(c))
}

func lift(r Row) string {
	if !r.Score.Eligible {
		return ""
	}
	return strconv.FormatFloat(r.Score.Lift, 'f', 2, 64)
}

func counts(c Cell) []string {
	if c.State == Unheard {
		return []string{"", "", ""}
	}
	n := func(v uint64) string { return strconv.FormatUint(v, 10) }
	return []string{n(c.Items), n(c.Publishers), n(c.Stories)}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Guard keeps a spreadsheet from running a text as a formula.
func Guard(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + s
	}
	return s
}

// tail adds one column with the same value to every line.
func tail(lines []byte, head, value string) []byte {
	out := bytes.ReplaceAll(lines, []byte(Licence+"\n"), []byte(Licence+","+value+"\n"))
	return bytes.Replace(out, []byte("licence\n"), []byte("licence,"+head+"\n"), 1)
}
