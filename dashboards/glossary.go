package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"vantage/dashboards/chart"
	"vantage/pipeline/store"
)

// Glossary knows the terms of the vocabulary, and the councils, by every name
// that they go by; cmd wires it. Both methods are safe for concurrent use.
type Glossary interface {
	// Terms returns themes, topics and tools in the order of the vocabulary.
	Terms() []GlossaryTerm
	// Find returns at most limit terms and councils that a reader's words may
	// mean, the best first.
	Find(words string, limit int) []GlossaryHit
}

// GlossaryTerm is a theme, topic or tool.
type GlossaryTerm struct {
	Kind, ID, Name string // Kind is theme, topic or tool
	About          string // one sentence
	Theme          string // of a topic: id
	Topics         []string
	Names          []GlossaryName
}

// GlossaryName is another name of a term; Lang is empty for English.
type GlossaryName struct {
	Text, Lang string
}

// GlossaryHit is a term or council that was asked for.
type GlossaryHit struct {
	Kind, ID, Name string
	As, Lang       string // the other name that the words are, if any
	Whole          bool   // the words are a name of it, and nothing else
	Slip           bool   // a letter of the words is wrong
}

const councilKind = "council"

// languages are what names besides English ones are in.
var languages = map[string]string{"cy": "Welsh", "gd": "Gaelic", "ga": "Irish"}

// Language is the language of the name in words, empty for English.
func (n GlossaryName) Language() string { return languages[n.Lang] }

// glossaryBody is the page of all terms.
type glossaryBody struct {
	Themes []glossaryTheme
	Period string
	Tools  []glossaryLine
	Counts [3]uint64 // themes, topics, tools
}

// glossaryTheme is one theme with its topics.
type glossaryTheme struct {
	Anchor string
	Term   glossaryLine
	Topics []glossaryLine
}

// glossaryLine is a term as pages show it.
type glossaryLine struct {
	GlossaryTerm
	Anchor  string
	Posts   uint64
	Address string // its posts
	Under   []tagView
}

// tally are the posts of the usual period, by kind and id.
type tally map[string]map[string]uint64

// tally counts the posts of all terms, and of councils where they are wanted.
func (d *Dashboard) tally(ctx context.Context, councils bool) (tally, error) {
	view := chart.ParseQuery(nil, d.Now())
	counts := tally{store.Themes: {}, store.Topics: {}, store.Tools: {}, councilKind: {}}
	g, ctx := errgroup.WithContext(ctx)
	for kind, into := range counts {
		if kind == councilKind {
			continue
		}
		g.Go(func() error {
			heat, err := d.Store.Heat(ctx, kind, view.Filter())
			for id, c := range heat.Totals {
				into[id] = c.Items
			}
			return err
		})
	}
	if councils {
		g.Go(func() error {
			heat, err := d.Store.CouncilHeat(ctx, store.Topics, view.Filter(), d.names.Roll(view))
			for id, c := range heat.Heard {
				counts[councilKind][id] = c.Items
			}
			return err
		})
	}
	return counts, g.Wait()
}

// glossary answers the page that lists all terms by theme.
func (d *Dashboard) glossary(w http.ResponseWriter, r *http.Request) {
	counts, err := d.tally(r.Context(), false)
	if err != nil {
		d.fail(w, r, fmt.Errorf("glossary: %w", err))
		return
	}
	body := glossaryBody{Period: d.period()}
	byTheme := map[string][]glossaryLine{}
	terms := d.Glossary.Terms()
	for _, t := range terms {
		line := d.line(t, counts)
		switch t.Kind {
		case store.Themes:
			body.Themes = append(body.Themes, glossaryTheme{Anchor: line.Anchor, Term: line})
			body.Counts[0]++
		case store.Topics:
			byTheme[t.Theme] = append(byTheme[t.Theme], line)
			body.Counts[1]++
		default:
			body.Tools = append(body.Tools, line)
			body.Counts[2]++
		}
	}
	for i := range body.Themes {
		body.Themes[i].Topics = byTheme[body.Themes[i].Term.ID]
	}
	if rest := byTheme[""]; len(rest) > 0 {
		body.Themes = append(body.Themes, glossaryTheme{Anchor: "theme-other", Term: glossaryLine{GlossaryTerm: GlossaryTerm{Name: "other topics"}}, Topics: rest})
	}
	d.show(w, r, http.StatusOK, "glossary", d.page(r, "/glossary", "Glossary", body))
}

// line adds to a term what its page needs.
func (d *Dashboard) line(t GlossaryTerm, counts tally) glossaryLine {
	l := glossaryLine{GlossaryTerm: t, Anchor: t.Kind + "-" + t.ID, Posts: counts[t.Kind][t.ID]}
	l.Address = "/items?" + url.Values{"kind": {t.Kind}, "term": {t.ID}}.Encode()
	if t.Kind == store.Themes {
		l.Address = ""
	}
	for _, id := range t.Topics {
		l.Under = append(l.Under, tagView{Name: d.termName(store.Topics, id), Address: "#topic-" + id})
	}
	return l
}

// period says in words which posts are counted.
func (d *Dashboard) period() string {
	q := chart.ParseQuery(nil, d.Now())
	return "since " + q.From().Format("2 January 2006")
}

// term returns a term of the glossary by kind and id.
func (d *Dashboard) term(terms []GlossaryTerm, kind, id string) GlossaryTerm {
	i := slices.IndexFunc(terms, func(t GlossaryTerm) bool { return t.Kind == kind && t.ID == id })
	if i < 0 {
		return GlossaryTerm{Kind: kind, ID: id, Name: cmp.Or(d.termName(kind, id), id)}
	}
	return terms[i]
}
