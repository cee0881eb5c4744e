// Package pipeline takes items off the stream and stores them: it tags every
// post by topic, tool and council, signs it for near-duplicates, writes rows,
// erases what was withdrawn and acknowledges. It also keeps the derived numbers
// fresh, tags anew what is stored when the vocabulary changed, and imports
// archives.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/collectors/item"
	"vantage/pipeline/store"
	"vantage/pipeline/stream"
	"vantage/pipeline/tag"
)

const (
	// grace is how long the batches in hand may take once Run was told to stop.
	grace      = 20 * time.Second
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
	// linger is how long a batch waits for more while more keeps coming: each
	// insert costs the engine some 20 ms whatever it holds, and pages are fresh
	// within seconds anyway.
	linger = 1500 * time.Millisecond
	// together is how many items a batch holds: a quarter of what the stream hands
	// out before it wants acknowledgements, because one batch is fetched while
	// others are tagged and stored. Fewer and larger inserts leave the engine less
	// to merge: 14 instead of 23 us a post, over a backlog of 400,000, with 10,000
	// instead of 5,000.
	together = 10_000
	// moment is longer than the pauses inside a round of visits, in which a batch
	// lingers.
	moment = 2*linger + time.Second
)

// Config says what a Pipeline connects.
type Config struct {
	Stream *stream.Stream
	Store  *store.Store
	Tagger *tag.Tagger
	// Refuse says of a post that it must not be stored, because somebody opted
	// out, whoever published it and however it came; nil: all are stored.
	Refuse func(*item.Item) bool
	// Retention of the text of persons' posts; 0: DefaultRetention.
	Retention time.Duration
	// Metrics takes the counters; nil: they are not shown.
	Metrics prometheus.Registerer
	Now     func() time.Time
	Log     *slog.Logger
}

// Pipeline moves items from the stream into the store. Its methods are safe
// for concurrent use; Run is called once.
type Pipeline struct {
	cfg     Config
	batches *stream.Consumer
	metrics *metrics
	tagger  atomic.Pointer[tag.Tagger]
	swap    sync.RWMutex // held for reading while rows are written, for writing to change tagger

	mu      sync.Mutex
	since   time.Time // of the trouble; zero: none
	trouble error

	pending atomic.Uint64 // on the stream, behind the last batch
	hand    atomic.Int64  // batches in hand
	stored  atomic.Int64  // when the last batch was, in Unix nanoseconds
}

// New opens the consumer of the stream; Run starts the work.
func New(ctx context.Context, cfg Config) (*Pipeline, error) {
	if cfg.Retention <= 0 {
		cfg.Retention = DefaultRetention
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	batches, err := cfg.Stream.Batches(ctx, stream.BatchConfig{Items: together, Linger: linger})
	if err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	p := &Pipeline{cfg: cfg, batches: batches, metrics: newMetrics(cfg.Metrics)}
	p.tagger.Store(cfg.Tagger)
	return p, nil
}

// SetTagger puts a new vocabulary to use. When it returns, nothing is written
// any more that was tagged by an older one; what is stored already is changed
// by Retag.
func (p *Pipeline) SetTagger(t *tag.Tagger) {
	p.swap.Lock()
	defer p.swap.Unlock()
	p.tagger.Store(t)
}

// Tagger returns the one in use.
func (p *Pipeline) Tagger() *tag.Tagger { return p.tagger.Load() }

// Stalled returns since when, and why, nothing can be stored or fetched; a zero
// time when all is well.
func (p *Pipeline) Stalled() (since time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.since, p.trouble
}

// Busy says that there are items in hand or on the stream, or that some were
// stored a moment ago and more may follow, as in a round of visits.
func (p *Pipeline) Busy() bool {
	return p.pending.Load() > 0 || p.hand.Load() > 0 || time.Since(time.Unix(0, p.stored.Load())) < moment
}

// Run works until ctx ends; then it stores what it has in hand, for at most 20
// seconds, and returns nil. Trouble with the store or the stream does not end
// it: it tries again until it works, and nothing is lost meanwhile.
func (p *Pipeline) Run(ctx context.Context) error {
	work, stop := lingering(ctx, grace)
	defer stop()
	fetched, ready := make(chan *stream.Batch), make(chan *prepared)
	var before sync.WaitGroup
	before.Go(func() {
		defer close(fetched)
		p.fetch(ctx, fetched)
	})
	before.Go(func() {
		defer close(ready)
		for b := range fetched {
			ready <- p.prepare(b)
		}
	})
	for b := range ready {
		p.finish(work, b)
	}
	before.Wait()
	return nil
}

// lingering returns a context that ends some time after ctx.
func lingering(ctx context.Context, after time.Duration) (context.Context, func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(after)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-work.Done():
		}
	})
	return work, func() { stop(); cancel() }
}

