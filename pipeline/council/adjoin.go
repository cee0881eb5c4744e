package council

import "vantage/collectors/text"

// nearPoints is what cue c is worth for mention m of the list from first to
// last, 0 when it stands in the wrong place.
func (w *work) nearPoints(g *group, m, first, last *mention, c *cue) float32 {
	fits := false
	switch g.at {
	case after:
		fits = w.follows(m, c, false)
	case afterComma:
		fits = w.follows(m, c, true) || g.Abroad && w.lies(m, c)
	case nearAfter:
		fits = m.sways() && w.trails(last, c)
	case nameNear:
		fits = m.best == bare && w.completes(m, c)
	case listAfter:
		fits = !(g.Subject && w.governed(first)) && (w.follows(last, c, false) || w.follows(m, c, false) || g.Subject && w.helped(last, c))
	case before:
		fits = w.precedes(c, m)
	case listBefore:
		fits = w.precedes(c, first)
	case pairAfter:
		fits = w.follows(m, c, false) || pair(m, first, last) && w.follows(last, c, false)
	case pairBefore:
		fits = w.precedes(c, m) || pair(m, first, last) && w.precedes(c, first)
	}
	switch {
	case !fits || !g.speaksTo(m):
		return 0
	case g.Style != "" && !w.styled(m, g.Style):
		return g.Wrong
	}
	return g.Points * w.danger(g, m)
}

// lies reports whether "in" stands between the mention and the cue: "Ipswich in
// Queensland".
func (w *work) lies(m *mention, c *cue) bool {
	return c.from == m.to+1 && w.Words[m.to].Hash == inHash && adjoin(w, m.to-1, m.to) && adjoin(w, m.to, c.from)
}

var inHash = text.HashWord("in")

// trails reports whether at most two small words stand between the mention and
// the cue: "Shropshire web team".
func (w *work) trails(m *mention, c *cue) bool {
	if c.from < m.to || c.from > m.to+2 {
		return false
	}
	for i := m.to; i <= c.from; i++ {
		if !w.nameGap(i-1, i) || i < c.from && w.capital(i) {
			return false
		}
	}
	return true
}

// completes reports whether the cue, in capitals like what lies between, ends
// a longer name that the mention begins: "Kent Wildlife Trust".
func (w *work) completes(m *mention, c *cue) bool {
	if c.from < m.to || c.from > m.to+3 || m.possessed || !w.capital(c.from) {
		return false
	}
	for i := m.to; i <= c.from; i++ {
		gap := w.Text[w.Words[i-1].End:w.Words[i].Start]
		if gap != " " && (gap != ", " || c.from == i) || !w.capital(i) && w.Words[i].Hash != andHash {
			return false
		}
		if i < c.from && w.covers[i]&inEvidence != 0 && w.Words[i].Hash != andHash {
			return false // "Bristol Approves Airport"
		}
	}
	return true
}

// pair reports whether m is one of two names in a list, and no full name.
func pair(m, first, last *mention) bool {
	return m.best == bare && first != last && (m == first || m == last) && last.number-first.number == 1
}

// sways reports whether the words around m can change what it is: a full
// name needs no support, and talk of a game beside it means little.
func (m *mention) sways() bool { return m.best == bare || m.best == shared }

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
