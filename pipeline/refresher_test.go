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
	if !r.pause(t.Context(), time.Hour, false) || asked != 3 {
		t.Fatalf("the rest ended after %d looks, want 3", asked)
	}
}

func TestARestEndsWithTheProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := NewRefresher(RefresherConfig{})
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
