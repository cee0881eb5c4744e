package chart

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// Roll is the view of the councils that a query asks for, as of the last day
// of its chart; nil where there is no register.
func (n Names) Roll(q Query) *council.Rollup {
	return n.RollAs(cmp.Or(q.View, council.Now), q.This, q.Today)
}

// RollAs is a view as of the last day of the week that begins on a Monday.
func (n Names) RollAs(view council.View, monday, today time.Time) *council.Rollup {
	if n.Register == nil {
		return nil
	}
	return n.Register.Rollup(view, council.Day(monday.AddDate(0, 0, 6), today))
}

// Filter says which items the query counts: of a council also those about the
// councils that count for it.
func (n Names) Filter(q Query) store.Filter {
	f := q.Filter()
	if q.Council == "" {
		return f
	}
	if members := n.Roll(q).Members(q.Council); len(members) > 1 {
		f.Area, f.Councils = "", members
	}
	return f
}

// About lists the councils of an area (empty: anywhere) whose posts count for
// one: the items behind its row.
func (n Names) About(roll *council.Rollup, id, area string) []string {
	members := roll.Members(id)
	if area == "" || n.Register == nil {
		return members
	}
	return slices.DeleteFunc(slices.Clone(members), func(m string) bool { return !slices.Contains(n.Register.Areas(m), area) })
}

// Reorganised says what a reader must know about the councils of a chart.
type Reorganised struct {
	View     council.View
	Day      time.Time
	Changes  []string // a sentence about each council whose posts count elsewhere, or that is no more
	Fraction bool     // some numbers are no whole ones
	Repeats  bool     // some posts count more than once in a row, because they name several of its councils
}

// Whole reports whether no council of the chart was rolled up or has ended.
func (r Reorganised) Whole() bool { return len(r.Changes) == 0 }

// reorganise notes what the rollup did to the councils that posts name.
func (m *Matrix) reorganise(h store.CouncilHeat, roll *council.Rollup) {
	if roll == nil {
		return
	}
	m.Reorganised = Reorganised{View: roll.View, Day: roll.Day}
	for _, id := range h.Named {
		if s := roll.Sentence(id); s != "" {
			m.Reorganised.Changes = append(m.Reorganised.Changes, s)
		}
	}
	slices.SortFunc(m.Reorganised.Changes, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, r := range m.Rows {
		for _, c := range append(slices.Clone(r.Cells), Cell{Counted, r.Total, r.Parts}) {
			m.Reorganised.Fraction = m.Reorganised.Fraction || c.Parts%m.Unit != 0
			m.Reorganised.Repeats = m.Reorganised.Repeats || c.Parts > c.Items*m.Unit
		}
	}
}

// Sentence says in words how reorganised councils are counted.
func (r Reorganised) Sentence() string {
	if r.Whole() {
		return ""
	}
	switch r.View {
	case council.Then:
		return "Posts count for the councils that they name, also where these no longer exist."
	case council.Cells:
		return "Posts about counties, combined authorities and councils that no longer exist are shared out evenly among the councils that share the country today."
	}
	return "Posts about councils that no longer exist count for their successors."
}
