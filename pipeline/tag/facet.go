package tag

import (
	"math"
	"slices"
	"strings"

	"vantage/collectors/text"
)

// Stages are how far the matter of a post is, in the order of the way.
var Stages = []string{"idea", "discovery", "alpha", "pilot", "live", "evaluated", "stopped"}

// Marks are what else a post can carry, in the order in which pages show them:
// a lesson, a failure, an event to go to, and four kinds of artefacts.
var Marks = []string{"lesson", "failure", "event", "repository", "template", "standard", "dataset"}

// Adoptions are what a post does with a tool: a public body uses it, its maker
// or seller offers it, or it is only mentioned.
var Adoptions = []string{Uses, Offers, Mentions}

// The values of Adoptions.
const (
	Uses     = "uses"
	Offers   = "offers"
	Mentions = "mentions"
)

// Artefact is something to reuse that a post leads to.
type Artefact struct {
	Kind string `json:"kind"` // repository, template, standard or dataset
	URL  string `json:"url"`
}

// Has reports whether the post carries a mark.
func (r Result) Has(mark string) bool {
	return slices.ContainsFunc(r.Marks, func(h Hit) bool { return h.ID == mark })
}

// facetReader looks at one post for its facets.
type facetReader struct {
	*facets
	*scratch
	all    string
	in     Input
	lo, hi int // the words that context was looked for in; hi 0: none yet
}

// facet fills in the stage, the marks, the artefacts, and what the post does
// with its tools. The tools and councils of r must be known.
func (t *Tagger) facet(s *scratch, r *Result, all string, in Input) {
	if len(s.cues) == 0 && len(in.Links) == 0 && len(r.Tools) == 0 && !strings.Contains(all, "://") {
		return
	}
	rd := &s.facet
	*rd = facetReader{facets: t.facets, scratch: s, all: all, in: in}
	for _, m := range s.cues {
		for _, c := range rd.cued[m.Phrase] {
			rd.weigh(m, c)
		}
	}
	r.Stage = rd.stage()
	rd.artefacts(r)
	for i := len(Stages); i < len(rd.list); i++ {
		if s.held[i].on {
			r.Marks = append(r.Marks, rd.facetHit(i))
		}
	}
	if len(r.Tools) > 0 {
		rd.adoption(t, r)
	}
	clear(s.held)
	*rd = facetReader{}
}

// pass puts a match that is not the vocabulary's where it belongs.
func (t *Tagger) pass(s *scratch, m text.Match) {
	if int(m.Phrase) >= t.cues {
		m.Phrase -= int32(t.cues)
		s.cues = append(s.cues, m)
		return
	}
	m.Phrase -= int32(t.own)
	s.named = append(s.named, m)
}

// holding says of a facet whether the post has it, and why.
type holding struct {
	on     bool
	reason string
}

// stage returns the furthest of those found; without an id where there is none.
func (rd *facetReader) stage() Hit {
	for i := len(Stages) - 1; i >= 0; i-- {
		if rd.held[i].on {
			return rd.facetHit(i)
		}
	}
	return Hit{}
}

func (rd *facetReader) facetHit(i int) Hit {
	h := Hit{ID: rd.list[i].ID}
	if !rd.in.Quiet {
		h.Reasons = []string{rd.held[i].reason}
	}
	return h
}

// hold notes that the post has a facet; its first reason is kept.
func (rd *facetReader) hold(i int, how string, m text.Match) {
	if rd.held[i].on {
		return
	}
	rd.held[i].on = true
	if !rd.in.Quiet {
		rd.held[i].reason = how + " “" + rd.all[rd.words[m.From].Start:rd.words[m.To-1].End] + "”"
	}
}

// weigh decides whether a phrase that was found says its facet.
func (rd *facetReader) weigh(m text.Match, c cue) {
	f := &rd.list[c.facet]
	if rd.held[c.facet].on || int(m.From) >= f.head() || f.kind == artefactFacet && !rd.leads() {
		return
	}
	rd.lookAround(m, f.wide)
	if rd.near(vetoes, c.facet) || c.weak && !rd.supported(c.facet, m, f.reach()) && !(f.dated && rd.clock()) {
		return
	}
	switch {
	case f.dated:
		if !rd.near(over, everyFacet) && rd.dated() {
			rd.hold(c.facet, "invites by", m)
		}
	case f.kind == artefactFacet:
		rd.hold(c.facet, "leads to", m)
	case rd.before(never, m, neverReach):
	case f.kind == stageFacet && !(c.weak && rd.leadsBack(m, c.facet)):
		rd.weighStage(m, c.facet)
	case f.kind == stageFacet:
	default:
		rd.hold(c.facet, "says", m)
	}
}

// head is how far into a post the facet is looked for.
func (f *facet) head() int {
	switch {
	case f.dated:
		return eventWords
	case f.kind == artefactFacet:
		return math.MaxInt
	}
	return headWords
}

// reach is how far from a weak phrase its support may stand.
func (f *facet) reach() int {
	if f.wide {
		return wideReach
	}
	return supportReach
}

// leadsBack reports whether what follows is an earlier stage: a launched pilot
// is a pilot.
func (rd *facetReader) leadsBack(m text.Match, i int) bool {
	return slices.ContainsFunc(rd.scratch.cues, func(other text.Match) bool {
		return other.From >= m.To && other.From < m.To+supportReach && int(other.From) < rd.hi &&
			slices.ContainsFunc(rd.cued[other.Phrase], func(c cue) bool { return c.facet > 0 && c.facet < i })
	})
}

// liveStage is the place of live in Stages.
const liveStage = 4

// weighStage takes what is still to come for an idea, but not a verdict or an
// end that is.
func (rd *facetReader) weighStage(m text.Match, i int) {
	switch coming := rd.before(later, m, laterReach) || rd.behind(soon, m, laterReach); {
	case i == 0 || !coming:
		rd.hold(i, "says", m)
	case i <= liveStage:
		rd.hold(0, "is yet to come:", m)
	}
}

// leads reports whether there is anywhere to go from the post.
func (rd *facetReader) leads() bool {
	return len(rd.in.Links) > 0 || rd.in.URL != "" || strings.Contains(rd.all, "://")
}
