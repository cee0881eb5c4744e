package collectors

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// atOneHost is a poller that holds everything and does not run, with sources
// that share a host and are due. Sources a and c are of different parts.
func atOneHost(t *testing.T, names ...string) *Poller {
	t.Helper()
	var sources []Source
	for _, name := range names {
		sources = append(sources, Source{Key: name, Kind: "feed", URL: "https://host.example/" + name}.Complete())
	}
	client := fetch.New(fetch.Config{Gap: -1})
	t.Cleanup(client.Close)
	p := NewPoller(PollerConfig{Sources: sources, Sink: &memorySink{}, Cursors: &memoryStore{values: map[string][]byte{}}, Client: client})
	p.running = t.Context()
	p.holdAll()
	if err := p.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.visits = nil
	return p
}

// waits makes tasks wait for their host, in this order.
func (p *Poller) waits(names ...string) (place string) {
	for _, name := range names {
		t := p.tasks[name]
		place = t.place
		p.blocked[place] = append(p.blocked[place], t)
	}
	return place
}

// turn is whose turn it is.
func (p *Poller) turn() string {
	x, ok := p.visits.next(time.Now())
	if !ok || !p.counts(x) {
		return ""
	}
	return x.t.src.Key
}

func TestSourceThatCannotUseItsTurnLeavesItToTheNext(t *testing.T) {
	for name, spoil := range map[string]func(p *Poller){
		"it is visited now":    func(p *Poller) { p.busy["a"] = true },
		"it ended for good":    func(p *Poller) { p.tasks["a"].state.State = StateStopped },
		"it is another's now":  func(p *Poller) { p.lose(shardOf("a")) },
		"it was due and is no": func(p *Poller) { p.tasks["a"].due = time.Now().Add(time.Hour) },
	} {
		p := atOneHost(t, "a", "c")
		place := p.waits("a", "c")
		spoil(p)
		p.mu.Lock()
		p.unblock(place)
		if got := p.turn(); got != "c" {
			t.Errorf("%s: it is the turn of %q, want c", name, got)
		}
		p.mu.Unlock()
	}
}

func TestTurnOfASourceThatIsLostPassesOn(t *testing.T) {
	p := atOneHost(t, "a", "c")
	place := p.waits("a", "c")
	p.mu.Lock()
	p.unblock(place)
	p.mu.Unlock()
	p.lose(shardOf("a"))
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 2 { // the old appointment of a may come first
		if p.turn() == "c" {
			return
		}
	}
	t.Error("nobody has a turn at the host")
}

func TestNewSourcesBeginNoVisitInAPartThatIsGivenUp(t *testing.T) {
	p := atOneHost(t, "a")
	src := p.tasks["a"].src
	p.drain(shardOf("a"))
	p.SetSources([]Source{src})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tasks["a"].loaded || p.turn() != "" {
		t.Error("a source of the part may be visited")
	}
}

// losing is a collector whose part is lost while it visits.
type losing struct{ p *Poller }

func (l losing) Visit(_ context.Context, src Source, _ []byte) (Visit, error) {
	l.p.lose(shardOf(src.Key))
	return Visit{Status: 200, Unchanged: true, Cursor: []byte("old")}, nil
}

func TestCursorOfALostSourceIsLeftToItsNewOwner(t *testing.T) {
	p := atOneHost(t, "a")
	p.collectors["feed"] = losing{p}
	task := p.tasks["a"]
	p.visit(p.held[shardOf("a")].ctx, task, task.src, func() {})
	store := p.cfg.Cursors.(*memoryStore)
	if store.has(cursorKey(task.src)) {
		t.Error("the cursor was saved over that of the new owner")
	}
	// Whatever is left in the cache is forgotten once the part comes back.
	p.cursors.keep("a", []byte("old"))
	store.values[cursorKey(task.src)] = []byte("new")
	p.hold(shardOf("a"))
	if err := p.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := p.cursors.load(t.Context(), task.src); err != nil || string(got) != "new" {
		t.Errorf("the cursor is %q, %v", got, err)
	}
}

func TestMetricsCountEveryOperation(t *testing.T) {
	p, registry := atOneHost(t, "a"), prometheus.NewRegistry()
	p.metrics = newMetrics(registry)
	var v Visit
	for _, op := range []item.Op{item.Create, item.Update, item.Delete, item.AuthorGone, item.Gap} {
		v.Items = append(v.Items, item.Item{Op: op})
	}
	p.count(p.tasks["a"].src, v, v.Items, state{Status: Status{State: StateOK}})
	got := gather(t, registry)
	for _, it := range v.Items {
		if n := got["vantage_collector_items_total feed "+string(it.Op)]; n != 1 {
			t.Errorf("%s: %v", it.Op, n)
		}
	}
}

// saying is a collector that finds these items.
type saying []item.Item

func (s saying) Visit(context.Context, Source, []byte) (Visit, error) {
	return Visit{Status: 200, Items: s}, nil
}

func TestOnlyWhatWasPublishedIsCounted(t *testing.T) {
	p, registry := atOneHost(t, "a"), prometheus.NewRegistry()
	p.metrics = newMetrics(registry)
	p.cfg.Policy = NewPolicy(PolicyConfig{Keys: testKeys, Known: knownIDs()})
	p.cfg.Policy.SetOptOuts([]OptOut{{OptOutTag, "private"}})
	task := p.tasks["a"]
	var found saying
	for n, tags := range [][]string{{"open"}, {"private"}, {"private", "open"}} {
		found = append(found, item.Item{
			Schema: item.Schema, Op: item.Create, ID: fmt.Sprintf("https://a.example/%d", n), Version: 1, Kind: "feed", Source: "a",
			Publisher: "a.example", Class: item.Civic, Title: "x", Hashtags: tags, Published: today.Add(time.Duration(n) * time.Second), Seen: today,
		})
	}
	p.collectors["feed"] = found
	p.visit(p.held[shardOf("a")].ctx, task, task.src, func() {})
	if s := task.state; s.Items != 1 || !s.Newest.Equal(today.Add(2*time.Second)) {
		t.Errorf("%d items, the newest of %s, want 1", s.Items, s.Newest)
	}
	if n := gather(t, registry)["vantage_collector_items_total feed create"]; n != 1 {
		t.Errorf("the metrics count %v items, want 1", n)
	}
}
