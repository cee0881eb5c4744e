package radar

import (
	"fmt"
	"math"
	"strconv"
)

// Usual returns how many mentions the same feeds would have given in the four
// evidence weeks at their usual rate: Expected without the weights of age,
// which assumes that their volume was even over the four weeks.
func (s Score) Usual() float64 {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	return s.Expected * EvidenceWeeks / total
}

// Sentence says the score in one plain sentence, for a reader who has to
// decide something. name is the term as people write it.
func (s Score) Sentence(name string) string {
	if !s.Eligible {
		return fmt.Sprintf("“%s” is not ranked: %s.", name, s.Reason)
	}
	said := fmt.Sprintf("In the last 4 whole weeks %s wrote %s about “%s”; the same sources would usually write %s",
		plural(s.Sources, "publisher"), plural(s.Items, "different post"), name, about(s.Usual()))
	if s.New > 0 {
		said += fmt.Sprintf(" (%s from sources too new to compare %s not counted in this)", plural(s.New, "post"), isAre(s.New))
	}
	if s.BySources {
		return said + fmt.Sprintf("; counted by publishers, and after a cautious allowance, this is %s.", s.verdict())
	}
	return said + fmt.Sprintf("; after a cautious allowance this is %s.", s.verdict())
}

// verdict says the lift in words, with its interval and label.
func (s Score) verdict() string {
	between := fmt.Sprintf("likely between %.1f and %.1f", s.Low, s.High)
	switch {
	case s.Label != None:
		return fmt.Sprintf("%.1f times usual (%s), which we call “%s”", floor(s.Lift), between, s.Label)
	case s.Lift >= 1/WatchLift:
		return fmt.Sprintf("steady, at %.1f times usual (%s)", floor(s.Lift), between)
	}
	return fmt.Sprintf("falling, at %.1f times usual (%s)", floor(s.Lift), between)
}

// Sentence says what the scores of this window were measured from.
func (w Window) Sentence() string {
	day := func(back int, t string) string { return w.AsOf.AddDate(0, 0, -back).Format(t) }
	s := fmt.Sprintf("The 4 weeks from %s to %s are compared with the 12 weeks before",
		w.EvidenceFrom.Format("2 January 2006"), day(1, "2 January 2006"))
	if w.Weeks < BaselineWeeks {
		s += fmt.Sprintf(", of which posts were heard in only %d", w.Weeks)
	}
	return s + "."
}

// floor cuts to one decimal place, so that a lift of 1.97 never reads as the
// 2.0 at which the next label begins.
func floor(x float64) float64 { return math.Floor(x*10+1e-9) / 10 }

// about writes a small expectation with one decimal place, a large one whole.
func about(x float64) string {
	switch {
	case x < 0.05:
		return "next to none"
	case x < 10:
		return "about " + strconv.FormatFloat(x, 'f', 1, 64)
	}
	return "about " + number(uint64(math.Round(x)))
}

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

func isAre(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func are(n uint64) string {
	if n == 0 {
		return "none is"
	}
	return number(n) + " " + isAre(n)
}

// number groups thousands with commas.
func number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
