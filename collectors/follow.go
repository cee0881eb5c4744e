package collectors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"vantage/collectors/fetch"
)

const (
	// firstReopen is the pause before a stream that broke is opened again. It
	// doubles with each failure in a row up to the source's interval: a stream
	// remembers hours, not days.
	firstReopen = 5 * time.Second
	// steadyAfter is how long a stream must stay open before earlier failures
	// are forgotten, or one that breaks at once would be opened for ever.
	steadyAfter = time.Minute
)

var (
	errUnwanted = errors.New("the source was removed, paused or changed")
	errEnded    = errors.New("the server ended the stream; it is opened again")
)

// stream is a source that is followed right now.
type stream struct {
	p        *Poller
	t        *task
	src      Source // as it was when the stream was opened
	follower Follower
	opened   time.Time // by the clock of this machine
	cancel   context.CancelCauseFunc

	emitting sync.Mutex
	gone     bool // said the source itself; written by emit, read once Follow returned
}

// follower returns what follows the source, or nil when it is visited.
func (p *Poller) follower(src Source) Follower {
	f, ok := p.collectors[src.Kind].(Follower)
	if !ok || !f.Follows(src) {
		return nil
	}
	return f
}

// open starts to follow a source. It takes no slot and no host from the
// visits. p.mu is held.
func (p *Poller) open(ctx context.Context, t *task, f Follower, running *sync.WaitGroup) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &stream{p: p, t: t, src: t.src, follower: f, opened: time.Now(), cancel: cancel}
	p.streams[t.src.Key] = s
	running.Go(func() {
		defer cancel(nil)
		s.run(ctx)
	})
}

// closeUnwanted ends the streams whose source was removed, paused or changed.
// What is still wanted is opened again as soon as the old stream has ended.
// p.mu is held.
func (p *Poller) closeUnwanted() {
	for key, s := range p.streams {
		t := p.tasks[key]
		if t == nil || t.src.Paused || !reflect.DeepEqual(t.src, s.src) {
			s.cancel(errUnwanted)
		}
	}
}

// run follows the source until ctx ends or the stream fails, and sets when it
// is opened again.
func (s *stream) run(ctx context.Context) {
	p := s.p
	defer p.closed(s)
	p.metrics.streams.Inc()
	defer p.metrics.streams.Dec()
	err := s.follow(ctx)
	if (ctx.Err() != nil || errors.Is(err, errLost)) && !s.gone {
		return // it did not fail, it was ended
	}
	next := p.recordEnd(s, err)
	if err := p.saveState(s.src, next); err != nil {
		p.logUnsaved(s.src, err)
	}
}

func (s *stream) follow(ctx context.Context) error {
	cursor, err := s.p.cursors.load(ctx, s.src)
	if err != nil {
		return fmt.Errorf("its cursor cannot be loaded: %w", err)
	}
	err = s.follower.Follow(ctx, s.src, cursor, func(v Visit) error { return s.emit(ctx, v) })
	if err == nil {
		err = errEnded
	}
	return err
}

// emit is what Follow calls with what it found.
func (s *stream) emit(ctx context.Context, v Visit) error {
	s.emitting.Lock()
	defer s.emitting.Unlock()
	put, err := s.p.deliver(ctx, s.src, v)
	if err != nil {
		return err
	}
	next := s.p.recordEmit(s, v, len(put))
	s.p.count(s.src, v, put, next)
	if err := s.p.saveState(s.src, next); err != nil {
		s.p.logUnsaved(s.src, err)
	}
	if v.Gone {
		s.gone = true
		s.cancel(errEnded)
	}
	return nil
}

// recordEmit notes that the stream is open and what came.
func (p *Poller) recordEmit(f *stream, v Visit, put int) state {
	now := p.cfg.Now().UTC()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &f.t.state
	failures := s.Failures
	s.LastVisit, s.HTTPStatus, s.Address = now, v.Status, v.Address
	s.Visits++
	if v.RetryAt.After(s.RetryAt) {
		s.RetryAt = v.RetryAt.UTC()
	}
	p.succeed(f.t, v, put, now)
	if time.Since(f.opened) < steadyAfter {
		s.Failures = failures
	}
	s.NextVisit, s.Following = time.Time{}, true
	return *s
}

// recordEnd notes why the stream ended and sets when it is opened again.
func (p *Poller) recordEnd(f *stream, err error) state {
	now := p.cfg.Now().UTC()
	v := Visit{Gone: f.gone}
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		v.Status, v.RetryAt, v.Gone = e.Status, e.Until.UTC(), v.Gone || e.Status == 410
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &f.t.state
	s.Following = false
	if v.Status != 0 {
		s.LastVisit, s.HTTPStatus = now, v.Status
	}
	if v.RetryAt.After(s.RetryAt) {
		s.RetryAt = v.RetryAt
	}
	if fetch.KindOf(err) == fetch.Waiting {
		s.NextVisit, s.Notice = now, sentence(err)
	} else {
		p.fail(f.t, v, err, now)
	}
	p.schedule(f.t, now)
	return *s
}

// closed makes room for the next stream of the source.
func (p *Poller) closed(s *stream) {
	p.mu.Lock()
	s.t.state.Following = false
	delete(p.streams, s.src.Key)
	if t := p.tasks[s.src.Key]; t != nil {
		p.enqueue(t)
	}
	p.mu.Unlock()
	p.poke()
}

func (p *Poller) logUnsaved(src Source, err error) {
	p.cfg.Log.Error("the state of a source cannot be saved", slog.String("source", src.Key), slog.Any("err", err))
}
