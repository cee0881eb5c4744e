package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/radar"
	"vantage/pipeline/store"
)

// now is a Saturday; this is the Monday before it.
var (
	now  = time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	this = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
)

// memory is a fixed set of items in place of the store, for tests of what is
// drawn. It counts in plain maps.
type memory struct {
	rows       []store.Row
	copies     map[string]string
	scores     map[string]store.Scores
	generation uint64
	gaps       []store.Gap
	fail       error
	areas      func(string) []string
	calls      atomic.Int64
}

func (m *memory) match(r store.Row, kind, term string, about []string, f store.Filter) bool {
	w := item.Week(r.Published)
	if w.Before(f.From) || w.After(f.To) || f.Class != "" && r.Class != f.Class {
		return false
	}
	if term != "" && !slices.Contains(terms(r, kind), term) || about != nil && !anyOf(r.Councils, about) {
		return false
	}
	return f.Area == "" && f.Councils == nil || slices.ContainsFunc(r.Councils, func(c string) bool { return m.inside(c, f) })
}

// inside tells whether a council is one of the filter's.
func (m *memory) inside(id string, f store.Filter) bool {
	if f.Councils != nil {
		return slices.Contains(f.Councils, id)
	}
	return f.Area == "" || id == f.Area || slices.Contains(m.areas(id), f.Area)
}

func anyOf(list, of []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(of, s) })
}

func terms(r store.Row, kind string) []string {
	switch kind {
	case store.Tools:
		return r.Tools
	case store.Themes:
		return r.Themes
	case store.Used:
		return usedBy(r)
	}
	return r.Topics
}

// usedBy are the tools that a post says somebody uses.
func usedBy(r store.Row) (tools []string) {
	for i, a := range r.Adoption {
		if a == "uses" {
			tools = append(tools, r.Tools[i])
		}
	}
	return tools
}

// says tells whether a post has what a list is narrowed to.
func says(r store.Row, q store.ItemQuery) bool {
	return (q.Stage == "" || q.Stage == r.Stage) && (q.Adoption == "" || slices.Contains(r.Adoption, q.Adoption)) &&
		!slices.ContainsFunc(q.Facets, func(f string) bool { return !slices.Contains(r.Facets, f) })
}

// count collects the three numbers of a set of items.
type count struct{ items, publishers, stories map[string]bool }

