package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"vantage/collectors/item"
	"vantage/pipeline/store"
)

type sourcesBody struct {
	Groups  []sourceGroup
	Total   int
	Failing int
	Totals  store.Totals
}

// sourceGroup holds the sources of one class of publisher.
type sourceGroup struct {
	Name    string
	Sources []sourceLine
}

type sourceLine struct {
	SourceView
	Stored store.SourceCount
	Word   string // of the state
	Bad    bool
}

var stateWords = map[string]string{
	"waiting": "Not read yet", "ok": "Working", "unchanged": "Working, nothing new", "failing": "Failing", "stopped": "Stopped", "paused": "Paused",
}

// sources answers the page that says what is read, when, and what is wrong.
func (d *Dashboard) sources(w http.ResponseWriter, r *http.Request) {
	counts, err := d.Store.SourceCounts(r.Context())
	if err != nil {
		d.fail(w, r, fmt.Errorf("sources: %w", err))
		return
	}
	totals, err := d.Store.Totals(r.Context())
	if err != nil {
		d.fail(w, r, fmt.Errorf("sources: %w", err))
		return
	}
	body := sourcesBody{Totals: totals}
	body.group(d.Sources(), counts)
	d.show(w, r, http.StatusOK, "sources", d.page(r, "/sources", "Sources", body))
}

// group sorts the sources into those that need a look, which come first, and
// one group for each class.
func (b *sourcesBody) group(sources []SourceView, counts map[string]store.SourceCount) {
	var bad sourceGroup
	byClass := map[item.Class]*sourceGroup{}
	for _, s := range sources {
		line, g := newSourceLine(s, counts[s.Key]), &bad
		if !line.Bad {
			class := classOf(s)
			if byClass[class] == nil {
				byClass[class] = &sourceGroup{Name: classNames[class]}
			}
			g = byClass[class]
		}
		g.Sources = append(g.Sources, line)
	}
	b.Total, b.Failing = len(sources), len(bad.Sources)
	bad.Name = "Needing a look"
	for _, g := range append([]*sourceGroup{&bad}, inOrder(byClass)...) {
		slices.SortFunc(g.Sources, func(a, b sourceLine) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key)) })
		if len(g.Sources) > 0 {
			b.Groups = append(b.Groups, *g)
		}
	}
}

func inOrder(byClass map[item.Class]*sourceGroup) []*sourceGroup {
	var list []*sourceGroup
	for _, class := range item.Classes {
		if g := byClass[class]; g != nil {
			list = append(list, g)
		}
	}
	return list
}

func classOf(s SourceView) item.Class {
	if slices.Contains(item.Classes, item.Class(s.Class)) {
		return item.Class(s.Class)
	}
	return item.Unknown
}

func newSourceLine(s SourceView, stored store.SourceCount) sourceLine {
	s.Name = cmp.Or(s.Name, s.Publisher, s.Key)
	return sourceLine{SourceView: s, Stored: stored, Word: cmp.Or(stateWords[s.State], s.State), Bad: s.State == "failing" || s.State == "stopped"}
}
