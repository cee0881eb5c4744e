package council_test

import (
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/council"
)

func on(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// parts writes shares as fractions: "E06000061 1/2, E06000062 1/2".
func parts(ro *council.Rollup, id string) string {
	var list []string
	for _, s := range ro.Shares(id) {
		part := big.NewRat(int64(s.Parts), int64(ro.Unit())).RatString()
		list = append(list, strings.TrimSuffix(s.Council+" "+part, " 1"))
	}
	return strings.Join(list, ", ")
}

func TestCheckFindsNothing(t *testing.T) {
	for _, problem := range council.Load().Check() {
		t.Error(problem)
	}
}

func TestPostsCountOnTheCouncilsOfTheDay(t *testing.T) {
	for _, tt := range []struct {
		view          council.View
		day, id, want string
	}{
		{council.Then, "2026-11-21", "E10000021", "E10000021"},
		{council.Now, "2026-11-21", "E10000021", "E06000061 1/2, E06000062 1/2"}, // Northamptonshire
		{council.Now, "2021-03-31", "E10000021", "E10000021"},
		{council.Now, "2021-04-01", "E10000021", "E06000061 1/2, E06000062 1/2"},
		{council.Now, "2026-11-21", "E07000190", "E06000066"}, // Taunton Deane, in two steps
		{council.Now, "2020-01-01", "E07000190", "E07000246"},
		{council.Now, "2026-11-21", "E47000011", "E47000014"}, // North of Tyne
		{council.Now, "2026-12-31", "E07000207", "E07000207"}, // Elmbridge
		{council.Now, "2027-03-31", "E07000207", "E07000207"},
		{council.Now, "2027-04-01", "E07000207", "x-east-surrey-council"},
		{council.Now, "2027-04-01", "E10000030", "x-east-surrey-council 1/2, x-west-surrey-council 1/2"},
		{council.Cells, "2027-04-01", "E10000030", "x-east-surrey-council 1/2, x-west-surrey-council 1/2"},
		{council.Now, "2028-06-01", "E07000148", "E07000148"},                                                                   // Norwich: no law yet
		{council.Cells, "2028-06-01", "x-greater-norwich-council", "x-greater-norwich-council"},                                 // planned
		{council.Cells, "2026-11-21", "E10000028", portion("1/8", 192, 193, 194, 195, 196, 197, 198, 199)},                      // Staffordshire
		{council.Cells, "2026-11-21", "E10000021", "E06000061 1/2, E06000062 1/2"},                                              // today's squares
		{council.Cells, "2021-03-31", "E10000021", portion("1/7", 150, 151, 152, 153, 154, 155, 156)},                           // those of its time
		{council.Cells, "2026-11-21", "E47000002", "E08000017 1/4, E08000018 1/4, E08000038 1/4, E08000039 1/4"},                // South Yorkshire
		{council.Cells, "2026-11-21", "E47000012", "E06000014 1/2, E06000065 1/2"},                                              // York and North Yorkshire
		{council.Cells, "2026-11-21", "x-greater-essex-combined-county-authority", "x-greater-essex-combined-county-authority"}, // no members yet
		{council.Then, "2026-11-21", "E08000016", "E08000038"},                                                                  // a code that changed is no other council
		{council.Now, "2026-11-21", "E99999999", "E99999999"},
	} {
		if got := parts(council.Load().Rollup(tt.view, on(tt.day)), tt.id); got != tt.want {
			t.Errorf("%s on %s: %s counts for %s, want %s", tt.view, tt.day, tt.id, got, tt.want)
		}
	}
}

// portion writes districts by the end of their code, with the same part.
func portion(part string, districts ...int) string {
	var list []string
	for _, d := range districts {
		list = append(list, "E07000"+string([]byte{'0' + byte(d/100), '0' + byte(d/10%10), '0' + byte(d%10)})+" "+part)
	}
	return strings.Join(list, ", ")
}

// TestPartsOfEveryCouncilAddUpToOne, on days before and after every
// reorganisation, and lead to councils that are there on that day.
func TestPartsOfEveryCouncilAddUpToOne(t *testing.T) {
	r := council.Load()
	days := map[time.Time]bool{on("2000-01-01"): true, on("2026-11-21"): true, on("2030-01-01"): true}
	for _, c := range r.All() {
		if !c.End.IsZero() {
			days[c.End], days[c.End.AddDate(0, 0, 1)] = true, true
		}
	}
	for day := range maps.Keys(days) {
		for _, view := range council.Views {
			ro := r.Rollup(view, day)
			if ro.Unit() > 1e10 {
				t.Errorf("%s on %s: parts of 1/%d; a billion posts would not fit 64 bits", view, day.Format(time.DateOnly), ro.Unit())
			}
			for _, c := range r.All() {
				checkShares(t, r, ro, c)
			}
		}
	}
}

func checkShares(t *testing.T, r *council.Register, ro *council.Rollup, c council.Council) {
	t.Helper()
	var sum uint64
	for _, s := range ro.Shares(c.ID) {
		sum += s.Parts
		target, _ := r.Council(s.Council)
		if ro.View != council.Then && c.On(ro.Day) && !target.On(ro.Day) || ro.View != council.Then && target.Ended(ro.Day) {
			t.Errorf("%s on %s: %s counts for %s, which is not there", ro.View, ro.Day.Format(time.DateOnly), c.Name, target.Name)
		}
		if !slices.Contains(ro.Members(s.Council), c.ID) {
			t.Errorf("%s counts for %s, and is not among its members", c.Name, target.Name)
		}
		if ro.View == council.Now && !slices.Equal(r.Areas(target.ID), r.Areas(c.ID)) {
			t.Errorf("%s counts in %v, and lies in %v", c.Name, r.Areas(target.ID), r.Areas(c.ID))
		}
	}
	if sum != ro.Unit() {
		t.Errorf("%s on %s: the parts of %s add up to %d of %d", ro.View, ro.Day.Format(time.DateOnly), c.Name, sum, ro.Unit())
	}
}

// TestEveryAbolishedCouncilEndsInOneOfToday follows the successors by hand.
func TestEveryAbolishedCouncilEndsInOneOfToday(t *testing.T) {
	r := council.Load()
	for _, c := range r.All() {
		heirs := []string{c.ID}
		for steps := 0; len(heirs) > 0; steps++ {
			if steps > 5 {
				t.Fatalf("the successors of %s do not end", c.Name)
			}
			h, _ := r.Council(heirs[0])
			heirs = append(heirs[1:], h.Successors...)
			if len(h.Successors) == 0 && h.Status != council.Current && h.Status != council.Shadow && h.Status != council.Planned {
				t.Errorf("%s ends in %s, which is %s", c.Name, h.Name, h.Status)
			}
		}
	}
}

func TestSentencesOfReorganisations(t *testing.T) {
	r := council.Load()
	for _, tt := range []struct {
		view          council.View
		day, id, want string
	}{
		{council.Now, "2026-11-21", "E10000021", "Northamptonshire was abolished on 31 March 2021; its posts count half each for North Northamptonshire and West Northamptonshire."},
		{council.Now, "2026-11-21", "E07000187", "Mendip was abolished on 31 March 2023; its posts count for Somerset."},
		{council.Then, "2026-11-21", "E07000187", "Mendip was abolished on 31 March 2023; Somerset took over."},
		{council.Cells, "2026-11-21", "E47000009", "West of England lies over 3 councils; its posts count a third each for Bath and North East Somerset, Bristol and South Gloucestershire."},
		{council.Cells, "2026-11-21", "E61000001", "Greater London lies over 33 councils; its posts count 1/33 each for them."},
		{council.Now, "2026-11-21", "E07000207", ""},
		{council.Now, "2026-11-21", "nowhere", ""},
	} {
		if got := r.Rollup(tt.view, on(tt.day)).Sentence(tt.id); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	for _, tt := range []struct{ day, id, want string }{
		{"2026-11-21", "E06000062", "West Northamptonshire took over from Daventry, Northampton, Northamptonshire and South Northamptonshire on 1 April 2021."},
		{"2026-11-21", "E07000208", "Epsom and Ewell will be abolished on 31 March 2027; East Surrey will take over."},
		{"2027-04-01", "E07000208", "Epsom and Ewell was abolished on 31 March 2027; East Surrey took over."},
		{"2026-11-21", "x-greater-norwich-council", "Greater Norwich is planned for 1 April 2028 in place of councils such as Norwich; no law says so yet."},
		{"2026-11-21", "E08000003", ""},
	} {
		if got := r.History(tt.id, on(tt.day)); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestNobodysRollupLeavesEverybodyAlone(t *testing.T) {
	var ro *council.Rollup
	if parts := ro.Shares("a"); ro.Unit() != 1 || len(parts) != 1 || parts[0] != (council.Share{Council: "a", Parts: 1}) || ro.Moved("a") || ro.Sentence("a") != "" {
		t.Errorf("got %v", parts)
	}
}

func BenchmarkRollup(b *testing.B) {
	for _, view := range council.Views {
		b.Run(string(view), func(b *testing.B) {
			for b.Loop() {
				council.Load().Rollup(view, on("2026-11-21"))
			}
		})
	}
}
