package collectors

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/collectors/fetch"
)

// DefaultConcurrency is the number of visits under way at a time.
const DefaultConcurrency = 16

// PollerConfig says what a Poller visits and where it puts what it finds.
// Sink, Cursors and Client are needed; the rest has defaults.
type PollerConfig struct {
	Sources []Source
	Sink    Sink
	Cursors CursorStore
	Client  *fetch.Client

	Interval    time.Duration                          // between visits to a source; 0: its kind's own, see Kind.OwnPace
	Concurrency int                                    // DefaultConcurrency
	Key         []byte                                 // for pseudonyms, see Deps
	Match       func(text string, links []string) bool // see Deps
	Policy      *Policy                                // of what may be published; nil: everything, as it is
	// Leases share the sources with other processes that have the same ones;
	// nil: there are none. Instance names this process over restarts, so that
	// it has its own sources back at once; no other may have the same name.
	Leases   LeaseStore
	Instance string
	Lease    time.Duration // DefaultLease; 15 s or more, or a save may outlast it

	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Poller visits every source when it is due. It owns time: the schedule,
// back-off and politeness of all kinds are here. One source that fails never
// stops another.
type Poller struct {
	cfg        PollerConfig
	metrics    *metrics
	collectors map[string]Collector
	wake       chan struct{}

	cursors *cursorCache
	ledger  *ledger
	lease   *lease // nil: all sources are its own
	began   time.Time

	mu      sync.Mutex
	tasks   map[string]*task
	members [shards]map[string]bool // keys of the sources of each part, removed ones included
	running context.Context         // of Run; nil before
	held    [shards]*holding        // parts that this process visits
	loaded  [shards]bool            // parts whose states were read
	kept    map[string]state        // of removed sources
	visits  agenda
	follows agenda
	busy    map[string]bool      // keys of the sources that are visited right now
	places  map[string]bool      // hosts and groups that are asked right now
	blocked map[string][]*task   // due, but their place is visited
	resting map[string]time.Time // groups that are left alone until then
	streams map[string]*stream   // sources that are followed right now, by key
}

// task is one source and where it stands.
type task struct {
	src    Source
	state  state
	place  string
	due    time.Time // by the clock of this machine, so that a set clock cannot stop the loop
	loaded bool      // the state was read: it may be visited
	booked uint64    // number of its newest appointment
}

// NewPoller returns a poller for sources that passed CheckSources. Nothing
// happens before Run.
func NewPoller(cfg PollerConfig) *Poller {
	cfg.Concurrency = cmp.Or(cfg.Concurrency, DefaultConcurrency)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Poller{
		cfg: cfg, metrics: newMetrics(cfg.Metrics), collectors: map[string]Collector{},
		cursors: newCursorCache(cfg.Cursors), wake: make(chan struct{}, 1), began: time.Now(), tasks: map[string]*task{}, kept: map[string]state{},
		busy: map[string]bool{}, places: map[string]bool{}, blocked: map[string][]*task{},
		resting: map[string]time.Time{}, streams: map[string]*stream{},
	}
	p.ledger = newLedger(p.saveShard, cfg.Log)
	if cfg.Leases != nil {
		p.lease = newLease(p, cfg)
	}
	deps := Deps{Client: cfg.Client, Now: cfg.Now, Stamp: stamps(), Log: cfg.Log, Key: cfg.Key, Match: cfg.Match, RefusesHost: cfg.Policy.RefusesHost}
	for name, k := range kinds {
		p.collectors[name] = k.New(deps)
	}
	p.SetSources(cfg.Sources)
	return p
}

// SetSources replaces the sources. What stays keeps its schedule and status;
// what is new or has another address is due at once; a visit under way ends
// as it would, a stream of a source that changed is closed. It may be called
// before and during Run.
func (p *Poller) SetSources(sources []Source) {
	p.mu.Lock()
	old := p.tasks
	p.tasks = make(map[string]*task, len(sources))
	p.visits, p.follows = nil, nil
	clear(p.blocked)
	for _, src := range sources {
		src = src.Complete()
		p.setSource(src, old[src.Key])
		delete(old, src.Key)
	}
	for key, t := range old {
		if t.loaded {
			p.kept[key] = t.state
		}
	}
	p.closeUnwanted()
	p.mu.Unlock()
	p.poke()
}

// setSource takes a source over from its task t, or begins afresh with it.
func (p *Poller) setSource(src Source, t *task) {
	if t == nil || t.src.URL != src.URL || t.src.Kind != src.Kind {
		t = &task{state: state{Status: Status{Source: src.Key, State: StateWaiting}, URL: src.URL}}
	}
	t.src, t.place = src, placeOf(src)
	p.tasks[src.Key] = t
	p.member(src.Key)
	n := shardOf(src.Key)
	if h := p.held[n]; p.loaded[n] && h != nil && !h.draining {
		p.restore(t)
	}
}

// Visit makes a source due now, whatever its schedule says; a stopped source
// is tried again. False when there is no such source.
func (p *Poller) Visit(key string) bool {
	p.mu.Lock()
	t := p.tasks[key]
	if t != nil {
		if t.state.State == StateStopped {
			t.state.State, t.state.Missing = StateWaiting, time.Time{}
		}
		p.hurry(t)
	}
	p.mu.Unlock()
	p.poke()
	return t != nil
}

// VisitAll makes every source due now that has not stopped. Hosts are asked as
// gently as ever.
func (p *Poller) VisitAll() {
	p.mu.Lock()
	for _, t := range p.tasks {
		if !t.src.Paused && t.state.State != StateStopped {
			p.hurry(t)
		}
	}
	p.mu.Unlock()
	p.poke()
}

// hurry makes a task due now, also where the sources are set anew before its
// turn comes. p.mu is held.
func (p *Poller) hurry(t *task) {
	t.state.NextVisit, t.due = p.cfg.Now(), time.Time{}
	p.enqueue(t)
}

// Statuses returns the status of every source, by key.
func (p *Poller) Statuses() []Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Status, 0, len(p.tasks))
	for _, t := range p.tasks {
		s := t.state.Status
		if t.src.Paused {
			s.State, s.NextVisit = StatePaused, time.Time{}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Status) int { return strings.Compare(a.Source, b.Source) })
	return out
}

