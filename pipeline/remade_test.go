package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vantage/collectors/item"
	"vantage/pipeline/store/engine/enginetest"
)

// remake loses the stream, while what is stored is kept: its sequences begin
// again at 1.
func (w *town) remake(t *testing.T) {
	t.Helper()
	if err := w.stream.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	w.stream = openStream(t, w.dir)
}

// TestErasingOnAStreamMadeAnewTakesNothingElse has posts stored, loses the
// stream, and then withdraws some of them while other messages lie at their
// sequences, which nobody has stored yet.
func TestErasingOnAStreamMadeAnewTakesNothingElse(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	old := posts(0, 20)
	old[12].AuthorRef, old[13].AuthorRef = "leaver", "leaver"
	w.put(t, old...)
	stop := run(t, w.pipeline(t))
	w.settle(t)
	stop()
	w.remake(t)

	p := w.pipeline(t)
	w.put(t,
		item.Item{Schema: 1, Op: item.Delete, ID: old[7].ID, Version: 2, Kind: "feed", Source: "org0"},
		item.Item{Schema: 1, Op: item.AuthorGone, Version: 2, Kind: "feed", Source: "org0", AuthorRef: "leaver"})
	b, err := p.batches.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	fresh := posts(100, 130) // at sequences 3 to 32
	w.put(t, fresh...)
	p.finish(testContext(t), p.prepare(b))
	run(t, p)
	w.settle(t)
	left := slices.DeleteFunc(slices.Clone(old), func(it item.Item) bool { return it.ID == old[7].ID || it.AuthorRef != "" })
	same(t, w.counted(t), w.expected(slices.Concat(left, fresh)))
	for _, it := range fresh {
		if !w.onDisk(t, it.Text) {
			t.Errorf("the stream has lost %q", it.Text)
		}
	}

	gone := fresh[3]
	w.put(t, item.Item{Schema: 1, Op: item.Delete, ID: gone.ID, Version: 2, Kind: "feed", Source: "org0"})
	w.settle(t)
	same(t, w.counted(t), w.expected(slices.Concat(left, fresh[:3], fresh[4:])))
	if w.onDisk(t, gone.Text) {
		t.Errorf("the stream still holds %q", gone.Text)
	}
}
