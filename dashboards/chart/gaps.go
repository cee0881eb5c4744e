package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/store"
)

// GapShare is the share of a week's posts from which on a loss is drawn: the
// posts that its sources would have given at their usual rate in the hours that
// they missed, of those and the ones that were heard, copies left out. The colour classes are a
// factor of two or more apart, so that a smaller loss seldom moves a square. It
// is listed with the chart all the same.
const GapShare = 0.05

// Missed is how long one source was missed.
type Missed struct {
	Source string // its name
	Hours  float64
}

// missedIn works out what was missed of a week in which so many stories were
// heard: by source, longest first, and the share of its posts that it cost.
func missedIn(gaps []store.Gap, week time.Time, heard uint64, named func(string) string) (list []Missed, share float64) {
	from, to := item.WeekStart(week), item.WeekStart(week.AddDate(0, 0, 7))
	hours := map[string]float64{}
	lost := 0.0
	for _, g := range gaps {
		if h := g.Within(from, to).Hours(); h > 0 {
			hours[g.Source] += h
			lost += h * g.Rate
		}
	}
	if lost > 0 {
		share = lost / (lost + float64(heard))
	}
	return longest(hours, named), share
}

func longest(hours map[string]float64, named func(string) string) []Missed {
	var list []Missed
	for source, h := range hours {
		list = append(list, Missed{named(source), h})
	}
	slices.SortFunc(list, func(a, b Missed) int { return cmp.Or(-cmp.Compare(a.Hours, b.Hours), cmp.Compare(a.Source, b.Source)) })
	return list
}

// namedMissed is how many sources a sentence names.
const namedMissed = 3

// missedWords says "12 hours of Mastodon and 3 hours of Wigan Council".
func missedWords(list []Missed) string {
	var parts []string
	for _, m := range list[:min(len(list), namedMissed)] {
		parts = append(parts, Hours(m.Hours)+" of "+m.Source)
	}
	if n := len(list) - len(parts); n > 0 {
		parts = append(parts, "hours of "+Plural(uint64(n), "more source"))
	}
	last := len(parts) - 1
	if last < 1 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// Hours rounds to whole hours.
func Hours(h float64) string {
	if h < 0.75 {
		return "less than an hour"
	}
	return Plural(uint64(math.Round(h)), "hour")
}

// MissedWords says what was missed of a column that is drawn as a gap: "12
// hours of Mastodon were missed". Of others it is empty.
func (c *Col) MissedWords() string {
	if !c.Gap {
		return ""
	}
	verb := "were"
	if len(c.Missed) == 1 && c.Missed[0].Hours < 1.5 {
		verb = "was"
	}
	return missedWords(c.Missed) + " " + verb + " missed"
}

// HasGaps reports whether any column is drawn as a gap.
func (m *Matrix) HasGaps() bool {
	return slices.ContainsFunc(m.Cols, func(c Col) bool { return c.Gap })
}

// partMissed is the sentence about all columns that are drawn as gaps.
func (m *Matrix) partMissed() string {
	hours := map[string]float64{}
	var weeks uint64
	for _, c := range m.Cols {
		if !c.Gap {
			continue
		}
		weeks++
		for _, g := range c.Missed {
			hours[g.Source] += g.Hours
		}
	}
	if weeks == 0 {
		return ""
	}
	return fmt.Sprintf("Part of %s was missed: %s.", Plural(weeks, m.ColNoun), missedWords(longest(hours, func(s string) string { return s })))
}

// SourceGap sums up the gaps of one source.
type SourceGap struct {
	Source string // its name
	Hours  string
	Times  uint64
	Latest store.Gap
}

// GapsBySource sums up every known gap of the period, drawn or not, longest
// first.
func (m *Matrix) GapsBySource() []SourceGap {
	from, to := item.WeekStart(m.Filter.From), item.WeekStart(m.Filter.To.AddDate(0, 0, 7))
	hours, sums := map[string]float64{}, map[string]*SourceGap{}
	for _, g := range m.Gaps {
		within := g.Within(from, to).Hours()
		if within == 0 {
			continue
		}
		name := m.sourceName(g.Source)
		if sums[name] == nil {
			sums[name] = &SourceGap{Source: name}
		}
		hours[name] += within
		sums[name].Times++
		if g.To.After(sums[name].Latest.To) {
			sums[name].Latest = g
		}
	}
	var list []SourceGap
	for _, g := range longest(hours, func(s string) string { return s }) {
		sums[g.Source].Hours = Hours(g.Hours)
		list = append(list, *sums[g.Source])
	}
	return list
}

func (m *Matrix) sourceName(key string) string {
	return cmp.Or(m.sources[key], key)
}
