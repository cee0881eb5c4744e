package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/store/engine/enginetest"
)

func wrote(t *testing.T, got Written, want string) {
	t.Helper()
	if s := fmt.Sprintf("stored %d unchanged %d stale %d deleted %d erase %v", got.Stored, got.Unchanged, got.Stale, got.Deleted, seqs(got.Erase)); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

// seqs are those of the messages, each once.
func seqs(list []Erasure) []uint64 {
	return union(each(list, func(e Erasure) uint64 { return e.Seq }), nil)
}

func TestBatchWrittenTwiceChangesNothing(t *testing.T) {
	s := open(t)
	batch := []Row{post("a", 1), post("b", 2), post("c", 3)}
	wrote(t, write(t, s, batch...), "stored 3 unchanged 0 stale 0 deleted 0 erase []")
	refresh(t, s)
	wrote(t, write(t, s, batch...), "stored 0 unchanged 3 stale 0 deleted 0 erase []")
	if n, err := s.Pending(ctx(t)); err != nil || n != 0 {
		t.Errorf("%d weeks wait, %v: a repeat must not ask for a refresh", n, err)
	}
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 3/1/3" {
		t.Error(got)
	}
}

func TestEditReplacesThePost(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	wrote(t, write(t, s, post("a", 2, hash("h2"), topics("housing"))), "stored 1 unchanged 0 stale 0 deleted 0 erase []")
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 housing 1/1/1" {
		t.Error(got)
	}
	if r := stored(t, s, "a"); r.Title != "Title h2" || !slices.Equal(r.Seqs, []uint64{1, 2}) {
		t.Errorf("got %+v", r)
	}
}

func TestOlderVersionOnlyAddsItsChannelAndMessage(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 5, hash("h5")))
	wrote(t, write(t, s, post("a", 3, hash("h3"), from("feed-a", "a.example", "press"))), "stored 0 unchanged 0 stale 1 deleted 0 erase []")
	r := stored(t, s, "a")
	if r.Version != 5 || r.Title != "Title h5" || r.Text != "Text of a" || !slices.Equal(r.Via, []string{"feed-a", "feed-b"}) ||
		!slices.Equal(r.Seqs, []uint64{3, 5}) || r.Source != "feed-a" || r.Publisher != "a.example" || r.Class != "press" {
		t.Errorf("got %+v", r)
	}
}

func TestChannelsMergeInAnyOrder(t *testing.T) {
	versions := []Row{
		post("x", 1, from("feed-c", "c.example", "press")),
		post("x", 2, from("feed-a", "a.example", "council")),
		post("x", 3, from("feed-b", "b.example", "vendor"), hash("h3")),
	}
	var first string
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}} {
		for _, together := range []bool{true, false} {
			s := open(t)
			var rows []Row
			for _, i := range order {
				rows = append(rows, versions[i])
			}
			if together {
				write(t, s, rows...)
			} else {
				for _, r := range rows {
					write(t, s, r)
				}
			}
			got := fmt.Sprintf("%+v", stored(t, s, "x"))
			if first == "" {
				first = got
			}
			if got != first || !strings.Contains(got, "feed-a feed-b feed-c") || !strings.Contains(got, "a.example") {
				t.Errorf("order %v: got %s\nwant %s", order, got, first)
			}
		}
	}
}

func TestSameContentAgainKeepsItsExpiryButTakesTheVersion(t *testing.T) {
	s := open(t)
	soon := now.Add(48 * time.Hour)
	write(t, s, post("a", 1, func(r *Row) { r.Expires = soon }))
	wrote(t, write(t, s, post("a", 9, func(r *Row) { r.Expires = soon.Add(1000 * time.Hour) })), "stored 0 unchanged 1 stale 0 deleted 0 erase []")
	wrote(t, write(t, s, post("a", 4, hash("h4"))), "stored 0 unchanged 0 stale 1 deleted 0 erase []")
	if r := stored(t, s, "a"); r.Version != 9 || !r.Expires.Equal(soon) || r.ContentHash != "h1" {
		t.Errorf("got %+v", r)
	}
}

func TestMovedDateIsCountedOnce(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	refresh(t, s)
	write(t, s, post("a", 2, published(week.AddDate(0, 0, -10))))
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-02 ai 1/1/1" {
		t.Error(got)
	}
	write(t, s, post("a", 3))
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 1/1/1" {
		t.Error(got)
	}
}

