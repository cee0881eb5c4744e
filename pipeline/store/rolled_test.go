package store

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/store/engine/enginetest"
	"vantage/pipeline/story"
)

// rolledCouncils are those with histories: counties that became one or two,
// districts in two steps, combined authorities that merged or reach over two
// regions, councils that will end in 2027, and codes that changed.
var rolledCouncils = []string{
	"E10000021", "E06000061", "E06000062", "E07000150", "E07000154", // Northamptonshire
	"E07000190", "E07000246", "E06000066", "E10000027", // Somerset
	"E47000010", "E47000011", "E47000014", "E08000021", // the North East
	"E10000030", "E07000207", "E07000209", "x-east-surrey-council", // Surrey
	"E47000017", "E06000013", "E10000019", "E07000138", // Greater Lincolnshire
	"E61000001", "E09000012", "E08000016", "E08000038", "x-larne-borough-council", "N09000008", "W06000015", "not-in-the-register",
}

// rolledRows are random posts about one to four of these councils, some of
// them copies of each other.
func rolledRows(rnd *rand.Rand, n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		perm := rnd.Perm(len(rolledCouncils))[:1+rnd.IntN(4)]
		var councils []string
		for _, k := range perm {
			councils = append(councils, rolledCouncils[k])
		}
		slices.Sort(councils)
		rows[i] = Row{
			ID: fmt.Sprintf("post-%d", i), Version: 1, Source: "s", Kind: "feed", ContentHash: "h", Title: "T", Expires: Never,
			Publisher: fmt.Sprintf("p%d.example", rnd.IntN(6)), Class: worldClasses[rnd.IntN(3)], Councils: councils,
			Topics:    slices.DeleteFunc(slices.Clone(worldTopics), func(string) bool { return rnd.IntN(2) == 0 }),
			Published: week.AddDate(0, 0, -rnd.IntN(7*6)).Add(time.Hour), Seen: now,
		}
		if rnd.IntN(3) == 0 {
			rows[i].Signature = story.Sign(nil, "", strings.Repeat(fmt.Sprintf("release %d of the council about houses and roads ", rnd.IntN(9)), 5)+strings.Repeat(fmt.Sprint("w", rnd.IntN(9), " "), 20))
		}
	}
	return rows
}

// byHand works out where the posts of a council count from the fields of the
// register alone.
func byHand(r *council.Register, view council.View, day time.Time, id string, weight *big.Rat, out map[string]*big.Rat) {
	c, _ := r.Council(id)
	var heirs []string
	switch {
	case view == council.Then || c.ID == "":
	case !c.End.IsZero() && c.End.AddDate(0, 0, 1).Compare(day) <= 0:
		heirs = c.Successors
	case view == council.Cells && (c.Tier == "upper" || c.Tier == "strategic"):
		for _, m := range r.All() {
			county, _ := r.Council(m.County)
			over := m.County == c.ID || m.Authority == c.ID || county.Authority == c.ID
			gone := !m.End.IsZero() && m.End.AddDate(0, 0, 1).Compare(day) <= 0
			if over && (m.Tier == "lower" || m.Tier == "single") && m.Status != "planned" && !m.Start.After(day) && !gone {
				heirs = append(heirs, m.ID)
			}
		}
	}
	if c.ID != "" {
		id = c.ID
	}
	if len(heirs) == 0 {
		if out[id] == nil {
			out[id] = new(big.Rat)
		}
		out[id].Add(out[id], weight)
	}
	for _, h := range heirs {
		byHand(r, view, day, h, new(big.Rat).Mul(weight, big.NewRat(1, int64(len(heirs)))), out)
	}
}

// recounted is what maps say of a place.
type recounted struct {
	mentions *big.Rat
	tally
}

// recount counts a view over the posts, in maps.
func recount(r *council.Register, rows []Row, told map[string]string, ro *council.Rollup, f Filter, in func(id string) bool) map[place]*recounted {
	sums := map[place]*recounted{}
	for _, row := range rows {
		w := mondayOf(row.Published)
		if w.Before(f.From) || w.After(f.To) || f.Class != "" && row.Class != f.Class {
			continue
		}
		seen := map[place]bool{}
		for _, id := range row.Councils {
			if !in(id) {
				continue
			}
			parts := map[string]*big.Rat{}
			byHand(r, ro.View, ro.Day, id, big.NewRat(1, 1), parts)
			for target, part := range parts {
				for _, term := range append([]string{""}, row.Topics...) {
					at := place{target, term}
					if sums[at] == nil {
						sums[at] = &recounted{new(big.Rat), tally{0, map[string]bool{}, map[string]bool{}}}
					}
					c := sums[at]
					c.mentions.Add(c.mentions, part)
					c.publishers[row.Publisher], c.stories[told[row.ID]] = true, true
					if !seen[at] {
						c.items++
					}
					seen[at] = true
				}
			}
		}
	}
	return sums
}

func mondayOf(t time.Time) time.Time {
	t = t.Truncate(24 * time.Hour)
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
}

