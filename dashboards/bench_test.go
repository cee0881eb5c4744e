package dashboards

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"vantage/pipeline/store"
)

// frozen answers with one heat map, so that only the making of pages is
// measured.
type frozen struct {
	*memory
	heat store.Heat
	gen  uint64
}

func (f *frozen) RankedHeat(context.Context, string, store.Filter, time.Time) (store.Heat, store.Scores, error) {
	return f.heat, f.scores[store.Topics], nil
}
func (f *frozen) Generation(context.Context) (store.Generation, error) {
	return store.Generation{Number: f.gen}, nil
}

func freeze(b *testing.B) (*frozen, *Dashboard) {
	m := town()
	h, err := m.Heat(b.Context(), store.Topics, store.Filter{From: this.AddDate(0, 0, -25*7), To: this})
	if err != nil {
		b.Fatal(err)
	}
	f := &frozen{memory: m, heat: h, gen: 1}
	d, _ := serve(b, m, func(c *Config) { c.Store = f })
	return f, d
}

func ask(b *testing.B, d *Dashboard) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatal(w.Code)
	}
}

func BenchmarkFrontPageCached(b *testing.B) {
	_, d := freeze(b)
	for b.Loop() {
		ask(b, d)
	}
}

func BenchmarkFrontPageMade(b *testing.B) {
	f, d := freeze(b)
	for b.Loop() {
		f.gen++
		d.state.read = time.Time{}
		ask(b, d)
	}
}
