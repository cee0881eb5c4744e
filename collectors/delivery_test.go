package collectors

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// slowSink confirms nothing until it was given the items of so many sources.
type slowSink struct {
	mu      sync.Mutex
	sources map[string]bool
	want    int
	all     chan struct{}
}

func (s *slowSink) Put(ctx context.Context, items []item.Item) error {
	s.mu.Lock()
	s.sources[items[0].Source] = true
	if len(s.sources) == s.want {
		close(s.all)
	}
	s.mu.Unlock()
	select {
	case <-s.all:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Feeds of one host are asked one after the other, but none waits until the
// items of the one before are on the stream: else nothing could be put there
// together.
func TestDeliveryKeepsNobodyFromAHost(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<rss><channel><item><title>News</title><guid>tag:%s</guid></item></channel></rss>`, r.URL.Path)
	}))
	t.Cleanup(site.Close)
	sink := &slowSink{sources: map[string]bool{}, want: 3, all: make(chan struct{})}
	var sources []Source
	for i := range sink.want {
		sources = append(sources, Source{Key: fmt.Sprint("news-", i), Kind: "feed", URL: fmt.Sprint(site.URL, "/", i), Publisher: "leeds.example"})
	}
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
	t.Cleanup(client.Close)
	p := NewPoller(PollerConfig{Sources: sources, Sink: sink, Cursors: &memoryStore{values: map[string][]byte{}}, Client: client})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) })
	<-sink.all
	cancel()
	running.Wait()
}
