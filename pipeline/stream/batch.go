package stream

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"vantage/collectors/item"
)

// Rejected is a message that is no valid item.
type Rejected struct {
	Seq uint64 // in the stream
	Err error
}

// Batch is what Next returned. It must end in Ack or Nak; otherwise its
// messages come again.
type Batch struct {
	Items    []item.Item
	Seqs     []uint64 // stream sequence of each item
	Rejected []Rejected
	Bytes    int
	Oldest   time.Time // when the stream took the oldest message
	Pending  uint64    // messages still waiting on the stream after this batch

	s       *Stream
	replies []string // where each message is acknowledged: items first, in their order, then rejected
	acked   int      // of replies
}

// decode makes a batch of messages, on all processors.
func (s *Stream) decode(msgs []*nats.Msg) (*Batch, error) {
	n := len(msgs)
	b := &Batch{s: s, Items: make([]item.Item, n), Seqs: make([]uint64, n), replies: make([]string, n)}
	places, errs := make([]place, n), make([]error, n)
	each(n, func(i int) {
		if places[i], errs[i] = placeOf(msgs[i].Reply); errs[i] == nil {
			errs[i] = decodeItem(msgs[i].Data, &b.Items[i])
		}
	})
	var bad []string
	n = 0
	for i, p := range places {
		if p.seq == 0 {
			return nil, errs[i]
		}
		b.note(p, len(msgs[i].Data))
		if errs[i] != nil {
			b.Rejected = append(b.Rejected, Rejected{Seq: p.seq, Err: errs[i]})
			bad = append(bad, msgs[i].Reply)
			continue
		}
		if n < i {
			b.Items[n] = b.Items[i]
		}
		b.Seqs[n], b.replies[n] = p.seq, msgs[i].Reply
		n++
	}
	b.Items, b.Seqs, b.replies = b.Items[:n], b.Seqs[:n], append(b.replies[:n], bad...)
	return b, nil
}

func (b *Batch) note(p place, size int) {
	b.Bytes += size
	b.Pending = p.pending
	if at := time.Unix(0, p.nanos); b.Oldest.IsZero() || at.Before(b.Oldest) {
		b.Oldest = at
	}
}

// each runs f for 0 <= i < n on all processors; small n stays on one.
func each(n int, f func(int)) {
	const share = 64
	workers := min(runtime.GOMAXPROCS(0), (n+share-1)/share)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				f(i)
			}
		})
	}
	wg.Wait()
}

// What is said of a message (NATS architecture decision record 15).
var (
	done   = []byte("+ACK")
	refuse = []byte("+TERM not a valid item")
)

// Ack confirms the batch: items as done, rejected messages as never to be tried
// again. It returns when the server has taken note of all of it. Ack may be
// called again after an error.
func (b *Batch) Ack(ctx context.Context) error {
	for b.acked < len(b.replies) {
		if err := b.ack(ctx, b.acked); err != nil {
			return fmt.Errorf("stream: acknowledge %d messages at %s: %w", len(b.replies)-b.acked, b.s.where(), err)
		}
		b.acked++
	}
	return nil
}

// ack sends one acknowledgement. The server handles them in order, so waiting
// for the answer to the last is waiting for all.
func (b *Batch) ack(ctx context.Context, i int) error {
	rejected, last := i >= len(b.Items), i == len(b.replies)-1
	switch {
	case rejected && last:
		return errors.Join(b.s.nc.Publish(b.replies[i], refuse), b.s.flush(ctx))
	case rejected:
		return b.s.nc.Publish(b.replies[i], refuse)
	case last:
		ctx, cancel := context.WithTimeout(ctx, confirmWait)
		defer cancel()
		_, err := b.s.nc.RequestWithContext(ctx, b.replies[i], done)
		return err
	}
	return b.s.nc.Publish(b.replies[i], done)
}

// Nak gives the batch back, to be handed out again after delay.
func (b *Batch) Nak(delay time.Duration) error {
	later := fmt.Appendf(nil, `-NAK {"delay":%d}`, delay)
	for _, reply := range b.replies[b.acked:] {
		if err := b.s.nc.Publish(reply, later); err != nil {
			return fmt.Errorf("stream: give messages back: %w", err)
		}
	}
	return b.s.flush(context.Background())
}

// flush waits until the server has read everything sent before.
func (s *Stream) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	if err := s.nc.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("stream: confirm acknowledgements at %s: %w", s.where(), err)
	}
	return nil
}
