package tag

import (
	"slices"
	"strings"

	"vantage/collectors/item"
	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// adoption says of every tool of r what the post does with it.
func (rd *facetReader) adoption(t *Tagger, r *Result) {
	counted := slices.ContainsFunc(r.Councils, func(m council.Match) bool { return m.Counted() })
	r.Adoption = make([]Hit, len(r.Tools))
	for i, tool := range r.Tools {
		rule := t.tools[tool.ID]
		kind, reason := rd.adopts(t, rule, counted)
		r.Adoption[i].ID = kind
		if !rd.in.Quiet && reason != "" {
			r.Adoption[i].Reasons = []string{reason}
		}
	}
}

// adopts says what the post does with one tool, and why.
func (rd *facetReader) adopts(t *Tagger, rule int32, counted bool) (kind, reason string) {
	tool := t.rules[rule].Rule
	class := item.Class(rd.in.Class)
	if class == item.Vendor {
		return Offers, "a supplier's post"
	}
	public := class == item.Council || class == item.Central || rd.in.FeedCouncil != ""
	if !public {
		if rd.ofMaker(tool, rd.in.Publisher) || rd.ofMaker(tool, host(rd.in.URL)) {
			return Offers, "its maker's post"
		}
		if rd.linksToMaker(tool) && rd.sells() {
			return Offers, "links to its maker with words of advertising"
		}
	}
	for _, m := range rd.matches {
		if int(m.Phrase) < t.own && slices.ContainsFunc(t.usesOf(m.Phrase), func(u use) bool { return u.rule == rule && u.role&(says|cased) != 0 }) {
			if how := rd.usedAt(m, counted); how != "" {
				return Uses, how
			}
		}
	}
	if rd.ownChannel() && rd.groups[tool.Group] && rd.linksToMaker(tool) {
		return Uses, "the council's own channel leads there"
	}
	return Mentions, ""
}

// usedAt says why a mention of a tool says that a public body uses it; "" where
// it does not.
func (rd *facetReader) usedAt(m text.Match, counted bool) string {
	rd.lookAround(m, false)
	if rd.near(unsure, everyFacet) || rd.before(never, m, toolReach) || rd.before(later, m, laterReach) {
		return ""
	}
	used := rd.before(using, m, toolReach) || rd.behind(using, m, toolReach)
	switch {
	case rd.ownChannel() && (used || rd.before(through, m, ownReach)):
		return "the council's own channel uses it"
	case used && counted:
		return "beside a council and a word of use"
	case used && rd.speaksForItself() && rd.near(ourselves, everyFacet):
		return "speaks of its own use"
	}
	return ""
}

// ownChannel reports whether a council speaks.
func (rd *facetReader) ownChannel() bool {
	return rd.in.FeedCouncil != "" || rd.in.Class == string(item.Council)
}

// speaksForItself reports whether "we" is a public or a civic body.
func (rd *facetReader) speaksForItself() bool {
	return rd.in.Class == string(item.Central) || rd.in.Class == string(item.Civic)
}

// ofMaker reports whether a domain is the tool's own site, its maker's, or one
// that is called as the tool.
func (rd *facetReader) ofMaker(tool *Rule, domain string) bool {
	found := false
	parents(domain, func(d string) bool {
		found = slices.ContainsFunc(tool.Sites, func(s string) bool { return strings.EqualFold(s, d) }) || slices.Contains(rd.makers[tool.ID], d) || named(tool, d)
		return !found
	})
	return found
}

// named reports whether a domain is a name of the tool and one ending, such as
// "netcall.com".
func named(tool *Rule, domain string) bool {
	label, ending, _ := strings.Cut(domain, ".")
	if ending == "" || len(label) < 4 || strings.Count(ending, ".") > 1 {
		return false
	}
	h := text.HashWord(label)
	return h == text.HashWord(tool.ID) || slices.ContainsFunc(tool.Any, func(s string) bool { return text.HashWord(s) == h })
}

func (rd *facetReader) linksToMaker(tool *Rule) bool {
	return slices.ContainsFunc(rd.in.Links, func(l string) bool { return rd.ofMaker(tool, host(l)) })
}

// sells reports whether words of advertising stand anywhere in the post.
func (rd *facetReader) sells() bool {
	rd.lo, rd.hi = 0, len(rd.words)
	rd.context = rd.around.Find(rd.context[:0], rd.all, rd.words, 0)
	return slices.ContainsFunc(rd.context, func(m text.Match) bool { return rd.means(m.Phrase, selling, everyFacet) })
}
