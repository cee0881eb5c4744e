package main

import (
	"sync"

	"vantage/dashboards"
	"vantage/pipeline/council"
	"vantage/pipeline/tag"
)

// glossary gives the pages the names of the vocabulary in use. It is made anew
// when another vocabulary takes its place.
type glossary struct {
	current  func() *tag.Vocabulary
	register *council.Register

	mu    sync.Mutex
	of    *tag.Vocabulary // what the others are made of
	index *tag.Glossary
	terms []dashboards.GlossaryTerm
}

// Terms implements dashboards.Glossary.
func (g *glossary) Terms() []dashboards.GlossaryTerm {
	_, terms := g.made()
	return terms
}

// Find implements dashboards.Glossary.
func (g *glossary) Find(words string, limit int) []dashboards.GlossaryHit {
	index, _ := g.made()
	var hits []dashboards.GlossaryHit
	for _, f := range index.Find(words, limit) {
		hits = append(hits, dashboards.GlossaryHit{
			Kind: f.Kind, ID: f.ID, Name: f.Name, As: f.As, Lang: f.Lang,
			Whole: f.Rank <= tag.RankPhrase, Slip: f.Rank == tag.RankSlip,
		})
	}
	return hits
}

func (g *glossary) made() (*tag.Glossary, []dashboards.GlossaryTerm) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if v := g.current(); v != g.of {
		g.of, g.index, g.terms = v, tag.NewGlossary(v, g.register), glossaryTerms(v)
	}
	return g.index, g.terms
}

func glossaryTerms(v *tag.Vocabulary) []dashboards.GlossaryTerm {
	var terms []dashboards.GlossaryTerm
	for _, kind := range termKinds {
		for _, r := range v.Rules(kind) {
			t := dashboards.GlossaryTerm{Kind: kind, ID: r.ID, Name: r.Name, About: r.About, Theme: r.Theme, Topics: r.Topics}
			for _, n := range r.Names() {
				t.Names = append(t.Names, dashboards.GlossaryName{Text: n.Text, Lang: n.Lang})
			}
			terms = append(terms, t)
		}
	}
	return terms
}
