package radar

import (
	"math"
	"strings"
	"testing"
	"time"
)

var asOf = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

var longAgo = asOf.AddDate(-1, 0, 0)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s = %.6f, want %.6f", what, got, want)
	}
}

// weeks builds a row of units: the evidence weeks, newest first, then the
// baseline evenly with b a week.
func weeks(b uint64, evidence ...uint64) (n [Units]uint64) {
	copy(n[:EvidenceWeeks], evidence)
	for u := EvidenceWeeks; u < Units; u++ {
		n[u] = b
	}
	return n
}

func only(t *testing.T, r Ranking, term string) Score {
	t.Helper()
	for _, s := range r.Scores {
		if s.Term == term {
			return s
		}
	}
	t.Fatalf("no score for %q", term)
	return Score{}
}

// The weights are 1, 0.70711, 0.5, 0.35355: 2.56066 together. Overall rate
// g = 2 / 150. Feed a: (2 + 5g) / 105 x 25.6066 = 0.50400; feed b:
// (0 + 5g) / 55 x 12.8033 = 0.01552. X = 0.51952, O = 3.70711 + 1.70711.
func TestRankMatchesTheHandComputedExample(t *testing.T) {
	a := Feed{Key: "a", Class: "council", First: longAgo, Items: weeks(0, 10, 10, 10, 10)}
	a.Items[5], a.Items[9] = 60, 40
	b := Feed{Key: "b", Class: "council", First: longAgo, Items: weeks(0, 5, 5, 5, 5)}
	b.Items[4] = 50
	ca := Count{Term: "x", Feed: "a", Items: weeks(0, 3, 1), Sources: weeks(0, 2, 1)}
	ca.Items[5], ca.Items[9], ca.Sources[5], ca.Sources[9] = 1, 1, 1, 1
	cb := Count{Term: "x", Feed: "b", Items: weeks(0, 1, 1), Sources: weeks(0, 1, 1)}
	r := Rank(Input{AsOf: asOf, Feeds: []Feed{a, b}, Counts: []Count{cb, ca},
		Terms: []Term{{ID: "x", Items28: 6, Items7: 4, Sources: 3, Known: 3}}})

	s := only(t, r, "x")
	near(t, "observed", s.Observed, 5.41421, 1e-5)
	near(t, "expected", s.Expected, 0.51952, 1e-5)
	near(t, "observed sources", s.ObservedSources, 4.41421, 1e-5)
	near(t, "expected sources", s.ExpectedSources, 0.51952, 1e-5)
	near(t, "lift", s.Lift, 11.41421/6.51952, 1e-5)
	near(t, "low", s.Low, 1.128, 0.005)
	near(t, "high", s.High, 2.439, 0.005)
	near(t, "usual", s.Usual(), 0.519522*4/2.56066, 1e-4)
	if s.BySources || s.Label != Watch || !s.Eligible {
		t.Errorf("score %+v: want an eligible watch by mentions", s)
	}
	if r.Window.Weeks != 3 || r.Feeds != 2 || r.Cold != 0 || r.Items != 210 || !r.Enough {
		t.Errorf("ranking %+v: want 3 weeks, 2 feeds, 210 items", r)
	}
}

// The published example: 74.6 mentions where 12.9 were expected, 31.0 sources
// where 6.4 were, is a lift of 3.36 by sources.
func TestLiftMatchesThePublishedExample(t *testing.T) {
	m, _, _ := lift(74.6, 12.9, AllowMentions)
	near(t, "mentions", m, 4.26, 0.01)
	s, low, high := lift(31.0, 6.4, AllowSources)
	near(t, "sources", s, 3.36, 0.01)
	near(t, "low", low, 2.66, 0.01)
	near(t, "high", high, 4.11, 0.01)
}

// The quantile formula is checked against exact quantiles of Gamma(35, 1):
// 27.664 and 42.764.
func TestIntervalIsThatOfTheGammaDistribution(t *testing.T) {
	_, low, high := lift(31, -3, AllowSources) // x + k = 1
	near(t, "10 %", low, 27.664, 0.05)
	near(t, "90 %", high, 42.764, 0.05)
}

func TestLabelsBeginAtTheirLift(t *testing.T) {
	for lift, want := range map[float64]Label{1.49: None, 1.5: Watch, 1.99: Watch, 2: Emerging, 2.79: Emerging, 2.8: Strong} {
		if got := LabelOf(lift); got != want {
			t.Errorf("LabelOf(%g) = %q, want %q", lift, got, want)
		}
	}
}