// Run visits and follows sources until ctx ends, then waits for what is under
// way and returns nil.
func (p *Poller) Run(ctx context.Context) error {
	var running, saving, leasing sync.WaitGroup
	stop := make(chan struct{})
	saving.Go(func() { p.ledger.run(stop) })
	p.mu.Lock()
	p.running = ctx
	p.mu.Unlock()
	if p.lease != nil {
		leasing.Go(func() { p.lease.run(ctx) })
	} else {
		p.holdAll()
	}
	defer func() {
		leasing.Wait()
		running.Wait()
		close(stop)
		saving.Wait()
		p.goodbye()
	}()
	for {
		wait := storeRetry
		if err := p.load(ctx); err == nil {
			wait = p.start(&running)
		} else if ctx.Err() == nil {
			p.cfg.Log.Error("the state of the sources cannot be loaded; it is tried again", slog.Any("err", err))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-p.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// goodbye gives the sources to the other processes.
func (p *Poller) goodbye() {
	if p.lease == nil || !p.lease.valid() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveTime)
	defer cancel()
	if err := p.lease.leave(ctx); err != nil {
		p.cfg.Log.Warn("the sources cannot be given to the other processes, which wait for their turn", slog.Any("err", err))
	}
}

// resume sets when a source is due from its stored state: what was promised
// to the host holds; an interval that was changed since, or a clock that was
// set back, moves the visit.
func (p *Poller) resume(t *task) {
	s, now := &t.state, p.cfg.Now()
	before := s.Interval
	p.setPace(t.src, s)
	if s.Interval != before && s.Interval > 0 && s.Failures == 0 && !s.LastVisit.IsZero() {
		s.NextVisit = p.nextVisit(t.src, s, s.LastVisit)
	}
	if s.LastVisit.After(now) {
		s.NextVisit = now
	}
	p.schedule(t, now)
}

func (p *Poller) poke() { poke(p.wake) }
