package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// now is a Saturday; week is the Monday before it.
var (
	now  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	week = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
)

// areasOf places three councils in two nations.
func areasOf(id string) []string {
	switch id {
	case "E1":
		return []string{"nation:England", "region:North East"}
	case "E2":
		return []string{"nation:England", "region:London"}
	case "W1":
		return []string{"nation:Wales"}
	}
	return nil
}

// open returns an empty store.
func open(t testing.TB) *Store {
	t.Helper()
	return reopen(t, enginetest.Open(t))
}

func reopen(t testing.TB, server enginetest.Server) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{DSN: server.DSN, DialContext: server.DialContext, Database: server.Database,
		Areas: areasOf, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// post is a plain row of the running week with one topic.
func post(id string, version uint64, change ...func(*Row)) Row {
	r := Row{
		ID: id, Version: version, ContentHash: "h1", Kind: "feed", Source: "feed-b", Publisher: "b.example", Class: "council",
		Title: "Title of " + id, Text: "Text of " + id, URL: "https://b.example/" + id, Links: []string{"https://b.example/more"},
		Published: week.Add(30 * time.Hour), Seen: week.Add(31 * time.Hour), Topics: []string{"ai"}, Rules: "r1",
		Seqs: []uint64{version},
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func gone(id string, version uint64) Row {
	return Row{ID: id, Version: version, Deleted: true, Seqs: []uint64{9000 + version}}
}

func published(t time.Time) func(*Row) { return func(r *Row) { r.Published = t } }
func hash(h string) func(*Row)         { return func(r *Row) { r.ContentHash, r.Title = h, "Title "+h } }
func topics(list ...string) func(*Row) { return func(r *Row) { r.Topics = list } }
func from(source, publisher, class string) func(*Row) {
	return func(r *Row) { r.Source, r.Publisher, r.Class = source, publisher, class }
}

// write stores rows as one batch.
func write(t testing.TB, s *Store, rows ...Row) Written {
	t.Helper()
	w, err := s.Write(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// refresh derives until nothing is left.
func refresh(t testing.TB, s *Store) {
	t.Helper()
	for {
		r, err := s.Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Left == 0 {
			return
		}
	}
}

// stored returns one post that must be there.
func stored(t testing.TB, s *Store, id string) Row {
	t.Helper()
	r, ok, err := s.Item(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		t.Fatalf("item %s is not stored", id)
	}
	return r
}

func absent(t testing.TB, s *Store, id string) {
	t.Helper()
	if r, ok, err := s.Item(t.Context(), id); err != nil || ok {
		t.Fatalf("item %s: %v, stored %v: %+v", id, err, ok, r)
	}
}

// cells renders a heat map as "week term items/publishers/stories" lines.
func cells(t testing.TB, s *Store, f Filter) string {
	t.Helper()
	h, err := s.Heat(t.Context(), Topics, f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range h.Cells {
		lines = append(lines, fmt.Sprintf("%s %s %d/%d/%d", c.Week.Format("01-02"), c.Term, c.Items, c.Publishers, c.Stories))
	}
	return strings.Join(lines, "; ")
}

func TestItemIsReadAsItWasWritten(t *testing.T) {
	s := open(t)
	want := Row{
		ID: "tag:a'b\\c\nd", Version: 7, ContentHash: "abc", Kind: "mastodon", Source: "m", Via: []string{"m", "n"},
		Publisher: "p", Class: "person", FeedCouncil: "E1", AuthorRef: "ref", AuthorKind: "person",
		Title: "Ti\x00tle", Text: "Té\txt", Lang: "cy", URL: "https://x.example/1", Links: []string{"https://l.example/", "b"}, Hashtags: []string{"localgov"},
		Published: time.Date(2026, 3, 29, 23, 30, 0, 5e6, time.UTC), Seen: now, Updated: now.Add(time.Hour), Expires: now.Add(48 * time.Hour),
		Sensitive: true, Consent: "indexable", Topics: []string{"ai", "housing"}, Tools: []string{"docker"}, Themes: []string{"data"},
		Adoption: []string{"uses"}, Stage: "pilot", Facets: []string{"lesson", "template"}, Councils: []string{"E1"},
		Found: []Council{{"E1", 0.75, "council"}, {"W1", 0.5, "place"}}, Rules: "r", Signature: []byte{0, 1, 255}, Seqs: []uint64{3, 9},
	}
	write(t, s, want)
	want.Week = time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC) // half past midnight on Monday in London
	got := stored(t, s, want.ID)
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestHeatCountsOneItem(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 1/1/1" {
		t.Error(got)
	}
}

func ctx(t testing.TB) context.Context { return t.Context() }
