package tag

import (
	"slices"
	"strings"
	"sync"
	"time"

	"vantage/collectors/text"
	"vantage/pipeline/council"
	"vantage/pipeline/theme"
)

// Input is what the tagger reads of a post.
type Input struct {
	ID          string
	Title, Text string   // plain text
	Hashtags    []string // folded, without #
	Links       []string
	Published   time.Time // tells councils of the same name apart; zero: today's
	FeedCouncil string    // register id of the council whose own channel this is
	Lang        string    // BCP 47, as the source claims it
	Quiet       bool      // leave the reasons out: the quick way
	Class       string    // of the publisher, see item.Classes; "": not known
	Publisher   string    // domain of an organisation
	URL         string    // the post's own address
	// Read is shown the words of the post, for what else can use them: post is
	// the text, behind the title where it does not begin with that. It must not
	// keep words. Nil: nobody wants them.
	Read func(post string, words []text.Word)
}

// Hit is a term found in a post and why.
type Hit struct {
	ID      string   `json:"id"`
	Reasons []string `json:"reasons,omitempty"`
}

// Result is what a post is about. The lists are in the order of the
// vocabulary; councils come by confidence.
type Result struct {
	Topics, Tools, Themes []Hit
	Adoption              []Hit // beside Tools: one of Adoptions
	Councils              []council.Match
	Stage                 Hit        // one of Stages; without an id where the text does not say
	Marks                 []Hit      // of Marks, in that order
	Artefacts             []Artefact // in the order of the links
	Lang                  string     // as the source claims it, else as the words tell; "" when neither does
	Rules                 string     // version of the vocabulary and the register
}

