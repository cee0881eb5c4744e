package store

import (
	"fmt"
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

func TestRoundHoldsSoManyItemsAndAtLeastAWeek(t *testing.T) {
	var dirty []dirtyWeek
	size := map[time.Time]uint64{}
	for n, items := range []uint64{itemsPerRound + 1, itemsPerRound / 2, itemsPerRound / 2, 1} {
		w := addWeeks(week, -n)
		dirty, size[w] = append(dirty, dirtyWeek{week: w}), items
	}
	for from, want := range []int{1, 2, 2, 1} {
		if got := firstOf(dirty[from:], size); len(got) != want || !got[0].week.Equal(dirty[from].week) {
			t.Errorf("from week %d: a round of %d, want %d, newest first", from, len(got), want)
		}
	}
}

func TestMonthIsSplitWhereOneOfItsWeeksStays(t *testing.T) {
	set := func(days ...int) weekSet { // Mondays of November 2026 are 2, 9, 16, 23 and 30
		w := weekSet{}
		for _, d := range days {
			w.add(time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC))
		}
		return w
	}
	whole := set(2, 9, 16, 23, 30)
	for _, c := range []struct {
		weeks, fresh weekSet
		want         int
	}{{whole, whole, 0}, {set(9), set(9), 1}, {set(9), whole, 0}, {set(2, 9, 16, 23), set(2, 9, 16, 23), 1}, {set(2, 33), set(2, 9, 16, 23, 30, 33), 1}} {
		if got := splitMonths(c.weeks, c.fresh); len(got) != c.want {
			t.Errorf("%v of which %v are fresh: %v is split, want %d months", c.weeks.sorted(), c.fresh.sorted(), got, c.want)
		}
	}
}

func TestRefreshOfTheNewestLeavesTheRest(t *testing.T) {
	s := open(t)
	for n := range 5 {
		write(t, s, post(fmt.Sprint("a", n), 1, weeksAgo(n)))
	}
	r, err := s.RefreshNewest(ctx(t), 2)
	if err != nil || r.Left != 3 || len(r.Weeks) != 2 || !r.Weeks[1].Equal(week) {
		t.Fatalf("%+v, %v; want the two newest weeks", r, err)
	}
	if got := cells(t, s, Filter{}); got != "11-09 ai 1/1/1; 11-16 ai 1/1/1" {
		t.Error(got)
	}
	refresh(t, s)
	if n, err := s.Pending(ctx(t)); err != nil || n != 0 {
		t.Errorf("%d weeks wait, %v", n, err)
	}
}
