package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// State describes the stream and what the pipeline has not yet stored.
type State struct {
	Messages uint64 // held, stored or not
	Bytes    uint64 // held on disk
	MaxBytes int64
	LastSeq  uint64
	Pending  uint64 // not yet handed to the pipeline
	Unacked  int    // handed out, not yet stored
	Stored   uint64 // sequence up to which everything is stored
}

// State asks the server. Before the first pipeline ran everything is pending.
func (s *Stream) State(ctx context.Context) (State, error) {
	info, err := s.items.Info(ctx)
	if err != nil {
		return State{}, fmt.Errorf("stream: state of %s at %s: %w", Name, s.where(), err)
	}
	st := State{
		Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: info.Config.MaxBytes,
		LastSeq: info.State.LastSeq, Pending: info.State.Msgs,
	}
	cons, err := s.items.Consumer(ctx, Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return st, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("stream: state of the consumer at %s: %w", s.where(), err)
	}
	at := cons.CachedInfo()
	st.Pending, st.Unacked, st.Stored = at.NumPending, at.NumAckPending, at.AckFloor.Stream
	return st, nil
}

// Announce tells every listener, in all processes, that charts changed.
func (s *Stream) Announce(ctx context.Context, generation uint64) error {
	if err := s.nc.Publish(live, strconv.AppendUint(nil, generation, 10)); err != nil {
		return fmt.Errorf("stream: announce generation %d: %w", generation, err)
	}
	return s.flush(ctx)
}

// Listen calls f for every announcement from now on, one at a time, until stop
// is called. What is announced while the connection is down is not repeated.
func (s *Stream) Listen(ctx context.Context, f func(generation uint64)) (stop func(), err error) {
	sub, err := s.nc.Subscribe(live, func(m *nats.Msg) {
		if n, err := strconv.ParseUint(string(m.Data), 10, 64); err == nil {
			f(n)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("stream: listen to %s: %w", live, err)
	}
	if err := s.flush(ctx); err != nil {
		return nil, errors.Join(err, sub.Unsubscribe())
	}
	return func() { _ = sub.Unsubscribe() }, nil // fails only when the connection is gone already
}
