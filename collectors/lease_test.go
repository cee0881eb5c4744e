package collectors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// revisions is a LeaseStore in memory.
type revisions struct {
	mu     sync.Mutex
	last   uint64
	values map[string][]byte
	at     map[string]uint64
	writes int
}

func newRevisions() *revisions {
	return &revisions{values: map[string][]byte{}, at: map[string]uint64{}}
}

func (r *revisions) LoadRevision(_ context.Context, key string) ([]byte, uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values[key], r.at[key], nil
}

func (r *revisions) SaveRevision(_ context.Context, key string, value []byte, revision uint64) (uint64, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at[key] != revision {
		return 0, false, nil
	}
	r.last++
	r.writes++
	r.values[key], r.at[key] = value, r.last
	return r.last, true, nil
}

func (r *revisions) Delete(_ context.Context, key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.values, key)
	delete(r.at, key)
	return nil
}

// copy is what a copy of the store knows that hears nothing more.
func (r *revisions) copy() *revisions {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &revisions{last: r.last, values: maps.Clone(r.values), at: maps.Clone(r.at)}
}

// link is the way of one process to everything that is shared. Once it is cut
// every call waits for its context, as it does when the network is gone.
type link struct {
	*revisions
	*memoryStore
	*memorySink
	cut       atomic.Bool
	refuse    atomic.Bool // the leases answer at once with an error
	cutLeases atomic.Bool // only the way to the leases: the worst of all, since visits go on

	p         *Poller
	slow      atomic.Int64                 // how long the sink takes, whatever becomes of the visit; nanoseconds
	late      atomic.Int64                 // cursors that were saved when others might visit already
	old       atomic.Pointer[revisions]    // a copy that is behind, which answers for the leases
	beforeSet atomic.Pointer[func(string)] // called with the key before a lease is written
}

func (l *link) wait(ctx context.Context) error { return l.waitIf(ctx, l.cut.Load()) }

func (l *link) waitIf(ctx context.Context, cut bool) error {
	if !cut {
		return nil
	}
	<-ctx.Done()
	return errors.New("cut off")
}

func (l *link) LoadRevision(ctx context.Context, key string) ([]byte, uint64, error) {
	if err := l.waitIf(ctx, l.cutLeases.Load() || l.cut.Load()); err != nil {
		return nil, 0, err
	}
	if old := l.old.Load(); old != nil {
		return old.LoadRevision(ctx, key)
	}
	return l.revisions.LoadRevision(ctx, key)
}

func (l *link) SaveRevision(ctx context.Context, key string, value []byte, revision uint64) (uint64, bool, error) {
	if err := l.waitIf(ctx, l.cutLeases.Load() || l.cut.Load()); err != nil {
		return 0, false, err
	}
	if l.refuse.Load() {
		return 0, false, errors.New("refused")
	}
	if f := l.beforeSet.Load(); f != nil {
		(*f)(key)
	}
	return l.revisions.SaveRevision(ctx, key, value, revision)
}

func (l *link) Delete(ctx context.Context, key string) error {
	return errors.Join(l.waitIf(ctx, l.cutLeases.Load() || l.cut.Load()), l.revisions.Delete(ctx, key))
}

func (l *link) Load(ctx context.Context, key string) ([]byte, error) {
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	return l.memoryStore.Load(ctx, key)
}

func (l *link) Save(ctx context.Context, key string, value []byte) error {
	if err := l.wait(ctx); err != nil {
		return err
	}
	if source, ok := strings.CutPrefix(key, "cursor."); ok && !l.p.mayWrite(shardOf(source)) {
		l.late.Add(1)
	}
	return l.memoryStore.Save(ctx, key, value)
}

func (l *link) Put(ctx context.Context, items []item.Item) error {
	if err := l.wait(ctx); err != nil {
		return err
	}
	time.Sleep(time.Duration(l.slow.Load()))
	return l.memorySink.Put(ctx, items)
}

// fleet is some processes that share sources, which count up: each visit
// publishes the number after the cursor.
type fleet struct {
	t       *testing.T
	sources []Source
	leases  *revisions
	store   *memoryStore
	sink    *memorySink

	mu    sync.Mutex
	at    map[string]string // source: process that visits it now
	last  map[string]string // source: process that visited it last
	times map[string]time.Time
	twice int
}

