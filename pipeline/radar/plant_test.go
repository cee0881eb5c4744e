package radar

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// world is 60 council feeds with ten items a week and five steady loud terms,
// each in some tenth of all items.
func world(seed uint64) Input {
	r := rand.New(rand.NewPCG(seed, 1))
	in := Input{AsOf: asOf}
	for f := range 60 {
		key := fmt.Sprintf("feed%02d", f)
		in.Feeds = append(in.Feeds, Feed{Key: key, Class: "council", First: longAgo, Items: weeks(10, 10, 10, 10, 10)})
		for l := range 5 {
			c := Count{Term: fmt.Sprintf("loud%d", l), Feed: key}
			for u := range c.Items {
				for range 10 {
					if r.Float64() < 0.1 {
						c.Items[u]++
						c.Sources[u] = 1
					}
				}
			}
			in.Counts = append(in.Counts, c)
		}
	}
	for l := range 5 {
		in.Terms = append(in.Terms, facts(in, fmt.Sprintf("loud%d", l), 60))
	}
	return in
}

// facts counts what decides eligibility, as if every feed were one publisher.
func facts(in Input, term string, known uint64) Term {
	t := Term{ID: term, Known: known}
	for _, c := range in.Counts {
		if c.Term != term {
			continue
		}
		n := sum(c.Items[:EvidenceWeeks])
		t.Items28 += n
		t.Items7 += c.Items[0]
		if n > 0 {
			t.Sources++
		}
	}
	t.Known = min(known, t.Sources)
	return t
}

// plant adds a term said once in each of the given weeks by each of n feeds.
func plant(in *Input, term string, n int, row [Units]uint64) {
	for f := range n {
		in.Counts = append(in.Counts, Count{Term: term, Feed: in.Feeds[f].Key, Items: row, Sources: row})
	}
	in.Terms = append(in.Terms, facts(*in, term, 60))
}

func TestPlantedRisesBeatSteadyLoudTerms(t *testing.T) {
	for seed := range uint64(20) {
		in := world(seed)
		for i := range 5 {
			plant(&in, fmt.Sprintf("rise%d", i), 8+i, weeks(0, 1, 1, 1, 0))
		}
		r := Rank(in)
		for i, s := range r.Scores {
			rise := s.Term[:4] == "rise"
			if rise != (i < 5) || rise && s.Lift < EmergingLift || !rise && s.Label != None {
				t.Fatalf("seed %d, place %d: %s has lift %.2f %q", seed, i, s.Term, s.Lift, s.Label)
			}
		}
	}
}

func TestFloodOfOneAuthorIsNotEligible(t *testing.T) {
	in := world(1)
	row := weeks(0, 20, 20)
	in.Counts = append(in.Counts, Count{Term: "flood", Feed: "feed00", Items: row, Sources: weeks(0, 1, 1)})
	in.Terms = append(in.Terms, facts(in, "flood", 60))
	if s := only(t, Rank(in), "flood"); s.Eligible || s.Label != None || s.Lift > 2 {
		t.Errorf("flood = %+v", s)
	}
}

func TestThreeSockPuppetsAreNotEligible(t *testing.T) {
	in := world(1)
	plant(&in, "puppets", 3, weeks(0, 15))
	last := &in.Terms[len(in.Terms)-1]
	last.Known = 0
	if s := only(t, Rank(in), "puppets"); s.Eligible || s.Label != None {
		t.Errorf("three fresh accounts = %+v", s)
	}
	last.Known = 3
	if s := only(t, Rank(in), "puppets"); !s.Eligible {
		t.Errorf("three known publishers = %+v, want eligible", s)
	}
}

func TestNewFeedLiftsNothing(t *testing.T) {
	in := world(1)
	before := Rank(in)
	in.Feeds = append(in.Feeds, Feed{Key: "new", Class: "council", First: asOf.AddDate(0, 0, -21), Items: weeks(0, 400, 400, 400)})
	for _, term := range []string{"loud0", "own"} {
		in.Counts = append(in.Counts, Count{Term: term, Feed: "new", Items: weeks(0, 300, 300, 300), Sources: weeks(0, 1, 1, 1)})
	}
	in.Terms = append(in.Terms, Term{ID: "own", Items28: 900, Items7: 300, Sources: 6, Known: 6})
	r := Rank(in)
	near(t, "lift of a loud term", only(t, r, "loud0").Lift, only(t, before, "loud0").Lift, 1e-12)
	own := only(t, r, "own")
	if own.Lift != 1 || own.New != 900 || r.Cold != 1 || only(t, r, "loud0").New != 900 {
		t.Errorf("the new feed's own term = %+v, cold %d", own, r.Cold)
	}
}

// A loud channel that doubles its output must not make its own subjects rise.
func TestMoreVolumeAloneIsNoRise(t *testing.T) {
	in := world(1)
	for f := range in.Feeds[:10] {
		for u := range EvidenceWeeks {
			in.Feeds[f].Items[u] *= 5
		}
	}
	for i, c := range in.Counts {
		if c.Feed < "feed10" {
			for u := range EvidenceWeeks {
				in.Counts[i].Items[u] *= 5
			}
		}
	}
	for _, s := range Rank(in).Scores {
		if s.Label != None {
			t.Errorf("%s = %.2f %q from volume alone", s.Term, s.Lift, s.Label)
		}
	}
}

func TestOrderOfTheInputDoesNotMatter(t *testing.T) {
	in := world(3)
	plant(&in, "rise", 9, weeks(0, 1, 1))
	want := Rank(in)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		r.Shuffle(len(in.Feeds), func(i, j int) { in.Feeds[i], in.Feeds[j] = in.Feeds[j], in.Feeds[i] })
		r.Shuffle(len(in.Counts), func(i, j int) { in.Counts[i], in.Counts[j] = in.Counts[j], in.Counts[i] })
		r.Shuffle(len(in.Terms), func(i, j int) { in.Terms[i], in.Terms[j] = in.Terms[j], in.Terms[i] })
		if got := Rank(in); !slices.Equal(got.Scores, want.Scores) {
			t.Fatalf("seed %d: the order of the input changed the scores", seed)
		}
	}
}

func TestMoreEvidenceNeverLowersAndMoreBaselineNeverRaisesTheLift(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		in := world(seed % 5)
		plant(&in, "x", 1+r.IntN(12), weeks(uint64(r.IntN(2)), uint64(r.IntN(3)), uint64(r.IntN(3))))
		before := only(t, Rank(in), "x").Lift
		i := len(in.Counts) - 1
		u := r.IntN(Units)
		in.Counts[i].Items[u]++
		in.Counts[i].Sources[u]++
		after := only(t, Rank(in), "x").Lift
		if u < EvidenceWeeks && after < before || u >= EvidenceWeeks && after > before {
			t.Fatalf("seed %d: one more in week %d moved the lift from %.4f to %.4f", seed, u, before, after)
		}
	}
}
