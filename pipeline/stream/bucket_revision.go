package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// LoadRevision returns the value of key and its revision; revision 0 means that
// there is none. In a cluster the answer may be that of a copy which is a little
// behind, so what is decided by it must be written with SaveRevision.
func (b *Bucket) LoadRevision(ctx context.Context, key string) ([]byte, uint64, error) {
	k, err := b.key(key)
	if err != nil {
		return nil, 0, err
	}
	e, err := b.kv.Get(ctx, k)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("stream: load %q from bucket %s: %w", key, b.name, err)
	}
	return e.Value(), e.Revision(), nil
}

// SaveRevision stores value where key still has this revision (0: has no value)
// and returns the new one once it is confirmed on disk; false where somebody
// else wrote before. After an error it may be stored or not.
func (b *Bucket) SaveRevision(ctx context.Context, key string, value []byte, revision uint64) (uint64, bool, error) {
	k, err := b.key(key)
	if err != nil {
		return 0, false, err
	}
	var after uint64
	if revision == 0 {
		after, err = b.kv.Create(ctx, k, value)
	} else {
		after, err = b.kv.Update(ctx, k, value, revision)
	}
	switch {
	case errors.Is(err, jetstream.ErrKeyExists) || hasCode(err, codeWrongSequence, codeWrongSequenceConstant):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("stream: save %q in bucket %s: %w", key, b.name, err)
	}
	return after, true, nil
}

// Error codes of a revision that is not the last one any more.
const (
	codeWrongSequence         = 10071
	codeWrongSequenceConstant = 10164
)
