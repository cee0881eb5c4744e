package chart

import (
	"net/url"
	"time"

	"vantage/pipeline/radar"
	"vantage/pipeline/store"
)

// Matrix is a heat map: the one model that every form of a chart shows.
type Matrix struct {
	ID, Path, Title string
	Kind            string // store.Topics or store.Tools
	Query           Query
	Filter          store.Filter
	Generation      store.Generation

	RowNoun, ColNoun string // "topic", "week"
	Rows             []Row
	Cols             []Col
	Breaks           []uint64 // lower bounds of the colour classes above the first
	Hidden           int      // columns left out because the matrix would be too large

	Unit        uint64   // parts of one post, see Cell.Parts; 0: squares count items
	Totals      []uint64 // parts of each column, of all rows, also those that are not shown
	Total       uint64   // parts of all rows: every post, once for each council that it names
	Reorganised Reorganised

	Ranked  bool // rows carry the radar's word
	Ranking store.Scores
	Gaps    []store.Gap       // every known one that touches the period, see Col.Gap for what is drawn
	sources map[string]string // their names
}

// Row is one line of the heat map. Cells has one entry for each column.
type Row struct {
	ID, Name, Code string // Code is a GSS code, of councils only
	Heard          bool   // false: nothing was heard from it at all, which is not zero
	Score          radar.Score
	Scored         bool
	Total          store.Counts // over the whole period, distinct
	Parts          uint64       // of Matrix.Unit
	Cells          []Cell
	path           string
}

// Col is one column. The zero times belong to columns that are not weeks.
type Col struct {
	ID, Name, Short string
	Week            time.Time
	Partial         bool // the running week
	Heard           bool
	Missed          []Missed // hours that sources are known to have missed
	Share           float64  // of its posts, that these hours cost
	Gap             bool     // drawn as a gap: Share is GapShare or more
	path            string
}

// State says what a number means.
type State uint8

// The states of a cell. Unheard is not zero: nobody was listening, or nobody
// spoke at all.
const (
	Unheard State = iota
	Zero
	Counted
)

// Cell is one number. Where posts about councils are shared out, the square
// shows Parts; Counts are the posts that count at least in part.
type Cell struct {
	State State
	store.Counts
	Parts uint64 // of Matrix.Unit: a post once for each council that it names
}

// Class returns 0 for zero and unheard cells, else 1 to Classes().
func (m *Matrix) Class(c Cell) int {
	if c.State != Counted {
		return 0
	}
	k, t := 1, m.tenths(m.parts(c))
	for _, b := range m.Breaks {
		if t < 10*b {
			break
		}
		k++
	}
	return k
}

// Classes is how many colour classes the chart has: 1 to 6.
func (m *Matrix) Classes() int { return len(m.Breaks) + 1 }

// Step returns the place of class k on the ramp of six, so that few classes
// are spread over it.
func (m *Matrix) Step(k int) int {
	n := m.Classes()
	if n == 1 {
		return 2
	}
	return ((k-1)*(RampSteps-1) + (n-1)/2) / (n - 1)
}

// Empty reports whether there is nothing to draw.
func (m *Matrix) Empty() bool { return len(m.Rows) == 0 || len(m.Cols) == 0 }

// Weight is about how many bytes the chart takes in memory.
func (m *Matrix) Weight() int { return 64 * (len(m.Rows) + 8) * (len(m.Cols) + 8) }

// Weekly reports whether the columns are weeks.
func (m *Matrix) Weekly() bool { return len(m.Cols) > 0 && !m.Cols[0].Week.IsZero() }

// Peak returns the row and column with the most items; ok is false when no
// cell has any.
func (m *Matrix) Peak() (row, col int, ok bool) {
	var most uint64
	for i, r := range m.Rows {
		for j, c := range r.Cells {
			if n := m.parts(c); n > most {
				most, row, col, ok = n, i, j, true
			}
		}
	}
	return row, col, ok
}

// Link is the address of exactly the items counted in a cell.
func (m *Matrix) Link(row, col int) string { return m.Rows[row].path + m.Cols[col].path }

// Halves are the parts that Link joins, for who writes thousands of them.
func (m *Matrix) Halves(row, col int) (ofRow, ofCol string) {
	return m.Rows[row].path, m.Cols[col].path
}

// RowLink is the address of the items counted in a row over the period.
func (m *Matrix) RowLink(row int) string {
	l := Link{Kind: m.Kind, Query: m.Query}
	if m.Weekly() {
		l.Term = m.Rows[row].ID
	} else {
		l.Council = m.Rows[row].ID
	}
	return l.Path()
}

// address prepares the two halves of every cell's link: a page has thousands.
func (m *Matrix) address() {
	weekly := m.Weekly()
	for i := range m.Rows {
		l := Link{Query: m.Query}
		if weekly {
			l.Kind, l.Term, l.OneWeek = m.Kind, m.Rows[i].ID, true
		} else {
			l.Council = m.Rows[i].ID
		}
		m.Rows[i].path = l.Path()
	}
	for j, c := range m.Cols {
		v := url.Values{"week": {c.ID}}
		if !weekly {
			v = url.Values{"kind": {m.Kind}, "term": {c.ID}}
		}
		m.Cols[j].path = "&" + v.Encode()
	}
}

// Top returns the same chart with its first n rows and every row that the
// radar labelled.
func (m *Matrix) Top(n int) *Matrix {
	return m.keep(func(i int, r Row) bool { return i < n || r.Score.Label != radar.None })
}

// First returns the same chart with its first n rows.
func (m *Matrix) First(n int) *Matrix {
	return m.keep(func(i int, _ Row) bool { return i < n })
}

func (m *Matrix) keep(row func(int, Row) bool) *Matrix {
	short := *m
	short.Rows = nil
	for i, r := range m.Rows {
		if row(i, r) {
			short.Rows = append(short.Rows, r)
		}
	}
	return &short
}

// Sentence says the radar's word on the row in plain words; empty where it has
// none.
func (r Row) Sentence() string {
	if !r.Scored {
		return ""
	}
	return r.Score.Sentence(r.Name)
}