// TestTotalsAreTheSameInEveryView counts random posts about councils with
// histories in each view, on days before and after reorganisations, and
// compares every number with a recount, and the totals of each topic, over
// the whole period and in single weeks, with those of the posts themselves.
func TestTotalsAreTheSameInEveryView(t *testing.T) {
	r := council.Load()
	server := enginetest.Open(t)
	s, err := Open(t.Context(), Config{DSN: server.DSN, DialContext: server.DialContext, Database: server.Database, Areas: r.Areas, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	rows := rolledRows(rand.New(rand.NewPCG(7, 8)), 400)
	write(t, s, rows...)
	refresh(t, s)
	byID := map[string]Row{}
	for i := range rows {
		rows[i].Week = mondayOf(rows[i].Published)
		byID[rows[i].ID] = rows[i]
	}
	told := stories(byID)
	anywhere := func(string) bool { return true }
	whole := Filter{From: addWeeks(week, -6), To: week}
	for i, tt := range []struct {
		f  Filter
		in func(string) bool
	}{
		{whole, anywhere}, {Filter{From: addWeeks(week, -2), To: addWeeks(week, -2)}, anywhere},
		{Filter{From: addWeeks(week, -3), To: addWeeks(week, -3), Class: "press"}, anywhere},
		{Filter{From: whole.From, To: whole.To, Area: "region:East Midlands"}, func(id string) bool { return slices.Contains(r.Areas(id), "region:East Midlands") }},
		{Filter{From: whole.From, To: whole.To, Councils: []string{"E10000021", "E06000061"}}, func(id string) bool { return id == "E10000021" || id == "E06000061" }},
	} {
		days := []string{"2026-11-21", "2027-04-01", "2019-06-01", "2010-01-01"}
		if i > 0 {
			days = days[:1]
		}
		for _, date := range days {
			day, _ := time.Parse(time.DateOnly, date)
			totals := map[council.View]map[string]string{}
			for _, view := range council.Views {
				totals[view] = checkRolled(t, s, r, r.Rollup(view, day), rows, told, tt.f, tt.in)
			}
			if len(totals[council.Then]) < 5 || !maps.Equal(totals[council.Then], totals[council.Now]) || !maps.Equal(totals[council.Then], totals[council.Cells]) {
				t.Errorf("%+v on %s: the totals of the views differ:\n%v", tt.f, date, totals)
			}
		}
	}
}

// checkRolled compares one chart with its recount and returns the total
// mentions of each topic.
func checkRolled(t *testing.T, s *Store, r *council.Register, ro *council.Rollup, rows []Row, told map[string]string, f Filter, in func(string) bool) map[string]string {
	t.Helper()
	h, err := s.CouncilHeat(t.Context(), Topics, f, ro)
	if err != nil {
		t.Fatal(err)
	}
	got := map[place]Mentioned{}
	for _, c := range h.Cells {
		got[place{c.Council, c.Term}] = c.Mentioned
	}
	for id, c := range h.Heard {
		got[place{id, ""}] = c
	}
	want := recount(r, rows, told, ro, f, in)
	if len(got) != len(want) {
		t.Errorf("%s on %s %+v: %d numbers, recount %d", ro.View, ro.Day.Format(time.DateOnly), f, len(got), len(want))
	}
	totals := map[string]*big.Rat{}
	for at, c := range got {
		w := want[at]
		mentions := new(big.Rat).SetFrac(new(big.Int).SetUint64(c.Mentions), new(big.Int).SetUint64(h.Unit))
		if w == nil || mentions.Cmp(w.mentions) != 0 || c.Counts != w.counts() {
			t.Fatalf("%s on %s %+v: %v is %s in %v, recount %+v", ro.View, ro.Day.Format(time.DateOnly), f, at, mentions.RatString(), c.Counts, w)
		}
		if totals[at.term] == nil {
			totals[at.term] = new(big.Rat)
		}
		totals[at.term].Add(totals[at.term], mentions)
	}
	words := map[string]string{}
	for term, sum := range totals {
		words[term] = sum.RatString()
		if !sum.IsInt() {
			t.Errorf("the total of %q is %s, which is no number of posts", term, words[term])
		}
	}
	return words
}

// TestStoryOfAPostOutlivesItsCopies counts a post about two councils that are
// one today: its story counts once there, with a copy and without.
func TestStoryOfAPostOutlivesItsCopies(t *testing.T) {
	s := open(t)
	about := func(ids ...string) func(*Row) { return func(r *Row) { r.Councils = ids } }
	write(t, s,
		post("first", 1, release(1), weeksAgo(1), about("E07000246", "E10000027")), post("copy", 1, release(2)),
		post("one", 1, weeksAgo(1), about("E07000246")), post("other", 1, weeksAgo(1), about("E10000027")))
	today := council.Load().Rollup(council.Now, now)
	for _, change := range []Row{gone("none", 1), gone("copy", 2), post("copy", 3, release(2))} {
		write(t, s, change)
		refresh(t, s)
		h, err := s.CouncilHeat(ctx(t), Topics, Filter{}, today)
		if got := h.Heard["E06000066"].Counts; err != nil || got != (Counts{3, 1, 3}) {
			t.Errorf("after %s, version %d: %v, %v", change.ID, change.Version, got, err)
		}
	}
}