// fetch reads the next batch while the one before is tagged, and the one before
// that is stored.
func (p *Pipeline) fetch(ctx context.Context, fetched chan<- *stream.Batch) {
	wait := firstRetry
	for ctx.Err() == nil {
		b, err := p.batches.Next(ctx)
		if ctx.Err() != nil && b == nil {
			return
		}
		if err != nil {
			p.stall(err)
			pause(ctx, wait)
			wait = min(2*wait, lastRetry)
			continue
		}
		if wait != firstRetry {
			p.resume()
			wait = firstRetry
		}
		p.pending.Store(b.Pending)
		p.hand.Add(1)
		p.reportRejected(b)
		fetched <- b
	}
}

func (p *Pipeline) reportRejected(b *stream.Batch) {
	for _, r := range b.Rejected {
		p.cfg.Log.Warn("message is no valid item; left out", slog.Uint64("seq", r.Seq), slog.Any("err", r.Err))
	}
	p.metrics.rejected.Add(float64(len(b.Rejected)))
}

// finish stores a batch, erases what it withdrew and acknowledges it. It tries
// until that worked or ctx ends; then the messages come again.
func (p *Pipeline) finish(ctx context.Context, b *prepared) {
	defer p.hand.Add(-1)
	began := time.Now()
	erase := b.erase
	for i := range b.steps {
		withdrawn, ok := p.store(ctx, &b.steps[i])
		if !ok {
			return
		}
		erase = append(erase, withdrawn...)
	}
	if !p.insist(ctx, func() error { return p.erase(ctx, erase) }) {
		return
	}
	p.stored.Store(time.Now().UnixNano())
	if err := b.Ack(ctx); err != nil {
		// What is not acknowledged comes again and changes nothing.
		p.cfg.Log.Warn("batch is stored but not acknowledged; it will come again", slog.Int("items", len(b.Items)), slog.Any("err", err))
	}
	p.metrics.batch(b, b.took+time.Since(began))
}

// store does one step and returns the stream messages to erase.
func (p *Pipeline) store(ctx context.Context, s *step) (erase []store.Erasure, ok bool) {
	var w store.Written
	ok = p.insist(ctx, func() (err error) {
		switch {
		case s.forget != nil:
			w, err = p.cfg.Store.ForgetAuthor(ctx, s.forget.AuthorRef, uint64(s.forget.Version), p.erase)
		case s.gap != nil:
			err = p.cfg.Store.AddGap(ctx, *s.gap)
		default:
			w, err = p.write(ctx, s)
		}
		return err
	})
	p.metrics.written(w)
	return w.Erase, ok
}

func (p *Pipeline) erase(ctx context.Context, carried []store.Erasure) error {
	list := make([]stream.Erasure, len(carried))
	for i, e := range carried {
		list[i] = stream.Erasure(e)
	}
	return p.cfg.Stream.Erase(ctx, list)
}

// write stores rows, tagged by the vocabulary that is in use now.
func (p *Pipeline) write(ctx context.Context, s *step) (store.Written, error) {
	p.swap.RLock()
	defer p.swap.RUnlock()
	if t := p.Tagger(); t != s.tagger {
		parallel(len(s.rows), func(i int) { understand(t, &s.rows[i]) })
		s.tagger = t
	}
	return p.cfg.Store.Write(ctx, s.rows)
}

// insist repeats f until it succeeds, with growing pauses, and says once that
// it fails and once that it works again. It gives up only when ctx ends.
func (p *Pipeline) insist(ctx context.Context, f func() error) bool {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := f()
		if err == nil {
			p.resume()
			return true
		}
		p.stall(err)
		if !pause(ctx, wait) {
			p.cfg.Log.Warn("stopped with a batch that could not be stored; it will come again", slog.Any("err", err))
			return false
		}
	}
}

func (p *Pipeline) stall(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = err
	if p.since.IsZero() && !errors.Is(err, context.Canceled) {
		p.since = p.cfg.Now()
		p.cfg.Log.Error("nothing can be stored; trying again until it works", slog.Any("err", err))
	}
}

func (p *Pipeline) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.since.IsZero() {
		p.cfg.Log.Info("storing works again", slog.Duration("after", p.cfg.Now().Sub(p.since)))
	}
	p.since, p.trouble = time.Time{}, nil
}

// pause waits; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
