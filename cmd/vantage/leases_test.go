package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/pipeline/stream"
)

// growing is a server of feeds that get one entry more at each visit and show
// the last ten. It notes which feeds are asked for twice at a time.
type growing struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
	open  map[string]int
	twice int
	by    map[string]string // who asked last, by User-Agent
}

func newGrowing(t *testing.T) *growing {
	g := &growing{asked: map[string]int{}, open: map[string]int{}, by: map[string]string{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *growing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	key := r.URL.Path
	g.asked[key]++
	g.open[key]++
	if g.open[key] > 1 {
		g.twice++
	}
	g.by[key] = r.UserAgent()
	last := g.asked[key]
	g.mu.Unlock()
	fmt.Fprint(w, `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>`)
	for n := max(1, last-9); n <= last; n++ {
		fmt.Fprintf(w, `<entry><id>tag:oakshire.example,2026:%s/%d</id><title>Entry %d</title></entry>`, key, n, n)
	}
	fmt.Fprint(w, `</feed>`)
	g.mu.Lock()
	g.open[key]--
	g.mu.Unlock()
}

func (g *growing) sources(n int) (out []collectors.Source) {
	for i := range n {
		out = append(out, collectors.Source{
			Kind: "feed", Key: fmt.Sprint("feed-", i), URL: g.URL + fmt.Sprint("/", i), Publisher: "oakshire.example", Interval: 300 * time.Millisecond,
		})
	}
	return out
}

// holders counts the feeds by who asked last.
func (g *growing) holders() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := map[string]int{}
	for _, who := range g.by {
		out[who]++
	}
	return out
}

// sharer is a process that shares sources at a NATS server.
type sharer struct {
	stream *stream.Stream
	cancel context.CancelFunc
	done   chan struct{}
}

func share(t *testing.T, name, url string, sources []collectors.Source) *sharer {
	t.Helper()
	s, err := stream.Open(t.Context(), stream.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	cursors, err := s.Bucket(t.Context(), "sources")
	if err != nil {
		t.Fatal(err)
	}
	leases, err := s.Bucket(t.Context(), "leases")
	if err != nil {
		t.Fatal(err)
	}
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1, UserAgent: name})
	p := collectors.NewPoller(collectors.PollerConfig{
		Sources: sources, Sink: s, Cursors: cursors, Client: client,
		Leases: leases, Instance: name, Lease: 1500 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(t.Context())
	sh := &sharer{stream: s, cancel: cancel, done: make(chan struct{})}
	go func() { defer close(sh.done); _ = p.Run(ctx); client.Close() }()
	t.Cleanup(func() { cancel(); <-sh.done; _ = s.Close() })
	return sh
}

// kill ends the process without a goodbye: the connection goes first.
func (s *sharer) kill(t *testing.T) {
	if err := s.stream.Close(); err != nil {
		t.Error(err)
	}
	s.cancel()
	<-s.done
}

func TestTwoProcessesShareOneStreamAndOneTakesOver(t *testing.T) {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server did not start")
	}
	g := newGrowing(t)
	const feeds = 20
	a := share(t, "a", ns.ClientURL(), g.sources(feeds))
	share(t, "b", ns.ClientURL(), g.sources(feeds))
	eventually(t, "both hold some", func() bool { h := g.holders(); return h["a"] > 2 && h["b"] > 2 && h["a"]+h["b"] == feeds })
	a.kill(t)
	eventually(t, "the other holds all", func() bool { return g.holders()["b"] == feeds })
	g.mu.Lock()
	twice, shown := g.twice, maps.Clone(g.asked)
	g.mu.Unlock()
	if twice > 0 {
		t.Errorf("%d times a feed was asked for by two at a time", twice)
	}
	readAll(t, ns.ClientURL(), shown)
}

// readAll reads the stream until every entry that was shown is in it, but for
// the last of each feed, whose visit may not have ended.
func readAll(t *testing.T, url string, shown map[string]int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := stream.Open(ctx, stream.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Batches(ctx, stream.BatchConfig{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for feed, n := range shown {
		for i := 1; i < n; i++ {
			want[fmt.Sprintf("tag:oakshire.example,2026:%s/%d", feed, i)] = true
		}
	}
	for len(want) > 0 {
		b, err := c.Next(ctx)
		if err != nil {
			t.Fatalf("%d entries are not in the stream, such as %v: %v", len(want), slices.Collect(maps.Keys(want))[0], err)
		}
		for _, it := range b.Items {
			delete(want, it.ID)
		}
		if err := b.Ack(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
