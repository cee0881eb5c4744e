package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sync/errgroup"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/dashboards"
	"vantage/pipeline/stream"
)

// office is a desk on a NATS server that others use too, with one configured
// source and the keys of all.
func office(t *testing.T, url, keyFile string) *desk {
	t.Helper()
	s, err := stream.Open(t.Context(), stream.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keys, err := openKeys(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{
		cfg: Config{Sources: []collectors.Source{{Key: "own", URL: "https://own.example/feed", Kind: "feed", Publisher: "own.example"}}}, log: slog.New(slog.DiscardHandler), now: time.Now, stream: s,
		class: func(string) item.Class { return item.Unknown }, policy: collectors.NewPolicy(collectors.PolicyConfig{Keys: keys}),
		outs: map[string]optOut{}, changed: map[string]sourceChange{}, lists: map[string]sourceList{}, began: time.Now(), work: make(chan struct{}, 1),
	}
	if err := d.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return watch(ctx, d, d.optOuts, d.outs, nil) })
	g.Go(func() error { return watch(ctx, d, d.changes, d.changed, d.hear) })
	t.Cleanup(func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestDecisionsHoldInAllProcessesAtOnce decides at one desk and looks at
// another on the same server.
func TestDecisionsHoldInAllProcessesAtOnce(t *testing.T) {
	ns, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(20 * time.Second) {
		t.Fatal("no NATS server")
	}
	keys := t.TempDir() + "/keys"
	here, there := office(t, ns.ClientURL(), keys), office(t, ns.ClientURL(), keys)
	visited := make(chan string, 10)
	there.mu.Lock()
	there.visit = func(key string) bool { visited <- key; return true }
	there.visits = func() { visited <- "all" }
	there.mu.Unlock()

	person := item.Item{Op: item.Create, Kind: "mastodon", ID: "1", Publisher: "alice@social.example", Class: item.Person, Published: time.Now()}
	sealed := there.policy.Apply(t.Context(), []item.Item{person})[0]
	if again := here.policy.Apply(t.Context(), []item.Item{person})[0]; again.ID != sealed.ID || again.Publisher != sealed.Publisher {
		t.Fatal("two processes hide the same person under two codes")
	}
	if err := here.OptOut(t.Context(), "@alice@social.example"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other process refuses the person", func() bool { return there.policy.Refuses(&sealed) })

	if _, err := here.Add(t.Context(), dashboards.NewSource{URL: "https://new.example/feed", Key: "new"}); err != nil {
		t.Fatal(err)
	}
	if err := here.Change(t.Context(), "own", dashboards.PauseSource); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other process has the new source and pauses the old", func() bool {
		list := there.sources()
		return len(list) == 2 && list[0].Key == "own" && list[0].Paused && list[1].Key == "new" && !list[1].Paused
	})
	if err := here.Change(t.Context(), "new", dashboards.VisitSource); err != nil {
		t.Fatal(err)
	}
	if key := <-visited; key != "new" {
		t.Errorf("the other process visits %q", key)
	}
	if err := here.Change(t.Context(), "", dashboards.VisitSource); err != nil {
		t.Fatal(err)
	}
	if key := <-visited; key != "all" {
		t.Errorf("the other process visits %q, want all", key)
	}
	if err := here.OptOut(t.Context(), "new.example"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other process does not even visit who opted out", func() bool { list := there.sources(); return list[1].Paused })
	if _, err := there.Add(t.Context(), dashboards.NewSource{URL: "https://blog.new.example/feed"}); err == nil {
		t.Error("a source of a domain that opted out was added")
	}
	if err := there.Admit(t.Context(), "@alice@social.example"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first process lets the person in again", func() bool { return !here.policy.Refuses(&sealed) })
}
