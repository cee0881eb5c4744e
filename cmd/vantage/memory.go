package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// busyPercent lets the heap grow to three times what lives in it while there
	// is work: measured 5 to 10 us less CPU a post than the default of 100.
	busyPercent = 200
	// restPercent keeps a program at rest close to what lives in it.
	restPercent = 50
	restEvery   = 20 * time.Second
	// restBelow is more than an idle program allocates between two looks, in
	// bytes; draining a backlog allocates as much in a tenth of a second.
	restBelow = 64 << 20
)

// giveBackMemory returns what the last burst of work needed to the system as
// soon as nothing happens, so that an idle Vantage stays small on a laptop.
func giveBackMemory(ctx context.Context) error {
	debug.SetGCPercent(busyPercent)
	t := time.NewTicker(restEvery)
	defer t.Stop()
	var last, freed uint64
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		switch {
		case m.TotalAlloc-last >= restBelow:
			debug.SetGCPercent(busyPercent)
		case m.TotalAlloc-freed > restBelow:
			debug.SetGCPercent(restPercent)
			runtime.GC() // what lies in pools goes with the second collection
			debug.FreeOSMemory()
			freed = m.TotalAlloc
		}
		last = m.TotalAlloc
	}
}
