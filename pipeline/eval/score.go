// Package eval measures how well texts are understood, against labels that
// people gave them: precision, recall and F1 with intervals, by theme and by
// kind of trap, for the tagger and for a baseline of plain names.
package eval

import (
	"math/rand/v2"
	"slices"
)

// Score counts answers: right ones, wrong ones, and labels without an answer.
type Score struct{ Right, Wrong, Missed int }

// Add adds up two scores.
func (s Score) Add(o Score) Score {
	return Score{s.Right + o.Right, s.Wrong + o.Wrong, s.Missed + o.Missed}
}

// Precision is the share of the answers that are right, 1 without answers.
func (s Score) Precision() float64 { return share(s.Right, s.Right+s.Wrong) }

// Recall is the share of the labels that were answered, 1 without labels.
func (s Score) Recall() float64 { return share(s.Right, s.Right+s.Missed) }

// F1 is the harmonic mean of precision and recall, 2R/(2R+W+M).
func (s Score) F1() float64 { return share(2*s.Right, 2*s.Right+s.Wrong+s.Missed) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Judge compares answers with labels. Answers in alsoOK are neither right nor
// wrong.
func Judge(answers, labels, alsoOK []string) Score {
	var s Score
	for _, a := range answers {
		switch {
		case slices.Contains(labels, a):
			s.Right++
		case !slices.Contains(alsoOK, a):
			s.Wrong++
		}
	}
	s.Missed = len(labels) - s.Right
	return s
}

// Sum adds up the scores of all texts.
func Sum(scores []Score) (sum Score) {
	for _, s := range scores {
		sum = sum.Add(s)
	}
	return sum
}

// draws is how many samples an interval is made from.
const draws = 2000

// Interval returns the 95 % bootstrap interval of a measure over texts: the
// percentiles over samples of as many texts, drawn with replacement (Efron and
// Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). The same
// scores give the same interval.
func Interval(scores []Score, measure func(Score) float64) (low, high float64) {
	if len(scores) == 0 {
		return 0, 1
	}
	random := rand.New(rand.NewPCG(1, uint64(len(scores))))
	values := make([]float64, draws)
	for i := range values {
		var sum Score
		for range scores {
			sum = sum.Add(scores[random.IntN(len(scores))])
		}
		values[i] = measure(sum)
	}
	slices.Sort(values)
	return values[draws*25/1000], values[draws*975/1000]
}

// MacroF1 is the mean of the F1 of each label.
func MacroF1(byLabel map[string]Score) float64 {
	sum := 0.0
	for _, s := range byLabel {
		sum += s.F1()
	}
	return sum / float64(max(1, len(byLabel)))
}

// ByLabel counts answers by label over texts.
func ByLabel(answers, labels [][]string) map[string]Score {
	by := map[string]Score{}
	for i := range labels {
		for _, l := range union(answers[i], labels[i]) {
			by[l] = by[l].Add(Judge(only(answers[i], l), only(labels[i], l), nil))
		}
	}
	return by
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func only(list []string, value string) []string {
	if slices.Contains(list, value) {
		return []string{value}
	}
	return nil
}
