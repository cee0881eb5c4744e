package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/story"
)

// realRows makes rows of the size and spread of real ones: 1 KB of text, 60
// topics, 380 councils, 500 publishers, ids that are addresses; one in twelve
// repeats an earlier text.
type realRows struct {
	rand  *rand.Rand
	n     int
	weeks int
	words []string
}

func newRealRows(weeks int) *realRows {
	r := &realRows{rand: rand.New(rand.NewPCG(1, 2)), weeks: weeks}
	for i := range 4000 {
		r.words = append(r.words, fmt.Sprintf("wo%drd", i*7919))
	}
	return r
}

func (g *realRows) text() string {
	var b strings.Builder
	source := g.rand
	if g.rand.IntN(12) == 0 {
		source = rand.New(rand.NewPCG(uint64(g.rand.IntN(2000)), 3))
	}
	for b.Len() < 1000 {
		b.WriteString(g.words[source.IntN(len(g.words))])
		b.WriteByte(' ')
	}
	return b.String()
}

// zipf picks one of n, small numbers more often.
func (g *realRows) zipf(n int) int {
	return int(float64(n) * g.rand.Float64() * g.rand.Float64() * g.rand.Float64())
}

func (g *realRows) row() Row {
	g.n++
	publisher := g.zipf(500)
	source := fmt.Sprintf("feed-%03d", publisher)
	at := week.AddDate(0, 0, 7-g.rand.IntN(7*g.weeks)-1).Add(time.Duration(g.rand.IntN(86400)) * time.Second)
	body := g.text()
	r := Row{
		ID: fmt.Sprintf("https://publisher%d.example.gov.uk/news/2026/some-long-title-of-a-post-%d", publisher, g.n), Version: uint64(at.UnixMilli()),
		ContentHash: fmt.Sprintf("%016x", g.rand.Uint64()), Kind: "feed", Source: source, Via: []string{source},
		Publisher: fmt.Sprintf("publisher%d.example.gov.uk", publisher), Class: []string{"council", "central", "civic", "press", "vendor", "person"}[publisher%6],
		Title: body[:60], Text: body, Lang: "en", URL: fmt.Sprintf("https://publisher%d.example.gov.uk/news/%d", publisher, g.n),
		Links: []string{"https://www.gov.uk/a", "https://example.org/b"}, Hashtags: []string{"localgov"},
		Published: at, Seen: at.Add(time.Hour), Expires: Never, Consent: "unknown", Rules: "rules-1", Seqs: []uint64{uint64(g.n)},
		Signature: story.Sign(nil, "", body),
	}
	for range g.rand.IntN(3) {
		r.Topics = append(r.Topics, fmt.Sprintf("topic-%02d", g.zipf(60)))
	}
	if g.rand.IntN(3) == 0 {
		r.Tools = append(r.Tools, fmt.Sprintf("tool-%03d", g.zipf(170)))
	}
	for range g.rand.IntN(3) {
		id := fmt.Sprintf("E%08d", g.zipf(380))
		r.Councils = append(r.Councils, id)
		r.Found = append(r.Found, Council{id, 0.9, "council"})
	}
	return r
}

func (g *realRows) rows(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = g.row()
	}
	return rows
}

func realAreas(id string) []string {
	regions := []string{"nation:England", "region:London", "nation:Wales", "region:North West"}
	return regions[len(id)%2*2 : len(id)%2*2+2]
}

func fill(b *testing.B, s *Store, g *realRows, n int) {
	b.Helper()
	for done := 0; done < n; done += 20_000 {
		if _, err := s.Write(b.Context(), g.rows(min(20_000, n-done))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWrite stores batches of 5,000 new rows beside 100,000 stored ones.
func BenchmarkWrite(b *testing.B) {
	s := open(b)
	g := newRealRows(26)
	fill(b, s, g, 100_000)
	const batch = 5000
	batches := make([][]Row, 20)
	for i := range batches {
		batches[i] = g.rows(batch)
	}
	n := 0
	used := startCPU(b)
	b.ResetTimer()
	for b.Loop() {
		if n == len(batches) {
			b.StopTimer()
			used.stop()
			for i := range batches {
				batches[i] = g.rows(batch)
			}
			n = 0
			b.StartTimer()
			used.start()
		}
		if _, err := s.Write(b.Context(), batches[n]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	used.report(b, batch)
}

// BenchmarkRefresh derives the running week of 200,000 items anew, with
// 50,000 in each of the three weeks before it.
func BenchmarkRefresh(b *testing.B) {
	s := open(b)
	s.areas = realAreas
	g := newRealRows(1)
	fill(b, s, g, 200_000)
	fillWeeksBefore(b, s, 50_000)
	refresh(b, s)
	used := startCPU(b)
	for b.Loop() {
		if err := s.mark(b.Context(), []time.Time{week}); err != nil {
			b.Fatal(err)
		}
		refresh(b, s)
	}
	used.report(b, 1)
}

func fillWeeksBefore(b *testing.B, s *Store, n int) {
	b.Helper()
	g := newRealRows(3)
	for range n * 3 / 15_000 {
		rows := g.rows(15_000)
		for i := range rows {
			rows[i].ID += "-before"
			rows[i].Published = rows[i].Published.AddDate(0, 0, -7)
		}
		if _, err := s.Write(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHeat reads charts from the cells of 26 weeks.
func BenchmarkHeat(b *testing.B) {
	s := open(b)
	s.areas = realAreas
	fill(b, s, newRealRows(26), heatItems())
	refresh(b, s)
	period := Filter{From: addWeeks(week, -25), To: week}
	england := period
	england.Area, england.Class = "nation:England", "council"
	day := Filter{From: week, To: week}
	for name, read := range map[string]func() error{
		"topics":   func() error { _, err := s.Heat(b.Context(), Topics, period); return err },
		"england":  func() error { _, err := s.Heat(b.Context(), Topics, england); return err },
		"councils": func() error { _, err := s.CouncilHeat(b.Context(), Topics, period, nil); return err },
		"scores":   func() error { _, err := s.Scores(b.Context(), Topics, time.Time{}); return err },
		"items of a cell": func() error {
			_, err := s.Items(b.Context(), ItemQuery{Kind: Topics, Term: "topic-01", Filter: day, Limit: 50})
			return err
		},
		"generation": func() error { _, err := s.Generation(b.Context()); return err },
		"totals":     func() error { _, err := s.Totals(b.Context()); return err },
	} {
		b.Run(name, func(b *testing.B) {
			used := startCPU(b)
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
			used.report(b, 1)
		})
	}
}

// heatItems is how many items BenchmarkHeat stores: VANTAGE_BENCH_ITEMS, else
// 200,000.
func heatItems() int {
	if n, err := strconv.Atoi(os.Getenv("VANTAGE_BENCH_ITEMS")); err == nil {
		return n
	}
	return 200_000
}
