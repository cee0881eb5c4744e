package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Watch calls fn with every key and value of the bucket, then ready once, and
// then fn again for each change, one at a time and in order, until ctx ends; it
// then returns nil. A nil value says that the key was deleted. Every process
// that watches sees every change; after a lost connection it sees what it
// missed. ready may be nil.
func (b *Bucket) Watch(ctx context.Context, fn func(key string, value []byte), ready func()) error {
	w, err := b.kv.WatchAll(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stream: watch bucket %s: %w", b.name, err)
	}
	defer w.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Updates():
			switch {
			case !ok && ctx.Err() != nil:
				return nil
			case !ok:
				return fmt.Errorf("stream: watch bucket %s: %w", b.name, errors.New("the watch ended"))
			case e == nil: // the end of what was there
				if ready != nil {
					ready()
				}
			default:
				key, err := decodeKey(e.Key())
				if err != nil {
					return fmt.Errorf("stream: bucket %s: %w", b.name, err)
				}
				value := e.Value()
				if e.Operation() != jetstream.KeyValuePut {
					value = nil
				}
				fn(key, value)
			}
		}
	}
}
