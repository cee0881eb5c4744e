package store

import (
	"testing"
	"time"
)

// TestRestingStoreAsksNothing closes the connection: a Refresh that has nothing
// to do must not need it, and one that has must say so.
func TestRestingStoreAsksNothing(t *testing.T) {
	s := open(t)
	clock := week.Add(30 * time.Hour)
	s.now = func() time.Time { return clock }
	write(t, s, post("a", 1))
	refresh(t, s)
	before, err := s.Refresh(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	s.conn.Close()
	if r, err := s.Refresh(ctx(t)); err != nil || r.Generation != before.Generation || len(r.Weeks) != 0 {
		t.Errorf("%+v, %v; want generation %d", r, err, before.Generation)
	}
	clock = clock.AddDate(0, 0, 7)
	if _, err := s.Refresh(ctx(t)); err == nil {
		t.Error("a week is over, and nothing was ranked anew")
	}
}

func TestWeekIsMarkedOnceUntilItIsDerived(t *testing.T) {
	s := open(t)
	tokens := func() (n uint64) {
		t.Helper()
		if err := s.conn.QueryRow(ctx(t), "SELECT uniqExact(token) FROM dirty").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	write(t, s, post("a", 1))
	write(t, s, post("b", 1))
	if n := tokens(); n != 1 {
		t.Errorf("%d tokens for two writes, want 1", n)
	}
	write(t, s, post("c", 1, weeksAgo(1)))
	if n := tokens(); n != 2 {
		t.Errorf("%d tokens after another week, want 2", n)
	}
	refresh(t, s)
	write(t, s, post("d", 1))
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-09 ai 1/1/1; 11-16 ai 3/1/3" {
		t.Error(got)
	}
}
