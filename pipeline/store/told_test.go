package store

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"
)

// told is what a list must say of one story.
type told struct {
	shown, original string
	here            uint64
	tellers         []string // all posts, by time
	publishers      int
}

// stories recounts a list of stories, newest first.
func (m *model) stories(q ItemQuery) (list []told) {
	items, of := m.count()
	byTime := func(a, b string) int {
		return cmp.Or(items[a].Published.Compare(items[b].Published), strings.Compare(a, b))
	}
	listed, _ := m.list(q)
	here := map[string][]string{}
	for _, id := range listed {
		here[of[id]] = append(here[of[id]], id)
	}
	for original, ids := range here {
		one := told{original: original, here: uint64(len(ids)), shown: slices.MinFunc(ids, byTime)}
		if slices.Contains(ids, original) {
			one.shown = original
		}
		voices := map[string]bool{}
		for id := range items {
			// An original may itself copy one that lies too far back for its copies.
			if of[id] == original || id == original {
				one.tellers = append(one.tellers, id)
				voices[items[id].Publisher] = true
			}
		}
		slices.SortFunc(one.tellers, byTime)
		one.publishers = len(voices)
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b told) int { return items[b.shown].Published.Compare(items[a.shown].Published) })
	return list
}

// checkStories compares one page with the recount. Stories of the same moment
// stand in any order.
func (w *world) checkStories(t *testing.T, s *Store, q ItemQuery) {
	t.Helper()
	page, err := s.Stories(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	items, _ := w.model.count()
	want := w.model.stories(q)
	if page.Counts.Stories != uint64(len(want)) {
		t.Fatalf("stories %+v: %d, recount %d", q, page.Counts.Stories, len(want))
	}
	want = want[min(q.Offset, len(want)):min(q.Offset+q.Limit, len(want))]
	if len(page.List) != len(want) {
		t.Fatalf("stories %+v: a page of %d, recount %d", q, len(page.List), len(want))
	}
	for i, got := range page.List {
		if want[i].shown != got.ID && want[i].shown != "" && items[want[i].shown].Published.Equal(got.Published) {
			continue // a tie
		}
		var tellers []string
		for _, p := range append([]Posted{got.First}, got.Copies...) {
			tellers = append(tellers, p.ID)
		}
		if got.ID != want[i].shown || got.Original != want[i].original || got.Here != want[i].here ||
			!slices.Equal(tellers, want[i].tellers) || int(got.Publishers) != want[i].publishers || int(got.CopyCount) != len(want[i].tellers)-1 {
			t.Fatalf("story %d of %+v:\n got %s of %s, %d here, %d publishers, told by %v\nwant %+v", i, q, got.ID, got.Original, got.Here, got.Publishers, tellers, want[i])
		}
	}
}

func TestStoryShowsOnceWithWhoFollowed(t *testing.T) {
	s := open(t)
	s.setFamilies(oneHouse)
	at := func(hours int) time.Time { return week.Add(time.Duration(hours) * time.Hour) }
	text := release(1)
	write(t, s,
		post("first", 1, text, publishedBy("a.example"), published(at(1))), post("second", 1, text, publishedBy("b.example"), published(at(2))),
		post("third", 1, text, publishedBy("c.example"), published(at(3))), post("other", 1, publishedBy("d.example"), published(at(4))))
	refresh(t, s)
	q := ItemQuery{Filter: Filter{From: week, To: week}, Limit: 10}
	page, err := s.Stories(t.Context(), q)
	if err != nil || len(page.List) != 2 || page.Counts != (Counts{Items: 4, Publishers: 3, Stories: 2}) {
		t.Fatalf("%+v (%v), want two stories in four posts", page, err)
	}
	st := page.List[1]
	if st.ID != "first" || st.First.Publisher != "a.example" || st.CopyCount != 2 || st.Publishers != 2 || st.Here != 3 {
		t.Errorf("first told by %+v, %d copies, %d publishers, %d here", st.First, st.CopyCount, st.Publishers, st.Here)
	}
	if len(st.Copies) != 2 || st.Copies[0].Publisher != "b.example" || st.Copies[1].Publisher != "c.example" || st.Copies[1].Voice() != "house.example" {
		t.Errorf("copies %+v", st.Copies)
	}
	if one, ok, err := s.Told(t.Context(), "third"); err != nil || !ok || one.First.ID != "first" || one.CopyCount != 2 || one.ID != "third" {
		t.Errorf("one post: %+v %t (%v)", one, ok, err)
	}

	write(t, s, gone("first", 2)) // then the next earliest is the first
	refresh(t, s)
	page, err = s.Stories(t.Context(), q)
	if err != nil || len(page.List) != 2 || page.List[1].First.ID != "second" || page.List[1].CopyCount != 1 || page.List[1].Publishers != 1 {
		t.Fatalf("after the deletion: %+v (%v)", page.List, err)
	}
}
