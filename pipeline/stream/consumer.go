package stream

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"vantage/collectors/item"
)

// Limits of the consumer, measured at 9 to 11 us a message with one
// acknowledgement each.
const (
	maxAckPending = 20_000
	// ackWait is when a message comes again that nobody acknowledged.
	ackWait = time.Minute
	// idleWait bounds one wait for the first message, and so how long Next
	// takes to notice that its context ended.
	idleWait = 500 * time.Millisecond
	// requestItems bounds one request, and so what comes beyond BatchConfig.Bytes
	// where messages grow. A request has no limit of bytes itself: a replicated
	// server answers that such a one is complete before it sends the last
	// message, which would then come too late, and again only after ackWait.
	requestItems = 1000
	// quietWait is how long nothing comes between two feeds of a round of
	// visits, at most; after that a batch waits no longer.
	quietWait = 200 * time.Millisecond
)

// BatchConfig bounds one batch. The zero value means the defaults.
type BatchConfig struct {
	Items int // default 5,000
	Bytes int // default 32 MB, roughly
	// Linger is how long a batch waits to become full while messages keep
	// coming, default 50 ms.
	Linger time.Duration
}

// Consumer hands out what is on the stream, in batches. One goroutine calls
// Next; batches may be acknowledged from others.
type Consumer struct {
	cfg  BatchConfig
	s    *Stream
	cons jetstream.Consumer
}

// Batches opens the durable consumer of the pipeline. On an embedded stream
// what was handed out but not acknowledged before comes again at once; on a
// remote one after a minute, since another pipeline may be at work on it.
func (s *Stream) Batches(ctx context.Context, cfg BatchConfig) (*Consumer, error) {
	if cfg.Items <= 0 {
		cfg.Items = 5000
	}
	if cfg.Bytes <= 0 {
		cfg.Bytes = 32 << 20
	}
	if cfg.Linger <= 0 {
		cfg.Linger = 50 * time.Millisecond
	}
	var cons jetstream.Consumer
	err := patiently(ctx, func() (err error) {
		cons, err = s.items.CreateOrUpdateConsumer(ctx, s.consumerConfig())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("stream: consumer %s at %s: %w", Durable, s.where(), err)
	}
	if s.server != nil {
		if _, err := s.items.ResetConsumer(ctx, Durable); err != nil {
			return nil, fmt.Errorf("stream: start consumer %s from its last acknowledgement: %w", Durable, err)
		}
	}
	return &Consumer{cfg: cfg, s: s, cons: cons}, nil
}

func (s *Stream) consumerConfig() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       Durable,
		Description:   "Vantage: tag and store",
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       ackWait,
		MaxAckPending: maxAckPending,
		MaxDeliver:    -1,
		Replicas:      s.cfg.Replicas,
	}
}

// Next returns the next batch of at least one message. It waits shortly for
// more when there is little, and without end when there is nothing. The error
// is that of ctx, or of the server.
func (c *Consumer) Next(ctx context.Context) (*Batch, error) {
	var msgs []jetstream.Msg
	for len(msgs) == 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if msgs, err = c.collect(); err != nil {
			return nil, fmt.Errorf("stream: fetch from %s: %w", c.s.where(), err)
		}
	}
	return c.s.decode(msgs)
}

// collect waits for one message, and then for more: until the batch is full,
// nothing came for a moment, or the linger time is over and nothing waits. No
// request is abandoned before it expired: what it would still receive would be
// lost until ackWait.
func (c *Consumer) collect() ([]jetstream.Msg, error) {
	got := gathered{}
	err := c.fetch(&got, 1, idleWait)
	began := time.Now()
	for err == nil && len(got.msgs) > 0 && c.room(got) > 0 {
		if got.waiting == 0 && time.Since(began) >= c.cfg.Linger {
			break
		}
		before := len(got.msgs)
		if err = c.fetch(&got, c.room(got), min(c.cfg.Linger, quietWait)); len(got.msgs) == before {
			break
		}
	}
	if len(got.msgs) > 0 {
		return got.msgs, nil // the next call meets the same error
	}
	return nil, err
}

