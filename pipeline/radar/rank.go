package radar

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// tally is what all feeds together gave of one term.
type tally struct {
	Term
	observed, expected       float64 // mentions of comparable feeds; expected without the overall rate
	observedSrc, expectedSrc float64
	base, baseSrc            float64 // baseline mentions of every feed
	fresh                    uint64
}

// Rank scores every term that in names, in Terms or in Counts. The lift is the
// smaller of
//
//	(O + AllowMentions) / (X + AllowMentions)   over mentions and
//	(O + AllowSources)  / (X + AllowSources)    over distinct sources by week,
//
// where O is what the evidence weeks hold and X what the same feeds would have
// given at their own rate over the baseline. It is the mean of the Gamma
// posterior of a Poisson rate, from which Low and High come. The order of the
// input does not matter; an empty input gives an empty ranking.
func Rank(in Input) Ranking {
	w := Window{
		AsOf:         in.AsOf,
		EvidenceFrom: in.AsOf.AddDate(0, 0, -7*EvidenceWeeks),
		BaselineFrom: in.AsOf.AddDate(0, 0, -7*Units),
	}
	feeds := sortFeeds(in.Feeds, w.BaselineFrom)
	w.Weeks = feeds.weeks
	r := Ranking{
		Window: w, Rules: Rules, Feeds: feeds.warm, Cold: feeds.cold,
		Items: feeds.items, Enough: feeds.items >= EnoughItems,
	}
	for _, t := range tallies(in, feeds) {
		r.Scores = append(r.Scores, score(t, feeds, r))
	}
	slices.SortFunc(r.Scores, func(a, b Score) int {
		if a.Eligible != b.Eligible {
			return cmp.Compare(order(a.Eligible), order(b.Eligible))
		}
		return cmp.Or(cmp.Compare(b.Lift, a.Lift), strings.Compare(a.Term, b.Term))
	})
	return r
}

func order(eligible bool) int {
	if eligible {
		return 0
	}
	return 1
}

// tallies adds the counts up by term. It walks them sorted, because sums of
// floats depend on their order and a ranking must not.
func tallies(in Input, feeds channels) []*tally {
	byTerm := make(map[string]*tally, len(in.Terms))
	find := func(id string) *tally {
		t := byTerm[id]
		if t == nil {
			t = &tally{Term: Term{ID: id}}
			byTerm[id] = t
		}
		return t
	}
	for _, t := range in.Terms {
		find(t.ID).Term = t
	}
	counts := slices.Clone(in.Counts)
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Term, b.Term), strings.Compare(a.Feed, b.Feed))
	})
	for _, c := range counts {
		find(c.Term).add(c, feeds.groups[c.Feed])
	}
	all := make([]*tally, 0, len(byTerm))
	for _, t := range byTerm {
		all = append(all, t)
	}
	return all
}

func (t *tally) add(c Count, g *group) {
	base, baseSrc := float64(sum(c.Items[EvidenceWeeks:])), float64(sum(c.Sources[EvidenceWeeks:]))
	t.base += base
	t.baseSrc += baseSrc
	if g == nil {
		t.fresh += sum(c.Items[:EvidenceWeeks])
		return
	}
	t.observed += weighted(c.Items)
	t.observedSrc += weighted(c.Sources)
	rate := g.scale
	t.expected += base * rate
	t.expectedSrc += baseSrc * rate
}

func score(t *tally, feeds channels, r Ranking) Score {
	s := Score{
		Term: t.ID, Items: t.Items28, Sources: t.Sources, Known: t.Known, New: t.fresh,
		Observed: t.observed, ObservedSources: t.observedSrc,
		Expected:        t.expected + PriorItems*overall(t.base, feeds.base)*feeds.prior,
		ExpectedSources: t.expectedSrc + PriorItems*overall(t.baseSrc, feeds.base)*feeds.prior,
	}
	s.Lift, s.Low, s.High = lift(s.Observed, s.Expected, AllowMentions)
	if l, low, high := lift(s.ObservedSources, s.ExpectedSources, AllowSources); l < s.Lift {
		s.Lift, s.Low, s.High, s.BySources = l, low, high, true
	}
	s.Reason = whyNot(t.Term, r)
	s.Eligible = s.Reason == ""
	if s.Eligible {
		s.Label = LabelOf(s.Lift)
	}
	return s
}

// overall is the term's rate over everything that was heard in the baseline.
func overall(mentions, items float64) float64 {
	if items == 0 {
		return 0
	}
	return mentions / items
}

// lift returns the mean and the 80 % interval of Gamma(o+k, x+k), the interval
// by the quantile of Wilson and Hilferty (1931).
func lift(o, x, k float64) (mean, low, high float64) {
	a := o + k
	mean = a / (x + k)
	at := func(z float64) float64 {
		return mean * math.Pow(1-1/(9*a)+z/(3*math.Sqrt(a)), 3)
	}
	return mean, at(-z80), at(z80)
}

// whyNot returns the first reason why t must not be ranked, or nothing.
func whyNot(t Term, r Ranking) string {
	switch {
	case !r.Enough:
		return fmt.Sprintf("there are not enough posts yet: %s from sources that can be compared, and %d are needed", number(r.Items), EnoughItems)
	case t.Items28 == 0:
		return "no post in the last 4 whole weeks"
	case t.Items28 < MinItems:
		return fmt.Sprintf("only %s in the last 4 whole weeks, and %d are needed", plural(t.Items28, "post"), MinItems)
	case t.Items7 < MinLast:
		return "no post in the last whole week"
	case t.Known < MinKnown && t.Sources < MinSources:
		return fmt.Sprintf("only %s, of which %s known for more than 28 days; %d known ones or %d of any age are needed",
			plural(t.Sources, "publisher"), are(t.Known), MinKnown, MinSources)
	}
	return ""
}
