// Package chart turns counts into one model, the Matrix, from which every
// form of a chart is made: picture, table, CSV, JSON, ECharts option and the
// sentence that a screen reader speaks. All forms show the same values.
package chart

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// Data is what charts are made of. *store.Store satisfies it.
type Data interface {
	RankedHeat(ctx context.Context, kind string, f store.Filter, asOf time.Time) (store.Heat, store.Scores, error)
	CouncilHeat(ctx context.Context, kind string, f store.Filter, roll *council.Rollup) (store.CouncilHeat, error)
}

// Term is a topic or a tool as people write it.
type Term struct{ ID, Name, Group string }

// Council is a council as people write it. Code is its GSS code; Areas are
// the nation and region that it lies in ("nation:Wales").
type Council struct {
	ID, Name, Code string
	Areas          []string
}

// Names gives terms and councils their names.
type Names struct {
	Terms    func(kind string) []Term
	Councils []Council                // by name
	Register *council.Register        // says which of them there are on a day; nil: all, and none follows another
	Sources  func() map[string]string // names of sources by key; nil: none is known
}

// Chart is one kind of chart. Build reads the data for one query.
type Chart struct {
	ID    string // the word in its address
	Place int    // in the navigation
	Nav   string // its word there
	Path  string // its page
	Title string
	Kind  string // kind of term, see store
	Build func(ctx context.Context, d Data, n Names, q Query) (*Matrix, error)
}

var registered []Chart

// Register adds a chart. A repeated name is a programmer's mistake.
func Register(c Chart) {
	if _, ok := Find(c.ID); ok {
		panic("chart: " + c.ID + " is registered twice")
	}
	registered = append(registered, c)
	slices.SortFunc(registered, func(a, b Chart) int { return a.Place - b.Place })
}

// Find returns the chart with this id.
func Find(id string) (Chart, bool) {
	i := slices.IndexFunc(registered, func(c Chart) bool { return c.ID == id })
	if i < 0 {
		return Chart{}, false
	}
	return registered[i], true
}

// All returns every chart in the order of the navigation.
func All() []Chart { return slices.Clone(registered) }

// sources names those with gaps; the names of charts without are not asked for.
func (n Names) sources(gaps []store.Gap) map[string]string {
	if n.Sources == nil || len(gaps) == 0 {
		return nil
	}
	return n.Sources()
}

// Make builds the chart for one query.
func (c Chart) Make(ctx context.Context, d Data, n Names, q Query) (*Matrix, error) {
	m, err := c.Build(ctx, d, n, q)
	if err != nil {
		return nil, fmt.Errorf("chart %s: %w", c.ID, err)
	}
	m.ID, m.Path, m.Title, m.Kind, m.Query = c.ID, c.Path, c.Title, c.Kind, q
	if q.Used {
		m.Title += ", only in use by a public body"
	}
	m.address()
	return m, nil
}
