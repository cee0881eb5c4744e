package stream

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func bucket(t testing.TB, s *Stream, name, key, value string) *Bucket {
	t.Helper()
	b, err := s.Bucket(testContext(t), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Save(testContext(t), key, []byte(value)); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBucketKeepsAnyKey(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		ctx := testContext(t)
		keys := []string{"leeds", "https://a.example/feed.xml?a=b&c=%20", "with space", ".", "..", "*", ">", "=2E", "=", "Llŷn", "\x00\xff\n", "$KV", strings.Repeat("k", 900)}
		b := bucket(t, s, "cursors", "gone", "x")
		for i, k := range keys {
			if err := b.Save(ctx, k, []byte{byte(i), 0, 255}); err != nil {
				t.Fatalf("%q: %v", k, err)
			}
		}
		if err := b.Delete(ctx, "gone"); err != nil {
			t.Fatal(err)
		}
		if err := b.Delete(ctx, "never there"); err != nil {
			t.Error(err)
		}
		all, err := b.All(ctx)
		if err != nil || len(all) != len(keys) {
			t.Fatalf("%d keys, %v", len(all), err)
		}
		for i, k := range keys {
			one, err := b.Load(ctx, k)
			if want := []byte{byte(i), 0, 255}; err != nil || !bytes.Equal(one, want) || !bytes.Equal(all[k], want) {
				t.Errorf("%q: %v %v %v", k, one, all[k], err)
			}
		}
		if v, err := b.Load(ctx, "gone"); v != nil || err != nil {
			t.Errorf("deleted key: %v, %v", v, err)
		}
	})
}

func TestBucketRefusesWhatItCannotKeep(t *testing.T) {
	s := open(t, Config{})
	for _, name := range []string{"", "a b", "a.b", "Llŷn", strings.Repeat("x", 65)} {
		if _, err := s.Bucket(testContext(t), name); err == nil {
			t.Errorf("bucket %q", name)
		}
	}
	b := bucket(t, s, "b", "k", "v")
	for _, key := range []string{"", strings.Repeat("é", 1000)} {
		if err := b.Save(testContext(t), key, nil); err == nil {
			t.Errorf("key of %d bytes", len(key))
		}
	}
	empty, err := s.Bucket(testContext(t), "empty")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := empty.All(testContext(t)); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

func TestAListOfKeysIsWholeOrAnError(t *testing.T) {
	const keys = 1000
	ns := natsServer(t, nil)
	for i := range 20 { // the connection is closed sooner or later while the list comes
		s := open(t, Config{URL: ns.ClientURL()})
		b := bucket(t, s, "cursors", "k0", "v")
		for k := 1; i == 0 && k < keys; k++ {
			if err := b.Save(testContext(t), fmt.Sprint("k", k), []byte("v")); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(testContext(t), 5*time.Second) // a question to a closed connection has no answer
		cut := time.AfterFunc(time.Duration(i)*250*time.Microsecond, s.nc.Close)
		if all, err := b.All(ctx); err == nil && len(all) != keys {
			t.Errorf("%d of %d keys and no error", len(all), keys)
		}
		cut.Stop()
		cancel()
	}
}

func TestAnnouncementsReachEveryListener(t *testing.T) {
	ns := natsServer(t, nil)
	here, there := open(t, Config{URL: ns.ClientURL()}), open(t, Config{URL: ns.ClientURL()})
	got := make(chan uint64, 10)
	for _, s := range []*Stream{here, there} {
		stop, err := s.Listen(testContext(t), func(n uint64) { got <- n })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
	}
	if err := here.Announce(testContext(t), 42); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		select {
		case n := <-got:
			if n != 42 {
				t.Errorf("generation %d", n)
			}
		case <-testContext(t).Done():
			t.Fatal("no announcement")
		}
	}
}
