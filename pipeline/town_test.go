package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"vantage/collectors/item"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
	"vantage/pipeline/store/engine/enginetest"
	"vantage/pipeline/stream"
	"vantage/pipeline/tag"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// town is a stream, a store and a pipeline for one test.
type town struct {
	dir    string // of the embedded stream
	stream *stream.Stream
	store  *store.Store
	server enginetest.Server
	tagger *tag.Tagger
	log    *slog.Logger
}

var defaultTagger = sync.OnceValues(func() (*tag.Tagger, error) {
	v, err := tag.Default()
	if err != nil {
		return nil, err
	}
	return tag.Compile(v, council.Load())
})

func newTown(t testing.TB, server enginetest.Server) *town {
	t.Helper()
	tagger, err := defaultTagger()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return &town{dir: dir, stream: openStream(t, dir), store: openStore(t, server), server: server, tagger: tagger, log: slog.New(slog.DiscardHandler)}
}

func openStore(t testing.TB, server enginetest.Server) *store.Store {
	t.Helper()
	s, err := store.Open(testContext(t), store.Config{
		DSN: server.DSN, DialContext: server.DialContext, Database: server.Database, Areas: council.Load().Areas, Now: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// moveToServer replaces the embedded stream by one on a NATS server of its own,
// and returns a plain connection to it, as a stranger's collector would have.
func (w *town) moveToServer(t testing.TB) *nats.Conn {
	t.Helper()
	ns, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	if !ns.ReadyForConnections(20 * time.Second) {
		t.Fatal("no NATS server")
	}
	if w.stream, err = stream.Open(testContext(t), stream.Config{URL: ns.ClientURL()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stream.Close() })
	nc, err := nats.Connect(ns.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func (w *town) pipeline(t testing.TB) *Pipeline {
	t.Helper()
	p, err := New(testContext(t), Config{Stream: w.stream, Store: w.store, Tagger: w.tagger, Now: clock, Log: w.log})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run starts the pipeline; stop ends it and waits.
func run(t testing.TB, p *Pipeline) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (w *town) put(t testing.TB, items ...item.Item) {
	t.Helper()
	if err := w.stream.Put(testContext(t), items); err != nil {
		t.Fatal(err)
	}
}

// settle waits until everything on the stream is stored.
func (w *town) settle(t testing.TB) {
	t.Helper()
	waitFor(t, "the stream to be stored", func() bool {
		st, err := w.stream.State(testContext(t))
		return err == nil && st.Pending == 0 && st.Unacked == 0
	})
}

// refresh derives everything.
func (w *town) refresh(t testing.TB) {
	t.Helper()
	for {
		r, err := w.store.Refresh(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		if r.Left == 0 && len(r.Weeks) == 0 {
			return
		}
	}
}

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// counted returns how many items are stored, by topic over all weeks, after a
// refresh; key "" holds all of them.
func (w *town) counted(t testing.TB) map[string]int {
	t.Helper()
	w.refresh(t)
	h, err := w.store.Heat(testContext(t), store.Topics, store.Filter{From: day(2015, 1, 1), To: clock()})
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, c := range h.Heard {
		n[""] += int(c.Items)
	}
	for _, c := range h.Cells {
		n[c.Term] += int(c.Items)
	}
	return n
}

// expected tags the items in plain Go and counts as counted does.
func (w *town) expected(items []item.Item) map[string]int {
	n := map[string]int{}
	for i := range items {
		n[""]++
		for _, h := range w.tagger.Tag(Input(&items[i])).Topics {
			n[h.ID]++
		}
	}
	return n
}

func day(y int, m time.Month, d int) time.Time {
	return item.Week(time.Date(y, m, d, 12, 0, 0, 0, time.UTC))
}

var subjects = []string{
	"The council pilots an artificial intelligence assistant for planning enquiries.",
	"Cabinet agrees a new housing strategy and a damp and mould response.",
	"Cyber security exercise after a ransomware attack on a neighbouring council.",
	"Bin collections change over the holidays.",
}

// post is number i of a steady flow over 30 weeks.
func post(i int) item.Item {
	at := time.Date(2026, 4, 20, 9, 0, 0, 0, time.UTC).AddDate(0, 0, 7*(i%30)).Add(time.Duration(i) * time.Second)
	return item.Item{
		Schema: 1, Op: item.Create, ID: fmt.Sprintf("https://org%d.example/news/%d", i%7, i), Version: 1,
		Kind: "feed", Source: fmt.Sprintf("org%d", i%7), Publisher: fmt.Sprintf("org%d.example", i%7), Class: item.Civic,
		Title: fmt.Sprintf("News %d", i), Text: fmt.Sprintf("%s Number %d.", subjects[i%len(subjects)], i),
		URL: fmt.Sprintf("https://org%d.example/news/%d", i%7, i), Published: at, Seen: at,
	}
}

func posts(from, to int) []item.Item {
	var all []item.Item
	for i := from; i < to; i++ {
		all = append(all, post(i))
	}
	return all
}

func same(t testing.TB, got, want map[string]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}
