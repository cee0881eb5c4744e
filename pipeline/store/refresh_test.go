package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/radar"
	"vantage/pipeline/story"
)

// release is a text long enough for a signature; n changes one word of it.
func release(n int) func(*Row) {
	return func(r *Row) {
		words := strings.Fields(strings.Repeat("the council has today published its plan for new homes schools roads and parks across the borough ", 4))
		for i := range words {
			words[i] += fmt.Sprint(i / 5)
		}
		words[7] = fmt.Sprint("edit", n)
		r.Signature = story.Sign(nil, "", strings.Join(words, " "))
	}
}

func weeksAgo(n int) func(*Row) {
	return func(r *Row) { r.Published = week.AddDate(0, 0, -7*n).Add(30 * time.Hour) }
}

func TestCopiesAreOneStoryOverWeeksAndClasses(t *testing.T) {
	s := open(t)
	write(t, s,
		post("first", 1, release(1), weeksAgo(1)),
		post("copy", 2, release(2), from("feed-c", "c.example", "press")),
		post("other", 3))
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-09 ai 1/1/1; 11-16 ai 2/2/2" {
		t.Error(got)
	}
	h, err := s.Heat(ctx(t), Topics, Filter{})
	if want := (Counts{3, 2, 2}); err != nil || h.Totals["ai"] != want || h.All != want {
		t.Errorf("totals %v, all %v, %v; want %v", h.Totals, h.All, err, want)
	}
	page, err := s.Items(ctx(t), ItemQuery{Kind: Topics, Term: "ai", Limit: 10})
	if err != nil || page.Counts != (Counts{3, 2, 2}) || page.Story["copy"] != "first" || len(page.Story) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestPostBeforeItsCopiesTakesTheStory(t *testing.T) {
	s := open(t)
	write(t, s, post("b", 1, release(1)), post("c", 1, release(2), func(r *Row) { r.Published = r.Published.Add(time.Hour) }))
	refresh(t, s)
	write(t, s, post("a", 1, release(3), weeksAgo(2))) // found only later
	refresh(t, s)
	page, err := s.Items(ctx(t), ItemQuery{Limit: 10})
	if err != nil || page.Stories != 1 || page.Story["b"] != "a" || page.Story["c"] != "a" {
		t.Errorf("%+v, %v", page, err)
	}
	h, err := s.Heat(ctx(t), Topics, Filter{})
	if err != nil || h.All.Stories != 1 {
		t.Errorf("%+v, %v", h.All, err)
	}
	write(t, s, gone("a", 2))
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 2/1/1" {
		t.Error(got)
	}
}

func TestItemCountsOnceInAnArea(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, func(r *Row) { r.Councils = []string{"E1", "E2", "W1"} }))
	refresh(t, s)
	for area, want := range map[string]string{
		"": "11-16 ai 1/1/1", "nation:England": "11-16 ai 1/1/1", "region:London": "11-16 ai 1/1/1",
		"E1": "11-16 ai 1/1/1", "nation:Wales": "11-16 ai 1/1/1", "nation:Scotland": "",
	} {
		if got := cells(t, s, Filter{Area: area}); got != want {
			t.Errorf("%s: %s", area, got)
		}
	}
}

func TestArchiveOver600Weeks(t *testing.T) {
	s := open(t)
	var rows []Row
	for n := range 600 {
		rows = append(rows, post(fmt.Sprint("a", n), 1, weeksAgo(n)), post(fmt.Sprint("b", n), 1, weeksAgo(n)))
	}
	write(t, s, rows...)
	r, err := s.Refresh(ctx(t))
	if err != nil || r.Left != 600-weeksPerRound || !r.Weeks[len(r.Weeks)-1].Equal(week) {
		t.Fatalf("%+v, %v: the newest weeks must come first", r, err)
	}
	refresh(t, s)
	h, err := s.Heat(ctx(t), Topics, Filter{})
	if err != nil || len(h.Cells) != 600 || len(h.Weeks) != 600 || h.Totals["ai"].Items != 1200 {
		t.Fatalf("%d cells in %d weeks, %+v, %v", len(h.Cells), len(h.Weeks), h.Totals, err)
	}
	totals, err := s.Totals(ctx(t))
	if err != nil || totals.Items != 1200 || totals.Sources != 1 || totals.Publishers != 1 || !totals.Newest.Equal(week.Add(30*time.Hour)) {
		t.Errorf("%+v, %v", totals, err)
	}
}

