package stream

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSaveRevisionTellsWhoWasFirst(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		ctx := testContext(t)
		b, err := s.Bucket(ctx, "leases")
		if err != nil {
			t.Fatal(err)
		}
		if v, r, err := b.LoadRevision(ctx, "table"); v != nil || r != 0 || err != nil {
			t.Fatalf("nothing there: %q %d %v", v, r, err)
		}
		one, ok, err := b.SaveRevision(ctx, "table", []byte("one"), 0)
		if !ok || err != nil || one == 0 {
			t.Fatalf("first: %v %v", ok, err)
		}
		if _, ok, err := b.SaveRevision(ctx, "table", []byte("x"), 0); ok || err != nil {
			t.Errorf("created twice: %v %v", ok, err)
		}
		two, ok, err := b.SaveRevision(ctx, "table", []byte("two"), one)
		if !ok || err != nil || two <= one {
			t.Errorf("second: %d %v %v", two, ok, err)
		}
		if _, ok, err := b.SaveRevision(ctx, "table", []byte("x"), one); ok || err != nil {
			t.Errorf("an old revision: %v %v", ok, err)
		}
		if v, r, err := b.LoadRevision(ctx, "table"); string(v) != "two" || r != two || err != nil {
			t.Errorf("loaded %q %d %v", v, r, err)
		}
		if err := b.Delete(ctx, "table"); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := b.SaveRevision(ctx, "table", []byte("x"), two); ok || err != nil {
			t.Errorf("after it was deleted: %v %v", ok, err)
		}
		if _, ok, err := b.SaveRevision(ctx, "table", []byte("three"), 0); !ok || err != nil {
			t.Errorf("created again: %v %v", ok, err)
		}
	})
}

func TestRevisionsHaveOneOrderInAClusterThatLosesAServer(t *testing.T) {
	nodes := cluster(t)
	var urls []string
	for _, ns := range nodes {
		urls = append(urls, ns.ClientURL())
	}
	const writers, each = 4, 25
	var wg sync.WaitGroup
	var once sync.Once
	var buckets []*Bucket
	for range writers {
		b, err := open(t, Config{URL: strings.Join(urls, ","), Replicas: 3}).Bucket(testContext(t), "leases")
		if err != nil {
			t.Fatal(err)
		}
		buckets = append(buckets, b)
	}
	for w, b := range buckets {
		wg.Go(func() {
			for n := 0; n < each; {
				if w == 0 && n == each/2 {
					once.Do(func() { nodes[2].Shutdown(); nodes[2].WaitForShutdown() })
				}
				n += appendWord(t, b, fmt.Sprintf("%d.%d", w, n))
			}
		})
	}
	wg.Wait()
	v, _, err := buckets[0].LoadRevision(testContext(t), "words")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, word := range strings.Fields(string(v)) {
		seen[word] = true
	}
	if len(seen) != writers*each {
		t.Errorf("%d words of %d: a write was lost", len(seen), writers*each)
	}
}

// appendWord adds a word to the list and returns 1 once it stands there. After
// an error it may stand there already, so it looks first.
func appendWord(t *testing.T, b *Bucket, word string) int {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // a request to a server that just died has no answer
	defer cancel()
	v, revision, err := b.LoadRevision(ctx, "words")
	if err != nil {
		return 0
	}
	if strings.Contains(" "+string(v)+" ", " "+word+" ") {
		return 1
	}
	_, ok, err := b.SaveRevision(ctx, "words", []byte(strings.TrimSpace(string(v)+" "+word)), revision)
	if ok && err == nil {
		return 1
	}
	return 0
}
