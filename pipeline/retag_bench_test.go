package pipeline

import (
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"vantage/pipeline/store"
	"vantage/pipeline/store/engine/enginetest"
)

// flow is how many posts a second arrive while the benchmark tags anew: 17
// million a day.
const flow = 200

// BenchmarkRetag tags anew VANTAGE_BENCH_ITEMS posts (else 200,000) of some
// 1 KB over 26 weeks, by a vocabulary with one term more, which one post in
// some hundred has, and by one that changes every post; meanwhile new posts go
// through the stream, and the numbers are derived. It reports wall time, that
// until all is counted, and the CPU of all processes.
func BenchmarkRetag(b *testing.B) {
	w := newTown(b, enginetest.Open(b))
	if w.server.Engine == nil {
		b.Skip("the CPU of a remote server cannot be read")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	n := benchItems()
	w.fill(b, n)
	w.refresh(b)
	p := w.pipeline(b)
	run(b, p)
	var running atomic.Bool
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go NewRefresher(RefresherConfig{Store: w.store, Busy: func() bool { return p.Busy() || running.Load() }}).Run(ctx)
	go w.flow(ctx, b, n)
	for name, rules := range map[string]string{
		"one-term": "topics:\n- id: test-bins\n  name: Bins\n  any: [appendix]\n  examples: {match: [appendix]}\n",
		"all":      "topics:\n- id: test-all\n  name: All\n  any: [the]\n  examples: {match: [the]}\n",
	} {
		b.Run(name, func(b *testing.B) {
			p.SetTagger(taggerWith(b, rules))
			running.Store(true)
			own, engine := w.cpu(b)
			began := time.Now()
			done, err := Retag(b.Context(), RetagConfig{Store: w.store, Tagger: p.Tagger})
			if err != nil {
				b.Fatal(err)
			}
			wall := time.Since(began)
			running.Store(false)
			ownThen, engineThen := w.cpu(b)
			w.countedOnce(b)
			b.ReportMetric(float64(done.Changed)/float64(done.Read), "changed")
			b.ReportMetric(float64(done.Read)/wall.Seconds(), "posts/s")
			b.ReportMetric(wall.Seconds(), "s")
			b.ReportMetric(time.Since(began).Seconds(), "s-until-counted")
			b.ReportMetric(float64((ownThen-own).Microseconds())/float64(done.Read), "vantage-us/post")
			b.ReportMetric(float64((engineThen-engine).Microseconds())/float64(done.Read), "engine-us/post")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// countedOnce derives all weeks that are dirty now; the flow makes new ones.
func (w *town) countedOnce(b *testing.B) {
	b.Helper()
	for {
		if r, err := w.store.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		} else if r.Left == 0 {
			return
		}
	}
}

func benchItems() int {
	if n, err := strconv.Atoi(os.Getenv("VANTAGE_BENCH_ITEMS")); err == nil {
		return n
	}
	return 200_000
}

// fill stores posts as the pipeline does, without the stream.
func (w *town) fill(b *testing.B, n int) {
	b.Helper()
	bodies := realTexts(b)
	for from := 0; from < n; from += 5000 {
		items := realPosts(bodies, from, min(5000, n-from))
		rows := make([]store.Row, len(items))
		parallel(len(rows), func(i int) {
			rows[i] = rowOf(&items[i], uint64(from+i+1), DefaultRetention, clock())
			understand(w.tagger, &rows[i])
		})
		if _, err := w.store.Write(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
}

// flow puts new posts on the stream until ctx ends.
func (w *town) flow(ctx context.Context, b *testing.B, from int) {
	bodies := realTexts(b)
	for ; pause(ctx, time.Second); from += flow {
		if err := w.stream.Put(ctx, realPosts(bodies, from, flow)); err != nil && ctx.Err() == nil {
			b.Error(err)
		}
	}
}
