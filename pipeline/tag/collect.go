package tag

import "slices"

// collect turns what was seen into topics and tools, in the order of the
// vocabulary.
func (t *Tagger) collect(s *scratch, r *Result, quiet bool) {
	slices.Sort(s.touched)
	for _, i := range s.touched {
		if t.rules[i].kind == Themes || !t.holds(i, s.seen[i]) {
			continue
		}
		hit := t.hit(s, i, quiet)
		if t.rules[i].kind == Topics {
			r.Topics = append(r.Topics, hit)
		} else {
			r.Tools = append(r.Tools, hit)
		}
	}
}

// holds decides by the roles seen whether the rule is met.
func (t *Tagger) holds(i int32, seen role) bool {
	switch {
	case seen&sure != 0:
		return true
	case seen&unless != 0:
		return false
	case seen&says != 0:
		return true
	}
	return seen&cased != 0 && (seen&with != 0 || !t.rules[i].needsWith)
}

func (t *Tagger) hit(s *scratch, i int32, quiet bool) Hit {
	h := Hit{ID: t.rules[i].ID}
	if quiet {
		return h
	}
	for _, e := range s.why {
		if e.rule == i {
			h.Reasons = append(h.Reasons, e.text)
		}
	}
	return h
}
