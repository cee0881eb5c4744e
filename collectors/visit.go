package collectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// cursorKey is the key of a cursor in the CursorStore. A cursor may be large,
// and is written when it changed.
func cursorKey(src Source) string { return "cursor." + src.Key }

// saveTime bounds a save after the end of the visits.
const saveTime = 5 * time.Second

// errSink marks that the stream, not the source, failed.
var errSink = errors.New("the stream did not confirm the items")

// visit makes one visit and all that follows from it. src is the source as it
// was when the visit began; depart frees its place for the next.
func (p *Poller) visit(ctx context.Context, t *task, src Source, depart func()) {
	p.metrics.running.Inc()
	defer p.metrics.running.Dec()
	began := time.Now()
	v, put, err := p.step(ctx, src, depart)
	if err != nil && (ctx.Err() != nil || errors.Is(err, errLost)) {
		return // the visit did not fail, it was ended; the state stays as it was
	}
	p.metrics.seconds.WithLabelValues(src.Kind).Observe(time.Since(began).Seconds())
	next := p.record(t, v, len(put), err)
	p.count(src, v, put, next)
	if err := p.saveState(src, next); err != nil {
		p.logUnsaved(src, err)
	}
}

// step visits the source and delivers what it found; put is what was published
// of it. When all is well at the host, the next of its sources need not wait for
// the delivery.
func (p *Poller) step(ctx context.Context, src Source, depart func()) (v Visit, put []item.Item, err error) {
	collector := p.collectors[src.Kind]
	if collector == nil {
		return Visit{}, nil, fmt.Errorf("kind %q is not known", src.Kind)
	}
	cursor, err := p.cursors.load(ctx, src)
	if err != nil {
		return Visit{}, nil, fmt.Errorf("its cursor cannot be loaded: %w", err)
	}
	v, visitErr := collector.Visit(ctx, src, cursor)
	switch {
	case visitErr != nil:
		v.Items = nil
	case v.RetryAt.IsZero() && !v.More:
		depart()
	}
	if hole, ok := p.hole(src, v); ok {
		v.Items = append(v.Items, hole)
	}
	put, err = p.deliver(ctx, src, v)
	return v, put, cmp.Or(err, visitErr)
}

// surelySlid is how many posts of a source must all be new for it to have
// moved past what was seen of it, without a visit having failed or come late.
// Short lists may simply be made afresh each day.
const surelySlid = 10

// hole returns the gap that a source left behind when it shows nothing any
// more of what it showed at the last visit that worked.
func (p *Poller) hole(src Source, v Visit) (item.Item, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tasks[src.Key]
	if v.Slid.IsZero() || t == nil || t.state.LastOK.IsZero() {
		return item.Item{}, false
	}
	s, to := &t.state, v.Slid.UTC()
	from := s.LastOK
	if !from.Before(to) {
		from = s.Newest
	}
	late := s.Failures > 0 || p.cfg.Now().Sub(s.LastOK) > 2*s.Interval
	if !from.Before(to) || !late && len(v.Items) < surelySlid {
		return item.Item{}, false
	}
	return item.Item{
		Schema: item.Schema, Op: item.Gap, Version: to.UnixMilli(), Kind: src.Kind, Source: src.Key, Via: []string{src.Key},
		GapFrom: &from, GapTo: &to,
	}, true
}

// deliver publishes what was found, as far as the policy allows, and then, only
// then, saves the cursor. It returns what was published.
func (p *Poller) deliver(ctx context.Context, src Source, v Visit) ([]item.Item, error) {
	n := shardOf(src.Key)
	if !p.mayWrite(n) {
		return nil, errLost
	}
	items := p.cfg.Policy.Apply(ctx, v.Items)
	if len(items) > 0 {
		if err := p.cfg.Sink.Put(ctx, items); err != nil {
			return nil, fmt.Errorf("%w, so they are fetched again: %w", errSink, err)
		}
	}
	if !p.mayWrite(n) { // the lease may have run out meanwhile
		return nil, errLost
	}
	if v.Cursor != nil {
		if err := p.cursors.save(ctx, src, v.Cursor); err != nil {
			return nil, fmt.Errorf("its cursor cannot be saved, so its items are fetched again: %w", err)
		}
	}
	return items, nil
}