func TestWriteDuringARefreshIsNotLost(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	dirty, err := s.dirtyWeeks(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, post("b", 2))
	if _, err := s.derive(ctx(t), dirty[:1], 0, week, false); err != nil {
		t.Fatal(err)
	}
	if g, err := s.Generation(ctx(t)); err != nil || g.Number != 1 {
		t.Fatalf("%+v, %v", g, err)
	}
	if n, err := s.Pending(ctx(t)); err != nil || n != 1 {
		t.Fatalf("%d weeks wait, %v", n, err)
	}
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 2/1/2" {
		t.Error(got)
	}
}

// Each table that a swap reaches is a point at which it can be cut off.
func TestRefreshCutOffAtAnyPointIsRepaired(t *testing.T) {
	for after := range len(derivedTables) + 1 {
		s := open(t)
		write(t, s, post("a", 1, release(1)), post("b", 2, release(2), weeksAgo(1)))
		refresh(t, s)
		write(t, s, gone("b", 3), post("c", 4, release(3), weeksAgo(2)))
		cutOff(t, s, after)
		g, err := s.state(ctx(t))
		if err != nil || !g.swapping() {
			t.Fatalf("%+v, %v", g, err)
		}
		refresh(t, s)
		if got := cells(t, s, Filter{}); got != "11-02 ai 1/1/1; 11-16 ai 1/1/1" {
			t.Errorf("cut off after %d tables: %s", after, got)
		}
		if h, err := s.Heat(ctx(t), Topics, Filter{}); err != nil || h.All != (Counts{2, 1, 1}) || h.Generation.Torn {
			t.Errorf("cut off after %d tables: %+v, %v", after, h.All, err)
		}
	}
}

// The copy goes and comes again around a swap that was cut off, so that the
// copies, which were not reached, are the same before and after.
func TestCutOffSwapLeavesNoStoryCountedTwice(t *testing.T) {
	s := open(t)
	write(t, s, post("first", 1, release(1), weeksAgo(1)), post("copy", 1, release(2)))
	refresh(t, s)
	write(t, s, gone("copy", 2))
	cutOff(t, s, 1)
	write(t, s, post("copy", 3, release(2)))
	refresh(t, s)
	if h, err := s.Heat(ctx(t), Topics, Filter{}); err != nil || h.All != (Counts{2, 1, 1}) {
		t.Errorf("%+v, %v", h.All, err)
	}
	if n, err := s.Pending(ctx(t)); err != nil || n != 0 {
		t.Errorf("%d weeks wait, %v", n, err)
	}
}

