package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"vantage/collectors/item"
)

const (
	// batchItems is the most that a server takes as one atomic batch by default.
	batchItems = 1000
	// batchBytes keeps a batch of long texts well under the 128 MiB that a
	// server buffers for a stream.
	batchBytes = 8 << 20
	// fewItems are quicker one by one: a batch costs about as much as 16 single
	// confirmations before its first item (measured on a busy machine: 20 ms
	// for 2 to 20 items as a batch, 1 ms an item singly).
	fewItems = 16
	// together is how many batches may be under way; a server takes 50 for a
	// stream, of all its clients.
	together = 16
	// confirmWait is how long a confirmation may take before the batch is sent
	// again under a new batch id; repeats are dropped by message id.
	confirmWait = 10 * time.Second
	firstWait   = 20 * time.Millisecond
	longestWait = 2 * time.Second
	// patience is how long a cluster may be without a leader, or out of reach: it
	// takes one 4 to 9 s to choose another, more when its servers are busy.
	patience = time.Minute
)

// Put publishes items and returns when the server confirmed all of them on
// disk. Items that the stream holds already (same id and version) are left
// out. After an error some may be stored; calling Put again with the same items
// is safe. When the stream is full Put waits for room until ctx ends.
func (s *Stream) Put(ctx context.Context, items []item.Item) error {
	msgs, err := s.messages(items)
	if err != nil {
		return err
	}
	if n := len(msgs); n > 0 && n < manyItems && (n >= fewItems || s.isGathering()) {
		return s.gather(ctx, msgs)
	}
	return s.putAll(ctx, msgs)
}

// messages encodes the items, without repeats of the same id and version.
func (s *Stream) messages(items []item.Item) ([]*nats.Msg, error) {
	msgs := make([]*nats.Msg, 0, len(items))
	known := make(map[string]struct{}, len(items))
	for i := range items {
		it := &items[i]
		if err := it.Check(); err != nil {
			return nil, fmt.Errorf("stream: item %q from %s refused: %w", it.ID, it.Source, err)
		}
		id := messageID(it)
		if _, ok := known[id]; ok {
			continue
		}
		known[id] = struct{}{}
		m, err := s.message(it, id)
		if err != nil {
			return nil, err
		}
		msgs = append(msgs, m)
	}
	return msgs, nil
}

func (s *Stream) message(it *item.Item, id string) (*nats.Msg, error) {
	b, err := it.Encode()
	if err != nil {
		return nil, fmt.Errorf("stream: encode item %q: %w", it.ID, err)
	}
	// A batch adds three headers of well under 200 bytes.
	if limit := s.nc.MaxPayload(); int64(len(b)+len(id)+512) > limit {
		return nil, fmt.Errorf("stream: item %q has %d bytes, the server at %s takes %d; shorten the text or raise max_payload", it.ID, len(b), s.where(), limit)
	}
	return &nats.Msg{Subject: it.Subject(), Data: b, Header: nats.Header{jetstream.MsgIDHeader: {id}}}, nil
}

// messageID is the item's own, but for deletes, which are no repeat of a post of
// the same version, and for gaps and closed accounts, which have no id: theirs
// names the source and the author.
func messageID(it *item.Item) string {
	switch {
	case it.Op == item.Delete:
		return it.MsgID() + " " + string(it.Op)
	case it.ID != "":
		return it.MsgID()
	}
	return string(it.Op) + " " + it.Source + " " + it.AuthorRef + it.MsgID()
}

// batchLimit is how many bytes go into one batch. It never takes more than an
// eighth of the stream, so that it fits once there is room.
func (s *Stream) batchLimit() int { return min(batchBytes, int(s.cfg.MaxBytes/8)) }

// batchLen returns how many messages go into the next batch.
func (s *Stream) batchLen(msgs []*nats.Msg) int {
	limit, size := s.batchLimit(), 0
	for i, m := range msgs {
		size += m.Size()
		if i > 0 && size > limit || i == batchItems {
			return i
		}
	}
	return len(msgs)
}

// putBatch stores one batch, whatever it takes short of the end of ctx.
func (s *Stream) putBatch(ctx context.Context, msgs []*nats.Msg) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	send := s.sendAtomic
	if len(msgs) < fewItems {
		send = s.sendSingly
	}
	wait := firstWait
	for {
		err := patiently(ctx, func() error { return send(ctx, msgs) })
		switch {
		case hasCode(err, codeBatchDuplicate):
			send = s.sendSingly
			continue
		case !isFull(err) || ctx.Err() != nil:
			return err
		}
		s.makeRoom(ctx)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, longestWait)
	}
}

// patiently calls f again while its error is one that passes.
func patiently(ctx context.Context, f func() error) error {
	wait, until := firstWait, time.Now().Add(patience)
	for {
		err := f()
		if err == nil || !passing(err) || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		if sleep(ctx, wait) != nil {
			return err
		}
		wait = min(2*wait, longestWait)
	}
}

// makeRoom drops the oldest messages that the pipeline has stored already: they
// are only kept for a replay. What is not stored yet is never dropped.
func (s *Stream) makeRoom(ctx context.Context) {
	s.full.Do(func() {
		s.log.Warn("the stream is full; publishing waits until the pipeline has caught up",
			slog.Int64("max_bytes", s.cfg.MaxBytes), slog.String("stream", s.where()))
	})
	cons, err := s.items.Consumer(ctx, Durable)
	if err != nil {
		return // nothing is stored yet: wait
	}
	info, err := s.items.Info(ctx)
	if err != nil {
		return // the next attempt to publish meets the same trouble and reports it
	}
	floor := cons.CachedInfo().AckFloor.Stream
	first, last := info.State.FirstSeq, info.State.LastSeq
	upTo := min(floor+1, first+max((last-first)/4, 1)) // a quarter at a time
	if upTo > first {
		_ = s.items.Purge(ctx, jetstream.WithPurgeSequence(upTo)) // fails as publishing does
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Error codes of nats-server 2.12 and later (errors.json).
const (
	codeResources       = 10023 // insufficient resources: the disk or the server's own cap
	codeAccountFull     = 10002
	codeNotAvailable    = 10008 // the cluster is choosing a leader
	codeNotLeader       = 10009
	codeStorageFull     = 10047
	codeStoreFailed     = 10077 // "maximum bytes exceeded"
	codeBatchIncomplete = 10176
	codeBatchDuplicate  = 10201
	codeBatchInflight   = 10210
	codeTooManyRequests = 10167
)

func hasCode(err error, codes ...int) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if int(api.ErrorCode) == c {
			return true
		}
	}
	return false
}

// isFull says that the server refused for want of room, which passes.
func isFull(err error) bool {
	return hasCode(err, codeResources, codeAccountFull, codeStorageFull, codeStoreFailed)
}

// passing says that the same request may go through a little later.
func passing(err error) bool {
	return hasCode(err, codeBatchIncomplete, codeBatchInflight, codeTooManyRequests, codeNotAvailable, codeNotLeader) ||
		errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, jetstream.ErrAsyncPublishTimeout) || errors.Is(err, jetstream.ErrTooManyStalledMsgs) ||
		errors.Is(err, nats.ErrDisconnected) || errors.Is(err, nats.ErrReconnectBufExceeded)
}
