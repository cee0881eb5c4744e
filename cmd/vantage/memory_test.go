package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestWorkAfterARestIsSeenAtTheNextLook allocates too little to be seen over the
// whole time in which a program comes to rest.
func TestWorkAfterARestIsSeenAtTheNextLook(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
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
