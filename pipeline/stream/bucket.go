package stream

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// maxKey bounds an encoded key: a subject must fit a protocol line of 4 KB.
const maxKey = 3000

var bucketName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Bucket keeps small state: one value for each key, no history. It is safe for
// concurrent use, also by several processes; the last Save wins.
type Bucket struct {
	name string
	kv   jetstream.KeyValue
}

// Bucket opens a bucket, and creates it the first time. A name has up to 64
// letters, digits, - and _.
func (s *Stream) Bucket(ctx context.Context, name string) (*Bucket, error) {
	if !bucketName.MatchString(name) {
		return nil, fmt.Errorf("stream: bucket name %q must be 1 to 64 letters, digits, - or _", name)
	}
	var kv jetstream.KeyValue
	err := patiently(ctx, func() (err error) {
		kv, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: name, History: 1, Storage: jetstream.FileStorage, Replicas: s.cfg.Replicas,
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("stream: open bucket %s at %s: %w", name, s.where(), err)
	}
	return &Bucket{name: name, kv: kv}, nil
}

// Load returns the value of key, or nil if there is none.
func (b *Bucket) Load(ctx context.Context, key string) ([]byte, error) {
	k, err := b.key(key)
	if err != nil {
		return nil, err
	}
	e, err := b.kv.Get(ctx, k)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("stream: load %q from bucket %s: %w", key, b.name, err)
	}
	return e.Value(), nil
}

// Save stores value under key and returns when it is confirmed on disk.
func (b *Bucket) Save(ctx context.Context, key string, value []byte) error {
	k, err := b.key(key)
	if err != nil {
		return err
	}
	err = patiently(ctx, func() error {
		_, err := b.kv.Put(ctx, k, value)
		return err
	})
	if err != nil {
		return fmt.Errorf("stream: save %q in bucket %s: %w", key, b.name, err)
	}
	return nil
}

// Delete removes key and its value; a key that is not there is fine.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	k, err := b.key(key)
	if err != nil {
		return err
	}
	if err := b.kv.Purge(ctx, k); err != nil {
		return fmt.Errorf("stream: delete %q from bucket %s: %w", key, b.name, err)
	}
	return nil
}

// All returns every key and its value.
func (b *Bucket) All(ctx context.Context) (map[string][]byte, error) {
	w, err := b.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("stream: read bucket %s: %w", b.name, err)
	}
	defer w.Stop()
	all := map[string][]byte{}
	for {
		select {
		case e, ok := <-w.Updates():
			if !ok {
				return nil, fmt.Errorf("stream: read bucket %s: %w", b.name, errors.New("the connection was closed"))
			}
			if e == nil { // the end of what was there
				return all, ctx.Err()
			}
			key, err := decodeKey(e.Key())
			if err != nil {
				return nil, fmt.Errorf("stream: bucket %s: %w", b.name, err)
			}
			all[key] = e.Value()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (b *Bucket) key(key string) (string, error) {
	k := encodeKey(key)
	if key == "" || len(k) > maxKey {
		return "", fmt.Errorf("stream: bucket %s: a key of %d bytes; it needs 1 to about %d", b.name, len(key), maxKey/3)
	}
	return k, nil
}

// encodeKey writes any bytes with what a bucket's key may hold: letters, digits,
// - _ and /; everything else as = and two hex digits.
func encodeKey(key string) string {
	var b strings.Builder
	for i := range len(key) {
		if c := key[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '/'
}

func decodeKey(k string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(k, "=")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if len(rest) < 2 {
			return "", fmt.Errorf("key %q was not written by Vantage", k)
		}
		n, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return "", fmt.Errorf("key %q was not written by Vantage", k)
		}
		b.WriteByte(byte(n))
		k = rest[2:]
	}
}
