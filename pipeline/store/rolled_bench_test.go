package store

import (
	"testing"
	"time"

	"vantage/pipeline/council"
)

// BenchmarkRolled reads the council charts of 26 weeks in each view, and a
// heat map of a council with its county and combined authority. Where several
// councils count for one, posts are read: that is what these cost more.
func BenchmarkRolled(b *testing.B) {
	r := council.Load()
	s := open(b)
	s.areas = r.Areas
	g := newRealRows(26)
	for n := heatItems(); n > 0; n -= 15_000 {
		rows := g.rows(min(n, 15_000))
		for i := range rows {
			for k := range rows[i].Councils {
				rows[i].Councils[k] = r.All()[g.zipf(len(r.All()))].ID
			}
		}
		if _, err := s.Write(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
	refresh(b, s)
	period, day := Filter{From: addWeeks(week, -25), To: week}, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for _, view := range council.Views {
		b.Run(string(view), func(b *testing.B) {
			used := startCPU(b)
			for b.Loop() {
				if _, err := s.CouncilHeat(b.Context(), Topics, period, r.Rollup(view, day)); err != nil {
					b.Fatal(err)
				}
			}
			used.report(b, 1)
		})
	}
	b.Run("weekly", func(b *testing.B) {
		several := period
		several.Councils = r.Rollup(council.Cells, day).Members("E07000209")
		for b.Loop() {
			if _, err := s.Heat(b.Context(), Topics, several); err != nil {
				b.Fatal(err)
			}
		}
	})
}
