package collectors

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"vantage/collectors/item"
)

// shown makes a document of the items with the numbers from to to-1.

func shown(from, to int) document {
	var doc document
	for i := from; i < to; i++ {
		f := found{claim: today, Item: item.Item{
			Schema: item.Schema, ID: fmt.Sprint("https://a.example/", i), Kind: "feed", Source: "a", Class: item.Civic, Publisher: "a.example", Title: fmt.Sprint(i),
		}}
		f.ContentHash = contentHash(f)
		doc.found = append(doc.found, f)
	}
	return doc
}

func at(now time.Time) publication {
	return publication{src: Source{Key: "a", Kind: "feed"}, now: now, stamp: now}
}

func TestCursorComesBackAsItWasWritten(t *testing.T) {
	s, err := loadState(nil, "https://a.example/feed")
	if err != nil {
		t.Fatal(err)
	}
	s.head.ETag, s.head.LastModified, s.head.Body = `W/"a"`, "Sat, 21 Nov 2026 10:00:00 GMT", 1<<63
	s.diff(shown(0, 100), at(today))
	cursor := s.encode()
	back, err := loadState(cursor, "https://a.example/feed")
	if err != nil || back.head != s.head || !bytes.Equal(back.encode(), cursor) {
		t.Errorf("got %+v, %v", back.head, err)
	}
	if again := back.diff(shown(0, 100), at(today.Add(time.Hour))); len(again) != 0 {
		t.Errorf("%d items again", len(again))
	}
	moved, err := loadState(cursor, "https://b.example/feed")
	if err != nil || moved.head.ETag != "" || len(moved.known) != 100 {
		t.Errorf("under a new address: %+v, %d known, %v", moved.head, len(moved.known), err)
	}
	for _, broken := range [][]byte{{}, cursor[:5], []byte("VF1\xff\xff\xff"), []byte("VF1\x05{bad}"), []byte("x")} {
		if _, err := loadState(broken, "u"); (err == nil) != (len(broken) == 0) {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func TestCursorIsBounded(t *testing.T) {
	s, _ := loadState(nil, "u")
	now := today
	for round := range 5 {
		s.diff(shown(round*maxEntries, (round+1)*maxEntries), at(now))
		now = now.Add(time.Hour)
	}
	if size := len(s.encode()); size > 720<<10 || len(s.known) != maxKnown {
		t.Errorf("%d bytes for %d entries", size, len(s.known))
	}
	if again := s.diff(shown(4*maxEntries, 5*maxEntries), at(now)); len(again) != 0 {
		t.Errorf("%d entries of the last reading were forgotten", len(again))
	}
	s.diff(shown(0, 10), at(now.Add(keepGone+2*time.Hour)))
	if len(s.known) != 10 {
		t.Errorf("%d entries are known long after they left", len(s.known))
	}
}

func TestFeedCannotDeleteWhatItNeverShowed(t *testing.T) {
	s, _ := loadState(nil, "u")
	s.diff(shown(0, 2), at(today))
	doc := shown(1, 2)
	doc.deleted = []string{"https://a.example/0", "https://council.example/minutes"}
	out := s.diff(doc, at(today))
	if len(out) != 1 || out[0].ID != "https://a.example/0" || out[0].Op != item.Delete || out[0].Check() != nil {
		t.Errorf("got %+v", out)
	}
}

// TestMutatedFeeds reads broken variants of every recorded feed: what must

// hold is that nothing panics, hangs or breaks the rules of an item.

// mutate cuts, repeats, swaps or overwrites parts of b.

// TestUnchangedFeedReadsTheHeadOfItsCursorOnly holds that what nothing changed is
// neither read nor written, and that a change of the head loses nothing.
func TestUnchangedFeedReadsTheHeadOfItsCursorOnly(t *testing.T) {
	s, _ := loadState(nil, "u")
	s.head.ETag = "a"
	s.diff(shown(0, 3), at(today))
	cursor := s.encode()
	lazy, err := loadHead(cursor, "u")
	if err != nil || !lazy.stands() || lazy.known != nil {
		t.Fatalf("%+v, %v", lazy, err)
	}
	f := &feed{}
	if v := f.finish(lazy, cursor, Visit{}); v.Cursor != nil || lazy.known != nil {
		t.Errorf("the cursor is written again: %q", v.Cursor)
	}
	lazy.head.ETag = "b"
	v := f.finish(lazy, cursor, Visit{})
	back, err := loadState(v.Cursor, "u")
	if err != nil || back.head.ETag != "b" || len(back.known) != 3 {
		t.Errorf("another ETag gives %+v, %v", back, err)
	}
	if other, _ := loadHead(cursor, "v"); other.stands() {
		t.Error("the cursor of another address stands")
	}
}
