package collectors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// post is what a peer shows, independent of the kind of source.
type post struct {
	id, title string
	date      time.Time
}

// peer is a server of one kind that the suite can steer. A new kind joins the
// suite by adding its peer to the map peers.
type peer interface {
	source() Source
	show(posts ...post)          // what the source shows now
	withdraw(ids ...string)      // what the source says it deleted
	fail(h http.HandlerFunc)     // answers with h until heal
	heal()                       //
	moveTo(p peer, forGood bool) // redirects there
	requests() int               // that came so far
	full() int                   // of these: answered with a body
}

var peers = map[string]func(*testing.T) peer{"feed": newFeedPeer}

// world is a poller with everything around it, on one clock.
type world struct {
	t      *testing.T
	sink   *memorySink
	store  *memoryStore
	mu     sync.Mutex
	now    time.Time
	poller *Poller
	policy *Policy // nil: none
	stop   func()
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: today, sink: &memorySink{}, store: &memoryStore{values: map[string][]byte{}}}
	t.Cleanup(func() { w.end() })
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// begin starts a poller, as after a restart: only the store was kept.
func (w *world) begin(sources ...Source) {
	w.t.Helper()
	w.end()
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1, Total: 3 * time.Second, Stall: time.Second, Now: w.clock})
	w.poller = NewPoller(PollerConfig{Sources: sources, Sink: w.sink, Cursors: w.store, Client: client, Now: w.clock, Policy: w.policy})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.poller.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		client.Close()
	}
	w.waitFor("the loading of states", w.poller.ready)
}

// ready says that the stored states of all sources were read.
func (p *Poller) ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.tasks {
		if !t.loaded {
			return false
		}
	}
	return true
}

func (w *world) end() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// again makes another visit and returns the status after it.
func (w *world) again(src Source) Status {
	w.t.Helper()
	before := w.status(src).Visits
	w.poller.Visit(src.Key)
	return w.until(src, func(s Status) bool { return s.Visits > before })
}

// until waits for a status.
func (w *world) until(src Source, ok func(Status) bool) Status {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		s := w.status(src)
		if ok(s) {
			return s
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the status did not come; it is %+v", s)
		}
	}
}

func (w *world) status(src Source) Status {
	w.t.Helper()
	all := w.poller.Statuses()
	i := slices.IndexFunc(all, func(s Status) bool { return s.Source == src.Key })
	if i < 0 {
		w.t.Fatalf("no status of %s in %v", src.Key, all)
	}
	return all[i]
}

func visited(s Status) bool { return s.Visits > 0 }

// memorySink keeps what was put, and the table that the store would make of
// it: the highest version wins, the same content is no change.
type memorySink struct {
	mu     sync.Mutex
	broken error
	puts   []item.Item
	table  map[string]item.Item
}

func (s *memorySink) Put(_ context.Context, items []item.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	if s.table == nil {
		s.table = map[string]item.Item{}
	}
	for _, it := range items {
		if err := it.Check(); err != nil {
			return err
		}
		s.puts = append(s.puts, it)
		old, ok := s.table[it.ID]
		switch {
		case it.Op == item.Gap:
		case it.Op == item.AuthorGone:
			maps.DeleteFunc(s.table, func(_ string, x item.Item) bool { return x.AuthorRef == it.AuthorRef })
		case ok && it.Version <= old.Version:
		case it.Op == item.Delete:
			delete(s.table, it.ID)
		default:
			s.table[it.ID] = it
		}
	}
	return nil
}

// count returns how many items were put so far, by op.
func (s *memorySink) count(op item.Op) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range s.puts {
		if it.Op == op {
			n++
		}
	}
	return n
}

// titles returns the titles in the table, sorted.
func (s *memorySink) titles() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for it := range maps.Values(s.table) {
		out = append(out, first(it.Title, it.Text)) // posts of networks have no title
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

func (s *memorySink) breakDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

// memoryStore is a CursorStore whose saves of cursors can be lost.
type memoryStore struct {
	mu     sync.Mutex
	values map[string][]byte
	lose   string // prefix of keys whose saves fail
}

func (s *memoryStore) Load(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[key], nil
}

func (s *memoryStore) Save(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose != "" && strings.HasPrefix(key, s.lose) {
		return errors.New("killed here")
	}
	s.values[key] = slices.Clone(value)
	return nil
}

func (s *memoryStore) losing(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose = prefix
}

// feedPeer is a feed server: an Atom feed with validators.
type feedPeer struct {
	mu      sync.Mutex
	server  *httptest.Server
	posts   []post
	gone    []string
	failing http.HandlerFunc
	asked   int
	sent    int
}

func newFeedPeer(t *testing.T) peer {
	p := &feedPeer{}
	p.server = httptest.NewServer(p)
	t.Cleanup(func() { p.server.CloseClientConnections(); p.server.Close() })
	return p
}

func (p *feedPeer) source() Source {
	return Source{Kind: "feed", URL: p.server.URL + "/feed", Publisher: "oakshire.example", Class: item.Council}.Complete()
}

func (p *feedPeer) locked(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *feedPeer) show(posts ...post)      { p.locked(func() { p.posts = posts }) }
func (p *feedPeer) withdraw(ids ...string)  { p.locked(func() { p.gone = ids }) }
func (p *feedPeer) fail(h http.HandlerFunc) { p.locked(func() { p.failing = h }) }
func (p *feedPeer) heal()                   { p.fail(nil) }
func (p *feedPeer) requests() (n int)       { p.locked(func() { n = p.asked }); return n }
func (p *feedPeer) full() (n int)           { p.locked(func() { n = p.sent }); return n }

func (p *feedPeer) moveTo(other peer, forGood bool) {
	status := http.StatusFound
	if forGood {
		status = http.StatusMovedPermanently
	}
	p.fail(http.RedirectHandler(other.source().URL, status).ServeHTTP)
}

func (p *feedPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked++
	failing, body := p.failing, p.body()
	p.mu.Unlock()
	if failing != nil {
		failing(w, r)
		return
	}
	tag := `"` + hash(body) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/atom+xml")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.locked(func() { p.sent++ })
	fmt.Fprint(w, body)
}

func (p *feedPeer) body() string {
	var b strings.Builder
	b.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>News</title>`)
	for _, x := range p.posts {
		fmt.Fprintf(&b, `<entry><id>tag:oakshire.example,2026:%s</id><title>%s</title><link href="https://oakshire.example/%s"/>`, x.id, x.title, x.id)
		if !x.date.IsZero() {
			fmt.Fprintf(&b, `<published>%s</published>`, x.date.Format(time.RFC3339))
		}
		b.WriteString(`</entry>`)
	}
	for _, id := range p.gone {
		fmt.Fprintf(&b, `<at:deleted-entry ref="tag:oakshire.example,2026:%s" when="2026-11-20T00:00:00Z"/>`, id)
	}
	b.WriteString(`</feed>`)
	return b.String()
}
