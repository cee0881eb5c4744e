package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"vantage/collectors/item"
)

const (
	// erasing is how many erasures are under way at once.
	erasing    = 8
	getSubject = "$JS.API.STREAM.MSG.GET." + Name
)

// What a server says of a sequence that it does not hold.
const (
	codeNoMessage  = 10037
	codeDeleteFail = 10057
)

// Erasure names a message to erase: the one at Seq, if it carries post ID in a
// version up to Version. A sequence alone does not name a message for ever: a
// stream that was made anew, or restored from a backup, gives it out again.
type Erasure struct {
	Seq     uint64
	ID      string
	Version uint64
}

// Erase removes messages and overwrites their bytes on disk. Sequences that the
// stream no longer holds are fine, and those that hold another message now are
// left alone.
func (s *Stream) Erase(ctx context.Context, list []Erasure) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(erasing)
	for _, e := range list {
		g.Go(func() error {
			if err := s.erase(ctx, e); err != nil {
				return fmt.Errorf("stream: erase message %d: %w", e.Seq, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// erase reads the message before it removes it: 0.2 ms beside the 5 ms that the
// removal takes to reach the disk (BenchmarkErase).
func (s *Stream) erase(ctx context.Context, e Erasure) error {
	there, err := s.holds(ctx, e)
	if err != nil || !there {
		return err
	}
	err = s.items.SecureDeleteMsg(ctx, e.Seq)
	if !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) && !hasCode(err, codeNoMessage, codeDeleteFail) {
		return err
	}
	if there, again := s.holds(ctx, e); again != nil || there {
		return err
	}
	return nil
}

// holds tells whether the message is there. It asks for the bytes alone: the
// client's GetMsg fails for ever on headers that it cannot read.
func (s *Stream) holds(ctx context.Context, e Erasure) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	reply, err := s.nc.RequestWithContext(ctx, getSubject, fmt.Appendf(nil, `{"seq":%d}`, e.Seq))
	if err != nil {
		return false, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Data []byte `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return false, fmt.Errorf("answer of %d bytes: %w", len(reply.Data), err)
	}
	if answer.Error != nil {
		if hasCode(answer.Error, codeNoMessage) {
			return false, nil
		}
		return false, answer.Error
	}
	var it item.Item
	_ = decodeItem(answer.Message.Data, &it) // what is no valid item any more may still be the post
	return it.ID == e.ID && uint64(it.Version) <= e.Version, nil
}
