package pipeline

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
	"vantage/pipeline/store/engine/enginetest"
)

// backlog is the number of posts of the benchmark.
const backlog = 100_000

// peerVariable names the file that holds what the peer has just needed for one
// post without tagging, in us of CPU over all processes: BenchmarkBacklog of
// deploy/peers/benthos writes it, right before this one in `make bench`.
const peerVariable = "VANTAGE_PEER_RESULT"

// gcPercent is what vantage runs with (cmd/vantage/memory.go).
const gcPercent = 200

// BenchmarkBacklog drains 100,000 real-sized posts from the embedded stream
// through tagging into the embedded ClickHouse. It reports the CPU of all
// processes, which is the fair figure on a busy machine, and its ratio to that of
// Benthos, which stores the same posts without tagging them. Of the time by the
// clock it also tells how much of the processors the host of a virtual machine
// gave to others meanwhile, stolen-%, and how many posts a second that leaves
// for each second that we had, posts/s-unstolen.
func BenchmarkBacklog(b *testing.B) {
	for _, fresh := range []bool{false, true} {
		b.Run(fmt.Sprintf("refreshing=%t", fresh), func(b *testing.B) { drainBacklog(b, fresh) })
	}
}

func drainBacklog(b *testing.B, fresh bool) {
	w := newTown(b, enginetest.Open(b))
	if w.server.Engine == nil {
		b.Skip("the CPU of a remote server cannot be read")
	}
	bodies := realTexts(b)
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wall, own, engine time.Duration
	var stolen, ticks float64
	round := 0
	for b.Loop() {
		b.StopTimer()
		for from := 0; from < backlog; from += 10_000 {
			w.put(b, realPosts(bodies, round*backlog+from, 10_000)...)
		}
		runtime.GC()
		p := w.pipeline(b)
		if fresh && round == 0 {
			go NewRefresher(RefresherConfig{Store: w.store, Busy: p.Busy}).Run(ctx)
		}
		ownBefore, engineBefore := w.cpu(b)
		stolenBefore, ticksBefore := stolenTicks(b)
		began := time.Now()
		b.StartTimer()
		stop := run(b, p)
		w.drained(b)
		wall += time.Since(began)
		stolenAfter, ticksAfter := stolenTicks(b)
		stolen, ticks = stolen+stolenAfter-stolenBefore, ticks+ticksAfter-ticksBefore
		ownAfter, engineAfter := w.cpu(b)
		own, engine = own+ownAfter-ownBefore, engine+engineAfter-engineBefore
		stop()
		round++
	}
	n := float64(round * backlog)
	perPost := float64((own + engine).Microseconds()) / n
	b.ReportMetric(n/wall.Seconds(), "posts/s")
	b.ReportMetric(100*stolen/ticks, "stolen-%")
	b.ReportMetric(n/wall.Seconds()/(1-stolen/ticks), "posts/s-unstolen")
	b.ReportMetric(perPost, "CPU-us/post")
	b.ReportMetric(float64(own.Microseconds())/n, "vantage-us/post")
	b.ReportMetric(float64(engine.Microseconds())/n, "engine-us/post")
	if peer, err := peerCPU(); err != nil {
		b.Logf("no ratio to a peer, which `make bench` measures: %v", err)
	} else {
		b.ReportMetric(perPost/peer, "ratio-to-peer")
	}
	b.ReportMetric(0, "ns/op")
}

// peerCPU is the peer's result of this run, in us for a post.
func peerCPU() (us float64, err error) {
	file := os.Getenv(peerVariable)
	if file == "" {
		return 0, fmt.Errorf("%s is not set", peerVariable)
	}
	line, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(string(line)), 64)
}

// drained waits until everything is stored. It asks rarely: each answer takes
// some 300 us.
func (w *town) drained(b *testing.B) {
	b.Helper()
	waitFor(b, "the stream to be stored", func() bool {
		time.Sleep(100 * time.Millisecond)
		st, err := w.stream.State(testContext(b))
		return err == nil && st.Pending == 0 && st.Unacked == 0
	})
}

// cpu is what this process and the engine have used so far.
func (w *town) cpu(b *testing.B) (own, engine time.Duration) {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.server.Engine.PID()))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // a name may hold spaces
	var user, system int64                         // fields 14 and 15, proc(5)
	if _, err := fmt.Sscan(strings.Join(strings.Fields(after)[11:13], " "), &user, &system); err != nil {
		b.Fatal(err)
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that runs the engine
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), time.Duration(user+system) * tick
}

// stolenTicks returns for how long, over all processors since the machine
// started, the host gave them to others, and how long that was in all, both in
// ticks: the eighth of the first eight numbers of /proc/stat, and their sum.
func stolenTicks(b *testing.B) (stolen, all float64) {
	b.Helper()
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		b.Fatal(err)
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	for i, field := range strings.Fields(line)[1:9] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			b.Fatalf("/proc/stat: %q: %v", line, err)
		}
		if all += n; i == 7 {
			stolen = n
		}
	}
	return stolen, all
}

// realPosts are n posts of some 1.2 KB on the wire over 26 weeks.
func realPosts(bodies []string, from, n int) []item.Item {
	items := make([]item.Item, n)
	for i := range items {
		it := post(from + i)
		it.Published = time.Date(2026, 5, 18, 8, 0, 0, 0, time.UTC).Add(time.Duration((from+i)%(26*7*24)) * time.Hour)
		it.Seen = it.Published
		body := bodies[(from+i)%len(bodies)]
		cut := (from + i) / len(bodies) * 37 % 400 // another part of the text each time round
		it.Text = text.CutBytes(text.Clean(strings.ToValidUTF8(body[min(cut, len(body)):], "")), 800)
		it.Links = []string{it.URL, "https://www.gov.uk/government/publications"}
		it.ContentHash = it.HashContent()
		items[i] = it
	}
	return items
}

// realTexts are public texts from the folder beside the repository, or made-up
// ones where it is absent.
func realTexts(b *testing.B) []string {
	b.Helper()
	shared := os.Getenv("VANTAGE_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	f, err := os.Open(filepath.Join(shared, "corpora", "govuk-publications.jsonl.gz"))
	if err != nil {
		b.Logf("made-up texts: %v", err)
		return madeUp()
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	var texts []string
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var d struct{ Lead, Body string }
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			b.Fatal(err)
		}
		if t := d.Lead + " " + d.Body; len(t) > 700 {
			texts = append(texts, t)
		}
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	return texts
}

func madeUp() []string {
	var texts []string
	for i := range 5000 {
		var t strings.Builder
		for j := 0; t.Len() < 1200; j++ {
			fmt.Fprintf(&t, "%s Item %d of meeting %d. ", subjects[(i+j)%len(subjects)], i*j%97, i)
		}
		texts = append(texts, t.String())
	}
	return texts
}
