package main

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestWorkAfterARestIsSeenAtTheNextLook allocates too little to be seen over the
// whole time in which a program comes to rest.
func TestWorkAfterARestIsSeenAtTheNextLook(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- giveBackMemory(ctx) }()
	defer func() { cancel(); <-done }()
	waitForPercent(t, busyPercent)
	debug.SetGCPercent(restPercent)
	for range (restBelow - 2<<20) >> 20 {
		garbage = make([]byte, 1<<20)
	}
	waitForPercent(t, busyPercent)
}

func TestMemoryIsBoundedUnlessMuchLives(t *testing.T) {
	if got := limitFor(50 << 20); got != softLimit {
		t.Errorf("50 MiB live, the limit is %d MiB, want %d", got>>20, softLimit>>20)
	}
	if got, want := limitFor(1<<30), int64(3<<29); got != want {
		t.Errorf("1 GiB lives, the limit is %d MiB, want %d", got>>20, want>>20)
	}
	for own, want := range map[string]int64{"": softLimit, "1GiB": math.MaxInt64} {
		t.Run("GOMEMLIMIT="+own, func(t *testing.T) {
			t.Setenv("GOMEMLIMIT", own)
			defer debug.SetGCPercent(debug.SetGCPercent(100))
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := giveBackMemory(ctx); err != nil {
				t.Fatal(err)
			}
			if got := debug.SetMemoryLimit(-1); got != want {
				t.Errorf("the limit is %d, want %d", got, want)
			}
		})
	}
}

// waitForPercent waits until the heap may grow by so many percent.
func waitForPercent(t *testing.T, percent uint64) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(s)
		if s[0].Value.Uint64() == percent {
			return
		}
	}
	t.Fatalf("the share is not %d percent after half a minute", percent)
}

var garbage []byte // on the heap