// A crash between the two inserts of a move leaves the post in both weeks.
func TestHalfAMoveIsMadeGoodByTheNextDelivery(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	moved := post("a", 2, published(week.AddDate(0, 0, -10)))
	half := moved
	normalise(&half, now)
	if err := s.insert(ctx(t), []record{{Row: half, revision: 3}}); err != nil {
		t.Fatal(err)
	}
	write(t, s, moved)
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-02 ai 1/1/1" {
		t.Error(got)
	}
}

func TestDeletionLeavesEveryNumberAndNamesTheMessages(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("b", 2))
	write(t, s, post("a", 3, hash("h3")))
	refresh(t, s)
	wrote(t, write(t, s, gone("a", 4)), "stored 0 unchanged 0 stale 0 deleted 1 erase [1 3]")
	wrote(t, write(t, s, gone("a", 4)), "stored 0 unchanged 0 stale 0 deleted 1 erase [1 3]")
	refresh(t, s)
	absent(t, s, "a")
	if got := cells(t, s, Filter{}); got != "11-16 ai 1/1/1" {
		t.Error(got)
	}
	var left uint64
	if err := s.conn.QueryRow(ctx(t), "SELECT count() FROM items FINAL WHERE id = 'a'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows, %v", left, err)
	}
}

func TestLastPostOfAWeekTakesTheWeekWithIt(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("b", 2, weeksAgo(1)), post("c", 2, weeksAgo(9))) // c alone in its month too
	refresh(t, s)
	write(t, s, gone("b", 3), gone("c", 3))
	refresh(t, s)
	h, err := s.Heat(ctx(t), Topics, Filter{From: addWeeks(week, -10), To: week})
	if err != nil || len(h.Cells) != 1 || len(h.Heard) != 1 || h.All.Items != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	if n, err := s.SourceCounts(ctx(t)); err != nil || n["feed-b"].Items != 1 || !n["feed-b"].Oldest.After(week) {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestDeletionOfAnUnknownPostKeepsLateVersionsAway(t *testing.T) {
	s := open(t)
	wrote(t, write(t, s, gone("a", 5)), "stored 0 unchanged 0 stale 0 deleted 1 erase []")
	wrote(t, write(t, s, post("a", 4)), "stored 0 unchanged 0 stale 1 deleted 0 erase [4]")
	absent(t, s, "a")
	wrote(t, write(t, s, post("a", 6)), "stored 1 unchanged 0 stale 0 deleted 0 erase []")
	stored(t, s, "a")
	wrote(t, write(t, s, post("a", 3, from("feed-a", "a.example", "press"))), "stored 0 unchanged 0 stale 1 deleted 0 erase [3]")
	if r := stored(t, s, "a"); r.Source != "feed-b" {
		t.Errorf("a deleted version gave the post its channel: %+v", r)
	}
}

// A deletion that comes late, or again after the post came back, names the
// messages of what it covers, and not of what came after.
func TestDeletionOlderThanThePostNamesWhatItCovers(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1), post("a", 5, hash("h5")))
	for range 2 {
		w := write(t, s, gone("a", 3))
		wrote(t, w, "stored 0 unchanged 0 stale 1 deleted 0 erase [1 5]")
		if slices.ContainsFunc(w.Erase, func(e Erasure) bool { return e.ID != "a" || e.Version != 3 }) {
			t.Errorf("%+v", w.Erase)
		}
	}
	stored(t, s, "a")
}

func TestDeletionWinsOverTheSameVersion(t *testing.T) {
	for _, order := range [][]Row{{post("a", 5), gone("a", 5)}, {gone("a", 5), post("a", 5)}} {
		s := open(t)
		w := write(t, s, order...)
		if absent(t, s, "a"); !slices.Equal(seqs(w.Erase), []uint64{5}) {
			t.Errorf("%+v", w)
		}
		write(t, s, post("a", 5))
		absent(t, s, "a")
	}
}

func TestOneBatchMayHoldAllOfAPost(t *testing.T) {
	s := open(t)
	got := write(t, s, post("a", 1), gone("a", 2), post("a", 3, hash("h3"), published(week.AddDate(0, 0, -7))), post("a", 3, hash("h3"), published(week.AddDate(0, 0, -7))), post("a", 1))
	wrote(t, got, "stored 2 unchanged 1 stale 1 deleted 1 erase [1]")
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-09 ai 1/1/1" {
		t.Error(got)
	}
}