func (m *memory) add(c *count, r store.Row) {
	if c.items == nil {
		c.items, c.publishers, c.stories = map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	c.items[r.ID], c.publishers[cmp.Or(r.Family, r.Publisher)], c.stories[cmp.Or(m.copies[r.ID], r.ID)] = true, true, true
}

func (c *count) counts() store.Counts {
	return store.Counts{Items: uint64(len(c.items)), Publishers: uint64(len(c.publishers)), Stories: uint64(len(c.stories))}
}

func (m *memory) gen() store.Generation {
	return store.Generation{Number: m.generation, Time: now.Add(-time.Minute)}
}

func (m *memory) Heat(_ context.Context, kind string, f store.Filter) (store.Heat, error) {
	m.calls.Add(1)
	h := store.Heat{Kind: kind, Filter: f, Generation: m.gen(), Heard: map[time.Time]store.Counts{}, Totals: map[string]store.Counts{}, Gaps: m.gaps}
	for w := f.From; !w.After(f.To); w = w.AddDate(0, 0, 7) {
		h.Weeks = append(h.Weeks, w)
	}
	heard, totals := map[time.Time]*count{}, map[string]*count{}
	cells := map[time.Time]map[string]*count{}
	for _, r := range m.rows {
		if !m.match(r, kind, "", nil, f) {
			continue
		}
		w := item.Week(r.Published)
		m.add(at(heard, w), r)
		for _, t := range terms(r, kind) {
			m.add(at(totals, t), r)
			if cells[w] == nil {
				cells[w] = map[string]*count{}
			}
			m.add(at(cells[w], t), r)
		}
	}
	for w, c := range heard {
		h.Heard[w] = c.counts()
	}
	for t, c := range totals {
		h.Totals[t] = c.counts()
	}
	for w, byTerm := range cells {
		for t, c := range byTerm {
			h.Cells = append(h.Cells, store.Cell{Week: w, Term: t, Counts: c.counts()})
		}
	}
	return h, m.fail
}

func at[K comparable](m map[K]*count, k K) *count {
	if m[k] == nil {
		m[k] = &count{}
	}
	return m[k]
}

func (m *memory) CouncilHeat(_ context.Context, kind string, f store.Filter, roll *council.Rollup) (store.CouncilHeat, error) {
	h := store.CouncilHeat{Kind: kind, Filter: f, Generation: m.gen(), Unit: roll.Unit(), Heard: map[string]store.Mentioned{}}
	type place struct{ council, term string }
	counts, mentions, named := map[place]*count{}, map[place]uint64{}, map[string]bool{}
	for _, r := range m.rows {
		if !m.match(r, kind, "", nil, f) {
			continue
		}
		for _, c := range r.Councils {
			if !m.inside(c, f) {
				continue
			}
			named[c] = true
			for _, share := range roll.Shares(c) {
				for _, t := range append([]string{""}, terms(r, kind)...) {
					p := place{share.Council, t}
					m.add(at(counts, p), r)
					mentions[p] += share.Parts
				}
			}
		}
	}
	h.Named = slices.Sorted(maps.Keys(named))
	for p, n := range counts {
		c := store.Mentioned{Mentions: mentions[p], Counts: n.counts()}
		if p.term == "" {
			h.Heard[p.council] = c
		} else {
			h.Cells = append(h.Cells, store.CouncilCell{Council: p.council, Term: p.term, Mentioned: c})
		}
	}
	return h, m.fail
}

func (m *memory) RankedHeat(ctx context.Context, kind string, f store.Filter, _ time.Time) (store.Heat, store.Scores, error) {
	h, err := m.Heat(ctx, kind, f)
	if kind == store.Used {
		kind = store.Tools
	}
	return h, m.scores[kind], err
}

func (m *memory) Generation(context.Context) (store.Generation, error) { return m.gen(), m.fail }
func (m *memory) Ping(context.Context) error                           { return m.fail }

func (m *memory) Totals(context.Context) (store.Totals, error) {
	if len(m.rows) == 0 {
		return store.Totals{}, m.fail
	}
	return store.Totals{Items: uint64(len(m.rows)), Publishers: 41, Sources: 3, Oldest: now.AddDate(0, -6, 0), Newest: now}, m.fail
}

func (m *memory) SourceCounts(context.Context) (map[string]store.SourceCount, error) {
	return map[string]store.SourceCount{"wigan-news": {Source: "wigan-news", Items: 1234, Newest: now}}, m.fail
}

func (m *memory) SourceWeeks(context.Context, time.Time, int) (map[string][]uint64, error) {
	return map[string][]uint64{"wigan-news": {0, 3, 4, 0, 0, 6, 5, 7, 2, 1, 9, 12, 8, 7, 6, 5, 4, 8, 9, 10, 3, 4, 5, 6, 7, 4}}, m.fail
}

var topicNames = strings.Split("Artificial intelligence,Generative AI and large language models,AI note-taking and transcription,Chatbots and voice assistants,Service design and user research,Content design,Digital accessibility,Digital inclusion,Digital identity,Open data,Data standards,Cyber security,Cloud and hosting,Low code,Local government reorganisation,Devolution,Housing retrofit,Damp and mould,Heat networks,Special educational needs,Adult social care,Temporary accommodation,Planning reform,Digital planning,Electric vehicle charging,Net zero,Libraries,Fly tipping,Potholes and roads,Procurement Act,Section 114 notices,Community wealth,Public health,Fostering,Waste collection", ",")

func slug(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "-")) }

func names(kind string) []chart.Term {
	var list []chart.Term
	for _, n := range topicNames {
		switch kind {
		case store.Tools:
			n = "Tool " + n
		case store.Themes:
			n = "Theme " + n
		}
		list = append(list, chart.Term{ID: slug(n), Name: n})
	}
	return list
}

// town is half a year of made-up posts, the same on every run.
func town() *memory {
	register := council.Load()
	m := &memory{copies: map[string]string{}, scores: map[string]store.Scores{}, generation: 7, areas: register.Areas}
	rnd := rand.New(rand.NewPCG(1, 2))
	all := register.All()
	for w := range 30 {
		monday := this.AddDate(0, 0, -7*w)
		if w == 17 {
			continue // a week in which nothing was heard
		}
		for i, name := range topicNames {
			for k := range volume(rnd, i, w) {
				m.post(rnd, monday, name, all[rnd.IntN(60)*7%len(all)].ID, w == 0, k)
			}
		}
	}
	for _, kind := range []string{store.Topics, store.Tools, store.Themes} {
		m.scores[kind] = scores(kind, m)
	}
	return m
}

