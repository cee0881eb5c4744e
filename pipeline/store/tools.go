package store

import (
	"cmp"
	"slices"
)

// toolOf is a tool and what a post does with it.
type toolOf struct{ id, adoption string }

// toolsOf pairs the tools of a row with their adoption, by id, each once.
func toolsOf(r *Row) []toolOf {
	pairs := make([]toolOf, len(r.Tools))
	for i, id := range r.Tools {
		pairs[i].id = id
		if i < len(r.Adoption) {
			pairs[i].adoption = r.Adoption[i]
		}
	}
	slices.SortFunc(pairs, func(a, b toolOf) int { return cmp.Compare(a.id, b.id) })
	return slices.CompactFunc(pairs, func(a, b toolOf) bool { return a.id == b.id })
}

// sortTools brings the tools into the order of the table, and their adoption
// with them.
func sortTools(r *Row) {
	if len(r.Adoption) == len(r.Tools) && ascending(r.Tools) {
		return
	}
	pairs := toolsOf(r)
	r.Tools, r.Adoption = make([]string, len(pairs)), make([]string, len(pairs))
	for i, p := range pairs {
		r.Tools[i], r.Adoption[i] = p.id, p.adoption
	}
}

func sameTools(a, b *Row) bool {
	return slices.Equal(a.Tools, b.Tools) && slices.Equal(a.Adoption, b.Adoption) || slices.Equal(toolsOf(a), toolsOf(b))
}