func TestAuthorWhoLeftIsGoneFromThePastAndTheFuture(t *testing.T) {
	s := open(t)
	by := func(r *Row) { r.AuthorRef = "ref" }
	write(t, s, post("a", 1, by), post("b", 2, by), post("c", 3))
	full := errors.New("the disk is full")
	for _, failure := range []error{full, nil} { // delivered again, because erasing failed
		var erased []Erasure
		_, err := s.ForgetAuthor(ctx(t), "ref", 10, func(_ context.Context, list []Erasure) error {
			erased = list
			return failure
		})
		if want := []Erasure{{1, "a", 10}, {2, "b", 10}}; !errors.Is(err, failure) || !slices.Equal(erased, want) {
			t.Fatalf("%v, %v", erased, err)
		}
	}
	wrote(t, write(t, s, post("d", 9, by)), "stored 0 unchanged 0 stale 0 deleted 1 erase [9]")
	wrote(t, write(t, s, post("e", 11, by)), "stored 1 unchanged 0 stale 0 deleted 0 erase []")
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 2/1/2" {
		t.Error(got)
	}
}

func TestAuthorsWhoLeftAreRememberedAfterARestart(t *testing.T) {
	server := enginetest.Open(t)
	if _, err := reopen(t, server).ForgetAuthor(ctx(t), "ref", 10, func(context.Context, []Erasure) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, server)
	write(t, s, post("a", 9, func(r *Row) { r.AuthorRef = "ref" }))
	absent(t, s, "a")
}

func TestExpiredTextIsNeitherKeptNorShown(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, func(r *Row) { r.Expires = now.Add(time.Hour) }), post("b", 1, func(r *Row) { r.Expires = now.Add(-time.Hour) }))
	if r := stored(t, s, "b"); r.Title+r.Text+r.URL != "" || r.Links != nil {
		t.Errorf("stored although expired: %+v", r)
	}
	later := now.Add(2 * time.Hour)
	s.now = func() time.Time { return later }
	if r := stored(t, s, "a"); r.Title+r.Text+r.URL != "" || len(r.Links) != 0 {
		t.Errorf("shown although expired: %+v", r)
	}
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 2/1/2" {
		t.Error(got)
	}
}

func TestTextLeavesTheTableByTTL(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, func(r *Row) { r.Expires = now.Add(time.Hour) }), post("b", 1))
	if err := s.conn.Exec(ctx(t), "ALTER TABLE items UPDATE expires = now() - 60 WHERE id = 'a' SETTINGS mutations_sync = 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec(ctx(t), "OPTIMIZE TABLE items FINAL"); err != nil {
		t.Fatal(err)
	}
	var kept []string
	if err := s.conn.QueryRow(ctx(t), "SELECT groupArray(concat(id, title, text, url)) FROM (SELECT * FROM items ORDER BY id)").Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 2 || kept[0] != "a" || len(kept[1]) < 10 {
		t.Errorf("kept %q", kept)
	}
}

func TestRowsThatNoPipelineShouldSendAreRefused(t *testing.T) {
	s := open(t)
	late := func(r *Row) { r.Seen = Never.AddDate(200, 0, 0) }
	for _, r := range []Row{post("", 1), post("a", 0), post("a", 1, published(time.Time{})), post("a", 1, from("", "p", "c")), post("a", 1, late)} {
		if _, err := s.Write(ctx(t), []Row{r}); err == nil {
			t.Errorf("stored %+v", r)
		}
	}
}

func TestEditClaimedForAFarYearIsNone(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, func(r *Row) { r.Updated = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }))
	if r := stored(t, s, "a"); !r.Updated.IsZero() {
		t.Errorf("updated %v", r.Updated)
	}
}

func TestFeedCouncilFollowsTheChannel(t *testing.T) {
	s := open(t)
	own := func(id string) func(*Row) {
		return func(r *Row) {
			r.FeedCouncil, r.Councils = id, []string{id, "W1"}
			r.Found = []Council{{id, 0.6, "feed"}, {"W1", 0.9, "council"}}
		}
	}
	write(t, s, post("a", 1, from("feed-a", "a", "council"), own("E1")))
	write(t, s, post("a", 2, from("feed-b", "b", "council"), own("E2"), hash("h2")))
	r := stored(t, s, "a")
	if r.FeedCouncil != "E1" || !slices.Equal(r.Councils, []string{"W1", "E1"}) && !slices.Equal(r.Councils, []string{"E1", "W1"}) || len(r.Found) != 2 {
		t.Errorf("got %+v", r)
	}
}
