package tag

import (
	"slices"
	"strings"

	"vantage/collectors/text"
)

// How far words reach, in words. Measured on testdata/facets.jsonl.
const (
	headWords     = 90  // how far into a post its matter is told; behind it things are mentioned in passing
	eventWords    = 150 // invitations come behind what the event is about
	sentenceReach = 30  // a longer sentence is cut
	wideReach     = 30  // across sentences, for dates and what can be reused
	laterReach    = 8   // "will", "plans to" before what is not there yet
	neverReach    = 4   // "not", "never" before what is denied
	supportReach  = 6   // a weak phrase and what supports it
	toolReach     = 10  // "uses" and the tool
	ownReach      = 2   // "through" and the tool
)

// lookAround finds the context phrases in the sentence of a match or, where
// wide, in the words around it.
func (rd *facetReader) lookAround(m text.Match, wide bool) {
	var lo, hi int
	if wide {
		lo, hi = max(0, int(m.From)-wideReach), min(len(rd.words), int(m.To)+wideReach)
	} else {
		lo, hi = rd.sentence(m)
	}
	if lo == rd.lo && hi == rd.hi {
		return
	}
	rd.lo, rd.hi = lo, hi
	rd.context = rd.around.Find(rd.context[:0], rd.all, rd.words[lo:hi], 0)
}

// sentence returns the words of the sentence that a match stands in.
func (rd *facetReader) sentence(m text.Match) (lo, hi int) {
	lo, hi = int(m.From), int(m.To)
	for lo > 0 && int(m.From)-lo < sentenceReach && !rd.breaks(lo-1) {
		lo--
	}
	for hi < len(rd.words) && hi-int(m.To) < sentenceReach && !rd.breaks(hi-1) {
		hi++
	}
	return lo, hi
}

// breaks reports whether a sentence ends between word i and the next one: a
// full stop without a space behind it stands within an address.
func (rd *facetReader) breaks(i int) bool {
	gap := rd.all[rd.words[i].End:rd.words[i+1].Start]
	if gap == " " {
		return false
	}
	if strings.Contains(gap, "\n") {
		return true
	}
	at := strings.IndexAny(gap, ".!?;…")
	return at >= 0 && strings.ContainsAny(gap[at:], " \t\u00a0")
}

// everyFacet asks for phrases that are not of one facet.
const everyFacet = -1

// near reports whether a context phrase of a facet that does something stands
// in the words looked at.
func (rd *facetReader) near(what sense, facet int) bool {
	return slices.ContainsFunc(rd.context, func(c text.Match) bool { return rd.means(c.Phrase, what, facet) })
}

// supported reports whether a phrase of the facet's with stands at most reach
// words from the match, and not inside it.
func (rd *facetReader) supported(facet int, m text.Match, reach int) bool {
	for _, c := range rd.context {
		from, to := int(c.From)+rd.lo, int(c.To)+rd.lo
		before, behind := int(m.From)-to, from-int(m.To)
		if max(before, behind) >= 0 && max(before, behind) < reach && rd.means(c.Phrase, supports, facet) {
			return true
		}
	}
	return false
}

// before reports whether such a phrase ends at most reach words before the
// match.
func (rd *facetReader) before(what sense, m text.Match, reach int) bool {
	for _, c := range rd.context {
		gap := int(m.From) - (int(c.To) + rd.lo)
		if gap >= 0 && gap < reach && rd.means(c.Phrase, what, everyFacet) {
			return true
		}
	}
	return false
}

// behind reports whether one begins at most reach words behind the match.
func (rd *facetReader) behind(what sense, m text.Match, reach int) bool {
	for _, c := range rd.context {
		gap := int(c.From) + rd.lo - int(m.To)
		if gap >= 0 && gap < reach && rd.means(c.Phrase, what, everyFacet) {
			return true
		}
	}
	return false
}

func (rd *facetReader) means(phrase int32, what sense, facet int) bool {
	for _, s := range rd.senses[phrase] {
		if s.what == what && int(s.facet) == facet {
			return true
		}
	}
	return false
}

// dated reports whether the words looked at hold a day: a weekday, or a month
// beside the number of a day.
func (rd *facetReader) dated() bool {
	for _, c := range rd.context {
		from, to := int(c.From)+rd.lo, int(c.To)+rd.lo
		if rd.means(c.Phrase, weekday, everyFacet) || rd.means(c.Phrase, month, everyFacet) && (rd.day(from-1) || rd.day(to)) {
			return true
		}
	}
	return false
}

// day reports whether word i is a number from 1 to 31, perhaps as "3rd".
func (rd *facetReader) day(i int) bool {
	if i < 0 || i >= len(rd.words) {
		return false
	}
	n, rest := leadingNumber(rd.word(i))
	return n >= 1 && n <= 31 && (rest == "" || rest == "st" || rest == "nd" || rest == "rd" || rest == "th")
}

// clock reports whether the words looked at hold a time such as 7pm or 10.30am.
func (rd *facetReader) clock() bool {
	for i := rd.lo; i < rd.hi; i++ {
		if n, rest := leadingNumber(rd.word(i)); n >= 0 && (rest == "am" || rest == "pm") {
			return true
		}
	}
	return false
}

func (rd *facetReader) word(i int) string { return rd.all[rd.words[i].Start:rd.words[i].End] }

// leadingNumber cuts a word of at most four letters into its number and the
// rest; n is -1 where there is none.
func leadingNumber(s string) (n int, rest string) {
	if len(s) > 4 || s[0] < '0' || s[0] > '9' {
		return -1, ""
	}
	for len(s) > 0 && s[0] >= '0' && s[0] <= '9' {
		n, s = 10*n+int(s[0]-'0'), s[1:]
	}
	return n, s
}
