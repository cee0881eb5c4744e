package council

import (
	"time"

	"vantage/collectors/text"
)

// Post is what the finder reads of a post.
type Post struct {
	Text      string
	Words     []text.Word  // of Text
	Names     []text.Match // of Finder.Phrases in Words
	Links     []string
	Hashtags  []string
	Published time.Time // zero: now
	Feed      string    // register id of the council whose channel it is
	Quiet     bool      // leave the reasons out
}

// Finder finds councils by the register's names.
type Finder struct {
	register *Register
	phrases  []text.Phrase
	named    []int // by phrase: council
}

// Finder compiles the names of the register.
func (r *Register) Finder() *Finder {
	f := &Finder{register: r}
	for _, n := range r.names {
		if n.kind == "official" {
			f.phrases = append(f.phrases, text.Phrase{Text: n.text})
			f.named = append(f.named, n.council)
		}
	}
	return f
}

// Phrases returns what must be found in a post before Find is called.
func (f *Finder) Phrases() []text.Phrase { return f.phrases }

// Find returns the councils of a post.
func (f *Finder) Find(p Post) []Match {
	var found []Match
	for _, m := range p.Names {
		found = append(found, Match{ID: f.register.all[f.named[m.Phrase]].ID, Confidence: 0.98, Sense: SenseCouncil})
	}
	if p.Feed != "" {
		found = append(found, Match{ID: p.Feed, Confidence: CountFrom, Sense: SenseFeed})
	}
	return found
}
