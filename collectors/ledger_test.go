package collectors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vantage/collectors/fetch"
)

// crash is a world as it is after a kill: only what is in the store is left.
func (w *world) crash() *world {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	after := newWorld(w.t)
	after.now, after.store.values = w.clock(), maps.Clone(w.store.values)
	return after
}

func TestPromiseToAHostOutlivesACrashJustAfterTheVisit(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		check  func(before, after Status) bool
	}{
		"Retry-After": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, func(_, after Status) bool { return after.NextVisit.Equal(today.Add(2 * time.Hour)) }},
		"back-off": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			func(before, after Status) bool {
				return after.Failures == 1 && after.NextVisit.Equal(before.NextVisit) && after.NextVisit.After(today)
			}},
		"gone": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
			func(_, after Status) bool { return after.State == StateStopped }},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newWorld(t), newFeedPeer(t)
			p.fail(c.answer)
			w.begin(p.source())
			before := w.until(p.source(), visited)
			w.waitFor("the end of the visit", func() bool { return w.poller.atRest() })
			after := w.crash()
			after.begin(p.source())
			if s := after.status(p.source()); !c.check(before, s) {
				t.Errorf("before %+v, after %+v", before, s)
			}
			if p.requests() != 1 {
				t.Errorf("%d requests", p.requests())
			}
		})
	}
}

func (p *Poller) atRest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.busy) == 0
}

func TestCrashMakesASourceBeAskedOnceMoreAtMost(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.show(first1)
	w.begin(p.source())
	w.until(p.source(), visited)
	for range 3 { // killed at once, then after the state was saved
		after := w.crash()
		after.begin(p.source())
		after.until(p.source(), visited)
		w.waitFor("the state to be saved", func() bool { return after.store.has(shardKey(shardOf(p.source().Key))) })
		w = after.crash()
	}
	if p.requests() > 2 {
		t.Errorf("%d requests", p.requests())
	}
}

func (s *memoryStore) has(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[key] != nil
}

func TestRemovedSourceKeepsWhatWasPromised(t *testing.T) {
	w, p, other := newWorld(t), newFeedPeer(t), newFeedPeer(t)
	p.fail(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	w.begin(p.source(), other.source())
	w.until(p.source(), visited)
	w.poller.SetSources([]Source{other.source()})
	w.begin(other.source()) // a restart without it, then it is added again
	w.poller.SetSources([]Source{other.source(), p.source()})
	s := w.until(p.source(), visited)
	if !s.NextVisit.Equal(today.Add(2*time.Hour)) || p.requests() != 1 {
		t.Errorf("%d requests, status %+v", p.requests(), s)
	}
}

func TestStatesAreSavedManyAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		saves := 0
		broken := errors.New("no store")
		l := newLedger(func(int) error {
			mu.Lock()
			defer mu.Unlock()
			saves++
			return broken
		}, slog.New(slog.DiscardHandler))
		stop, done := make(chan struct{}), make(chan struct{})
		go func() { l.run(stop); close(done) }()
		check := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if saves != want {
				t.Errorf("%s: %d saves, want %d", when, saves, want)
			}
		}
		for range 100 {
			l.note(3)
		}
		check("at first", 0)
		time.Sleep(saveEvery + 1)
		check("with all that came meanwhile", 1)
		time.Sleep(storeRetry + 1)
		check("once more, because it failed", 2)
		mu.Lock()
		broken = nil
		mu.Unlock()
		if err := l.sync(5); err != nil {
			t.Error(err)
		}
		check("at once, with what was left", 4)
		l.note(7)
		close(stop)
		<-done
		check("at the end", 5)
	})
}

func TestGroupSharesOnePlaceAndItsPause(t *testing.T) {
	w, a, b := newWorld(t), newFeedPeer(t), newFeedPeer(t)
	var mu sync.Mutex
	var times []time.Time
	note := func(rw http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		times = append(times, time.Now())
		mu.Unlock()
		fmt.Fprint(rw, `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>`)
	}
	sources := make([]Source, 2)
	for i, p := range []peer{a, b} {
		p.fail(note)
		sources[i] = p.source()
		sources[i].Group = "hoster.example"
	}
	const gap = 60 * time.Millisecond
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: gap})
	w.poller = NewPoller(PollerConfig{Sources: sources, Sink: w.sink, Cursors: w.store, Client: client})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go w.poller.Run(ctx)
	for _, src := range sources {
		w.until(src, visited)
	}
	if d := times[1].Sub(times[0]); d < gap {
		t.Errorf("two hosts of a group were visited within %s, want %s between them", d, gap)
	}
}

func TestCursorsAreAskedForOnce(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.show(first1)
	w.begin(p.source())
	w.until(p.source(), visited)
	w.store.mu.Lock()
	for key := range w.store.values {
		if strings.HasPrefix(key, "cursor.") {
			w.store.values[key] = []byte("nonsense") // never read again
		}
	}
	w.store.mu.Unlock()
	if s := w.again(p.source()); s.State != StateUnchanged {
		t.Errorf("status %+v", s)
	}
}

func TestCursorCacheStaysSmall(t *testing.T) {
	store := &memoryStore{values: map[string][]byte{}}
	c := newCursorCache(store)
	for i := range 300 {
		src := Source{Key: fmt.Sprint(i)}
		if err := c.save(t.Context(), src, make([]byte, 100<<10)); err != nil {
			t.Fatal(err)
		}
		if got, err := c.load(t.Context(), src); err != nil || len(got) != 100<<10 {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
	sum := 0
	for _, b := range c.kept {
		sum += len(b)
	}
	if sum > maxCursors || sum != c.size || len(c.kept) < 50 {
		t.Errorf("%d cursors of %d bytes, counted as %d", len(c.kept), sum, c.size)
	}
}
