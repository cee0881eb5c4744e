package collectors

import (
	"cmp"
	"context"
	"fmt"
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

	Interval    time.Duration                          // between visits to a source; DefaultInterval
	Concurrency int                                    // DefaultConcurrency
	Key         []byte                                 // for pseudonyms, see Deps
	Match       func(text string, links []string) bool // see Deps
	Policy      *Policy                                // of what may be published; nil: everything, as it is
	Now         func() time.Time
	Log         *slog.Logger
	Metrics     prometheus.Registerer
}

// Poller visits every source when it is due. It owns time: the schedule,
// back-off and politeness of all kinds are here. One source that fails never
// stops another.
type Poller struct {
	cfg        PollerConfig
	metrics    *metrics
	collectors map[string]Collector
	wake       chan struct{}

	mu      sync.Mutex
	tasks   map[string]*task
	busy    map[string]bool    // keys of the sources that are visited right now
	hosts   map[string]bool    // hosts that are visited right now, one for each source in busy
	streams map[string]*stream // sources that are followed right now, by key
}

// task is one source and where it stands.
type task struct {
	src    Source
	state  state
	host   string
	due    time.Time // by the clock of this machine, so that a set clock cannot stop the loop
	loaded bool
}

// NewPoller returns a poller for sources that passed CheckSources. Nothing
// happens before Run.
func NewPoller(cfg PollerConfig) *Poller {
	cfg.Interval = cmp.Or(cfg.Interval, DefaultInterval)
	cfg.Concurrency = cmp.Or(cfg.Concurrency, DefaultConcurrency)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Poller{
		cfg: cfg, metrics: newMetrics(cfg.Metrics), collectors: map[string]Collector{},
		wake: make(chan struct{}, 1), tasks: map[string]*task{}, busy: map[string]bool{}, hosts: map[string]bool{},
		streams: map[string]*stream{},
	}
	deps := Deps{Client: cfg.Client, Now: cfg.Now, Stamp: stamps(), Log: cfg.Log, Key: cfg.Key, Match: cfg.Match}
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
	for _, src := range sources {
		src = src.Complete()
		t := old[src.Key]
		if t == nil || t.src.URL != src.URL || t.src.Kind != src.Kind {
			t = &task{state: state{Status: Status{Source: src.Key, State: StateWaiting}, URL: src.URL}}
		}
		t.src, t.host = src, hostPort(src.URL)
		p.tasks[src.Key] = t
		if t.loaded {
			p.resume(t)
		}
	}
	p.closeUnwanted()
	p.mu.Unlock()
	p.poke()
}

// Visit makes a source due now, whatever its schedule says; a stopped source
// is tried again. False when there is no such source.
func (p *Poller) Visit(key string) bool {
	p.mu.Lock()
	t := p.tasks[key]
	if t != nil {
		t.due = time.Time{}
		if t.state.State == StateStopped {
			t.state.State = StateWaiting
		}
	}
	p.mu.Unlock()
	p.poke()
	return t != nil
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
	var running sync.WaitGroup
	defer running.Wait()
	for {
		wait := storeRetry
		if err := p.load(ctx); err == nil {
			wait = p.start(ctx, &running)
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

// load reads the stored state of the sources that have none yet.
func (p *Poller) load(ctx context.Context) error {
	for _, t := range p.unloaded() {
		s, err := p.loadState(ctx, t.src)
		if err != nil {
			return fmt.Errorf("source %s: load its state: %w", t.src.Key, err)
		}
		p.mu.Lock()
		t.loaded = true
		if s.URL == t.src.URL {
			t.state = s
			p.resume(t)
		}
		p.mu.Unlock()
		if s.RetryAt.After(p.cfg.Now()) {
			p.cfg.Client.Hold(t.src.URL, s.RetryAt)
		}
	}
	return nil
}

// resume sets when a source is due from its stored state: what was promised
// to the host holds; an interval that was changed since, or a clock that was
// set back, moves the visit.
func (p *Poller) resume(t *task) {
	s, now := &t.state, p.cfg.Now()
	followed := p.follower(t.src) != nil
	if s.Interval != p.interval(t.src) && s.Failures == 0 && !s.LastVisit.IsZero() && !followed {
		s.NextVisit = p.nextVisit(t.src, s.Wish, s.LastVisit)
	}
	if s.LastVisit.After(now) {
		s.NextVisit = now
	}
	p.schedule(t, now)
}

func (p *Poller) unloaded() []*task {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*task
	for _, t := range p.tasks {
		if !t.loaded {
			out = append(out, t)
		}
	}
	return out
}

// start begins the visits that are due and may run, opens the streams that are
// due, and returns how long to wait for the next one. The end of a visit or a
// stream wakes the loop.
func (p *Poller) start(ctx context.Context, running *sync.WaitGroup) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	due, wait := p.queue(time.Now())
	for _, t := range due {
		if f := p.follower(t.src); f != nil {
			p.open(ctx, t, f, running)
			continue
		}
		if len(p.busy) >= p.cfg.Concurrency || p.hosts[t.host] {
			continue
		}
		src := t.src
		p.busy[src.Key], p.hosts[t.host] = true, true
		running.Go(func() { p.visit(ctx, t, src) })
	}
	return wait
}

// queue returns the sources that wait for a visit and are due, the longest
// due first, and how long it is until the next of the others is.
func (p *Poller) queue(now time.Time) (due []*task, wait time.Duration) {
	wait = time.Minute
	for _, t := range p.tasks {
		if !t.loaded || p.busy[t.src.Key] || p.streams[t.src.Key] != nil || t.src.Paused || t.state.State == StateStopped {
			continue
		}
		if left := t.due.Sub(now); left > 0 {
			wait = min(wait, left)
		} else {
			due = append(due, t)
		}
	}
	slices.SortFunc(due, func(a, b *task) int {
		return cmp.Or(a.due.Compare(b.due), strings.Compare(a.src.Key, b.src.Key))
	})
	return due, wait
}

func (p *Poller) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
