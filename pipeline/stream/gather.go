package stream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// gatherWait is how long the items of one caller wait for those of others: a
	// batch costs the server some 3 ms of processor time, for its staging folder
	// and for being synced, whatever it holds.
	gatherWait = 200 * time.Millisecond
	// manyItems are worth a batch of their own.
	manyItems = batchItems / 2
)

// gathering makes one batch of what several callers put at about the same time,
// as the feeds of a first round do. Each caller returns when the batch is
// confirmed.
type gathering struct {
	wait time.Duration // gatherWait
	mu   sync.Mutex
	open *group // takes more; nil: there is none
}

// group is one batch in the making. msgs, known and bytes are guarded by
// gathering.mu while it is open, waiting always; err is read after done.
type group struct {
	msgs    []*nats.Msg
	known   map[string]struct{} // message ids
	bytes   int
	waiting int // callers who have not given up
	ctx     context.Context
	cancel  context.CancelFunc
	full    chan struct{}
	done    chan struct{}
	err     error
}

// gather stores the messages together with those of other callers. A caller who
// gives up leaves the others to it; the last one ends it.
func (s *Stream) gather(ctx context.Context, msgs []*nats.Msg) error {
	g := s.join(msgs)
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		s.gathering.mu.Lock()
		defer s.gathering.mu.Unlock()
		if g.waiting--; g.waiting == 0 {
			s.close(g)
			g.cancel()
		}
		return ctx.Err()
	}
}

// join adds messages to the open group, or opens one.
func (s *Stream) join(msgs []*nats.Msg) *group {
	s.gathering.mu.Lock()
	defer s.gathering.mu.Unlock()
	g := s.gathering.open
	if g != nil && !s.fits(g, msgs) {
		s.close(g)
		g = nil
	}
	if g == nil {
		g = &group{known: map[string]struct{}{}, full: make(chan struct{}), done: make(chan struct{})}
		g.ctx, g.cancel = context.WithCancel(context.Background())
		s.gathering.open = g
		go s.send(g)
	}
	g.add(msgs)
	return g
}

// isGathering says that a group is open already, so that a few items more cost
// next to nothing.
func (s *Stream) isGathering() bool {
	s.gathering.mu.Lock()
	defer s.gathering.mu.Unlock()
	return s.gathering.open != nil
}

func (s *Stream) fits(g *group, msgs []*nats.Msg) bool {
	bytes := g.bytes
	for _, m := range msgs {
		bytes += m.Size()
	}
	return len(g.msgs)+len(msgs) <= batchItems && bytes <= s.batchLimit()
}

// add leaves out what another caller has put already, as the server would: it
// refuses a batch that holds a message twice.
func (g *group) add(msgs []*nats.Msg) {
	g.waiting++
	for _, m := range msgs {
		id := m.Header.Get(jetstream.MsgIDHeader)
		if _, ok := g.known[id]; ok {
			continue
		}
		g.known[id] = struct{}{}
		g.msgs, g.bytes = append(g.msgs, m), g.bytes+m.Size()
	}
}

// close lets nothing more in. gathering.mu is held.
func (s *Stream) close(g *group) {
	if s.gathering.open == g {
		s.gathering.open = nil
		close(g.full)
	}
}

// send waits for the group to be complete and stores it.
func (s *Stream) send(g *group) {
	defer close(g.done)
	defer g.cancel()
	t := time.NewTimer(s.gathering.wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-g.full:
	case <-g.ctx.Done():
	}
	s.gathering.mu.Lock()
	s.close(g)
	s.gathering.mu.Unlock()
	g.err = s.putAll(g.ctx, g.msgs)
}

// putAll stores messages in as many batches as they need.
func (s *Stream) putAll(ctx context.Context, msgs []*nats.Msg) error {
	for len(msgs) > 0 {
		n := s.batchLen(msgs)
		if err := s.putBatch(ctx, msgs[:n]); err != nil {
			return fmt.Errorf("stream: publish %d items to %s: %w", n, s.where(), err)
		}
		msgs = msgs[n:]
	}
	return nil
}
