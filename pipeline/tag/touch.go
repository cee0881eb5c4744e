package tag

import (
	_ "embed"
	"strings"

	"github.com/goccy/go-yaml"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

//go:embed sector.yaml
var sectorYAML string

// sector knows what shows that a post is about British public services.
type sector struct {
	phrases *text.Phrases
	says    []sectorWord // by phrase
	sites   map[string]bool
}

type sectorWord uint8

const (
	ours sectorWord = 1 << iota
	public
	country
)

// about reports whether what was seen is enough.
func (w sectorWord) about() bool { return w&ours != 0 || w&(public|country) == public|country }

func compileSector() (*sector, error) {
	var lists struct{ Ours, Sector, Country, Sites []string }
	if err := yaml.UnmarshalWithOptions([]byte(sectorYAML), &lists, yaml.Strict()); err != nil {
		return nil, err
	}
	s := &sector{sites: map[string]bool{}}
	var phrases []text.Phrase
	add := func(list []string, w sectorWord) {
		for _, p := range list {
			exact := p == strings.ToUpper(p) // "UK", but not "uk" in an address
			phrases = append(phrases, text.Phrase{Text: p, Case: exact})
			s.says = append(s.says, w)
		}
	}
	add(lists.Ours, ours)
	add(lists.Sector, public)
	add(lists.Country, country)
	for _, site := range lists.Sites {
		s.sites[site] = true
	}
	s.phrases = text.NewPhrases(phrases)
	return s, nil
}

// Touches reports whether Tag would find a topic, a tool or a council in a
// post. It gives no reasons and, where there is nothing, allocates nothing.
func (t *Tagger) Touches(text string, links []string) bool {
	s := t.pool.Get().(*scratch)
	defer t.release(s)
	t.look(s, text, links)
	return t.termHolds(s) || len(t.named(s, text, links)) > 0
}

// Concerns reports whether a post that nobody asked for by its hashtag is
// worth collecting: it names a British council surely enough to count, or links
// to a public body, or has a topic or a tool of the vocabulary together with
// words that show that it is about public services here (sector.yaml). It is
// false wherever Touches is, unless the post links to a public body.
func (t *Tagger) Concerns(text string, links []string) bool {
	for _, link := range links {
		if t.sector.hosts(link) {
			return true
		}
	}
	s := t.pool.Get().(*scratch)
	defer t.release(s)
	t.look(s, text, links)
	placed := false
	for _, m := range t.named(s, text, links) {
		if m.Counted() {
			return true
		}
		placed = true
	}
	if !t.termHolds(s) {
		return false
	}
	seen := t.sector.read(s, text)
	if placed {
		seen |= country
	}
	return seen.about()
}

// look walks over the words, hashtags and links as Tag does, without reasons.
func (t *Tagger) look(s *scratch, all string, links []string) {
	in := Input{Links: links, Quiet: true}
	s.words = text.Words(s.words[:0], all)
	s.matches = t.phrases.Find(s.matches[:0], all, s.words, 0)
	for _, m := range s.matches {
		if int(m.Phrase) >= t.own {
			t.pass(s, m)
			continue
		}
		t.note(s, all, m, true)
	}
	t.noteTags(s, all, in)
	t.noteSites(s, in)
}

// named returns the councils of what look has read.
func (t *Tagger) named(s *scratch, all string, links []string) []council.Match {
	return t.finder.Find(council.Post{Text: all, Words: s.words, Names: s.named, Links: links, Quiet: true})
}

// termHolds reports whether the rule of a topic or a tool is met by what look
// has seen.
func (t *Tagger) termHolds(s *scratch) bool {
	for _, i := range s.touched {
		if t.rules[i].kind != Themes && t.holds(i, s.seen[i]) {
			return true
		}
	}
	return false
}

// read returns what the words that look has split say of the sector.
func (c *sector) read(s *scratch, all string) sectorWord {
	var seen sectorWord
	s.matches = c.phrases.Find(s.matches[:0], all, s.words, 0)
	for _, m := range s.matches {
		seen |= c.says[m.Phrase]
	}
	return seen
}

// hosts reports whether a link leads to a public body.
func (c *sector) hosts(link string) bool {
	found := false
	parents(host(link), func(domain string) bool {
		found = c.sites[domain]
		return !found
	})
	return found
}
