package stream

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sync/errgroup"

	"vantage/collectors/item"
)

func post(i int) item.Item {
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second)
	return item.Item{
		Schema: 1, Op: item.Create, ID: fmt.Sprintf("https://leeds.example/news/%d", i), Version: 1,
		Kind: "feed", Source: "leeds", Publisher: "leeds.example", Class: item.Council,
		Title: fmt.Sprintf("Item %d", i), Text: "The council pilots an assistant for planning.",
		URL: fmt.Sprintf("https://leeds.example/news/%d", i), Published: at, Seen: at,
	}
}

func posts(from, to int) []item.Item {
	var all []item.Item
	for i := from; i < to; i++ {
		all = append(all, post(i))
	}
	return all
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func open(t testing.TB, cfg Config) *Stream {
	t.Helper()
	if cfg.URL == "" && cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	s, err := Open(testContext(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// natsServer starts a NATS server on a TCP port of loopback.
func natsServer(t testing.TB, change func(*server.Options)) *server.Server {
	t.Helper()
	opts := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true}
	if change != nil {
		change(opts)
	}
	ns, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(20 * time.Second) {
		t.Fatal("no NATS server")
	}
	return ns
}

// both runs a test over the embedded stream and over TCP.
func both(t *testing.T, cfg Config, f func(t *testing.T, s *Stream)) {
	t.Run("embedded", func(t *testing.T) { f(t, open(t, cfg)) })
	t.Run("remote", func(t *testing.T) {
		cfg.URL = natsServer(t, nil).ClientURL()
		f(t, open(t, cfg))
	})
}

func put(t testing.TB, s *Stream, items []item.Item) {
	t.Helper()
	if err := s.Put(testContext(t), items); err != nil {
		t.Fatal(err)
	}
}

func batches(t testing.TB, s *Stream, cfg BatchConfig) *Consumer {
	t.Helper()
	c, err := s.Batches(testContext(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// next asks again, as the pipeline does, where a cluster is choosing a leader.
func next(t testing.TB, c *Consumer) *Batch {
	t.Helper()
	ctx := testContext(t)
	for {
		b, err := c.Next(ctx)
		if err == nil {
			return b
		}
		if !passing(err) || sleep(ctx, firstWait) != nil {
			t.Fatal(err)
		}
	}
}

func ack(t testing.TB, b *Batch) {
	t.Helper()
	if err := b.Ack(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

func state(t testing.TB, s *Stream) State {
	t.Helper()
	st, err := s.State(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// drained consumes until nothing is pending and returns the ids, sorted.
func drained(t testing.TB, s *Stream) []string {
	t.Helper()
	c := batches(t, s, BatchConfig{})
	var ids []string
	for {
		if st := state(t, s); st.Pending == 0 && st.Unacked == 0 {
			slices.Sort(ids)
			return ids
		}
		b := next(t, c)
		for _, it := range b.Items {
			ids = append(ids, it.MsgID())
		}
		ack(t, b)
	}
}

func TestItemsComeOutAsTheyWentIn(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		in := posts(0, 2500) // two full batches and a half
		put(t, s, in)
		if st := state(t, s); st.Messages != 2500 || st.Pending != 2500 || st.LastSeq != 2500 {
			t.Errorf("before the first consumer: %+v", st)
		}
		c := batches(t, s, BatchConfig{Items: 2000})
		b := next(t, c)
		if len(b.Items) != 2000 || len(b.Seqs) != 2000 || b.Pending != 500 || b.Oldest.IsZero() {
			t.Fatalf("%d items, %d sequences, %d pending, oldest %s", len(b.Items), len(b.Seqs), b.Pending, b.Oldest)
		}
		for i, it := range b.Items {
			if it.MsgID() != in[i].MsgID() || it.Title != in[i].Title || !it.Published.Equal(in[i].Published) || b.Seqs[i] != uint64(i+1) {
				t.Fatalf("item %d came out as %+v with sequence %d", i, it, b.Seqs[i])
			}
		}
		ack(t, b)
		ack(t, next(t, c))
		if st := state(t, s); st.Pending != 0 || st.Unacked != 0 || st.Messages != 2500 {
			t.Errorf("after both batches: %+v", st)
		}
	})
}

func TestDuplicatesAreStoredOnce(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		within := append(posts(0, 100), posts(50, 150)...)
		put(t, s, within)
		put(t, s, posts(100, 1800)) // 50 of the first batch are known
		put(t, s, posts(0, 1800))   // all are known
		edited := post(3)
		edited.Version = 2
		put(t, s, []item.Item{post(3), edited})
		ids := drained(t, s)
		if len(ids) != 1801 || len(slices.Compact(slices.Clone(ids))) != 1801 {
			t.Errorf("%d messages, %d different; want 1801", len(ids), len(slices.Compact(ids)))
		}
	})
}

func TestManyCollectorsPutAtOnce(t *testing.T) {
	s := open(t, Config{})
	var g errgroup.Group
	for i := range 150 {
		g.Go(func() error { return s.Put(testContext(t), posts(i*20, i*20+30)) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if ids := drained(t, s); len(ids) != 149*20+30 {
		t.Errorf("%d messages, want %d", len(ids), 149*20+30)
	}
}

func TestGapsAndClosedAccountsOfOneMomentAreKeptApart(t *testing.T) {
	s := open(t, Config{})
	from, to := post(0).Seen, post(9).Seen
	gap := item.Item{Schema: 1, Op: item.Gap, Version: 7, Kind: "mastodon", Source: "a", GapFrom: &from, GapTo: &to}
	other := gap
	other.Source = "b"
	gone := item.Item{Schema: 1, Op: item.AuthorGone, Version: 7, Kind: "mastodon", Source: "a", AuthorRef: "x"}
	put(t, s, []item.Item{gap, other, gone, gap})
	if st := state(t, s); st.Messages != 3 {
		t.Errorf("%d messages, want 3", st.Messages)
	}
}

func TestADeleteIsNoRepeatOfAPostOfItsVersion(t *testing.T) {
	s := open(t, Config{})
	gone := item.Item{Schema: 1, Op: item.Delete, ID: post(1).ID, Version: post(1).Version, Kind: "feed", Source: "leeds"}
	put(t, s, []item.Item{post(1), gone})
	put(t, s, []item.Item{gone})
	b := next(t, batches(t, s, BatchConfig{}))
	if len(b.Items) != 2 || b.Items[0].Op != post(1).Op || b.Items[1].Op != item.Delete {
		t.Errorf("%+v", b.Items)
	}
}

func TestUnacknowledgedBatchComesAgain(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		put(t, s, posts(0, 300))
		c := batches(t, s, BatchConfig{})
		b := next(t, c)
		if err := b.Nak(10 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		again := map[string]bool{}
		for len(again) < 300 { // each message has its own delay
			b := next(t, c)
			for _, it := range b.Items {
				again[it.ID] = true
			}
			ack(t, b)
		}
		waitFor(t, func() bool { return state(t, s).Unacked == 0 })
	})
}

func TestRestartKeepsEverythingAndHandsOutWhatWasNotAcknowledged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	put(t, s, posts(0, 1500))
	c := batches(t, s, BatchConfig{Items: 1000})
	ack(t, next(t, c))
	_ = next(t, c) // 500 in hand, never acknowledged
	bucket(t, s, "cursors", "leeds", "etag")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, Config{Dir: dir})
	b := next(t, batches(t, s, BatchConfig{}))
	if len(b.Items) != 500 || b.Seqs[0] != 1001 {
		t.Errorf("%d items from %d, want 500 from 1001, at once", len(b.Items), b.Seqs[0])
	}
	put(t, s, posts(0, 1500))
	if st := state(t, s); st.Messages != 1500 {
		t.Errorf("%d messages: the restart forgot what it holds", st.Messages)
	}
	k, err := s.Bucket(testContext(t), "cursors")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := k.Load(testContext(t), "leeds"); string(v) != "etag" || err != nil {
		t.Errorf("cursor %q, %v", v, err)
	}
}

func TestBadMessagesAreRejectedAndNeverComeAgain(t *testing.T) {
	s := open(t, Config{})
	put(t, s, posts(0, 2))
	for _, bad := range []string{`{"schema":1,`, `{"schema":2}`, ""} {
		if _, err := s.js.Publish(testContext(t), "items.other", []byte(bad)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, posts(2, 3))
	c := batches(t, s, BatchConfig{})
	b := next(t, c)
	if len(b.Items) != 3 || len(b.Rejected) != 3 || b.Rejected[0].Seq != 3 || !strings.Contains(b.Rejected[1].Err.Error(), "schema 2") {
		t.Fatalf("%d items, rejected %v", len(b.Items), b.Rejected)
	}
	if !slices.Equal(b.Seqs, []uint64{1, 2, 6}) {
		t.Errorf("sequences %v", b.Seqs)
	}
	ack(t, b)
	waitFor(t, func() bool { st := state(t, s); return st.Pending == 0 && st.Unacked == 0 })
}

func TestBatchIsBoundedByBytes(t *testing.T) {
	s := open(t, Config{})
	in := posts(0, 40)
	for i := range in {
		in[i].Text = strings.Repeat("planning ", 4000) // 36 KB
	}
	put(t, s, in)
	b := next(t, batches(t, s, BatchConfig{Bytes: 256 << 10}))
	if len(b.Items) != 6 && len(b.Items) != 7 {
		t.Errorf("%d items of 36 KB in 256 KB", len(b.Items))
	}
}

func TestRefusedItemIsNamedAndNothingIsSent(t *testing.T) {
	s := open(t, Config{})
	in := posts(0, 3)
	in[2].Publisher = ""
	err := s.Put(testContext(t), in)
	if err == nil || !strings.Contains(err.Error(), in[2].ID) || !strings.Contains(err.Error(), "publisher is missing") {
		t.Errorf("%v", err)
	}
	if st := state(t, s); st.Messages != 0 {
		t.Errorf("%d messages were sent", st.Messages)
	}
}

func TestItemLargerThanTheServerTakes(t *testing.T) {
	ns := natsServer(t, func(o *server.Options) { o.MaxPayload = 8 << 10 })
	s := open(t, Config{URL: ns.ClientURL()})
	big := post(1)
	big.Text = strings.Repeat("x", 9<<10)
	err := s.Put(testContext(t), []item.Item{big})
	if err == nil || !strings.Contains(err.Error(), big.ID) || !strings.Contains(err.Error(), "8192") {
		t.Errorf("%v", err)
	}
}

func filesWith(t *testing.T, dir, text string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), text) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
