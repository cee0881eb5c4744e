package collectors

import (
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"vantage/collectors/fetch"
)

// BenchmarkHostile reads every hostile body at the largest size that the
// client lets through, and reports the worst: milliseconds, and the memory
// beyond the body itself.
func BenchmarkHostile(b *testing.B) {
	bodies := hostile(fetch.DefaultBody)
	for b.Loop() {
		var slowest, largest float64
		for _, name := range slices.Sorted(maps.Keys(bodies)) {
			took, memory := cost(func() {
				Parse(name, bodies[name], "", councilSource("https://a.example/feed"), today)
			})
			b.Logf("%-20s %6.0f ms %6.1f MB", name, took, memory)
			slowest, largest = max(slowest, took), max(largest, memory)
		}
		b.ReportMetric(slowest, "worst-ms")
		b.ReportMetric(largest, "worst-MB")
	}
}

// cost returns the milliseconds of processor time that f takes, collection of
// garbage included, and by how many megabytes the heap grew at its highest. The
// memory is taken in a second run, in which garbage is collected as often as in
// a program of 25 MB, not of one that holds all these bodies.
func cost(f func()) (ms, mb float64) {
	runtime.GC()
	began := cpuSeconds()
	f()
	took := cpuSeconds() - began
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	runtime.GC()
	before := heapInUse()
	var peak atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				peak.Store(max(peak.Load(), heapInUse()))
			}
		}
	}()
	f()
	close(stop)
	<-stopped
	return took * 1000, float64(max(peak.Load(), before)-before) / 1e6
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
