package chart

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// MaxCells is the most cells of a council chart: a page of 20,000 links takes
// a browser most of a second and helps nobody.
const MaxCells = 5000

// Topics shown at least, even where every council of the register is a row,
// and at most, so that a square is never narrower than 24 pixels on a desk.
const (
	minTopics = 8
	maxTopics = 36
)

func init() {
	Register(Chart{ID: "councils", Place: 4, Nav: "Councils", Path: "/councils", Title: "Councils and topics", Kind: store.Topics, Build: byCouncil})
}

// byCouncil builds the council x topic heat map. Rows are the councils heard
// from, by name; with an area chosen, or all rows asked for, also those not
// heard from. It never orders councils by a score.
func byCouncil(ctx context.Context, d Data, n Names, q Query) (*Matrix, error) {
	roll := n.Roll(q)
	heat, err := d.CouncilHeat(ctx, store.Topics, n.Filter(q), roll)
	if err != nil {
		return nil, err
	}
	m := &Matrix{RowNoun: "council", ColNoun: "topic", Filter: heat.Filter, Generation: heat.Generation, Gaps: heat.Gaps, sources: n.sources(heat.Gaps)}
	m.Unit = max(1, heat.Unit)
	councils := n.pick(heat, roll, q)
	cols := topicCols(heat, n.Terms(store.Topics), councils)
	if room := min(maxTopics, max(minTopics, MaxCells/max(1, len(councils)))); len(cols) > room {
		m.Hidden = len(cols) - room
		cols = cols[:room]
	}
	m.Cols = cols
	m.Rows = councilRows(heat, councils, cols)
	m.addUp()
	m.reorganise(heat, roll)
	if q.Order == ByItems {
		m.Rows = ordered(m.Rows, ByItems)
	}
	m.Breaks = Breaks(m.wholeWeeks())
	return m, nil
}

// pick lists the councils that get a row, by name: those heard, and in a wide
// view those of the day that were not.
func (n Names) pick(h store.CouncilHeat, roll *council.Rollup, q Query) []Council {
	wide := q.All || q.Area != ""
	left := maps.Clone(h.Heard)
	var picked []Council
	for _, c := range n.Councils {
		_, heard := h.Heard[c.ID]
		delete(left, c.ID)
		inArea := q.Area == "" || slices.Contains(c.Areas, q.Area)
		if chosen(c.ID, roll, q) && (heard || q.Council != "" || wide && inArea && n.There(c.ID, roll)) {
			picked = append(picked, c)
		}
	}
	for id := range left { // a later register had it
		if chosen(id, roll, q) {
			picked = append(picked, Council{ID: id, Name: id})
		}
	}
	slices.SortStableFunc(picked, func(a, b Council) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return picked
}

// chosen reports whether a council is the one asked for, or has the posts of
// one that has none of its own.
func chosen(id string, roll *council.Rollup, q Query) bool {
	return q.Council == "" || slices.Contains(roll.Targets(q.Council), id)
}

// There reports whether a council has posts of its own in a view: it exists
// on that day and, as a square of the map, is not over others.
func (n Names) There(id string, roll *council.Rollup) bool {
	if roll == nil {
		return true
	}
	c, ok := n.Register.Council(id)
	return ok && c.On(roll.Day) && !roll.Moved(c.ID)
}

// topicCols are the topics that any of the councils has items of, most first.
func topicCols(h store.CouncilHeat, terms []Term, councils []Council) []Col {
	shown := make(map[string]bool, len(councils))
	for _, c := range councils {
		shown[c.ID] = true
	}
	total := map[string]uint64{}
	for _, c := range h.Cells {
		if shown[c.Council] {
			total[c.Term] += c.Mentions
		}
	}
	named := termNames(terms)
	var cols []Col
	for id := range total {
		cols = append(cols, Col{ID: id, Name: named(id), Short: named(id), Heard: true})
	}
	slices.SortFunc(cols, func(a, b Col) int {
		return cmp.Or(-cmp.Compare(total[a.ID], total[b.ID]), cmp.Compare(a.Name, b.Name))
	})
	return cols
}

func councilRows(h store.CouncilHeat, councils []Council, cols []Col) []Row {
	rows := make([]Row, len(councils))
	at := make(map[string]int, len(councils))
	for i, c := range councils {
		total, heard := h.Heard[c.ID]
		at[c.ID] = i
		rows[i] = Row{ID: c.ID, Name: c.Name, Code: c.Code, Heard: heard, Total: total.Counts, Parts: total.Mentions, Cells: make([]Cell, len(cols))}
		for j := range cols {
			if heard {
				rows[i].Cells[j].State = Zero
			}
		}
	}
	index := make(map[string]int, len(cols))
	for j, c := range cols {
		index[c.ID] = j
	}
	for _, c := range h.Cells {
		i, row := at[c.Council]
		j, col := index[c.Term]
		if row && col {
			rows[i].Cells[j] = Cell{Counted, c.Counts, c.Mentions}
		}
	}
	return rows
}

// addUp notes the sums of the columns and of everything. A row that is left
// out of a picture still counts.
func (m *Matrix) addUp() {
	m.Totals = make([]uint64, len(m.Cols))
	for _, r := range m.Rows {
		m.Total += r.Parts
		for j, c := range r.Cells {
			m.Totals[j] += c.Parts
		}
	}
}