type process struct {
	link *link
	kill func() // without a goodbye
	stop func()
	p    *Poller
}

type counting struct {
	f    *fleet
	name string
}

func (c counting) Visit(ctx context.Context, src Source, cursor []byte) (Visit, error) {
	c.f.mu.Lock()
	if other := c.f.at[src.Key]; other != "" {
		c.f.twice++
	}
	c.f.at[src.Key] = c.name
	c.f.mu.Unlock()
	defer func() {
		c.f.mu.Lock()
		c.f.at[src.Key], c.f.last[src.Key], c.f.times[src.Key] = "", c.name, time.Now()
		c.f.mu.Unlock()
	}()
	if err := sleepFor(ctx, time.Second); err != nil {
		return Visit{}, err
	}
	n, _ := strconv.Atoi(string(cursor))
	it := item.Item{
		Schema: item.Schema, Op: item.Create, ID: fmt.Sprintf("%s/%d", src.Key, n), Version: 1, Kind: src.Kind, Source: src.Key,
		Publisher: src.Publisher, Class: src.Class, Title: "x", Published: time.Now(), Seen: time.Now(),
	}
	return Visit{Status: 200, Items: []item.Item{it}, Cursor: []byte(strconv.Itoa(n + 1))}, nil
}

func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newFleet(t *testing.T, sources int) *fleet {
	f := &fleet{
		t: t, leases: newRevisions(), store: &memoryStore{values: map[string][]byte{}}, sink: &memorySink{},
		at: map[string]string{}, last: map[string]string{}, times: map[string]time.Time{},
	}
	kinds["counting"] = Kind{New: func(Deps) Collector { return nil }}
	t.Cleanup(func() { delete(kinds, "counting") })
	for i := range sources {
		f.sources = append(f.sources, Source{
			Key: fmt.Sprint("s", i), Kind: "counting", URL: fmt.Sprintf("https://host%d.example/", i), Interval: 5 * time.Second,
		}.Complete())
	}
	return f
}

// join starts a process; its clock is wrong by that much.
func (f *fleet) join(name string, wrong time.Duration) *process {
	l := &link{revisions: f.leases, memoryStore: f.store, memorySink: f.sink}
	client := fetch.New(fetch.Config{Gap: -1})
	p := NewPoller(PollerConfig{
		Sources: f.sources, Sink: l, Cursors: l, Client: client, Leases: l, Instance: name,
		Now: func() time.Time { return time.Now().Add(wrong) }, Log: slog.New(slog.DiscardHandler),
	})
	p.collectors["counting"] = counting{f, name}
	l.p = p
	ctx, cancel := context.WithCancel(f.t.Context())
	done := make(chan struct{})
	go func() { _ = p.Run(ctx); close(done) }()
	stop := func() { cancel(); <-done }
	return &process{link: l, p: p, stop: stop, kill: func() { l.cut.Store(true); stop() }}
}

// holders counts the sources by who visited them last, of those visited in the
// last 20 seconds.
func (f *fleet) holders() map[string]int {
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]int{}
	for _, src := range f.sources {
		if time.Since(f.times[src.Key]) < 20*time.Second {
			out[f.last[src.Key]]++
		}
	}
	return out
}

// shared ends the test unless each of two processes has a fifth of a hundred
// sources at least.
func (f *fleet) shared(when string) {
	f.t.Helper()
	if got := f.holders(); got["a"] < 20 || got["b"] < 20 {
		f.t.Fatalf("%s: %v", when, got)
	}
}

// check looks for what was lost, published twice or visited by two at once.
func (f *fleet) check() {
	f.t.Helper()
	synctest.Wait()
	for _, mu := range []*sync.Mutex{&f.mu, &f.sink.mu, &f.store.mu} {
		mu.Lock()
		defer mu.Unlock()
	}
	if f.twice > 0 {
		f.t.Errorf("%d visits began while another process visited the source", f.twice)
	}
	seen := map[string]int{}
	for _, it := range f.sink.puts {
		seen[it.ID]++
	}
	for _, src := range f.sources {
		cursor, _ := strconv.Atoi(string(f.store.values[cursorKey(src)]))
		for n := range cursor {
			if id := fmt.Sprintf("%s/%d", src.Key, n); seen[id] != 1 {
				f.t.Errorf("%s was published %d times", id, seen[id])
			}
		}
	}
}

func TestProcessesShareTheSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a := f.join("a", 0)
		defer a.stop()
		time.Sleep(10 * time.Second)
		if got := f.holders(); got["a"] != 100 {
			t.Fatalf("alone: %v", got)
		}
		b := f.join("b", 3*time.Hour) // its clock is wrong, which must not matter
		c := f.join("c", -40*time.Minute)
		time.Sleep(2 * time.Minute)
		got := f.holders()
		if got["a"]+got["b"]+got["c"] != 100 || min(got["a"], got["b"], got["c"]) < 15 {
			t.Fatalf("three: %v", got)
		}
		c.stop()
		time.Sleep(35 * time.Second)
		if got := f.holders(); got["c"] != 0 || got["a"]+got["b"] != 100 {
			t.Fatalf("after one left: %v", got)
		}
		b.stop()
		time.Sleep(35 * time.Second)
		if got := f.holders(); got["a"] != 100 {
			t.Fatalf("alone again: %v", got)
		}
		f.check()
	})
}

func TestSourcesOfADeadProcessAreTakenOverWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a, b := f.join("a", 0), f.join("b", time.Hour)
		defer b.stop()
		time.Sleep(2 * time.Minute)
		f.shared("two")
		a.kill()
		killed := time.Now()
		time.Sleep(time.Minute)
		synctest.Wait()
		f.mu.Lock()
		for _, src := range f.sources {
			if f.last[src.Key] != "b" || f.times[src.Key].Before(killed) {
				t.Errorf("%s was visited last by %s, %s after the death", src.Key, f.last[src.Key], f.times[src.Key].Sub(killed))
			}
		}
		f.mu.Unlock()
		f.check()
	})
}

func TestProcessThatIsCutOffStopsBeforeOthersTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a, b := f.join("a", 0), f.join("b", 0)
		defer b.stop()
		defer a.stop()
		time.Sleep(2 * time.Minute)
		a.link.cutLeases.Store(true)
		time.Sleep(2 * time.Minute)
		if got := f.holders(); got["a"] != 0 || got["b"] != 100 {
			t.Fatalf("while it is cut off: %v", got)
		}
		a.link.cutLeases.Store(false)
		time.Sleep(3 * time.Minute)
		f.shared("once it is back")
		f.check()
	})
}

func TestRestartedProcessHasItsSourcesBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		a := f.join("a", 0)
		time.Sleep(20 * time.Second)
		a.kill()
		began := time.Now()
		a = f.join("a", 0)
		defer a.stop()
		time.Sleep(8 * time.Second)
		synctest.Wait()
		f.mu.Lock()
		for _, src := range f.sources {
			if f.times[src.Key].Before(began) {
				t.Errorf("%s was not visited after the restart", src.Key)
			}
		}
		f.mu.Unlock()
		f.check()
	})
}

func TestTwoProcessesOfOneNameBecomeTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a := f.join("a", 0)
		defer a.stop()
		time.Sleep(11 * time.Second)
		other := f.join("a", 0) // against the rule; what it costs is a turn of the lease
		defer other.stop()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if a.p.lease.id == other.p.lease.id {
			t.Errorf("both are called %s", a.p.lease.id)
		}
		f.mu.Lock()
		before := f.twice
		f.mu.Unlock()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.twice > before {
			t.Errorf("%d visits began while another process visited the source", f.twice-before)
		}
	})
}

func TestStatusesOfOtherProcessesAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a, b := f.join("a", 0), f.join("b", 0)
		defer b.stop()
		defer a.stop()
		time.Sleep(2 * time.Minute)
		for _, p := range []*process{a, b} {
			for _, s := range p.p.Statuses() {
				if time.Since(s.LastVisit) > time.Minute || s.State != StateOK {
					t.Fatalf("%+v", s)
				}
			}
		}
	})
}

func TestLeaseOfALoneProcessCostsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 1)
		a := f.join("a", 0)
		defer a.stop()
		time.Sleep(time.Hour)
		synctest.Wait()
		f.leases.mu.Lock()
		defer f.leases.mu.Unlock()
		if want := int(time.Hour / (DefaultLease / 3)); f.leases.writes > want+5 {
			t.Errorf("%d writes in an hour, want %d", f.leases.writes, want)
		}
	})
}

