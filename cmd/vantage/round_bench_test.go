package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/pipeline/stream"
)

// BenchmarkRound reports the processor time of one round over 500 feeds of 50
// entries by the poller and the embedded stream, the feed server included: when
// nothing changed, and when one feed in ten has a new entry. It runs in one
// process, so that -cpuprofile shows where the time goes.
func BenchmarkRound(b *testing.B) {
	b.Run("unchanged", func(b *testing.B) { benchmarkRound(b, newShortFeeds(b, 500, 50, 4000), 0) })
	b.Run("one-in-ten", func(b *testing.B) { benchmarkRound(b, newShortFeeds(b, 500, 50, 4000), 50) })
}

// BenchmarkTwoThousandHourly reports what a round over 2,000 feeds costs when
// one in ten has something new, as a share of one core over the hour until the
// next, and the memory of the process, feed server included. The aims are 10 %
// and 256 MB.
func BenchmarkTwoThousandHourly(b *testing.B) {
	cpu := benchmarkRound(b, newShortFeeds(b, 2000, 50, 400), 200)
	b.ReportMetric(100*cpu.Seconds()/time.Hour.Seconds(), "CPU-%")
	b.ReportMetric(residentMB(b, os.Getpid()), "MB")
}

// benchmarkRound returns the processor time of a round in which so many feeds
// have something new.
func benchmarkRound(b *testing.B, site *shortFeeds, fresh int) time.Duration {
	s, err := stream.Open(b.Context(), stream.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	cursors, err := s.Bucket(b.Context(), "sources")
	if err != nil {
		b.Fatal(err)
	}
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
	defer client.Close()
	p := collectors.NewPoller(collectors.PollerConfig{Sources: site.sources(), Sink: s, Cursors: cursors, Client: client, Interval: 24 * time.Hour})
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) })
	defer running.Wait()
	defer cancel()
	site.await(1)
	time.Sleep(3 * time.Second)

	var cpu time.Duration
	rounds := int64(1)
	for b.Loop() {
		site.publish(fresh)
		rounds++
		before := ownCPU()
		for _, src := range site.sources() {
			p.Visit(src.Key)
		}
		site.await(rounds)
		time.Sleep(2 * time.Second) // states are saved a little later
		cpu += ownCPU() - before
	}
	cpu /= time.Duration(b.N)
	b.ReportMetric(cpu.Seconds(), "CPU-s/round")
	b.ReportMetric(0, "ns/op")
	return cpu
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// shortFeeds is a server of many small feeds on eight loopback hosts.
type shortFeeds struct {
	servers []*httptest.Server
	entries int
	content string // of each entry
	mu      sync.Mutex
	extra   []int // entries more than at first, of each feed
	asked   atomic.Int64
}

func newShortFeeds(b *testing.B, feeds, entries, size int) *shortFeeds {
	s := &shortFeeds{entries: entries, content: strings.Repeat("The council met today. ", size/23), extra: make([]int, feeds)}
	for range 8 {
		s.servers = append(s.servers, httptest.NewServer(s))
		b.Cleanup(s.servers[len(s.servers)-1].Close)
	}
	return s
}

func (s *shortFeeds) sources() []collectors.Source {
	var out []collectors.Source
	for i := range s.extra {
		out = append(out, collectors.Source{
			Key: "feed-" + strconv.Itoa(i), Kind: "feed", Publisher: "oakshire.example",
			URL: s.servers[i%len(s.servers)].URL + "/" + strconv.Itoa(i),
		})
	}
	return out
}

// publish gives the first feeds one entry more.
func (s *shortFeeds) publish(feeds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range feeds {
		s.extra[i]++
	}
}

// await returns when every feed was asked so often.
func (s *shortFeeds) await(rounds int64) {
	for s.asked.Load() < rounds*int64(len(s.extra)) {
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *shortFeeds) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.asked.Add(1)
	n, err := strconv.Atoi(r.URL.Path[1:])
	if err != nil {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	extra := s.extra[n]
	s.mu.Unlock()
	tag := fmt.Sprintf(`"%d"`, extra)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var b strings.Builder
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>`)
	for i := range s.entries {
		id := i + extra
		fmt.Fprintf(&b, `<entry><id>tag:oakshire.example,2026:%d/%d</id><title>Entry %d of feed %d</title><link href="https://oakshire.example/%d/%d"/><published>2026-11-20T%02d:%02d:00Z</published><content>%s</content></entry>`,
			n, id, id, n, n, id, id/60%24, id%60, s.content)
	}
	b.WriteString(`</feed>`)
	_, _ = w.Write([]byte(b.String()))
}
