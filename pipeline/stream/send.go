package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// singles is how many single publishes may wait for their confirmation.
const singles = 256

// Headers of the atomic batch protocol, NATS architecture decision record 50.
const (
	headerBatchID     = "Nats-Batch-Id"
	headerBatchSeq    = "Nats-Batch-Sequence"
	headerBatchCommit = "Nats-Batch-Commit"
)

// sendAtomic publishes the messages as one batch: all or none. The first is
// confirmed as accepted, the last commits; between them there is no reply.
func (s *Stream) sendAtomic(ctx context.Context, msgs []*nats.Msg) error {
	id := nuid.Next()
	for i, m := range msgs {
		b := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: make(nats.Header, 4)}
		b.Header[jetstream.MsgIDHeader] = m.Header[jetstream.MsgIDHeader]
		b.Header[headerBatchID] = []string{id}
		b.Header[headerBatchSeq] = []string{strconv.Itoa(i + 1)}
		if i == len(msgs)-1 {
			b.Header[headerBatchCommit] = []string{"1"}
		}
		if err := s.sendPart(ctx, b, i == 0, i == len(msgs)-1); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stream) sendPart(ctx context.Context, m *nats.Msg, first, last bool) error {
	if !first && !last {
		return s.nc.PublishMsg(m)
	}
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	reply, err := s.nc.RequestMsgWithContext(ctx, m)
	if err != nil {
		return err
	}
	return confirmed(reply.Data, last)
}

// confirmed reads an answer of the server. Only the commit has a body when all
// is well.
func confirmed(body []byte, last bool) error {
	if len(body) == 0 && !last {
		return nil
	}
	var ack struct {
		Error *jetstream.APIError `json:"error"`
		Seq   uint64              `json:"seq"`
		Batch string              `json:"batch"`
	}
	if err := json.Unmarshal(body, &ack); err != nil {
		return fmt.Errorf("answer %q of the server: %w", body, err)
	}
	switch {
	case ack.Error != nil:
		return ack.Error
	case ack.Batch == "":
		return errors.New("the server does not know atomic batches; it needs NATS 2.12 or later")
	}
	return nil
}

// sendSingly publishes the messages one after the other without waiting between
// them; the server drops repeats and confirms them too.
func (s *Stream) sendSingly(ctx context.Context, msgs []*nats.Msg) error {
	acks := make([]jetstream.PubAckFuture, 0, len(msgs))
	for _, m := range msgs {
		c := &nats.Msg{Subject: m.Subject, Data: m.Data, Header: m.Header}
		f, err := s.js.PublishMsgAsync(c, jetstream.WithStallWait(confirmWait))
		if err != nil {
			return errors.Join(err, wait(ctx, acks))
		}
		acks = append(acks, f)
	}
	return wait(ctx, acks)
}

// wait returns the first error among the confirmations.
func wait(ctx context.Context, acks []jetstream.PubAckFuture) error {
	timeout := time.NewTimer(2 * confirmWait)
	defer timeout.Stop()
	var first error
	for _, a := range acks {
		select {
		case <-a.Ok():
		case err := <-a.Err():
			if first == nil {
				first = err
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout.C:
			return nats.ErrTimeout
		}
	}
	return first
}
