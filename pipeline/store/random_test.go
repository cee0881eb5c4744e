package store

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/story"
)

// world makes random events about a small set of posts, so that they collide.
type world struct {
	rand     *rand.Rand
	model    *model
	versions map[string]uint64
	held     []Row // to be delivered later, out of order
	seq      uint64
	clock    uint64
}

var (
	worldTopics   = []string{"ai", "housing", "net-zero", "it's"}
	worldTools    = []string{"docker", "qgis"}
	worldThemes   = []string{"data", "web"}
	worldAdoption = []string{"uses", "offers", "mentions"}
	worldStages   = []string{"", "pilot", "live"}
	worldFacets   = []string{"dataset", "lesson"}
	worldCouncils = []string{"E1", "E2", "W1", "S1"}
	worldChannels = []string{"feed-a", "feed-b", "feed-c", "feed-d", "feed-e"}
	worldClasses  = []string{"council", "press", "person"}
)

const worldWeeks = 9

func newWorld(seed uint64) *world {
	return &world{rand: rand.New(rand.NewPCG(seed, 1)), model: newModel(areasOf), versions: map[string]uint64{}}
}

func (w *world) some(list []string, p float64) (out []string) {
	for _, v := range list {
		if w.rand.Float64() < p {
			out = append(out, v)
		}
	}
	return out
}

// release is a text that many posts repeat with a small change.
func (w *world) release() string {
	words := make([]string, 60)
	source := rand.New(rand.NewPCG(uint64(w.rand.IntN(6)), 2))
	for i := range words {
		words[i] = fmt.Sprintf("word%d", source.IntN(5000))
	}
	words[w.rand.IntN(len(words))] = fmt.Sprintf("edit%d", w.rand.IntN(1000))
	return strings.Join(words, " ")
}

// post makes a version of a post: new content, or the same with p one in three.
func (w *world) post(id string) Row {
	w.clock++
	w.seq++
	v := w.versions[id] + 1 + uint64(w.rand.IntN(3))
	channel := w.rand.IntN(len(worldChannels))
	r := Row{
		ID: id, Version: v, Source: worldChannels[channel], Kind: "feed",
		// A channel's key says who publishes it; two channels share one.
		Publisher: fmt.Sprintf("p%d.example", channel/2), Class: worldClasses[channel%len(worldClasses)],
		Published: week.AddDate(0, 0, -w.rand.IntN(7*worldWeeks)).Add(time.Duration(w.rand.IntN(86400)) * time.Second),
		Seen:      now, Topics: w.some(worldTopics, 0.4), Tools: w.some(worldTools, 0.3), Councils: w.some(worldCouncils, 0.3),
		Themes: w.some(worldThemes, 0.4), Stage: worldStages[w.rand.IntN(3)], Facets: w.some(worldFacets, 0.4),
		Title: "T", Seqs: []uint64{w.seq}, Expires: Never, ContentHash: fmt.Sprint(w.clock),
	}
	for range r.Tools {
		r.Adoption = append(r.Adoption, worldAdoption[w.rand.IntN(3)])
	}
	if len(id)%2 == 0 {
		r.AuthorRef = "author" + id[len(id)-1:]
	}
	if w.rand.IntN(3) == 0 {
		r.Signature = story.Sign(nil, "", w.release())
	}
	if old := w.model.alive(id); len(old) > 0 && w.rand.IntN(3) == 0 { // the same content again
		last := old[len(old)-1]
		r.ContentHash, r.Published, r.Signature = last.ContentHash, last.Published, last.Signature
		r.Topics, r.Tools, r.Councils = last.Topics, last.Tools, last.Councils
		r.Themes, r.Adoption, r.Stage, r.Facets = last.Themes, last.Adoption, last.Stage, last.Facets
	}
	w.versions[id] = v
	return r
}

// batch makes the next rows: new posts, edits, second channels, repeats,
// deletions, and late deliveries.
func (w *world) batch(n int) (rows []Row) {
	for range n {
		id := fmt.Sprintf("post-%d", w.rand.IntN(160))
		switch k := w.rand.IntN(20); {
		case k < 11:
			r := w.post(id)
			if w.rand.IntN(6) == 0 {
				w.held = append(w.held, r)
				continue
			}
			rows = append(rows, r)
		case k < 14: // a message is delivered again
			if old := w.model.events[id]; len(old) > 0 {
				rows = append(rows, old[w.rand.IntN(len(old))])
			}
		case k < 17:
			w.versions[id]++
			rows = append(rows, Row{ID: id, Version: w.versions[id], Deleted: true})
		case len(w.held) > 0:
			i := w.rand.IntN(len(w.held))
			rows = append(rows, w.held[i])
			w.held = slices.Delete(w.held, i, i+1)
		}
		for _, r := range rows[max(0, len(rows)-1):] {
			w.model.deliver(r)
		}
	}
	return rows
}

