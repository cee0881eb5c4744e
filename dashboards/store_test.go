package dashboards

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/store"
	"vantage/pipeline/store/engine/enginetest"
)

var _ Data = (*store.Store)(nil)

func TestMain(m *testing.M) { enginetest.Main(m) }

// stored writes the town into a real store and derives its charts.
func stored(t testing.TB, m *memory) *store.Store {
	t.Helper()
	s := openStore(t)
	for i := range m.rows {
		m.rows[i].Version, m.rows[i].ContentHash, m.rows[i].Kind, m.rows[i].Source, m.rows[i].Rules = 1, "h", "feed", "s", "r"
		m.rows[i].Seen = m.rows[i].Published
	}
	for batch := range slices.Chunk(m.rows, 2000) {
		if _, err := s.Write(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	derive(t, s)
	return s
}

func openStore(t testing.TB) *store.Store {
	t.Helper()
	server := enginetest.Open(t)
	s, err := store.Open(t.Context(), store.Config{DSN: server.DSN, DialContext: server.DialContext, Database: server.Database,
		Areas: council.Load().Areas, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// derive makes all charts current.
func derive(t testing.TB, s *store.Store) {
	t.Helper()
	for left := 1; left > 0; {
		r, err := s.Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left = r.Left
	}
}

// TestRealStoreCountsAsMapsDo compares every number of charts made from the
// real store with charts made by counting the same posts in Go maps.
func TestRealStoreCountsAsMapsDo(t *testing.T) {
	m := town()
	clear(m.copies) // the store finds its own, by signatures that these posts lack
	real := stored(t, m)
	for _, kind := range []string{store.Topics, store.Tools, store.Themes} {
		scores, err := real.Scores(t.Context(), kind, this)
		if err != nil {
			t.Fatal(err)
		}
		m.scores[kind] = scores
	}
	_, maps := serve(t, m)
	_, tables := serve(t, m, func(c *Config) { c.Store = real })
	for _, path := range []string{
		"/charts/topics.csv", "/charts/topics.csv?weeks=52", "/charts/themes.csv", "/charts/tools.csv?adoption=uses", "/charts/tools.csv?adoption=uses&area=nation%3AWales",
		"/charts/tools.csv?class=press", "/charts/topics.csv?area=nation%3AWales&weeks=13",
		"/charts/topics.csv?area=region%3ANorth+West&class=civic", "/charts/councils.csv", "/charts/councils.csv?area=nation%3AScotland&class=council",
		"/charts/councils.csv?councils=then", "/charts/councils.csv?councils=cells&weeks=52", "/charts/councils.csv?councils=cells&area=region%3AEast+Midlands",
		"/charts/councils.csv?council=E07000211&councils=cells", "/charts/topics.csv?council=E07000225&councils=cells", "/charts/topics.csv?council=E08000029&councils=cells",
	} {
		_, want := get(t, maps.URL+path)
		r, got := get(t, tables.URL+path)
		if r.StatusCode != http.StatusOK || got != want || strings.Count(got, "\n") < 20 {
			t.Errorf("%s: %d; the store gives %d bytes, maps %d\n%s", path, r.StatusCode, len(got), len(want), firstDifference(got, want))
		}
	}
	const list = "/items?kind=topic&term=open-data&week=2026-11-09"
	_, want := get(t, maps.URL+list)
	if _, got := get(t, tables.URL+list); strings.ReplaceAll(got, tables.URL, "") != strings.ReplaceAll(want, maps.URL, "") {
		t.Errorf("%s:\n%s", list, firstDifference(got, want))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return " got " + a[i] + "\nwant " + b[i]
		}
	}
	return "one is longer"
}
