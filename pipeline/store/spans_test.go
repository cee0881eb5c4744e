package store

import "testing"

// TestPeriodIsKeptReady holds the front page's period to being read from the
// table made for it, and to going from there with its last post.
func TestPeriodIsKeptReady(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("b", 1))
	refresh(t, s)
	f := Filter{From: addWeeks(week, -25), To: week}
	ready := func() bool {
		h := emptyHeat(Topics)
		h.Filter, h.Weeks = f, mondays(f.From, f.To)
		ok, err := s.readSpan(t.Context(), &h)
		if err != nil {
			t.Fatal(err)
		}
		return ok && h.All.Items == 2
	}
	if !ready() {
		t.Fatal("the period that ends with the running week is not ready")
	}
	for n, want := range []uint64{1, 0} {
		write(t, s, Row{ID: []string{"a", "b"}[n], Version: 2, Deleted: true})
		refresh(t, s)
		if h, err := s.Heat(t.Context(), Topics, f); err != nil || h.All.Items != want || ready() {
			t.Fatalf("after %d deletions: %+v, %v", n+1, h.All, err)
		}
	}
}
