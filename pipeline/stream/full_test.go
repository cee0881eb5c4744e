package stream

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestPutWaitsForRoomAndLosesNothing(t *testing.T) {
	var log syncBuffer
	both(t, Config{MaxBytes: 256 << 10, Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, s *Stream) {
		const all = 2000 // some 900 KB
		done := make(chan error, 1)
		go func() { done <- s.Put(testContext(t), posts(0, all)) }()

		c := batches(t, s, BatchConfig{Items: 200})
		waitFor(t, func() bool { return strings.Contains(log.String(), "the stream is full") })
		select {
		case err := <-done:
			t.Fatalf("Put returned on a full stream: %v", err)
		default:
		}
		seen := map[string]bool{}
		for len(seen) < all {
			b := next(t, c)
			for _, it := range b.Items {
				seen[it.ID] = true
			}
			ack(t, b)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if st := state(t, s); st.Bytes > 256<<10 {
			t.Errorf("%d bytes in a stream of 256 KiB", st.Bytes)
		}
	})
	if n := strings.Count(log.String(), "the stream is full"); n != 2 {
		t.Errorf("said %d times, want once for each stream", n)
	}
}

func TestPutOnAFullStreamEndsWithItsContext(t *testing.T) {
	s := open(t, Config{MaxBytes: 64 << 10})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Put(ctx, posts(0, 1000)) }()
	waitFor(t, func() bool { return state(t, s).Messages > 0 })
	select {
	case err := <-done:
		t.Fatalf("put all into a stream that is too small for them: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if n := state(t, s).Messages; n == 1000 {
		t.Errorf("%d messages fitted in", n)
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