// A process that is refused at once and then left without an answer must not
// wait for that answer while its lease runs out.
func TestProcessStopsWhenItsLeaseRunsOutWhateverTheStoreDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 20)
		a := f.join("a", 0)
		defer a.stop()
		time.Sleep(65 * time.Second) // the heartbeat was last moved at 60
		a.link.refuse.Store(true)
		time.Sleep(10 * time.Second)
		a.link.cutLeases.Store(true)
		time.Sleep(8 * time.Second) // 83: more than two thirds of a lease
		if got := a.p.holding(); got != 0 {
			t.Errorf("it still holds %d parts", got)
		}
	})
}

// together counts the parts whose sources two processes may visit now.
func together(a, b *process) (n int) {
	synctest.Wait()
	for i := range shards {
		if a.p.mayWrite(i) && b.p.mayWrite(i) {
			n++
		}
	}
	return n
}

// Two may write the table at a time: who comes second begins again, and must
// still know who is dead.
func TestTakeoverIsNotForgottenWhenSomebodyElseWroteTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a, b := f.join("a", 0), f.join("b", 0)
		defer b.stop()
		time.Sleep(2 * time.Minute)
		found := make(chan bool)
		quicker := sync.OnceFunc(func() {
			value, revision, _ := f.leases.LoadRevision(t.Context(), tableKey)
			f.leases.SaveRevision(t.Context(), tableKey, value, revision)
			close(found)
		})
		first := func(key string) {
			if key == tableKey {
				quicker()
			}
		}
		a.kill()
		b.link.beforeSet.Store(&first)
		<-found
		time.Sleep(time.Second)
		if n := b.p.holding(); n != shards {
			t.Errorf("it holds %d parts", n)
		}
		f.check()
	})
}

// A process that comes back while another takes its parts finds a table that
// still gives them to it.
func TestProcessThatComesBackWhileItsPartsAreTakenHoldsNoneOfThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a, b := f.join("a", 0), f.join("b", 0)
		defer b.stop()
		time.Sleep(2 * time.Minute)
		back := make(chan *process, 1)
		comesBack := sync.OnceFunc(func() {
			back <- f.join("a", 0)
			time.Sleep(time.Second)
		})
		first := func(key string) {
			if key == tableKey {
				comesBack()
			}
		}
		a.kill()
		b.link.beforeSet.Store(&first)
		a = <-back
		defer a.stop()
		for range 60 {
			time.Sleep(time.Second)
			if n := together(a, b); n > 0 {
				t.Fatalf("both hold %d parts", n)
			}
		}
		f.shared("in the end")
		f.check()
	})
}

// A copy of the store that is behind shows a table of long ago, and no
// heartbeat of who joined since.
func TestProcessThatReadsAnOldCopyTakesNothingFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a := f.join("a", 0)
		defer a.stop()
		time.Sleep(25 * time.Second)
		alone := f.leases.copy()
		b := f.join("b", 0)
		defer b.stop()
		time.Sleep(2 * time.Minute)
		unheard := f.leases.copy()
		delete(unheard.at, heartbeatKey("b"))
		for name, old := range map[string]*revisions{"old table": alone, "no heartbeat": unheard} {
			a.link.old.Store(old)
			for range 25 {
				time.Sleep(time.Second)
				if n := together(a, b); n > 0 {
					t.Errorf("%s: both hold %d parts", name, n)
					break
				}
			}
			a.link.old.Store(nil)
			time.Sleep(2 * time.Minute)
		}
		f.check()
	})
}

// What a visit publishes may be confirmed only after the lease ran out.
func TestCursorIsNotSavedWhenTheLeaseRanOutDuringThePublishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, 100)
		a, b := f.join("a", 0), f.join("b", 0)
		defer b.stop()
		defer a.stop()
		time.Sleep(2 * time.Minute)
		a.link.cutLeases.Store(true)
		a.link.slow.Store(int64(40 * time.Second))
		time.Sleep(2 * time.Minute)
		if got := f.holders(); got["b"] != 100 {
			t.Fatalf("while it is cut off: %v", got)
		}
		if n := a.link.late.Load(); n > 0 {
			t.Errorf("%d cursors were saved over those of the new owner", n)
		}
	})
}

// holding counts the parts that are held.
func (p *Poller) holding() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.held {
		if h != nil {
			n++
		}
	}
	return n
}
