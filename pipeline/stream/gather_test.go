package stream

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

func TestPutsOfSeveralCallersShareBatches(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		const callers, each = 24, 50
		var g errgroup.Group
		for i := range callers {
			g.Go(func() error { return s.Put(testContext(t), posts(i*each, (i+1)*each)) })
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if st := state(t, s); st.Messages != callers*each {
			t.Fatalf("%d messages, want %d", st.Messages, callers*each)
		}
		ids := map[string]int{}
		for seq := range uint64(callers * each) {
			m, err := s.items.GetMsg(testContext(t), seq+1)
			if err != nil {
				t.Fatal(err)
			}
			ids[m.Header.Get(headerBatchID)]++
		}
		if len(ids) >= callers || ids[""] > 0 {
			t.Fatalf("%d callers made %d batches", callers, len(ids))
		}
		for id, n := range ids {
			if n > batchItems {
				t.Errorf("batch %s has %d items", id, n)
			}
		}
	})
}

func TestCallersPutTheSameItem(t *testing.T) {
	s := open(t, Config{})
	var g errgroup.Group
	for range 3 {
		g.Go(func() error { return s.Put(testContext(t), posts(0, 100)) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if st := state(t, s); st.Messages != 100 {
		t.Fatalf("%d messages, want 100", st.Messages)
	}
}

func TestACallerWhoGivesUpLeavesTheOthersToIt(t *testing.T) {
	s := open(t, Config{})
	s.gathering.wait = 3 * time.Second // that nobody is too late for
	ctx, cancel := context.WithCancel(t.Context())
	var first, second errgroup.Group
	first.Go(func() error { return s.Put(ctx, posts(0, 50)) })
	for !s.isGathering() {
		time.Sleep(time.Millisecond)
	}
	second.Go(func() error { return s.Put(testContext(t), posts(50, 100)) })
	cancel()
	if err := first.Wait(); !errors.Is(err, context.Canceled) {
		t.Fatalf("the caller who gave up got %v", err)
	}
	if err := second.Wait(); err != nil {
		t.Fatal(err)
	}
	last := post(99)
	if got := drained(t, s); !slices.Contains(got, last.MsgID()) {
		t.Fatalf("the other's items are missing: %d are there", len(got))
	}
}

func TestNothingIsSentWhenAllCallersGaveUp(t *testing.T) {
	s := open(t, Config{})
	s.gathering.wait = 3 * time.Second // that nobody is too late for
	ctx, cancel := context.WithCancel(t.Context())
	var g errgroup.Group
	for i := range 2 {
		g.Go(func() error { return s.Put(ctx, posts(50*i, 50*i+50)) })
	}
	for !s.isGathering() {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for s.isGathering() {
		time.Sleep(time.Millisecond)
	}
	if st := state(t, s); st.Messages != 0 {
		t.Fatalf("%d messages, want none", st.Messages)
	}
}

func TestCloseEndsAPutThatStillGathers(t *testing.T) {
	s := open(t, Config{})
	s.gathering.wait = 3 * time.Second
	var g errgroup.Group
	g.Go(func() error { return s.Put(testContext(t), posts(0, 50)) })
	for !s.isGathering() {
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Wait(); err == nil {
		t.Fatal("a Put on a closed stream says that all is well")
	}
}
