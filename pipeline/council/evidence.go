package council

import (
	"slices"

	"vantage/collectors/text"
)

// weigh gives every mention its points from what it is and what stands around
// it.
func (w *work) weigh() {
	for i := range w.mentions {
		m := &w.mentions[i]
		m.locative = w.located(m)
		w.start(i, m)
		w.readCues(i, m)
		w.readShape(i, m)
		w.readAbroad(i, m)
		if m.best == bare && !m.supported {
			w.add(i, w.barePoints(m), "nothing around it speaks for a council", "")
		}
	}
}

// barePoints is what a name loses beside which nothing speaks for a council:
// less where it stands as one who acts or owns, and is nothing but a council's.
func (w *work) barePoints(m *mention) float32 {
	s := &w.f.rules.Scores
	switch {
	case m.locative || m.place:
	case m.class == "safe", m.possessed && (m.class == "place-minor" || m.class == "twin"):
		return s.BareSafe
	}
	return s.Bare
}

// start gives the points of the name itself.
func (w *work) start(i int, m *mention) {
	s := &w.f.rules.Scores
	written := w.Text[w.Words[m.from].Start:w.Words[m.to-1].End]
	switch m.best {
	case official:
		w.add(i, s.Official, "official name “%s”", written)
		m.local = s.Official - w.f.rules.Priors[m.class]
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
			w.add(i, s.Feed, ownChannel, "")
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

// readCues adds the evidence around mention i: what adjoins it or its list,
// what stands in its sentence, and what stands elsewhere. The points of one
// group stop at its limit, and one phrase counts once.
func (w *work) readCues(i int, m *mention) {
	first, last := w.listEnds(i)
	w.stamp++
	clear(w.sums)
	const wordsBehind = 4 // of near-after and name-near
	w.readNear(i, m, first, last, w.nearBetween(m.from-longestCue, m.to+wordsBehind))
	if first != m {
		w.readNear(i, m, first, last, w.nearBetween(first.from-longestCue, first.from))
	}
	if last != m {
		w.readNear(i, m, first, last, w.nearBetween(last.to, last.to+wordsBehind))
	}
	w.readSentence(i, m)
	for c := range w.text {
		if g := w.group(&w.text[c]); !w.overlaps(&w.text[c], m) && (!g.Place || m.sways()) {
			w.count(i, m, &w.text[c], g, g.Points*w.danger(g, m), g.Most)
		}
	}
}

func (w *work) group(c *cue) *group { return &w.f.rules.Evidence[c.group] }

func (w *work) readNear(i int, m, first, last *mention, cues []cue) {
	for c := range cues {
		g := w.group(&cues[c])
		if points := w.nearPoints(g, m, first, last, &cues[c]); points != 0 {
			w.count(i, m, &cues[c], g, points, g.Most)
		}
	}
}

// readSentence adds what the sentence of a bare name has, and then what the
// sentences nearby have of the same groups. A full name needs no such support.
func (w *work) readSentence(i int, m *mention) {
	if !m.sways() {
		return
	}
	at := w.sentences[m.from]
	cues := w.ofSentences(at, at)
	for c := range cues {
		if g := w.group(&cues[c]); !w.overlaps(&cues[c], m) && g.speaksTo(m) {
			w.count(i, m, &cues[c], g, g.Points*w.danger(g, m), g.Most)
		}
		w.once(cues[c].slot)
	}
	clear(w.sums)
	const nearby = 3 // sentences before and behind
	w.readElsewhere(i, m, w.ofSentences(at-nearby, at-1))
	w.readElsewhere(i, m, w.ofSentences(at+1, at+nearby))
}

// readElsewhere counts at most two phrases of a group.
func (w *work) readElsewhere(i int, m *mention, cues []cue) {
	for c := range cues {
		if g := w.group(&cues[c]); g.Elsewhere != 0 {
			w.count(i, m, &cues[c], g, sign(g.Points)*g.Elsewhere, 2*g.Elsewhere)
		}
	}
}

// speaksTo reports whether the group says anything about names like m.
func (g *group) speaksTo(m *mention) bool {
	return (!g.Locative || m.locative) && (g.Class == "" || g.Class == m.class)
}

// count gives the mention the points of a cue, within the limit of its group.
func (w *work) count(i int, m *mention, c *cue, g *group, points, most float32) {
	if !w.once(c.slot) {
		return
	}
	points = limit(points, w.sums[c.group], most)
	if points == 0 {
		return
	}
	w.sums[c.group] += points
	w.gain(i, m, g, points)
	w.because(int32(i), points, g.Reason, w.quote(c))
	const sure = 2 // points from which what adjoins a name settles the sense
	m.named = m.named || points >= sure && g.at != inSentence
	m.place = m.place || g.Place
}

// gain adds points of a group, kept apart by what they say of the country.
func (w *work) gain(i int, m *mention, g *group, points float32) {
	m.points += points
	const supports = 0.45 // points of what is more than a weak word, or stands in the sentence
	m.supported = m.supported || points > supports
	switch {
	case g.Abroad && points < 0:
		m.abroad += points
	case points > 0:
		m.local += points
	}
}

func (w *work) overlaps(c *cue, m *mention) bool { return c.from < m.to && m.from < c.to }

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
	from := w.mentions[i].list
	return &w.mentions[from], &w.mentions[w.mentions[from].lastOfList]
}
