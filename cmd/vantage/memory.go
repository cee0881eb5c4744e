package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// busyPercent lets the heap grow to three times what lives in it while there
	// is work: measured 5 to 10 us less CPU a post than the default of 100. 280
	// made 99.1 of 100.4 us (four rounds of each), for 100 MB more.
	busyPercent = 200
	// startPercent is for opening: reading the vocabulary makes 130 MB of which
	// little lives, and collecting them took 0.13 of 0.85 s of processor time.
	startPercent = 400
	// restPercent keeps a program at rest close to what lives in it.
	restPercent = 50
	// restBelow is more than an idle program allocates in 20 s, in bytes; draining
	// a backlog allocates as much in a third of a second.
	restBelow = 64 << 20
	restEvery = 10 // looks
	lookEvery = 2 * time.Second
	// burst is what a program at rest allocates between two looks when work came:
	// with restPercent it would collect garbage four times as often.
	burst = 32 << 20
	// softLimit is the memory from which on garbage is collected sooner than
	// busyPercent asks. The first round of 500 feeds took 442 MB with it and 800
	// without, and as much processor time (17.7 of 17.8 s).
	softLimit = 400 << 20
	// lateRest is the rest after the last burst at which memory is given back once
	// more: by then the connections are closed that keep the buffers of large
	// INSERTs.
	lateRest = 4
)

// giveBackMemory bounds the garbage of a burst of work, and returns what the last
// one needed to the system as soon as nothing happens, so that an idle Vantage
// stays small on a laptop.
func giveBackMemory(ctx context.Context) error {
	debug.SetGCPercent(busyPercent)
	var limit int64
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	last := allocated() // until the last look
	then := last        // until the last time to rest
	var freed uint64    // until the last rest
	rests := 0          // since then
	for look := 1; ; look++ {
		if l := limitFor(measured("/gc/heap/live:bytes")); l != limit && os.Getenv("GOMEMLIMIT") == "" {
			limit = l
			debug.SetMemoryLimit(l)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		total := allocated()
		if total-last >= burst {
			debug.SetGCPercent(busyPercent)
		}
		last = total
		if look%restEvery != 0 {
			continue
		}
		rests++
		switch {
		case total-then >= restBelow:
			debug.SetGCPercent(busyPercent)
		case total-freed > restBelow:
			debug.SetGCPercent(restPercent)
			runtime.GC() // what lies in pools goes with the second collection
			debug.FreeOSMemory()
			freed, rests = total, 0
		case rests == lateRest:
			debug.FreeOSMemory()
		}
		then = total
	}
}

// limitFor is softLimit as long as little lives. Beyond it there is always room
// for half as much again as lives: collecting ever sooner would leave no time
// for work.
func limitFor(live uint64) int64 { return int64(max(softLimit, live+live/2)) }

// allocated returns how many bytes were since the start.
func allocated() uint64 { return measured("/gc/heap/allocs:bytes") }

// measured reads one number of the runtime. Unlike ReadMemStats it stops nothing.
func measured(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