// room is how many messages the next request may bring, at the mean size of
// those that came.
func (c *Consumer) room(got gathered) int {
	mean := max(got.bytes/len(got.msgs), 1)
	return min(c.cfg.Items-len(got.msgs), (c.cfg.Bytes-got.bytes)/mean, requestItems)
}

// gathered is what several requests brought.
type gathered struct {
	msgs    []jetstream.Msg
	bytes   int
	waiting uint64 // messages on the stream behind the last one
}

func (c *Consumer) fetch(got *gathered, n int, wait time.Duration) error {
	b, err := c.cons.Fetch(n, jetstream.FetchMaxWait(wait))
	if err != nil {
		return err
	}
	for m := range b.Messages() {
		got.msgs = append(got.msgs, m)
		got.bytes += len(m.Data())
	}
	if len(got.msgs) > 0 {
		meta, err := got.msgs[len(got.msgs)-1].Metadata()
		if err != nil {
			return err
		}
		got.waiting = meta.NumPending
	}
	if err := b.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) {
		return err
	}
	return nil
}

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

	s    *Stream
	msgs []jetstream.Msg // items first, in their order, then rejected
}

// decode makes a batch of messages, on all processors.
func (s *Stream) decode(msgs []jetstream.Msg) (*Batch, error) {
	b := &Batch{s: s, Items: make([]item.Item, len(msgs)), Seqs: make([]uint64, len(msgs)), msgs: msgs}
	metas, errs := make([]*jetstream.MsgMetadata, len(msgs)), make([]error, len(msgs))
	each(len(msgs), func(i int) {
		if metas[i], errs[i] = msgs[i].Metadata(); errs[i] == nil {
			b.Items[i], errs[i] = decodeItem(msgs[i].Data())
		}
	})
	var bad []jetstream.Msg
	n := 0
	for i, m := range metas {
		if m == nil {
			return nil, fmt.Errorf("stream: message without stream metadata: %w", errs[i])
		}
		b.note(m, len(msgs[i].Data()))
		if errs[i] != nil {
			b.Rejected = append(b.Rejected, Rejected{Seq: m.Sequence.Stream, Err: errs[i]})
			bad = append(bad, msgs[i])
			continue
		}
		b.Items[n], b.Seqs[n], b.msgs[n] = b.Items[i], m.Sequence.Stream, msgs[i]
		n++
	}
	b.Items, b.Seqs, b.msgs = b.Items[:n], b.Seqs[:n], append(b.msgs[:n], bad...)
	return b, nil
}

func (b *Batch) note(m *jetstream.MsgMetadata, size int) {
	b.Bytes += size
	b.Pending = m.NumPending
	if b.Oldest.IsZero() || m.Timestamp.Before(b.Oldest) {
		b.Oldest = m.Timestamp
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

// Ack confirms the batch: items as done, rejected messages as never to be tried
// again. It returns when the server has taken note of all of it. Ack may be
// called again after an error.
func (b *Batch) Ack(ctx context.Context) error {
	for i, m := range b.msgs {
		if err := b.ack(ctx, i, m); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
			return fmt.Errorf("stream: acknowledge %d messages at %s: %w", len(b.msgs)-i, b.s.where(), err)
		}
	}
	return nil
}

// ack sends one acknowledgement. The server handles them in order, so waiting
// for the answer to the last is waiting for all.
func (b *Batch) ack(ctx context.Context, i int, m jetstream.Msg) error {
	rejected, last := i >= len(b.Items), i == len(b.msgs)-1
	switch {
	case rejected && last:
		return errors.Join(m.TermWithReason("not a valid item"), b.s.flush(ctx))
	case rejected:
		return m.TermWithReason("not a valid item")
	case last:
		ctx, cancel := context.WithTimeout(ctx, confirmWait)
		defer cancel()
		return m.DoubleAck(ctx)
	}
	return m.Ack()
}

// Nak gives the batch back, to be handed out again after delay.
func (b *Batch) Nak(delay time.Duration) error {
	for _, m := range b.msgs {
		if err := m.NakWithDelay(delay); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
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
