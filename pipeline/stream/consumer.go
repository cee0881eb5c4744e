package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Limits of the consumer, measured at 9 to 11 us a message with one
// acknowledgement each.
const (
	maxAckPending = 40_000
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
	cfg BatchConfig
	s   *Stream
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
	err := patiently(ctx, func() error {
		_, err := s.items.CreateOrUpdateConsumer(ctx, s.consumerConfig())
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
	return &Consumer{cfg: cfg, s: s}, nil
}

// consumerConfig has each message acknowledged by itself. One acknowledgement for
// a whole batch would save 4 to 7 of 26 us of CPU a message (BenchmarkDrain), but
// with that policy the server takes a message that is erased from the stream
// while it is in hand for the acknowledgement of everything before it
// (processTerm of nats-server 2.15), stored or not, and so it does with one that
// was sent and never arrived.
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
	var msgs []*nats.Msg
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
func (c *Consumer) collect() ([]*nats.Msg, error) {
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
