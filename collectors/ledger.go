package collectors

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

const (
	// shards is the number of parts into which the sources are divided by the
	// hash of their key. The states of one part are one value in the store.
	shards = 64
	// saveEvery is how long a state may wait to be saved with others, and with
	// that the most of its visits that a crash can make forget: such a source
	// may be asked once more than its schedule says. What was promised to a
	// host (Retry-After, back-off, the end for good) is saved before the visit
	// ends. With 500 feeds visited over some seconds, saving each second took a
	// sixth of the processor time of the visits.
	saveEvery = 5 * time.Second
	// keepState is how long the state of a removed source is kept: who adds it
	// again must not get around what its host asked for.
	keepState = 30 * 24 * time.Hour
)

func shardOf(key string) int { return int(xxhash.Sum64String(key) % shards) }

// shardKey is the key of the states of a part in the CursorStore.
func shardKey(n int) string { return fmt.Sprintf("states.%02d", n) }

// ledger saves the states of the sources, many at a time.
type ledger struct {
	save func(n int) error // writes the states of one part
	log  *slog.Logger

	mu      sync.Mutex
	dirty   [shards]bool
	waiting [shards][]chan error
	wake    chan struct{}
	urgent  chan struct{}
}

func newLedger(save func(int) error, log *slog.Logger) *ledger {
	return &ledger{save: save, log: log, wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1)}
}

// note has a part saved before long.
func (l *ledger) note(n int) {
	l.mu.Lock()
	l.dirty[n] = true
	l.mu.Unlock()
	poke(l.wake)
}

// sync has a part saved now, together with what others wait for, and returns
// once it is.
func (l *ledger) sync(n int) error {
	done := make(chan error, 1)
	l.mu.Lock()
	l.dirty[n] = true
	l.waiting[n] = append(l.waiting[n], done)
	l.mu.Unlock()
	poke(l.wake)
	poke(l.urgent)
	return <-done
}

// run saves what was noted until stop is closed, and then once more.
func (l *ledger) run(stop <-chan struct{}) {
	for wait := saveEvery; ; {
		select {
		case <-stop:
			l.flush()
			return
		case <-l.wake:
		}
		timer := time.NewTimer(wait)
		select {
		case <-stop:
		case <-timer.C:
		case <-l.urgent:
		}
		timer.Stop()
		wait = saveEvery
		if !l.flush() {
			wait = storeRetry
			poke(l.wake)
		}
	}
}

// flush saves every part that was noted; what cannot be saved stays noted.
func (l *ledger) flush() (ok bool) {
	l.mu.Lock()
	dirty, waiting := l.dirty, l.waiting
	l.dirty, l.waiting = [shards]bool{}, [shards][]chan error{}
	l.mu.Unlock()
	var failed error
	for n, is := range dirty {
		if !is {
			continue
		}
		err := l.save(n)
		for _, w := range waiting[n] {
			w <- err
		}
		if err != nil {
			failed = err
			l.mu.Lock()
			l.dirty[n] = true
			l.mu.Unlock()
		}
	}
	if failed != nil {
		l.log.Error("the states of sources cannot be saved; it is tried again", slog.Any("err", failed))
	}
	return failed == nil
}

// saveState keeps where a source stands: at once when something was promised
// to its host, else with others a little later.
func (p *Poller) saveState(src Source, s state) error {
	n := shardOf(src.Key)
	if s.Failures > 0 || s.State == StateStopped || s.RetryAt.After(p.cfg.Now()) {
		return p.ledger.sync(n)
	}
	p.ledger.note(n)
	return nil
}

// saveShard writes the states of one part, unless it is another's by now.
func (p *Poller) saveShard(n int) error {
	if !p.mayWrite(n) {
		return nil
	}
	b, err := json.Marshal(p.shard(n))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveTime)
	defer cancel()
	return p.cfg.Cursors.Save(ctx, shardKey(n), b)
}

// shard returns the states of one part, those of removed sources included.
func (p *Poller) shard(n int) []state {
	oldest := p.cfg.Now().Add(-keepState)
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []state
	for key := range p.members[n] {
		if t := p.tasks[key]; t != nil {
			out = append(out, t.state)
		} else if s, ok := p.kept[key]; ok && s.LastVisit.After(oldest) {
			out = append(out, s)
		}
	}
	return out
}

// load reads the stored states of the parts whose sources have none yet.
func (p *Poller) load(ctx context.Context) error {
	for _, n := range p.unloaded() {
		states, err := p.loadShard(ctx, n)
		if err != nil {
			return err
		}
		p.adopt(n, states)
	}
	return nil
}

// unloaded lists the parts that are held and were not read yet.
func (p *Poller) unloaded() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []int
	for n := range shards {
		if p.held[n] != nil && !p.held[n].draining && len(p.members[n]) > 0 && !p.loaded[n] {
			out = append(out, n)
		}
	}
	return out
}

func (p *Poller) loadShard(ctx context.Context, n int) ([]state, error) {
	b, err := p.cfg.Cursors.Load(ctx, shardKey(n))
	if err != nil || b == nil {
		return nil, err
	}
	var states []state
	if err := json.Unmarshal(b, &states); err != nil {
		p.cfg.Log.Warn("stored states of sources are damaged; their schedules start afresh",
			slog.String("key", shardKey(n)), slog.Any("err", err))
		return nil, nil
	}
	return states, nil
}

// adopt gives the sources of a part their stored states, and holds the hosts
// to which something was promised.
func (p *Poller) adopt(n int, states []state) {
	now := p.cfg.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[n] == nil || p.held[n].draining {
		return // lost while they were read
	}
	for _, s := range states {
		p.kept[s.Source] = s
		p.member(s.Source)
		if s.RetryAt.After(now) {
			p.cfg.Client.Hold(s.URL, s.RetryAt)
		}
		if !s.LastVisit.IsZero() {
			p.cfg.Client.Rest(s.URL) // a visit just before a crash may not be written down
		}
	}
	p.loaded[n] = true
	for key := range p.members[n] {
		p.cursors.forget(key) // a visit that ended after the part was lost may have left an old one
		if t := p.tasks[key]; t != nil {
			p.restore(t)
		}
	}
}

// restore makes a task ready, with its stored state where it has one. p.mu is
// held, and the part of the task is loaded.
func (p *Poller) restore(t *task) {
	if s, ok := p.kept[t.src.Key]; ok && s.URL == t.src.URL && !t.loaded {
		t.state = s
	}
	delete(p.kept, t.src.Key)
	t.loaded = true
	p.resume(t)
	p.enqueue(t)
}

// member notes that a part holds a source. p.mu is held.
func (p *Poller) member(key string) {
	n := shardOf(key)
	if p.members[n] == nil {
		p.members[n] = map[string]bool{}
	}
	p.members[n][key] = true
}

func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
