package chart

import (
	"context"
	"flag"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/radar"
	"vantage/pipeline/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	now  = time.Date(2026, 11, 21, 14, 32, 0, 0, time.UTC)
	this = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
)

// answers gives the same small chart to every query.
type answers struct {
	heat    store.Heat
	council store.CouncilHeat
	scores  store.Scores
}

func (f answers) RankedHeat(_ context.Context, kind string, q store.Filter, _ time.Time) (store.Heat, store.Scores, error) {
	h := f.heat
	h.Kind, h.Filter = kind, q
	for w := q.From; !w.After(q.To); w = w.AddDate(0, 0, 7) {
		h.Weeks = append(h.Weeks, w)
	}
	return h, f.scores, nil
}

func (f answers) CouncilHeat(_ context.Context, kind string, q store.Filter, _ *council.Rollup) (store.CouncilHeat, error) {
	h := f.council
	h.Kind, h.Filter, h.Heard = kind, q, maps.Clone(h.Heard)
	outside := func(id string) bool {
		return q.Area != "" && !slices.ContainsFunc(names().Councils, func(c Council) bool {
			return c.ID == id && (id == q.Area || slices.Contains(c.Areas, q.Area))
		})
	}
	maps.DeleteFunc(h.Heard, func(id string, _ store.Mentioned) bool { return outside(id) })
	h.Cells = slices.DeleteFunc(slices.Clone(h.Cells), func(c store.CouncilCell) bool { return outside(c.Council) })
	return h, nil
}

// Names that attack every form: a script, a go-echarts function, a formula,
// a style of ECharts' rich text.
var hostile = []Term{
	{ID: "ai", Name: "Artificial intelligence"},
	{ID: "script", Name: `</script><script>alert(1)</script>`},
	{ID: "func", Name: `__f__(window.pwned=1)__f__`},
	{ID: "=cmd|' /C calc'!A0", Name: `=cmd|' /C calc'!A0`},
	{ID: "rich", Name: `{a|bold} "quoted" & <b>`},
}

func names() Names {
	return Names{
		Sources: func() map[string]string { return map[string]string{"wigan-news": "Wigan Council: news"} },
		Terms:   func(string) []Term { return hostile },
		Councils: []Council{
			{ID: "W06000015", Name: "Cardiff", Code: "W06000015", Areas: []string{"nation:Wales"}},
			{ID: "W06000011", Name: "Swansea", Code: "W06000011", Areas: []string{"nation:Wales"}},
			{ID: "E08000010", Name: "Wigan", Code: "E08000010", Areas: []string{"nation:England", "region:North West"}},
			{ID: "x-new", Name: "+New Authority", Areas: []string{"nation:England"}},
		},
	}
}

// data has a week that was not heard, the running week, and every kind of
// cell.
func data() answers {
	week := func(back int) time.Time { return this.AddDate(0, 0, -7*back) }
	f := answers{heat: store.Heat{
		Generation: store.Generation{Number: 12, Time: now.Add(-time.Minute)},
		Heard:      map[time.Time]store.Counts{}, Totals: map[string]store.Counts{},
		Gaps: []store.Gap{
			{Source: "wigan-news", From: week(4).Add(160 * time.Hour), To: week(4).Add(161 * time.Hour), Rate: 0.5},
			{Source: "wigan-news", From: week(3).Add(30 * time.Hour), To: week(3).Add(42 * time.Hour), Rate: 0.5},
			{Source: "rich<b>", From: week(3).Add(30 * time.Hour), To: week(3).Add(30*time.Hour + 20*time.Minute)},
		},
	}}
	for back := range 13 {
		if back != 5 {
			f.heat.Heard[week(back)] = store.Counts{Items: 100, Publishers: 40, Stories: 90}
		}
	}
	add := func(term string, back int, n uint64) {
		f.heat.Cells = append(f.heat.Cells, store.Cell{Week: week(back), Term: term, Counts: store.Counts{Items: n, Publishers: (n + 1) / 2, Stories: n - n/4}})
		t := f.heat.Totals[term]
		f.heat.Totals[term] = store.Counts{Items: t.Items + n, Publishers: max(t.Publishers, (n+1)/2), Stories: t.Stories + n - n/4}
	}
	for back, n := range []uint64{60, 140, 90, 33, 12, 0, 5, 2, 1} {
		if n > 0 {
			add("ai", back, n)
		}
	}
	add("script", 1, 7)
	add("func", 2, 1)
	add("=cmd|' /C calc'!A0", 3, 2)
	add("rich", 0, 3)
	add("gone-from-vocabulary", 4, 9)
	f.scores = scored(week)
	f.council = store.CouncilHeat{Generation: f.heat.Generation,
		Heard: map[string]store.Mentioned{"W06000015": mentioned(30, 9, 28), "E08000010": mentioned(4, 1, 4), "x-new": mentioned(2, 2, 2)},
		Cells: []store.CouncilCell{
			{Council: "W06000015", Term: "ai", Mentioned: mentioned(12, 5, 11)},
			{Council: "W06000015", Term: "rich", Mentioned: mentioned(1, 1, 1)},
			{Council: "x-new", Term: "script", Mentioned: mentioned(2, 2, 2)},
		}}
	return f
}

// mentioned are whole posts about one council each.
func mentioned(items, publishers, stories uint64) store.Mentioned {
	return store.Mentioned{Mentions: items, Counts: store.Counts{Items: items, Publishers: publishers, Stories: stories}}
}

func scored(week func(int) time.Time) store.Scores {
	return store.Scores{Computed: now, Ranking: radar.Ranking{
		Enough: true, Items: 900, Feeds: 31, Cold: 2, Rules: "radar-1",
		Window: radar.Window{AsOf: this, EvidenceFrom: week(4), BaselineFrom: week(16), Weeks: 12},
		Scores: []radar.Score{
			{Term: "rich", Eligible: true, Lift: 2.13, Low: 1.5, High: 2.8, Label: radar.Emerging, Items: 3, Sources: 2, Expected: .4},
			{Term: "ai", Eligible: true, Lift: 1.04, Low: .9, High: 1.2, Items: 275, Sources: 70, Expected: 190},
			{Term: "script", Reason: "only 1 publisher, and 3 are needed"},
		}}}
}

func query(address string) Query {
	v, err := url.ParseQuery(address)
	if err != nil {
		panic(err)
	}
	return ParseQuery(v, now)
}

func build(t testing.TB, id, address string) *Matrix {
	t.Helper()
	return buildFrom(t, data(), id, address)
}

func buildFrom(t testing.TB, d Data, id, address string) *Matrix {
	t.Helper()
	c, ok := Find(id)
	if !ok {
		t.Fatalf("no chart %q", id)
	}
	m, err := c.Make(t.Context(), d, names(), query(address))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; look at it and run with -update.\n got %.600s", name, got)
	}
}
