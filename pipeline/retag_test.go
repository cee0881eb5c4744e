package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
	"vantage/pipeline/store/engine/enginetest"
	"vantage/pipeline/tag"
)

// taggerWithBins knows one more topic than the built-in one.
func taggerWithBins(t testing.TB) *tag.Tagger {
	t.Helper()
	return taggerWith(t, "topics:\n- id: test-bins\n  name: Bins\n  any: [bin collection]\n")
}

// taggerWith is the built-in tagger with more rules.
func taggerWith(t testing.TB, more string) *tag.Tagger {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.CopyFS(dir, os.DirFS("tag/vocabulary")), os.WriteFile(filepath.Join(dir, "zz.yaml"), []byte(more), 0o600)); err != nil {
		t.Fatal(err)
	}
	v, err := tag.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	tagger, err := tag.Compile(v, council.Load())
	if err != nil {
		t.Fatal(err)
	}
	return tagger
}

func TestRetagChangesTheNumbers(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	p := w.pipeline(t)
	run(t, p)
	in := posts(0, 600)
	persons := posts(600, 608) // their text expired when they were stored
	for i := range persons {
		persons[i].Class = item.Person
		persons[i].Seen = clock().AddDate(0, -3, 0)
	}
	w.put(t, append(in, persons...)...)
	w.settle(t)
	before := w.counted(t)

	w.tagger = taggerWithBins(t)
	preview, err := PreviewRetag(testContext(t), PreviewConfig{Store: w.store, Tagger: w.tagger, Samples: 2})
	if err != nil {
		t.Fatal(err)
	}
	bins := preview.Terms["topic"]["test-bins"]
	if preview.Read != 600 || preview.Changed != 150 || bins == nil || bins.Added != 150 || bins.Before != 0 || len(bins.Gains) != 2 || bins.Gains[0].Title == "" {
		t.Fatalf("preview: %d read, %d changed, %+v", preview.Read, preview.Changed, bins)
	}
	same(t, w.counted(t), before)

	p.SetTagger(w.tagger)
	done, err := Retag(testContext(t), RetagConfig{Store: w.store, Tagger: p.Tagger})
	if err != nil || done.Changed != 150 {
		t.Fatalf("%+v, %v", done, err)
	}
	before["test-bins"] = 150 // and the expired posts keep what they had
	same(t, w.counted(t), before)
	if again, err := Retag(testContext(t), RetagConfig{Store: w.store, Tagger: p.Tagger}); err != nil || again.Changed != 0 {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	w.put(t, posts(700, 704)...)
	w.settle(t)
	if got := w.counted(t)["test-bins"]; got != 151 {
		t.Errorf("%d posts after new ones came, want 151: the new tagger is not in use", got)
	}
}

func TestPreviewLooksAtRecentWeeksOnly(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	run(t, w.pipeline(t))
	w.put(t, posts(0, 60)...) // two a week, over 30 weeks
	w.settle(t)
	preview, err := PreviewRetag(testContext(t), PreviewConfig{Store: w.store, Tagger: taggerWithBins(t), Since: day(2026, 11, 2)})
	if err != nil || preview.Read != 4 {
		t.Errorf("%d posts of the last two weeks, want 4: %v", preview.Read, err)
	}
}

func TestRetagGoesOnWhereItStopped(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	run(t, w.pipeline(t))
	w.put(t, posts(0, 600)...)
	w.settle(t)
	cursors, err := w.stream.Bucket(testContext(t), "retags")
	if err != nil {
		t.Fatal(err)
	}
	w.tagger = taggerWithBins(t)
	ctx, cancel := context.WithCancel(testContext(t))
	use := func() *tag.Tagger { return w.tagger }
	first, err := Retag(ctx, RetagConfig{Store: w.store, Tagger: use, Cursors: cursors, Round: 50, Progress: func(r RetagState) {
		if r.Read >= 200 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || first.Read == 600 || first.Over() {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := Retag(testContext(t), RetagConfig{Store: w.store, Tagger: use, Cursors: cursors})
	if err != nil || second.Read < 600 || second.Read > 650 || second.Changed > 150 || !second.Began.Equal(first.Began) || !second.Over() {
		t.Errorf("first %+v, second %+v, %v", first, second, err)
	}
	if last, err := LastRetag(testContext(t), cursors); err != nil || !reflect.DeepEqual(last, second) {
		t.Errorf("kept %+v, want %+v, %v", last, second, err)
	}
	same(t, w.counted(t), w.expected(posts(0, 600)))
}

// TestRetagBeginsAnewWhenTheVocabularyChanges swaps the tagger in the middle of
// a run, with posts under way.
func TestRetagBeginsAnewWhenTheVocabularyChanges(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	p := w.pipeline(t)
	run(t, p)
	w.put(t, posts(0, 600)...)
	w.settle(t)
	cursors, err := w.stream.Bucket(testContext(t), "retags")
	if err != nil {
		t.Fatal(err)
	}
	p.SetTagger(taggerWith(t, "topics:\n- id: test-cyber\n  name: Cyber\n  any: [ransomware]\n"))
	w.tagger = taggerWithBins(t)
	began := 0
	done, err := Retag(testContext(t), RetagConfig{Store: w.store, Tagger: p.Tagger, Cursors: cursors, Round: 50, Progress: func(r RetagState) {
		if began++; began == 5 {
			w.put(t, posts(600, 640)...)
			p.SetTagger(w.tagger)
		}
	}})
	if err != nil || done.Rules != w.tagger.Version() || !done.Over() || done.Read < 600 {
		t.Fatalf("%+v, %v", done, err)
	}
	w.settle(t)
	if _, err := Retag(testContext(t), RetagConfig{Store: w.store, Tagger: p.Tagger, Cursors: cursors}); err != nil {
		t.Fatal(err)
	}
	same(t, w.counted(t), w.expected(posts(0, 640)))
	last, err := LastRetag(testContext(t), cursors)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := OlderPosts(testContext(t), w.store, last, w.tagger.Version()); err != nil || n != 0 {
		t.Errorf("%d posts by older rules after a retag, %v", n, err)
	}
}

func TestRefresherDerivesAndAnnounces(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	heard := make(chan uint64, 100)
	stop, err := w.stream.Listen(testContext(t), func(g uint64) { heard <- g })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	p := w.pipeline(t)
	run(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- NewRefresher(RefresherConfig{Store: w.store, Stream: w.stream, Busy: p.Busy}).Run(ctx)
	}()
	w.put(t, posts(0, 30)...)
	waitFor(t, "fresh numbers", func() bool {
		h, err := w.store.Heat(testContext(t), store.Topics, store.Filter{From: day(2026, 4, 20), To: clock()})
		n := 0
		for _, c := range h.Heard {
			n += int(c.Items)
		}
		return err == nil && n == 30
	})
	g, err := w.store.Generation(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for announced := uint64(0); announced < g.Number; {
		select {
		case announced = <-heard:
		case <-time.After(time.Minute):
			t.Fatalf("generation %d was never announced", g.Number)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestRetagBeginsAgainWhereItsStateCannotBeRead: a retag from the beginning is
// never wrong, an error without a way out is.
func TestRetagBeginsAgainWhereItsStateCannotBeRead(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	w.put(t, posts(0, 20)...)
	run(t, w.pipeline(t))
	w.settle(t)
	cursors, err := w.stream.Bucket(testContext(t), "retags")
	if err != nil {
		t.Fatal(err)
	}
	if err := cursors.Save(testContext(t), retagKey, []byte("{torn")); err != nil {
		t.Fatal(err)
	}
	done, err := Retag(testContext(t), RetagConfig{Store: w.store, Tagger: func() *tag.Tagger { return w.tagger }, Cursors: cursors})
	if err != nil || done.Read != 20 || !done.Over() {
		t.Errorf("%+v, %v", done, err)
	}
}