// record writes the outcome into the state and sets the schedule.
func (p *Poller) record(t *task, v Visit, put int, err error) state {
	now := p.cfg.Now().UTC()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &t.state
	waiting := fetch.KindOf(err) == fetch.Waiting
	s.RetryAt, s.Address = v.RetryAt.UTC(), v.Address
	if !waiting {
		s.LastVisit, s.HTTPStatus = now, v.Status
		s.Visits++
	}
	switch {
	case waiting:
		s.NextVisit, s.Notice = v.RetryAt, sentence(err)
	case err != nil:
		p.fail(t, v, err, now)
	default:
		p.succeed(t, v, put, now)
	}
	p.schedule(t, now)
	if t.src.Group != "" && s.RetryAt.After(now) {
		p.holdGroup(t, now)
	}
	return *s
}

// schedule makes the source due at its next visit, but not before what was
// promised to its host. p.mu is held.
func (p *Poller) schedule(t *task, now time.Time) {
	s := &t.state
	if s.RetryAt.After(s.NextVisit) {
		s.NextVisit = s.RetryAt
	}
	s.NextVisit = s.NextVisit.UTC()
	t.due = p.inStep(s.NextVisit.Sub(now))
}

// inStep returns when to visit after a wait: at the next step, unless the wait
// is short.
func (p *Poller) inStep(wait time.Duration) time.Time {
	due := time.Now().Add(wait)
	if wait < stepsFrom {
		return due
	}
	return p.began.Add((due.Sub(p.began) + visitStep - 1).Truncate(visitStep))
}

// succeed notes a visit that worked and published put items. The pace and the
// newest date are those of the source, whatever was published of it.
func (p *Poller) succeed(t *task, v Visit, put int, now time.Time) {
	s := &t.state
	s.State = StateOK
	if v.Unchanged {
		s.State = StateUnchanged
	}
	s.tell(true, now)
	s.learnRate(v.Items, now)
	s.LastOK, s.Error, s.Failures, s.Notice, s.Missing = now, "", 0, v.Notice, time.Time{}
	for _, it := range v.Items {
		if it.Published.After(s.Newest) {
			s.Newest = it.Published
		}
	}
	s.Items += uint64(put)
	s.Wish, s.Skip = v.Wait, v.Skip
	p.setPace(t.src, s)
	s.NextVisit = p.nextVisit(t.src, s, now)
	if v.More {
		s.NextVisit = now
	}
}

func (p *Poller) fail(t *task, v Visit, err error, now time.Time) {
	s := &t.state
	s.Error = sentence(err)
	s.tell(false, now)
	s.Failures++
	s.missing(v.Status, now)
	log := p.cfg.Log.With(slog.String("source", t.src.Key), slog.String("kind", t.src.Kind), slog.Any("err", err))
	switch {
	case v.Gone || v.Status == http.StatusNotFound && now.Sub(s.Missing) >= missingEnd:
		if !v.Gone {
			s.Error = missingSentence
		}
		s.State, s.NextVisit = StateStopped, time.Time{}
		log.Warn("a source ended for good")
		return
	case errors.Is(err, errSink):
		s.Failures--
		s.NextVisit = now.Add(sinkRetry)
	default:
		s.NextVisit = p.nextTry(t.src, s, now)
	}
	s.State = StateFailing
	log.Warn("a visit failed", slog.Time("next", s.NextVisit))
}

const missingSentence = "there was nothing at this address for 30 days (404), so it is visited no more; give its new address, or remove it"

// missing notes since when a source is not found.
func (s *state) missing(status int, now time.Time) {
	switch {
	case status == http.StatusNotFound && s.Missing.IsZero():
		s.Missing = now
	case status != http.StatusNotFound && status != 0:
		s.Missing = time.Time{}
	}
}

// holdGroup keeps visits away from the whole group of a source whose host
// asked for a pause. p.mu is held.
func (p *Poller) holdGroup(from *task, now time.Time) {
	for _, t := range p.tasks {
		if t != from && t.src.Group == from.src.Group && t.loaded && t.state.RetryAt.Before(from.state.RetryAt) {
			t.state.RetryAt = from.state.RetryAt
			p.schedule(t, now)
			p.enqueue(t)
		}
	}
}

func (p *Poller) count(src Source, v Visit, put []item.Item, s state) {
	p.metrics.visits.WithLabelValues(src.Kind, s.State).Inc()
	p.metrics.bytes.WithLabelValues(src.Kind).Add(float64(v.Bytes))
	for i := range put {
		p.metrics.items.WithLabelValues(src.Kind, string(put[i].Op)).Inc()
	}
}

// sentence is an error as the page of sources shows it.
func sentence(err error) string {
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return e.Sentence
	}
	if e, ok := errors.AsType[*FormatError](err); ok {
		return e.Sentence
	}
	return err.Error()
}

// hostPort is the unit of politeness of an address.
func hostPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return fetch.Host(u)
}
