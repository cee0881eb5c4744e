package store

import (
	"fmt"
	"testing"
)

func TestKnownKeysHoldAllAndLittleElse(t *testing.T) {
	const n = 100_000
	k := newKnownKeys(n)
	for i := range n {
		if k.full() {
			t.Fatalf("full with %d keys", i)
		}
		k.add(keyOf(fmt.Sprintf("https://example.org/%d", i)))
	}
	for i := range n {
		if !k.mayHold(keyOf(fmt.Sprintf("https://example.org/%d", i))) {
			t.Fatalf("key %d is lost", i)
		}
	}
	wrong := 0
	for i := range n {
		if k.mayHold(keyOf(fmt.Sprintf("https://example.net/%d", i))) {
			wrong++
		}
	}
	if wrong > n/1000 {
		t.Errorf("%d of %d new keys would be looked up in vain", wrong, n)
	}
}

// TestKnownKeysGrowFromTheTable fills the filter: the next write must read the
// table's keys into a larger one, and still find every post.
func TestKnownKeysGrowFromTheTable(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("b", 1))
	for i := 0; !s.known.full(); i++ {
		s.known.add(keyOf(fmt.Sprint("other", i)))
	}
	wrote(t, write(t, s, post("a", 1), post("c", 1)), "stored 1 unchanged 1 stale 0 deleted 0 erase []")
	if s.known.full() || s.known.keys != 3 {
		t.Errorf("the filter holds %d keys, want 3", s.known.keys)
	}
}