func TestEmptyInputGivesAnEmptyRanking(t *testing.T) {
	r := Rank(Input{AsOf: asOf})
	if r.Enough || len(r.Scores) != 0 || r.Rules == "" || !r.Window.BaselineFrom.Equal(asOf.AddDate(0, 0, -112)) {
		t.Errorf("empty ranking = %+v", r)
	}
	r = Rank(Input{AsOf: asOf, Terms: []Term{{ID: "x"}}})
	if s := only(t, r, "x"); s.Eligible || s.Lift != 1 || math.IsNaN(s.Low) {
		t.Errorf("score over nothing = %+v", s)
	}
}

func TestTooFewItemsRankNothing(t *testing.T) {
	in := Input{AsOf: asOf,
		Feeds:  []Feed{{Key: "a", First: longAgo, Items: weeks(3, 20, 3)}},
		Counts: []Count{{Term: "x", Feed: "a", Items: weeks(0, 20), Sources: weeks(0, 9)}},
		Terms:  []Term{{ID: "x", Items28: 20, Items7: 20, Sources: 9, Known: 9}},
	}
	r := Rank(in)
	if s := only(t, r, "x"); r.Items != 59 || r.Enough || s.Eligible || s.Label != None || !strings.Contains(s.Reason, "60") {
		t.Errorf("with 59 items: %+v", r)
	}
	in.Feeds[0].Items[3]++
	if s := only(t, Rank(in), "x"); s.Label != Strong {
		t.Errorf("with 60 items: %+v, want strong", s)
	}
}

func TestSlowButKnownFeedsArePooledByClass(t *testing.T) {
	var in Input
	in.AsOf = asOf
	for _, k := range []string{"p", "q", "r"} { // six items each in the baseline
		f := Feed{Key: k, Class: "person", First: longAgo, Items: weeks(0, 2, 2, 2, 2)}
		f.Items[6] = 6
		in.Feeds = append(in.Feeds, f)
		in.Counts = append(in.Counts, Count{Term: "x", Feed: k, Items: weeks(0, 2, 2), Sources: weeks(0, 1, 1)})
	}
	r := Rank(in)
	s := only(t, r, "x")
	if r.Feeds != 3 || r.Cold != 0 || s.New != 0 {
		t.Fatalf("slow feeds were left out: %+v", r)
	}
	near(t, "observed", s.Observed, 6*1.70711, 1e-4)
	p := in.Counts[0]
	p.Items[6] = 1
	in.Counts[0] = p
	// One pool: (1 + 5/18) / (18 + 5) x 6 x 2.56066.
	near(t, "expected", only(t, Rank(in), "x").Expected, (1+5.0/18)/23*6*2.56066, 1e-4)
}

func TestShortBaselineIsComparedByItemsNotByWeeks(t *testing.T) {
	long := Feed{Key: "a", First: longAgo, Items: weeks(10, 10, 10, 10, 10)}
	short := Feed{Key: "a", First: asOf.AddDate(0, 0, -6*7), Items: weeks(0, 10, 10, 10, 10)}
	short.Items[4], short.Items[5] = 10, 10
	c := Count{Term: "x", Feed: "a", Items: weeks(2, 2, 2, 2, 2), Sources: weeks(1, 1, 1, 1, 1)}
	cs := Count{Term: "x", Feed: "a", Items: weeks(0, 2, 2, 2, 2), Sources: weeks(0, 1, 1, 1, 1)}
	cs.Items[4], cs.Items[5], cs.Sources[4], cs.Sources[5] = 2, 2, 1, 1
	rl := Rank(Input{AsOf: asOf, Feeds: []Feed{long}, Counts: []Count{c}})
	rs := Rank(Input{AsOf: asOf, Feeds: []Feed{short}, Counts: []Count{cs}})
	near(t, "expected over 12 weeks", rl.Scores[0].Expected, rl.Scores[0].Observed, 1e-9)
	near(t, "expected over 2 weeks", rs.Scores[0].Expected, rs.Scores[0].Observed, 1e-9)
	if rl.Window.Weeks != 12 || rs.Window.Weeks != 2 {
		t.Errorf("weeks heard = %d and %d, want 12 and 2", rl.Window.Weeks, rs.Window.Weeks)
	}
	if got := rs.Window.Sentence(); !strings.Contains(got, "only 2") {
		t.Errorf("the window does not own up to its short baseline: %s", got)
	}
}
