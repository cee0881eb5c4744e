package tag

import (
	"strings"
	"unicode/utf8"

	"vantage/collectors/text"
)

// Name is one name of a term.
type Name struct {
	Text string `json:"text"`
	// Lang is the language of the name, as BCP 47 has it; empty for English.
	Lang string `json:"lang,omitempty"`
	// Search is true for a name that is only looked for: in a text it proves
	// nothing.
	Search bool `json:"search,omitempty"`
}

// Names returns what the term is called besides its Name, English first.
func (r *Rule) Names() []Name {
	var names []Name
	for _, s := range r.Also {
		names = append(names, Name{Text: s})
	}
	for _, s := range r.Search {
		names = append(names, Name{Text: s, Search: true})
	}
	for _, l := range r.languages() {
		for _, s := range l.names {
			names = append(names, Name{s, l.lang, !distinct(s)})
		}
	}
	return names
}

type namesIn struct {
	lang  string
	names []string
}

// languages are the names in the other languages of the United Kingdom.
func (r *Rule) languages() []namesIn {
	return []namesIn{{"cy", r.Cy}, {"gd", r.Gd}, {"ga", r.Ga}}
}

// shortName is the length in letters below which a name of one word in another
// language is often an English word, too, when it mutates ("tai", "thai").
const shortName = 6

// distinct reports whether a name in another language can stand in a text for
// its term.
func distinct(s string) bool {
	return strings.Contains(s, " ") || utf8.RuneCountInString(s) >= shortName
}

// serveNames enters the names of a rule that match in texts. Those in other
// languages have no English plural, and Welsh ones mutate.
func (c *compiler) serveNames(r *Rule, u use) {
	c.serve(r.Also, false, u)
	for _, s := range r.Also {
		c.tag(s, tagUse{u, len(text.Words(nil, s)) == 1})
	}
	for _, l := range r.languages() {
		for _, s := range l.names {
			if !distinct(s) {
				continue
			}
			forms := []string{s}
			if l.lang == "cy" {
				forms = append(forms, mutations(s)...)
			}
			for _, form := range forms {
				c.enter(text.Phrase{Text: form, Name: true}, u)
			}
		}
	}
}

// initials are the Welsh initial mutations (soft, aspirate, nasal), longest
// initial first; ch, dd, ph and th do not mutate.
var initials = []struct {
	from    string
	mutated []string
}{
	{"ch", nil}, {"dd", nil}, {"ph", nil}, {"th", nil},
	{"ll", []string{"l"}}, {"rh", []string{"r"}},
	{"c", []string{"g", "ch", "ngh"}}, {"p", []string{"b", "ph", "mh"}}, {"t", []string{"d", "th", "nh"}},
	{"g", []string{"", "ng"}}, {"b", []string{"f", "m"}}, {"d", []string{"dd", "n"}}, {"m", []string{"f"}},
}

// mutations returns the forms of a Welsh phrase whose first word is mutated by
// the word before it ("deallusrwydd", "ddeallusrwydd").
func mutations(s string) []string {
	s = strings.ToLower(s)
	for _, in := range initials {
		rest, ok := strings.CutPrefix(s, in.from)
		if !ok {
			continue
		}
		var forms []string
		for _, m := range in.mutated {
			forms = append(forms, m+rest)
		}
		return forms
	}
	return nil
}