// cutOff does what a refresh does until it has swapped so many tables.
func cutOff(t *testing.T, s *Store, tables int) {
	t.Helper()
	dirty, err := s.dirtyWeeks(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.plan(ctx(t), dirty)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.stage(ctx(t), p), func() error { _, err := s.begin(ctx(t)); return err }()); err != nil {
		t.Fatal(err)
	}
	parts, err := s.partitions(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range derivedTables[:tables] {
		weeks := p.cells
		if table == "copies" {
			weeks = p.copies
		}
		if err := s.swap(ctx(t), table, parts, months(weeks.sorted())); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReaderWaitsForASwapAndSaysWhenItWasCutOff(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	refresh(t, s)
	step, err := s.begin(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan Generation, 1)
	go func() {
		g, err := s.Generation(t.Context())
		if err != nil {
			t.Error(err)
		}
		got <- g
	}()
	select {
	case g := <-got:
		t.Fatalf("did not wait: %+v", g)
	case <-time.After(3 * pause):
	}
	if err := s.setStep(ctx(t), step+1, now); err != nil {
		t.Fatal(err)
	}
	if g := <-got; g.Number != 2 || g.Torn {
		t.Errorf("%+v", g)
	}
	step, _ = s.begin(ctx(t))
	s.torn.set(step) // as the first reader does after patience
	if h, err := s.Heat(ctx(t), Topics, Filter{}); err != nil || !h.Generation.Torn || len(h.Cells) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestReadsAgainWhenTheGenerationChanges(t *testing.T) {
	s := open(t)
	n := 0
	_, err := s.consistent(ctx(t), func() error {
		if n++; n < 3 {
			return s.setStep(t.Context(), uint64(2*n), now)
		}
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d reads, %v", n, err)
	}
}

func TestRetagChangesTheNumbersAndResumes(t *testing.T) {
	s := open(t)
	for n := range 7 {
		write(t, s, post(fmt.Sprint("p", n), 1, weeksAgo(n%2)))
	}
	write(t, s, post("expired", 1, func(r *Row) { r.Expires = now.Add(-time.Hour) }))
	refresh(t, s)
	housing := func(r *Row) {
		if r.Title == "" || r.Text == "" {
			t.Errorf("%s came without its text", r.ID)
		}
		r.Topics, r.Rules, r.Title = []string{"housing"}, "r2", "must not be stored"
	}
	shown := 0
	dry, err := s.Compare(ctx(t), week, housing, func(c Compared, done Retagged) bool {
		shown++
		return c.Stored.Topics[0] == "ai" && c.Tagged.Topics[0] == "housing" && done.Total == 4 && done.Read < 3
	})
	if err != nil || dry.Read != 3 || dry.Changed != 3 || shown != 3 {
		t.Fatalf("%+v, %d shown, %v", dry, shown, err)
	}
	stop := errors.New("stop")
	part, err := s.Retag(ctx(t), RetagConfig{Round: 2, Chunk: 2, Progress: func(r Retagged) error {
		if r.Read > 3 {
			return stop
		}
		return nil
	}}, housing)
	if !errors.Is(err, stop) || part.Changed < 4 || !part.Done.Equal(addWeeks(week, -1)) || part.Total != 7 {
		t.Fatalf("%+v, %v", part, err)
	}
	rest, err := s.Retag(ctx(t), RetagConfig{After: part.Done}, housing)
	if err != nil || rest.Read != 4 || rest.Changed+part.Changed != 7 || !rest.Done.Equal(week) {
		t.Fatalf("%+v, %v", rest, err)
	}
	refresh(t, s)
	if got := cells(t, s, Filter{}); got != "11-16 ai 1/1/1; 11-09 housing 3/1/3; 11-16 housing 4/1/4" {
		t.Error(got)
	}
	if r := stored(t, s, "p0"); r.Rules != "r2" || r.Title != "Title of p0" || r.Version != 1 {
		t.Errorf("%+v", r)
	}
}

func TestItemsShowAnExtractAndNoInnards(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, release(1), func(r *Row) { r.Text = strings.Repeat("é", 400) }))
	refresh(t, s)
	page, err := s.Items(ctx(t), ItemQuery{Limit: 5})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	if r := page.Items[0]; r.Text != strings.Repeat("é", 300)+" …" || r.Signature != nil || r.Seqs != nil {
		t.Errorf("%+v", r)
	}
	if _, err := s.Items(ctx(t), ItemQuery{}); err == nil {
		t.Error("took a limit of 0")
	}
}

// The store's counts are handed to radar.Rank; here they are made by hand.
func TestScoresAreThoseOfTheRadarOverTheSameCounts(t *testing.T) {
	s := open(t)
	asOf := week
	in := radar.Input{AsOf: asOf}
	var rows []Row
	terms := map[string]*radar.Term{"ai": {ID: "ai"}, "housing": {ID: "housing"}}
	for f := range 4 {
		feed := radar.Feed{Key: fmt.Sprint("feed-", f), Class: "council", First: asOf.AddDate(0, 0, -7*radar.Units)}
		counts := map[string]*radar.Count{"ai": {Term: "ai", Feed: feed.Key}, "housing": {Term: "housing", Feed: feed.Key}}
		for u := range radar.Units {
			for n := range 6 {
				term := "housing"
				if u < 2 && n < 4 || n == 0 && u%3 == 0 {
					term = "ai"
				}
				id := fmt.Sprint(f, "-", u, "-", n)
				rows = append(rows, post(id, 1, from(feed.Key, "p"+fmt.Sprint(f), "council"), weeksAgo(u+1), topics(term)))
				feed.Items[u]++
				counts[term].Items[u]++
				counts[term].Sources[u] = 1
				if u < radar.EvidenceWeeks {
					terms[term].Items28++
				}
				if u == 0 {
					terms[term].Items7++
				}
			}
		}
		in.Feeds = append(in.Feeds, feed)
		in.Counts = append(in.Counts, *counts["ai"], *counts["housing"])
	}
	for _, term := range terms {
		term.Sources, term.Known = 4, 4
		in.Terms = append(in.Terms, *term)
	}
	rows = append(rows, post("running", 1), post("copy", 1, release(1), weeksAgo(1), topics("x")), post("copied", 1, release(2), weeksAgo(2), topics("x")))
	write(t, s, rows...)
	write(t, s, gone("copy", 2), gone("copied", 2))
	refresh(t, s)
	got, err := s.Scores(ctx(t), Topics, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := radar.Rank(in)
	if fmt.Sprintf("%+v", got.Ranking) != fmt.Sprintf("%+v", want) || len(want.Scores) != 2 || !want.Enough {
		t.Errorf("got  %+v\nwant %+v", got.Ranking, want)
	}
	if !got.Computed.Equal(now) {
		t.Errorf("computed %v", got.Computed)
	}
}

func TestNewWeekIsRankedAndOldRankingsStay(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, weeksAgo(1)))
	refresh(t, s)
	if r, err := s.Refresh(ctx(t)); err != nil || r.Ranked || len(r.Weeks) != 0 {
		t.Fatalf("%+v, %v: nothing was to do", r, err)
	}
	s.now = func() time.Time { return now.AddDate(0, 0, 7) }
	if r, err := s.Refresh(ctx(t)); err != nil || !r.Ranked {
		t.Fatalf("%+v, %v", r, err)
	}
	for asked, want := range map[time.Time]time.Time{{}: week.AddDate(0, 0, 7), week: week, week.AddDate(0, 0, 3): week} {
		got, err := s.Scores(ctx(t), Topics, asked)
		if err != nil || !got.Window.AsOf.Equal(want) {
			t.Errorf("asked %v, got %v, %v", asked, got.Window.AsOf, err)
		}
	}
	if got, err := s.Scores(ctx(t), Topics, week.AddDate(0, 0, -7)); err != nil || !got.Computed.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEmptyStoreAnswersEverything(t *testing.T) {
	s := open(t)
	h, err := s.Heat(ctx(t), Topics, Filter{})
	if err != nil || len(h.Cells) != 0 || h.Generation.Number != 0 || !h.Generation.Time.IsZero() {
		t.Errorf("%+v, %v", h, err)
	}
	if c, err := s.CouncilHeat(ctx(t), Topics, Filter{}, nil); err != nil || len(c.Cells) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if p, err := s.Items(ctx(t), ItemQuery{Limit: 1}); err != nil || p.Counts.Items != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if v, err := s.Totals(ctx(t)); err != nil || v != (Totals{}) {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := s.Scores(ctx(t), Tools, time.Time{}); err != nil || v.Enough {
		t.Errorf("%+v, %v", v, err)
	}
	absent(t, s, "a")
	if err := s.Ping(ctx(t)); err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhatItTried(t *testing.T) {
	for dsn, want := range map[string]string{
		"":                                  "no DSN",
		"ftp://x":                           "DSN",
		"http://127.0.0.1:1/vantage":        "127.0.0.1:1",
		"clickhouse://127.0.0.1:1/vantage2": "127.0.0.1:1",
	} {
		_, err := Open(ctx(t), Config{DSN: dsn})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", dsn, err)
		}
	}
}
