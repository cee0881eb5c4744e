package council

import "slices"

// settleShared decides who is meant by an abbreviation with several owners:
// the one whom the text names otherwise, whose channel it is, or who lies in
// the region of the others.
func (w *work) settleShared() {
	for i := range w.mentions {
		m := &w.mentions[i]
		if m.best == abbreviation {
			w.settleRivals(m)
		}
		if m.best != shared {
			continue
		}
		o, why := w.meant(i, m)
		switch {
		case o >= 0:
			w.add(i, w.f.rules.Scores.SharedOwner-w.sharedPoints(m), why, "")
			m.owners = m.owners[o : o+1]
		case len(m.owners) > 1:
			m.points, m.owners = 0, nil
		}
	}
}

// settleRivals gives an abbreviation to another council with its initials, if
// the text names that one and not the usual owner.
func (w *work) settleRivals(m *mention) {
	if slices.ContainsFunc(m.owners, func(o owner) bool { return w.named(o.council) || o.council == w.feed }) {
		return
	}
	rivals := w.f.surfaces[m.surface].rivals
	for i, o := range rivals {
		if w.named(o.council) || o.council == w.feed {
			m.owners = rivals[i : i+1]
			return
		}
	}
}

// meant returns the index of the owner who is meant, -1 when nobody can tell.
func (w *work) meant(i int, m *mention) (owner int, why string) {
	if o := w.onlyOwner(m, func(c int) bool { return c == w.feed }); o >= 0 {
		return o, "the only owner whose channel it is"
	}
	if o := w.onlyOwner(m, func(c int) bool { return w.named(c) }); o >= 0 {
		return o, "the only owner whom the text names"
	}
	if len(m.owners) < 2 {
		return -1, ""
	}
	if o := w.onlyOwner(m, func(c int) bool { return w.regionNamed(w.f.register.all[c].Region) }); o >= 0 {
		return o, "the only owner in the region of the others"
	}
	return -1, ""
}

func (w *work) onlyOwner(m *mention, is func(c int) bool) int {
	only := -1
	for j, o := range m.owners {
		if is(o.council) {
			if only >= 0 {
				return -1
			}
			only = j
		}
	}
	return only
}

// named reports whether the text speaks of the council by name, handle or
// link, if only as a part of another name ("Wokingham Society"), but not abroad.
func (w *work) named(c int) bool {
	for i := range w.tallies {
		if w.tallies[i].council == c && w.tallies[i].extra > 0 {
			return true
		}
	}
	return slices.ContainsFunc(w.mentions, func(m mention) bool {
		return m.best != shared && m.best != abbreviation && m.points > -4 && m.abroad > -2 && slices.ContainsFunc(m.owners, func(o owner) bool { return o.council == c })
	})
}

// regionNamed reports whether an accepted council lies in the region.
func (w *work) regionNamed(region string) bool {
	for i := range w.mentions {
		if w.mentions[i].best == shared || !w.accepted(i) {
			continue
		}
		for _, o := range w.mentions[i].owners {
			if w.f.register.all[o.council].Region == region {
				return true
			}
		}
	}
	return false
}

func (w *work) accepted(i int) bool {
	return w.mentions[i].points >= w.f.enough
}

// compare adds the points that councils lend to each other: those in one list,
// and those accepted elsewhere in the text.
func (w *work) compare() {
	s := &w.f.rules.Scores
	w.given = w.given[:0]
	for i := range w.mentions {
		w.given = append(w.given, w.listed(i))
	}
	for i := range w.mentions {
		if w.given[i] != 0 && w.mentions[i].best == bare {
			w.add(i, w.given[i], "in a list with other councils", "")
		}
	}
	w.given = w.given[:0]
	for i := range w.mentions {
		w.given = append(w.given, min(s.BesideMost, s.Beside*w.others(i)))
	}
	for i := range w.mentions {
		if w.given[i] != 0 && w.mentions[i].best == bare {
			w.add(i, w.given[i], "other councils are named", "")
		}
	}
}

// compared is how many mentions before and behind one are compared with it.
const compared = 30

// neighbours returns the range of the mentions near mention i, of which none is before first or
// behind last.
func (w *work) neighbours(i int, first, last int32) (from, to int) {
	return max(int(first), i-compared), min(int(last), i+compared) + 1
}

// listed is what the other names in its list are worth to mention i.
func (w *work) listed(i int) float32 {
	s := &w.f.rules.Scores
	first, last := w.listEnds(i)
	from, to := w.neighbours(i, first.number, last.number)
	n, supported := 0, w.mentions[i].supported
	for j := from; j < to; j++ {
		if m := &w.mentions[j]; j != i && m.points > -1.5 && !m.place && !w.sameOwner(i, j) {
			n++
			supported = supported || m.supported
		}
	}
	points := min(s.ListedMost, s.Listed*float32(n))
	const sure = 2 // others that make a list of councils without further support
	if !supported && n < sure {
		points /= 2
	}
	return points
}

// others counts the other councils accepted nearby in the text, as far as they
// matter: in halves those that nothing around them speaks for.
func (w *work) others(i int) float32 {
	n, enough := float32(0), w.f.rules.Scores.BesideMost/w.f.rules.Scores.Beside
	from, to := w.neighbours(i, 0, int32(len(w.mentions)-1))
	for j := from; j < to && n < enough; j++ {
		if !w.accepted(j) || w.sameOwner(i, j) {
			continue
		}
		if n++; !w.mentions[j].supported {
			n -= 0.5
		}
	}
	return n
}

func (w *work) sameOwner(i, j int) bool {
	return slices.ContainsFunc(w.mentions[i].owners, func(a owner) bool {
		return slices.ContainsFunc(w.mentions[j].owners, func(b owner) bool { return a.council == b.council })
	})
}
