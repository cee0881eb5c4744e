package tag

import "vantage/pipeline/council"

// councilSign is what the councils of a post can say about its themes: who
// names three councils, or one that is yet to come, often speaks of
// reorganisation.
type councilSign struct {
	name  string
	least int // so many councils at least
	is    func(council.Council) bool
}

var councilSigns = [...]councilSign{
	{"three councils", 3, anyCouncil},
	{"a combined authority", 1, func(c council.Council) bool { return c.Tier == "strategic" }},
	{"a council to come", 1, func(c council.Council) bool { return c.Status == council.Planned || c.Status == council.Shadow }},
	{"a council of the past", 1, func(c council.Council) bool { return c.Status == council.Abolished }},
}

func anyCouncil(council.Council) bool { return true }

// cue is its name in a table of weights.
func (s councilSign) cue() string { return "names " + s.name }

func (s councilSign) holds(r *council.Register, found []council.Match) bool {
	n := 0
	for i := range found {
		if !found[i].Counted() {
			continue
		}
		if c, ok := r.Council(found[i].ID); ok && s.is(c) {
			n++
		}
	}
	return n >= s.least
}
