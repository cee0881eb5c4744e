package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// erasing is how many erasures are under way at once.
const erasing = 8

// codeNoMessage is what a server says of a sequence that it does not hold.
const (
	codeNoMessage  = 10037
	codeDeleteFail = 10057
)

// Erase removes messages and overwrites their bytes on disk. Sequences that the
// stream no longer holds are fine.
func (s *Stream) Erase(ctx context.Context, seqs []uint64) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(erasing)
	for _, seq := range seqs {
		g.Go(func() error {
			err := s.items.SecureDeleteMsg(ctx, seq)
			if err == nil || errors.Is(err, jetstream.ErrMsgNotFound) || s.gone(ctx, err, seq) {
				return nil
			}
			return fmt.Errorf("stream: erase message %d: %w", seq, err)
		})
	}
	return g.Wait()
}

// gone tells a message that was removed before from one that could not be.
func (s *Stream) gone(ctx context.Context, err error, seq uint64) bool {
	if !errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) && !hasCode(err, codeNoMessage, codeDeleteFail) {
		return false
	}
	_, err = s.items.GetMsg(ctx, seq)
	return errors.Is(err, jetstream.ErrMsgNotFound)
}
