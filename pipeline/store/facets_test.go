package store

import (
	"slices"
	"testing"
)

// TestFacetsNarrowListsAndCharts: each condition leaves out what does not say
// so, and a chart of tools in use counts those alone.
func TestFacetsNarrowListsAndCharts(t *testing.T) {
	s := open(t)
	write(t, s,
		post("a", 1, func(r *Row) {
			r.Tools, r.Adoption, r.Stage, r.Facets, r.Themes = []string{"qgis", "docker"}, []string{"mentions", "uses"}, "pilot", []string{"template", "lesson"}, []string{"data"}
		}),
		post("b", 2, func(r *Row) {
			r.Tools, r.Adoption, r.Stage, r.Facets = []string{"qgis"}, []string{"uses"}, "live", []string{"lesson"}
		}),
		post("c", 3, func(r *Row) { r.Tools = []string{"docker"} }), // of a time before adoption was told
	)
	refresh(t, s)
	for _, c := range []struct {
		q    ItemQuery
		want []string
	}{
		{ItemQuery{Stage: "pilot"}, []string{"a"}},
		{ItemQuery{Facets: []string{"lesson"}}, []string{"a", "b"}},
		{ItemQuery{Facets: []string{"lesson", "template"}}, []string{"a"}},
		{ItemQuery{Adoption: "uses"}, []string{"a", "b"}},
		{ItemQuery{Kind: Tools, Term: "docker", Adoption: "uses"}, []string{"a"}},
		{ItemQuery{Kind: Tools, Term: "qgis", Adoption: "uses"}, []string{"b"}},
		{ItemQuery{Kind: Tools, Term: "qgis", Adoption: "mentions"}, []string{"a"}},
		{ItemQuery{Kind: Themes, Term: "data"}, []string{"a"}},
		{ItemQuery{Kind: Used, Term: "docker"}, []string{"a"}},
	} {
		c.q.Limit = 9
		page, err := s.Items(ctx(t), c.q)
		var got []string
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, c.want) || page.Counts.Items != uint64(len(c.want)) {
			t.Errorf("%+v: %v, %d counted, %v; want %v", c.q, got, page.Counts.Items, err, c.want)
		}
	}
	h, err := s.Heat(ctx(t), Used, Filter{})
	if err != nil || len(h.Cells) != 2 || h.Totals["docker"].Items != 1 || h.Totals["qgis"].Items != 1 {
		t.Errorf("tools in use: %+v, %v", h.Totals, err)
	}
	if r := stored(t, s, "a"); !slices.Equal(r.Tools, []string{"docker", "qgis"}) || !slices.Equal(r.Adoption, []string{"uses", "mentions"}) {
		t.Errorf("tools %v are stored beside %v", r.Tools, r.Adoption)
	}
}

// TestRetagWritesFacets: a post whose facets alone change is written, one that
// stays as it was is not.
func TestRetagWritesFacets(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("b", 2, func(r *Row) {
		r.Stage, r.Facets, r.Themes, r.Tools, r.Adoption = "live", []string{"event"}, []string{"data"}, []string{"qgis"}, []string{"uses"}
	}))
	tag := func(r *Row) {
		r.Stage, r.Facets, r.Themes, r.Tools, r.Adoption = "live", []string{"event"}, []string{"data"}, []string{"qgis"}, []string{"uses"}
	}
	if done, err := s.Retag(ctx(t), RetagConfig{}, tag); err != nil || done.Changed != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	if r := stored(t, s, "a"); r.Stage != "live" || !slices.Equal(r.Facets, []string{"event"}) || !slices.Equal(r.Themes, []string{"data"}) || !slices.Equal(r.Adoption, []string{"uses"}) {
		t.Errorf("%+v", r)
	}
	offered := func(r *Row) { tag(r); r.Adoption = []string{"offers"} }
	if done, err := s.Retag(ctx(t), RetagConfig{}, offered); err != nil || done.Changed != 2 {
		t.Errorf("of adoption alone: %+v, %v", done, err)
	}
}
