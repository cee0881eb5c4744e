package chart

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"vantage/pipeline/radar"
	"vantage/pipeline/store"
)

// byWeek builds a term x week heat map, its rows in the order of the radar.
func byWeek(kind, noun string) func(context.Context, Data, Names, Query) (*Matrix, error) {
	return func(ctx context.Context, d Data, n Names, q Query) (*Matrix, error) {
		counted := kind
		if q.Used && kind == store.Tools {
			counted = store.Used
		}
		heat, scores, err := d.RankedHeat(ctx, counted, n.Filter(q), q.This)
		if err != nil {
			return nil, err
		}
		m := &Matrix{
			RowNoun: noun, ColNoun: "week", Filter: heat.Filter, Generation: heat.Generation,
			Gaps: heat.Gaps, Ranked: scores.Enough, Ranking: scores, sources: n.sources(heat.Gaps),
		}
		m.Cols = weeks(heat, q.This, m.sourceName)
		m.Rows = termRows(heat, scores, n.Terms(kind), m.Cols)
		m.Rows = ordered(m.Rows, q.Order)
		m.Breaks = Breaks(m.wholeWeeks())
		return m, nil
	}
}

// termRows makes a row of every term that has items in the period.
func termRows(h store.Heat, s store.Scores, names []Term, cols []Col) []Row {
	index := make(map[int64]int, len(cols))
	for j, c := range cols {
		index[c.Week.Unix()] = j
	}
	named := termNames(names)
	at := make(map[string]int, len(h.Totals))
	rows := make([]Row, 0, len(h.Totals))
	for _, c := range h.Cells {
		j, inside := index[c.Week.Unix()]
		if !inside {
			continue
		}
		i, known := at[c.Term]
		if !known {
			i = len(rows)
			at[c.Term] = i
			rows = append(rows, newRow(c.Term, named(c.Term), h.Totals[c.Term], cols))
		}
		rows[i].Cells[j] = Cell{State: Counted, Counts: c.Counts}
	}
	mark(rows, at, s)
	return rows
}

func newRow(id, name string, total store.Counts, cols []Col) Row {
	r := Row{ID: id, Name: name, Heard: true, Total: total, Cells: make([]Cell, len(cols))}
	for j, c := range cols {
		if c.Heard {
			r.Cells[j].State = Zero
		}
	}
	return r
}

// mark writes the radar's word on the rows.
func mark(rows []Row, at map[string]int, s store.Scores) {
	if !s.Enough {
		return
	}
	for _, score := range s.Scores {
		if i, ok := at[score.Term]; ok {
			rows[i].Score, rows[i].Scored = score, true
		}
	}
}

// ordered sorts by the radar (what it could rank, by lift; then the rest by
// items), by items alone, or by name. Ties fall back to the name, so that the
// order is the same on every page.
func ordered(rows []Row, by string) []Row {
	places := make([]*Row, len(rows)) // rows are large to move about
	for i := range rows {
		places[i] = &rows[i]
	}
	slices.SortFunc(places, func(a, b *Row) int {
		switch by {
		case ByItems:
			return cmp.Or(-cmp.Compare(a.Parts, b.Parts), -cmp.Compare(a.Total.Items, b.Total.Items), cmp.Compare(a.Name, b.Name))
		case ByName:
			return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		}
		return cmp.Or(-cmp.Compare(rank(&a.Score), rank(&b.Score)), -cmp.Compare(a.Total.Items, b.Total.Items), cmp.Compare(a.Name, b.Name))
	})
	list := make([]Row, len(rows))
	for i, r := range places {
		list[i] = *r
	}
	return list
}

func rank(s *radar.Score) float64 {
	if !s.Eligible {
		return 0
	}
	return s.Lift
}

// wholeWeeks are the counts that set the colours: the running week grows and
// would move them.
func (m *Matrix) wholeWeeks() []uint64 {
	counts := make([]uint64, 0, len(m.Rows)*len(m.Cols))
	for _, r := range m.Rows {
		for j, c := range r.Cells {
			if c.State == Counted && !m.Cols[j].Partial {
				t := m.tenths(m.parts(c))
				counts = append(counts, max(t/10, min(t, 1)))
			}
		}
	}
	return counts
}

// termNames answers with the id where the vocabulary no longer has the term.
func termNames(terms []Term) func(id string) string {
	names := make(map[string]string, len(terms))
	for _, t := range terms {
		names[t.ID] = t.Name
	}
	return func(id string) string { return cmp.Or(names[id], id) }
}
