package pipeline

import (
	"context"
	"testing"
	"time"

	"vantage/pipeline/store"
)

func TestARestEndsWithTheBacklog(t *testing.T) {
	asked := 0
	r := NewRefresher(RefresherConfig{Busy: func() bool { asked++; return asked < 3 }})
	r.rows = func() uint64 { return 0 }
	if !r.pause(t.Context(), time.Hour, false) || asked != 3 {
		t.Fatalf("the rest ended after %d looks, want 3", asked)
	}
}

func TestARestEndsWithTheProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := NewRefresher(RefresherConfig{})
	r.rows = func() uint64 { return 0 }
	if r.pause(ctx, time.Hour, true) {
		t.Fatal("the rest ended as if it were over")
	}
}

func TestRestGrowsWithTheCostOfARefreshOnlyInABacklog(t *testing.T) {
	busy := true
	r := NewRefresher(RefresherConfig{Busy: func() bool { return busy }})
	for took, want := range map[time.Duration]time.Duration{
		time.Millisecond: refreshEvery, time.Second: restFactor * time.Second, time.Minute: restMost,
	} {
		if got := r.rest(store.Refreshed{}, took); got != want {
			t.Errorf("after a refresh of %s the rest is %s, want %s", took, got, want)
		}
	}
	busy = false
	if got := r.rest(store.Refreshed{Left: 3}, time.Minute); got != 0 {
		t.Errorf("with weeks left and nothing else to do the rest is %s", got)
	}
	if got := r.rest(store.Refreshed{}, time.Minute); got != refreshEvery {
		t.Errorf("at rest it looks every %s", got)
	}
}

func TestRestIsLongOnlyWhileManyRowsCome(t *testing.T) {
	busy := true
	r := NewRefresher(RefresherConfig{Busy: func() bool { return busy }})
	const short = time.Second
	if got := r.due(short, false, flood); got != floodFirst {
		t.Errorf("for the first numbers of all it waits %s, want %s", got, floodFirst)
	}
	r.shown = true
	if got := r.due(short, false, flood-1); got != short {
		t.Errorf("while a few posts come it waits %s, want %s", got, short)
	}
	if got := r.due(short, false, flood); got != floodRest {
		t.Errorf("while many posts come it waits %s, want %s", got, floodRest)
	}
	if got := r.due(restMost, false, flood); got != restMost {
		t.Errorf("after a long refresh it waits %s, want %s", got, restMost)
	}
	if got := r.due(short, true, flood); got != short {
		t.Errorf("after an error it tries again after %s, want %s", got, short)
	}
	busy = false
	if got := r.due(restMost, false, flood); got != refreshEvery {
		t.Errorf("when the backlog is over it waits %s, want %s", got, refreshEvery)
	}
}
