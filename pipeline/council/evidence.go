package council

import (
	"fmt"
	"slices"
	"strings"

	"vantage/collectors/text"
)

// weigh gives every mention its points from what it is and what stands around
// it.
func (w *work) weigh() {
	for i := range w.mentions {
		m := &w.mentions[i]
		w.start(i, m)
		w.readCues(i, m)
		w.readShape(i, m)
		if m.best == bare && !m.supported {
			w.add(i, w.f.rules.Scores.Bare, "nothing around it speaks for a council", "")
		}
	}
}

// start gives the points of the name itself.
func (w *work) start(i int, m *mention) {
	s := &w.f.rules.Scores
	written := w.Text[w.Words[m.from].Start:w.Words[m.to-1].End]
	switch m.best {
	case official:
		w.add(i, s.Official, "official name “%s”", written)
		if w.owned(m) {
			w.add(i, s.Owned, "not the name itself but with a possessive", "")
		}
		m.supported = true
	case abbreviation:
		w.add(i, s.Abbreviation, "abbreviation “%s”", written)
		m.supported = true
	case shared:
		w.add(i, w.sharedPoints(m), "abbreviation with several meanings “%s”", written)
	default:
		class := m.class
		if class == "safe" && !w.f.surfaces[m.surface].oneWord {
			class = "safe-long"
		}
		w.add(i, w.f.rules.Priors[class], "name “%s”", written)
	}
	for _, o := range m.owners {
		if o.council == w.feed {
			w.add(i, s.Feed, "the post comes from its own channel", "")
			break
		}
	}
}

// owned reports whether the official name is broken by a possessive:
// "Lancaster's city council".
func (w *work) owned(m *mention) bool {
	for i := m.from; i+1 < m.to; i++ {
		if h := w.Words[i+1].Hash; w.possessive(i) && slices.Contains(styleHashes, h) {
			return true
		}
	}
	return false
}

var styleHashes = []uint64{text.HashWord("city"), text.HashWord("county"), text.HashWord("borough"), text.HashWord("district"), text.HashWord("council")}

func (w *work) sharedPoints(m *mention) float32 {
	if m.class == "likely" {
		return w.f.rules.Scores.SharedLikely
	}
	return w.f.rules.Scores.Shared
}

// readCues adds the evidence around mention i. The points of one group stop
// at its limit, and one phrase counts once, where it stands nearest.
func (w *work) readCues(i int, m *mention) {
	first, last := w.listEnds(i)
	w.stamp++
	clear(w.sums)
	for c := range w.cues {
		g := &w.f.rules.Evidence[w.cues[c].group]
		if points := w.cuePoints(g, m, first, last, &w.cues[c]); points != 0 {
			w.count(i, m, &w.cues[c], g, points, g.Most)
		}
	}
	clear(w.sums)
	for c := range w.cues {
		g := &w.f.rules.Evidence[w.cues[c].group]
		if g.Elsewhere != 0 && w.swayed(g, m) && !w.overlaps(&w.cues[c], m) && w.sentences[w.cues[c].from] != w.sentences[m.from] {
			w.count(i, m, &w.cues[c], g, sign(g.Points)*g.Elsewhere, 2*g.Elsewhere)
		}
	}
}

// count gives the mention the points of a cue, within the limit of its group.
func (w *work) count(i int, m *mention, c *cue, g *group, points, most float32) {
	if w.seen[c.slot] == w.stamp {
		return
	}
	w.seen[c.slot] = w.stamp
	points = limit(points, w.sums[c.group], most)
	if points == 0 {
		return
	}
	w.sums[c.group] += points
	w.add(i, points, g.Reason, w.quote(c))
	const sure = 2 // points from which what adjoins a name settles the sense
	m.named = m.named || points >= sure && g.Where != whereSentence
	m.place = m.place || g.Place
	m.supported = m.supported || points > 0
}

func (w *work) overlaps(c *cue, m *mention) bool { return c.from < m.to && m.from < c.to }