// flip gives some posts other tags.
func flip(r *Row) {
	if len(r.ID)%2 == 1 && r.Version%3 != 0 {
		r.Topics, r.Councils = []string{"retagged", r.ID[len(r.ID)-1:]}, []string{"W1", "E2"}
		r.Themes, r.Stage, r.Facets = []string{"retagged"}, "alpha", []string{"event"}
		r.Tools, r.Adoption = []string{"qgis", "docker"}, []string{"mentions", "uses"}
	}
}

// retag changes the tags of some posts, in the store and in the model.
func (w *world) retag(t *testing.T, s *Store) {
	if _, err := s.Retag(t.Context(), RetagConfig{Round: 29, Chunk: 17}, flip); err != nil {
		t.Fatal(err)
	}
	for id, r := range w.model.items() {
		if w.model.retags[id] == nil {
			w.model.retags[id] = map[uint64]Row{}
		}
		flip(&r)
		w.model.retags[id][r.Version] = r
	}
}

// forget withdraws an author up to the newest version so far, which posts that
// were edited less often reach only later.
func (w *world) forget(t *testing.T, s *Store) {
	ref := fmt.Sprintf("author%d", w.rand.IntN(10))
	version := slices.Max(slices.Collect(maps.Values(w.versions)))
	_, err := s.ForgetAuthor(t.Context(), ref, version, func(_ context.Context, list []Erasure) error {
		w.erase(list)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.model.gone[ref] = max(w.model.gone[ref], version)
}

// erase does with messages as the stream does.
func (w *world) erase(list []Erasure) {
	for _, e := range list {
		for _, r := range w.model.events[e.ID] {
			if r.Seqs[0] == e.Seq && r.Version <= e.Version {
				w.model.erased[e.Seq] = true
			}
		}
	}
}

func TestEveryNumberEqualsARecount(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := open(t)
			w := newWorld(seed)
			for round := range 20 {
				rows := w.batch(5 + w.rand.IntN(60))
				if len(rows) == 0 {
					continue
				}
				w.erase(write(t, s, rows...).Erase)
				switch w.rand.IntN(6) {
				case 0:
					w.retag(t, s)
				case 1:
					refresh(t, s)
				case 2:
					w.forget(t, s)
				case 3:
					w.regroup(t, s)
				}
				if round%5 == 4 {
					refresh(t, s)
					w.check(t, s)
				}
			}
			w.checkOneByOne(t, s)
		})
	}
}

// checkOneByOne derives after each event, so that only what depends on its
// week is derived anew.
func (w *world) checkOneByOne(t *testing.T, s *Store) {
	t.Helper()
	everything := Filter{From: addWeeks(week, -25), To: week} // kept ready
	for range 15 {
		if rows := w.batch(1); len(rows) > 0 {
			w.erase(write(t, s, rows...).Erase)
			refresh(t, s)
			w.checkHeat(t, s, Topics, everything)
		}
	}
}

func (w *world) check(t *testing.T, s *Store) {
	t.Helper()
	defer w.model.hold()()
	first := week.AddDate(0, 0, -7*worldWeeks)
	filters := []Filter{
		{}, {Class: "press"}, {Area: "nation:England"}, {Area: "region:London", Class: "council"}, {Area: "S1"},
		{Councils: []string{"W1", "E1", "none"}}, {Councils: []string{"E2", "none"}, Class: "council"},
		{Area: "W1", From: first.AddDate(0, 0, 14), To: first.AddDate(0, 0, 35)}, {Area: "nation:Nowhere"},
		{From: addWeeks(week, -25), To: week}, {From: addWeeks(week, -25), To: week, Class: "press"},
	}
	for i, f := range filters {
		if f.From.IsZero() {
			f.From, f.To = first, week
		}
		kind := []string{Topics, Tools, Themes, Used}[(i+w.rand.IntN(2))%4]
		w.checkHeat(t, s, kind, f)
		w.checkCouncils(t, s, kind, f)
		w.checkItems(t, s, f)
	}
	w.checkChannels(t, s)
	w.checkErased(t)
}

