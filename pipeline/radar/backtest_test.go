package radar

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"
)

// On 18,965 requests for information, in units of three weeks (it takes that
// long for as many items as a week of feeds has), the radar must name no less
// of what stays in its first ten than three common statistics do, but for two
// hits of 280, and far more than chance. Measured on every second date: radar
// and log-odds 0.25, z-score 0.24, ratio and chance 0.19.
func TestRadarPredictsWhatStaysAsCommonStatisticsDo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes several seconds")
	}
	a := read(t, "muckrock", "2012-01-02", 21)
	methods := map[string]func(Score, totals) float64{
		"radar": func(s Score, _ totals) float64 { return s.Lift },
		"ratio of shares": func(_ Score, n totals) float64 {
			return (n.now + 0.5) / n.allNow / ((n.before + 0.5) / n.allBefore)
		},
		"z-score": func(_ Score, n totals) float64 {
			return (n.last - n.mean) / math.Sqrt(n.variance+1e-9)
		},
		"log-odds": func(_ Score, n totals) float64 {
			const prior = 500.0
			p := (n.now + n.before) / (n.allNow + n.allBefore) * prior
			odds := func(k, all float64) float64 { return math.Log((k + p) / (all + prior - k - p)) }
			return (odds(n.now, n.allNow) - odds(n.before, n.allBefore)) / math.Sqrt(1/(n.now+p)+1/(n.before+p))
		},
	}
	hits, dates, chance := map[string]float64{}, 0.0, 0.0
	for now := Units; now+4 <= len(a.units); now += 2 {
		in := a.past(now)
		truth := a.stayed(in, now)
		scores := slices.DeleteFunc(Rank(in).Scores, func(s Score) bool { return !s.Eligible })
		of := totalsOf(in)
		dates++
		for _, s := range scores {
			if truth[s.Term] {
				chance += 1 / float64(len(scores))
			}
		}
		for name, value := range methods {
			slices.SortFunc(scores, func(a, b Score) int {
				return cmp.Or(cmp.Compare(value(b, of[b.Term]), value(a, of[a.Term])), strings.Compare(a.Term, b.Term))
			})
			var ranked []string
			for _, s := range scores {
				ranked = append(ranked, s.Term)
			}
			for _, p := range a.distinct(now, ranked, 10) {
				if truth[p] {
					hits[name]++
				}
			}
		}
	}
	precision := func(name string) float64 { return hits[name] / dates / 10 }
	t.Logf("%.0f dates; precision at 10: radar %.3f, ratio %.3f, z-score %.3f, log-odds %.3f, chance %.3f",
		dates, precision("radar"), precision("ratio of shares"), precision("z-score"), precision("log-odds"), chance/dates)
	for name := range methods {
		if hits["radar"]+2 < hits[name] {
			t.Errorf("%s has %.3f, radar %.3f", name, precision(name), precision("radar"))
		}
	}
	if precision("radar") < 1.3*chance/dates {
		t.Errorf("radar %.3f, chance %.3f", precision("radar"), chance/dates)
	}
}

// totals of one phrase: items in the evidence weeks, the baseline, the last
// week, and mean and variance by week before it.
type totals struct{ now, allNow, before, allBefore, last, mean, variance float64 }

func totalsOf(in Input) map[string]totals {
	allNow, allBefore := 0.0, 0.0
	for _, f := range in.Feeds {
		allNow += float64(sum(f.Items[:EvidenceWeeks]))
		allBefore += float64(sum(f.Items[EvidenceWeeks:]))
	}
	byWeek := map[string][Units]uint64{}
	for _, c := range in.Counts {
		w := byWeek[c.Term]
		for u, n := range c.Items {
			w[u] += n
		}
		byWeek[c.Term] = w
	}
	of := map[string]totals{}
	for p, w := range byWeek {
		n := totals{
			now: float64(sum(w[:EvidenceWeeks])), before: float64(sum(w[EvidenceWeeks:])),
			allNow: allNow, allBefore: allBefore, last: float64(w[0]),
		}
		n.mean = float64(sum(w[1:])) / (Units - 1)
		for _, v := range w[1:] {
			n.variance += (float64(v) - n.mean) * (float64(v) - n.mean) / (Units - 1)
		}
		of[p] = n
	}
	return of
}