// cuePoints is what cue c is worth for mention m of the list from first to
// last, 0 when it stands in the wrong place.
func (w *work) cuePoints(g *group, m, first, last *mention, c *cue) float32 {
	fits := false
	switch g.Where {
	case whereAfter:
		fits = w.follows(m, c, false)
	case whereAfterComma:
		fits = w.follows(m, c, true)
	case whereListAfter:
		fits = w.follows(last, c, false)
	case whereBefore:
		fits = w.precedes(c, m)
	case whereListBefore:
		fits = w.precedes(c, first)
	case wherePairAfter:
		fits = w.follows(m, c, false) || pair(m, first, last) && w.follows(last, c, false)
	case wherePairBefore:
		fits = w.precedes(c, m) || pair(m, first, last) && w.precedes(c, first)
	case whereSentence:
		fits = w.swayed(g, m) && !w.overlaps(c, m) && w.sentences[c.from] == w.sentences[m.from]
	case whereText:
		fits = !w.overlaps(c, m)
	}
	switch {
	case !fits:
		return 0
	case g.Style != "" && !w.styled(m, g.Style):
		return g.Wrong
	}
	return g.Points * w.danger(g, m)
}

// pair reports whether m is one of two names in a list.
func pair(m, first, last *mention) bool {
	return first != last && (m == first || m == last) && last.number-first.number == 1
}

// swayed reports whether the words around m can change what it is: a full
// name needs no support, and talk of a game beside it means little.
func (w *work) swayed(g *group, m *mention) bool { return m.best == bare || m.best == shared }

// precedes reports whether the cue stands directly before the mention.
func (w *work) precedes(c *cue, m *mention) bool {
	if c.to != m.from {
		return false
	}
	last := w.word(c.to - 1)
	short := len(last) <= 4 && w.Text[w.Words[c.to-1].End:w.Words[m.from].Start] == ". " // "Prof. Burnley"
	return short || adjoin(w, c.to-1, m.from)
}

// follows reports whether the cue stands directly behind the mention.
func (w *work) follows(m *mention, c *cue, comma bool) bool {
	if c.from != m.to {
		return false
	}
	if adjoin(w, m.to-1, c.from) {
		return true
	}
	gap := w.Text[w.Words[m.to-1].End:w.Words[c.from].Start]
	return comma && (gap == ", " || gap == "," || gap == " (")
}

func (w *work) styled(m *mention, style string) bool {
	for _, o := range m.owners {
		if w.f.styles[o.council].has(style) {
			return true
		}
	}
	return false
}

// danger is how much evidence of foreign places weighs against the name.
func (w *work) danger(g *group, m *mention) float32 {
	if !g.Danger {
		return 1
	}
	if weight, ok := w.f.rules.Weights[m.class]; ok {
		return weight
	}
	return 1
}

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

// explain lists the reasons for a council, each with its points.
func (w *work) explain(t *tally) []string {
	var list []string
	for _, r := range w.reasons {
		if r.mention == t.mention && t.mention >= 0 || r.mention == forCouncil(t.council) {
			list = append(list, fmt.Sprintf("%s (%+.1f)", r.text, r.points))
		}
	}
	if t.council == w.feed {
		list = append(list, "the post comes from its own channel")
	}
	return list
}

// forCouncil is the mention number of reasons that belong to a council and not
// to a place in the text.
func forCouncil(c int) int32 { return int32(-2 - c) }

// limit cuts points so that sum does not pass most, in the direction of points;
// most 0 means that the group counts once.
func limit(points, sum, most float32) float32 {
	if most == 0 {
		if sum != 0 {
			return 0
		}
		return points
	}
	if points > 0 {
		return max(0, min(points, most-sum))
	}
	return min(0, max(points, -most-sum))
}

func sign(f float32) float32 {
	if f < 0 {
		return -1
	}
	return 1
}

// listEnds returns the first and the last mention of the list of mention i.
func (w *work) listEnds(i int) (first, last *mention) {
	a, b := i, i
	for a > 0 && w.mentions[a-1].list == w.mentions[i].list {
		a--
	}
	for b+1 < len(w.mentions) && w.mentions[b+1].list == w.mentions[i].list {
		b++
	}
	return &w.mentions[a], &w.mentions[b]
}