func same[K comparable](t *testing.T, what string, got, want map[K]Counts) {
	t.Helper()
	for k, c := range want {
		if got[k] != c {
			t.Errorf("%s: %v: got %v, recount %v", what, k, got[k], c)
		}
	}
	for k, c := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %v: got %v, recount has none", what, k, c)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

func (w *world) checkHeat(t *testing.T, s *Store, kind string, f Filter) {
	t.Helper()
	h, err := s.Heat(t.Context(), kind, f)
	if err != nil {
		t.Fatal(err)
	}
	cells := map[weekTerm]Counts{}
	for _, c := range h.Cells {
		cells[weekTerm{c.Week, c.Term}] = c.Counts
	}
	wantCells, wantHeard, wantTotals, wantAll := w.model.heat(kind, f)
	what := fmt.Sprintf("%s %+v", kind, f)
	same(t, what, cells, wantCells)
	same(t, what+" heard", h.Heard, wantHeard)
	same(t, what+" totals", h.Totals, wantTotals)
	if h.All != wantAll {
		t.Fatalf("%s: all %v, recount %v", what, h.All, wantAll)
	}
}

func (w *world) checkCouncils(t *testing.T, s *Store, kind string, f Filter) {
	t.Helper()
	h, err := s.CouncilHeat(t.Context(), kind, f, nil)
	if err != nil {
		t.Fatal(err)
	}
	cells, heard := map[councilTerm]Counts{}, map[string]Counts{}
	for _, c := range h.Cells {
		cells[councilTerm{c.Council, c.Term}] = c.Counts
		if c.Mentions != c.Items {
			t.Errorf("%+v: without a rollup, every post is one mention", c)
		}
	}
	for id, c := range h.Heard {
		heard[id] = c.Counts
	}
	wantCells, wantHeard := w.model.councilHeat(kind, f)
	what := fmt.Sprintf("councils %s %+v", kind, f)
	same(t, what, cells, wantCells)
	same(t, what+" heard", heard, wantHeard)
}

// facetQuery asks for what posts say besides their topics.
func (w *world) facetQuery(f Filter) ItemQuery {
	list := []ItemQuery{
		{Kind: Themes, Term: "data", Filter: f, Stage: "pilot"}, {Filter: f, Facets: []string{"lesson", "dataset"}}, {Filter: f, Adoption: "offers"},
		{Kind: Tools, Term: "docker", Filter: f, Adoption: "uses"}, {Kind: Used, Term: "docker", Filter: f},
	}
	return list[w.rand.IntN(len(list))]
}

func (w *world) checkItems(t *testing.T, s *Store, f Filter) {
	t.Helper()
	list := []ItemQuery{
		{Filter: f}, {Kind: Topics, Term: "it's", Filter: f}, w.facetQuery(f),
		{Kind: Tools, Term: "docker", Filter: f, About: []string{"E2"}}, {Filter: f, About: []string{"W1", "S1", "none"}},
		{Kind: Topics, Term: "ai", Filter: Filter{Area: f.Area, Class: f.Class, From: week.AddDate(0, 0, -21), To: week.AddDate(0, 0, -21)}},
	}
	for _, i := range w.rand.Perm(len(list))[:2] {
		q := list[i]
		q.Limit, q.Offset = 7, w.rand.IntN(9)
		page, err := s.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		ids, counts := w.model.list(q)
		ids = ids[min(q.Offset, len(ids)):min(q.Offset+q.Limit, len(ids))]
		var got []string
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		if page.Counts != counts || !slices.Equal(got, ids) {
			t.Fatalf("items %+v: got %v %v, recount %v %v", q, page.Counts, got, counts, ids)
		}
		w.checkStories(t, s, q)
		_, told := w.model.count()
		for _, id := range got {
			if want := told[id]; want != id && page.Story[id] != want || want == id && page.Story[id] != "" {
				t.Fatalf("story of %s: got %q, recount %q", id, page.Story[id], want)
			}
		}
	}
}

func (w *world) checkChannels(t *testing.T, s *Store) {
	t.Helper()
	counts, err := s.SourceCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for k, c := range counts {
		got[k] = c.Items
	}
	if want := w.model.channels(); !maps.Equal(got, want) {
		t.Fatalf("channels: got %v, recount %v", got, want)
	}
}

// checkErased holds the store to naming every message of a deleted post, and no
// other.
func (w *world) checkErased(t *testing.T) {
	t.Helper()
	for id, events := range w.model.events {
		for _, r := range events {
			if dead := r.Version <= w.model.deletes[id] || r.Version <= w.model.gone[r.AuthorRef]; dead != w.model.erased[r.Seqs[0]] {
				t.Fatalf("message %d carried %s version %d: deleted %v, erased %v", r.Seqs[0], id, r.Version, dead, w.model.erased[r.Seqs[0]])
			}
		}
	}
}
