package council

import (
	"fmt"
	"strings"
)

func (w *work) quote(c *cue) string {
	return w.Text[w.Words[c.from].Start:w.Words[c.to-1].End]
}

// add gives points to mention i and notes why.
func (w *work) add(i int, points float32, reason, quote string) {
	w.mentions[i].points += points
	w.because(int32(i), points, reason, quote)
}

// because notes a reason unless nobody wants to know.
func (w *work) because(mention int32, points float32, why, quote string) {
	if w.Quiet || points == 0 {
		return
	}
	if strings.Contains(why, "%s") {
		why = fmt.Sprintf(why, quote)
	}
	w.reasons = append(w.reasons, reason{mention, why, points})
}

// ownChannel is the reason for the council whose channel a post comes from.
const ownChannel = "the post comes from its own channel"

// explain lists the reasons for a council, each with its points.
func (w *work) explain(t *tally) []string {
	var list []string
	said := false
	for _, r := range w.reasons {
		if r.mention == t.mention && t.mention >= 0 || r.mention == forCouncil(t.council) {
			list = append(list, fmt.Sprintf("%s (%+.1f)", r.text, r.points))
			said = said || r.text == ownChannel
		}
	}
	if t.council == w.feed && !said {
		list = append(list, ownChannel)
	}
	return list
}

// forCouncil is the mention number of reasons that belong to a council and not
// to a place in the text.
func forCouncil(c int) int32 { return int32(-2 - c) }