// Counted returns the ids of the councils that count in charts.
func (r Result) Counted() []string {
	var ids []string
	for _, m := range r.Councils {
		if m.Counted() {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// Tagger finds the terms of one vocabulary and the councils of one register.
// It is safe for concurrent use.
type Tagger struct {
	version  string
	rules    []*rule
	phrases  *text.Phrases
	said     []said              // by phrase of the vocabulary
	uses     []use               // see said
	tags     map[uint64][]tagUse // by hash of the hashtag
	sites    names[int32]        // by domain: rules
	themes   map[string]int      // by id: rule
	above    [][]int             // by rule: the themes that follow from it
	tools    map[string]int32    // by id: rule
	own      int                 // phrases below are the vocabulary's, then come the register's
	cues     int                 // phrases from here on are the facets'
	facets   *facets
	finder   *council.Finder
	sector   *sector
	themer   *themer
	councils *council.Register
	list     []text.Phrase // the vocabulary's phrases
	pool     sync.Pool
}

// rule is a compiled Rule.
type rule struct {
	*Rule
	needsWith bool
}

// said is what a phrase does: its part of Tagger.uses, and of the weights of
// themes. Both stand together, because most phrases lie in no near cache.
type said struct{ uses, weights span }

// use says what a phrase does for a rule.
type use struct {
	rule int32
	role role
}

type role uint8

const (
	says   role = 1 << iota // a phrase of any
	cased                   // a phrase of case
	with                    // a phrase of with
	unless                  // a phrase of not
	sure                    // a hashtag or a site
	likely                  // a phrase of likely, for themes
	hint                    // a phrase of hint, for themes
)

// tagUse says what a hashtag does for a rule. One that is a phrase of one word
// is found in the text by the walk, and needs a look only when it came beside
// the text.
type tagUse struct {
	use
	walked bool
}

// Version names the vocabulary and the register: "v-" and 12 hex digits.
func (t *Tagger) Version() string { return t.version }

// scratch is what one call of Tag needs; it is used again.
type scratch struct {
	words   []text.Word
	matches []text.Match
	named   []text.Match // matches of the register's phrases
	cues    []text.Match // matches of the facets' phrases
	context []text.Match // what stands around one of them
	held    []holding    // by facet
	facet   facetReader
	seen    []role  // by rule
	touched []int32 // rules with something seen
	why     []evidence
	themes  weighing
}

// evidence is one reason, kept until it is known whether its rule holds.
type evidence struct {
	rule int32
	text string
}

// Tag returns the topics, tools, themes and councils of a post.
func (t *Tagger) Tag(in Input) Result {
	s := t.pool.Get().(*scratch)
	defer t.release(s)
	all := join(in.Title, in.Text)
	s.words = text.Words(s.words[:0], all)
	if in.Read != nil {
		in.Read(all, s.words)
	}
	s.matches = t.phrases.Find(s.matches[:0], all, s.words, theme.Words)
	for _, m := range s.matches {
		if int(m.Phrase) >= t.own {
			t.pass(s, m)
			continue
		}
		if t.isCue(m) {
			s.themes.cues = append(s.themes.cues, m)
		}
		t.note(s, all, m, in.Quiet)
	}
	t.noteTags(s, all, in)
	t.noteSites(s, in)
	r := Result{Rules: t.version, Lang: in.Lang}
	if r.Lang == "" {
		r.Lang = text.Language(all, s.words)
	}
	t.collect(s, &r, in.Quiet)
	r.Councils = t.finder.Find(council.Post{
		Text: all, Words: s.words, Names: s.named, Links: in.Links, Hashtags: in.Hashtags,
		Published: in.Published, Feed: in.FeedCouncil, Quiet: in.Quiet,
	})
	t.themesOf(s, &r, all, in.Quiet)
	t.facet(s, &r, all, in)
	return r
}

// join puts the title before the text, unless the text begins with it.
func join(title, body string) string {
	switch {
	case title == "" || strings.HasPrefix(body, title):
		return body
	case body == "":
		return title
	}
	return title + "\n\n" + body
}

func (t *Tagger) release(s *scratch) {
	for _, i := range s.touched {
		s.seen[i] = 0
	}
	clear(s.why)
	s.named, s.cues, s.touched, s.why = s.named[:0], s.cues[:0], s.touched[:0], s.why[:0]
	t.pool.Put(s)
}

func (t *Tagger) note(s *scratch, all string, m text.Match, quiet bool) {
	for _, u := range t.usesOf(m.Phrase) {
		s.mark(u.rule, u.role)
		if quiet || u.role == unless {
			continue
		}
		phrase := all[s.words[m.From].Start:s.words[m.To-1].End]
		if u.role == with {
			s.because(u.rule, "beside “"+phrase+"”")
		} else {
			s.because(u.rule, "says “"+phrase+"”")
		}
	}
}

// usesOf returns what a phrase of the vocabulary does for topics and tools.
func (t *Tagger) usesOf(phrase int32) []use {
	s := t.said[phrase].uses
	return t.uses[s.from:s.to]
}

func (s *scratch) mark(rule int32, r role) {
	if s.seen[rule] == 0 {
		s.touched = append(s.touched, rule)
	}
	s.seen[rule] |= r
}

func (s *scratch) because(rule int32, reason string) {
	e := evidence{rule, reason}
	if !slices.Contains(s.why, e) {
		s.why = append(s.why, e)
	}
}

// noteTags looks up the hashtags of the item and those in the text.
func (t *Tagger) noteTags(s *scratch, all string, in Input) {
	for i := strings.IndexByte(all, '#'); i >= 0 && i+1 < len(all); {
		end := i + 1 + text.HashtagLen(all[i+1:])
		if text.BeginsTag(all, i) {
			t.noteTag(s, all[i+1:end], true, in.Quiet)
		}
		next := strings.IndexByte(all[end:], '#')
		if next < 0 {
			break
		}
		i = end + next
	}
	for _, tag := range in.Hashtags {
		t.noteTag(s, tag, false, in.Quiet)
	}
}

func (t *Tagger) noteTag(s *scratch, tag string, inText, quiet bool) {
	for _, u := range t.tags[text.HashWord(tag)] {
		if u.walked && (inText || s.seen[u.rule]&u.role != 0) {
			continue
		}
		s.mark(u.rule, u.role)
		if !quiet {
			s.because(u.rule, "hashtag #"+strings.ToLower(tag))
		}
	}
}

func (t *Tagger) noteSites(s *scratch, in Input) {
	for _, link := range in.Links {
		parents(host(link), func(domain string) bool {
			found := t.sites.of(domain)
			for _, i := range found {
				s.mark(i, sure)
				if !in.Quiet {
					s.because(i, "links to "+domain)
				}
			}
			return len(found) == 0
		})
	}
}
