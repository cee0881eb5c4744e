package dashboards

import (
	"context"
	"slices"
	"strings"

	"vantage/collectors/item"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
	"vantage/pipeline/tag"
)

// knownNames is the built-in vocabulary as the program wires it.
type knownNames struct {
	vocabulary *tag.Vocabulary
	glossary   *tag.Glossary
}

func builtInNames() *knownNames {
	v, err := tag.Default()
	if err != nil {
		panic(err)
	}
	return &knownNames{v, tag.NewGlossary(v, council.Load())}
}

func (n *knownNames) Terms() []GlossaryTerm {
	var terms []GlossaryTerm
	for _, kind := range []string{tag.Themes, tag.Topics, tag.Tools} {
		for _, r := range n.vocabulary.Rules(kind) {
			t := GlossaryTerm{Kind: kind, ID: r.ID, Name: r.Name, About: r.About, Theme: r.Theme, Topics: r.Topics}
			for _, name := range r.Names() {
				t.Names = append(t.Names, GlossaryName{name.Text, name.Lang})
			}
			terms = append(terms, t)
		}
	}
	return terms
}

func (n *knownNames) Find(words string, limit int) []GlossaryHit {
	var hits []GlossaryHit
	for _, f := range n.glossary.Find(words, limit) {
		hits = append(hits, GlossaryHit{f.Kind, f.ID, f.Name, f.As, f.Lang, f.Rank <= tag.RankPhrase, f.Rank == tag.RankSlip})
	}
	return hits
}

// Search looks for words as parts of titles and texts, which is enough for
// what the pages do with the answer.
func (m *memory) Search(_ context.Context, q store.SearchQuery) (store.SearchPage, error) {
	page := store.SearchPage{Until: q.From}
	for _, r := range m.rows {
		if w := item.Week(r.Published); w.Before(q.From) || w.After(q.To) {
			continue
		}
		held := true
		for _, word := range strings.Fields(strings.ToLower(q.Words)) {
			held = held && strings.Contains(strings.ToLower(r.Title+" "+r.Text), word)
		}
		if held || anyOf(r.Topics, q.Topics) || anyOf(r.Tools, q.Tools) {
			page.Items = append(page.Items, r)
		}
	}
	slices.SortStableFunc(page.Items, func(a, b store.Row) int { return b.Published.Compare(a.Published) })
	page.More = len(page.Items) > q.Offset+q.Limit
	page.Items = page.Items[min(q.Offset, len(page.Items)):min(q.Offset+q.Limit, len(page.Items))]
	return page, m.fail
}