// volume lets the first five topics rise, and the others go their way.
func volume(rnd *rand.Rand, i, w int) int {
	switch {
	case i < 5:
		return max(0, 26-i*2-w*(4-i/2)) + rnd.IntN(3)
	case i > 25:
		return max(0, rnd.IntN(5)-2)
	}
	return 2 + (35-i)/3 + rnd.IntN(7)
}

func (m *memory) post(rnd *rand.Rand, monday time.Time, topic, about string, running bool, k int) {
	id := fmt.Sprintf("https://town.example/%d", len(m.rows))
	day := rnd.IntN(7)
	if running {
		day = rnd.IntN(5)
	}
	r := store.Row{
		ID: id, Title: fmt.Sprintf("%s: what we learned in part %d", topic, k+1), URL: id, Lang: "en",
		Text:      "We tried a small thing with four teams over six weeks. Here is what worked, what did not, and what it cost, with the numbers and the code that we used.",
		Publisher: fmt.Sprintf("publisher-%d.example", rnd.IntN(40)), Class: string(item.Classes[rnd.IntN(5)]),
		Published: monday.AddDate(0, 0, day).Add(time.Duration(rnd.IntN(20)) * time.Hour),
		Topics:    []string{slug(topic)}, Tools: []string{slug("Tool " + topic)},
		Councils: []string{about}, Found: []store.Council{{ID: about, Confidence: .9, Sense: "council"}},
	}
	r.Themes, r.Adoption = []string{slug("Theme " + topic)}, []string{[]string{"mentions", "uses", "offers"}[k%3]}
	r.Stage, r.Facets = []string{"", "pilot", "live"}[k%3], [][]string{nil, {"lesson"}, {"event"}, {"lesson", "repository"}}[k%4]
	if k > 3 && rnd.IntN(4) == 0 {
		m.copies[id] = m.rows[len(m.rows)-2].ID
	}
	m.rows = append(m.rows, r)
}

func scores(kind string, m *memory) store.Scores {
	asOf := this
	s := store.Scores{Computed: now, Ranking: radar.Ranking{Enough: true, Items: uint64(len(m.rows)), Feeds: 40, Cold: 2, Rules: radar.Rules,
		Window: radar.Window{AsOf: asOf, EvidenceFrom: asOf.AddDate(0, 0, -28), BaselineFrom: asOf.AddDate(0, 0, -112), Weeks: 12}}}
	for i, t := range names(kind) {
		lift := []float64{3.6, 2.9, 2.3, 2.05, 1.6, 1.2, 1.1, 1.05}[min(i, 7)] - float64(i)/200
		sc := radar.Score{Term: t.ID, Eligible: i < 26, Lift: lift, Low: lift * .8, High: lift * 1.25, Label: radar.LabelOf(lift),
			Items: uint64(60 - i), Sources: uint64(18 - i/2), Expected: float64(10 + i)}
		if !sc.Eligible {
			sc.Lift, sc.Label, sc.Reason = 0, radar.None, "only 3 posts in the last 4 weeks, and 4 are needed"
		}
		s.Scores = append(s.Scores, sc)
	}
	return s
}

var testSources = []SourceView{
	{Key: "wigan-news", Kind: "feed", Name: "Wigan Council news", URL: "https://www.wigan.example/rss", Class: "council", State: "ok", LastVisit: now.Add(-5 * time.Minute), NextVisit: now.Add(25 * time.Minute)},
	{Key: "mhclg", Kind: "feed", Name: "MHCLG Digital", URL: "https://mhclg.example/feed", Class: "central", State: "failing", HTTPStatus: 503,
		Error: "the server answered 503; the next try is in 40 minutes", LastVisit: now.Add(-time.Hour), NextVisit: now.Add(40 * time.Minute)},
	{Key: "press", Kind: "feed", Name: "The Local Gazette", Class: "press", State: "waiting"},
}

// serve starts the dashboard on loopback.
func serve(t testing.TB, m *memory, change ...func(*Config)) (*Dashboard, *httptest.Server) {
	t.Helper()
	c := Config{Store: m, Register: council.Load(), Terms: names, Sources: func() []SourceView { return testSources },
		Site: Site{Sample: true, Contact: "radar@town.example"}, Now: func() time.Time { return now }}
	for _, f := range change {
		f(&c)
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(d)
	t.Cleanup(func() { d.hub.close(); s.Close() })
	return d, s
}
