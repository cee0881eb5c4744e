package tag

import "strings"

// checkFacets tries the examples of facets.yaml.
func (t *Tagger) checkFacets() []Problem {
	var p []Problem
	for i := range t.facets.checked {
		r := &t.facets.checked[i]
		if len(r.Examples.Match) == 0 {
			p = append(p, r.problem("the rule has no example; add a short text that must match under examples, match"))
		}
		for _, s := range r.Examples.Match {
			if _, ok := t.carries(r.ID, s); !ok {
				p = append(p, r.problem("the example %q does not match; change the example or add a phrase to the rule", s))
			}
		}
		for _, s := range r.Examples.Not {
			if h, ok := t.carries(r.ID, s); ok {
				p = append(p, r.problem("the example %q must not match, but it does (%s); add a phrase under not, or move a phrase to weak", s, strings.Join(h.Reasons, ", ")))
			}
		}
	}
	return p
}

// carries tags an example and looks for a stage, a mark or an adoption.
func (t *Tagger) carries(facet, example string) (Hit, bool) {
	r := t.Tag(Input{Text: example, Links: addresses(example)})
	for _, h := range append(append([]Hit{r.Stage}, r.Marks...), r.Adoption...) {
		if h.ID == facet {
			return h, true
		}
	}
	return Hit{}, false
}

// addresses are the links in an example.
func addresses(example string) (links []string) {
	for _, word := range strings.Fields(example) {
		if strings.HasPrefix(word, "https://") {
			links = append(links, word)
		}
	}
	return links
}
