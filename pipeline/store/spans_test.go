package store

import (
	"fmt"
	"testing"
)

// TestPeriodIsKeptReady holds the front page's period to being read from the
// table made for it, and to going from there with its last post.
func TestPeriodIsKeptReady(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("b", 1))
	refresh(t, s)
	f := Filter{From: addWeeks(week, -25), To: week}
	ready := func() bool {
		h, _, ok, err := s.readSpan(t.Context(), Topics, f)
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

// TestReadyPeriodNeedsNoWaiting reads it in the middle of a swap, and after
// one that was cut off: it is of one generation all the same, and no two
// generations share a number.
func TestReadyPeriodNeedsNoWaiting(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	refresh(t, s)
	if _, err := s.begin(ctx(t)); err != nil {
		t.Fatal(err)
	}
	h, err := s.Heat(ctx(t), Topics, frontPage)
	if err != nil || h.Generation.Number != 1 || h.Generation.Torn || h.All.Items != 1 || !h.Generation.Time.Equal(now) {
		t.Errorf("during a swap: %+v, %v", h, err)
	}
	if scores, err := s.Scores(ctx(t), Topics, week); err != nil || scores.Computed.IsZero() {
		t.Errorf("during a swap: %+v, %v", scores, err)
	}
	write(t, s, post("b", 1))
	refresh(t, s)
	h, err = s.Heat(ctx(t), Topics, frontPage)
	g, err2 := s.Generation(ctx(t))
	if err != nil || err2 != nil || h.All.Items != 2 || h.Generation != g || g.Number != 3 {
		t.Errorf("after a cut-off swap: %+v of %+v, %+v, %v, %v", h.All, h.Generation, g, err, err2)
	}
}

// TestReadyPeriodSaysWhatIsCounted compares what a page opens with, with the
// same numbers counted from the cells and the ranking as it is stored.
func TestReadyPeriodSaysWhatIsCounted(t *testing.T) {
	s := open(t)
	twoSources(t, s)
	addGap(t, s, Gap{Source: "feed-b", From: addWeeks(week, -1), To: week})
	refresh(t, s)
	words := func(v any) string { return fmt.Sprintf("%+v", v) }
	for _, kind := range spanKinds {
		heat, scores, ready, err := s.readSpan(ctx(t), kind, frontPage)
		if err != nil || !ready {
			t.Fatalf("%s: ready %t, %v", kind, ready, err)
		}
		counted, err := s.countedHeat(ctx(t), kind, frontPage)
		if err != nil || words(heat) != words(counted) {
			t.Errorf("%s: ready\n%+v\ncounted\n%+v, %v", kind, heat, counted, err)
		}
		stored, err := s.Scores(ctx(t), ranked(kind), week)
		if err != nil || stored.Computed.IsZero() || words(scores) != words(stored) {
			t.Errorf("%s: ready\n%+v\nstored\n%+v, %v", kind, scores, stored, err)
		}
	}
	if heat, scores, err := s.RankedHeat(ctx(t), Topics, frontPage, addWeeks(week, -1)); err != nil || heat.All.Items == 0 || !scores.Computed.IsZero() {
		t.Errorf("as of a week that was never ranked: %+v, %+v, %v", heat.All, scores, err)
	}
}

// TestUnreadableReadyPeriodIsCounted is what a program meets that was updated
// or set back to an earlier version.
func TestUnreadableReadyPeriodIsCounted(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	refresh(t, s)
	if err := s.conn.Exec(ctx(t), "TRUNCATE TABLE spans"); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec(ctx(t), "INSERT INTO spans (kind, span) SELECT 'topic', 'written by another program'"); err != nil {
		t.Fatal(err)
	}
	h, scores, err := s.RankedHeat(ctx(t), Topics, frontPage, week)
	if err != nil || h.All.Items != 1 || scores.Computed.IsZero() {
		t.Errorf("%+v, %+v, %v", h.All, scores, err)
	}
}
