package pipeline

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"vantage/collectors/item"
	"vantage/pipeline/store"
	"vantage/pipeline/store/engine/enginetest"
)

var errKilled = errors.New("killed")

// TestWhatWasOptedOutLeavesNumbersAndStreamAndStaysAway removes a domain and a
// person, cut off once in the middle, and collects them again.
func TestWhatWasOptedOutLeavesNumbersAndStreamAndStaysAway(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	in := posts(0, 60)
	var left []item.Item
	for i := range in {
		switch {
		case i%5 == 0:
			in[i].Publisher = "a.example"
		case i%5 == 1:
			in[i].Class, in[i].AuthorKind, in[i].AuthorRef, in[i].Publisher = item.Person, "person", "person:k1:ab", "person:k1:ab"
		default:
			left = append(left, in[i])
		}
	}
	out := func(it *item.Item) bool { return it.Publisher == "a.example" || it.AuthorRef == "person:k1:ab" }
	var opted atomic.Bool
	p, err := New(testContext(t), Config{Stream: w.stream, Store: w.store, Tagger: w.tagger, Now: clock, Log: w.log,
		Refuse: func(it *item.Item) bool { return opted.Load() && out(it) }})
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, p)
	w.put(t, in...)
	w.settle(t)
	same(t, w.counted(t), w.expected(in))
	stop()

	opted.Store(true)
	if p, err = New(testContext(t), p.cfg); err != nil {
		t.Fatal(err)
	}
	run(t, p)
	late := posts(60, 63) // published before anybody heard of the opt-out
	for i := range late {
		late[i].Publisher = "a.example"
	}
	w.put(t, late...)
	posts, rounds := 0, 0
	remove := func() error {
		return Remove(testContext(t), RemoveConfig{
			Stream: w.stream, Store: w.store, Left: store.Left{Domain: "a.example"}, Authors: []string{"person:k1:ab", "person:k2:cd"}, Now: clock,
			Progress: func(n int) error {
				posts += n
				if rounds++; rounds == 1 {
					return errKilled
				}
				return nil
			}})
	}
	if err := remove(); !errors.Is(err, errKilled) {
		t.Fatalf("the first run ended with %v", err)
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if want := len(in) - len(left); posts != want {
		t.Errorf("%d posts are reported, want %d", posts, want)
	}
	same(t, w.counted(t), w.expected(left))
	for _, it := range slices.Concat(in, late) {
		if out(&it) && w.onDisk(t, it.Text) && !slices.ContainsFunc(left, func(l item.Item) bool { return l.Text == it.Text }) {
			t.Errorf("the stream still holds %q", it.Text)
		}
	}

	again := slices.Clone(in) // collected again, as new versions
	for i := range again {
		again[i].Version = clock().UnixMilli() + 1000
	}
	w.put(t, again...)
	w.settle(t)
	same(t, w.counted(t), w.expected(left))

	opted.Store(false) // the opt-out is removed: new posts come in
	fresh := post(200)
	fresh.Publisher = "a.example"
	w.put(t, fresh)
	w.settle(t)
	same(t, w.counted(t), w.expected(append(left, fresh)))
}

func TestRemoveEndsWithItsContext(t *testing.T) {
	w := newTown(t, enginetest.Open(t)) // no pipeline: nothing is ever stored
	w.put(t, posts(0, 3)...)
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if err := Remove(ctx, RemoveConfig{Stream: w.stream, Store: w.store, Left: store.Left{Tag: "x"}, Now: clock}); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
