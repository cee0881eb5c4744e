package tag

import (
	"fmt"
	"slices"

	"vantage/pipeline/council"
)

// Line is one thing found in a post, in words: what `vantage tag --explain`
// prints and what the page "try your text" shows.
type Line struct {
	Heading string // what sort of thing it is, as a heading in the plural: "Councils"
	ID      string
	Name    string
	Note    string   // how sure it is and what follows from it; "" where there is nothing to say
	Reasons []string // each a phrase that follows "because it …" or names the evidence
}

// Lines lists everything found in a post in the order in which people read it,
// lines of one heading together. It is the only place that knows what a Result
// holds; whatever is shown of one comes from here.
func Lines(r Result, v *Vocabulary, reg *council.Register) []Line {
	var list []Line
	for _, m := range r.Councils {
		c, _ := reg.Council(m.ID)
		list = append(list, Line{"Councils", m.ID, c.Short, fmt.Sprintf("%.0f%% sure, %s", 100*m.Confidence, senseText(m)), m.Reasons})
	}
	for _, part := range []struct {
		heading, kind string
		hits          []Hit
	}{{"Topics", Topics, r.Topics}, {"Tools", Tools, r.Tools}, {"Themes", Themes, r.Themes}} {
		for i, h := range part.hits {
			l := Line{part.heading, h.ID, v.Name(part.kind, h.ID), "", h.Reasons}
			if part.kind == Tools {
				l.Note, l.Reasons = adoptionText[r.Adoption[i].ID], slices.Concat(h.Reasons, r.Adoption[i].Reasons)
			}
			list = append(list, l)
		}
	}
	return facetLines(list, r)
}

func senseText(m council.Match) string {
	switch {
	case m.Sense == council.SenseFeed:
		return "from its own channel, counted"
	case m.Sense == council.SensePlace:
		return "as a place, not counted"
	case !m.Counted():
		return "not sure enough to be counted"
	}
	return "counted"
}

// languageNames are those that the detector tells apart by their words.
var languageNames = map[string]string{
	"en": "English", "cy": "Welsh", "gd": "Scottish Gaelic", "ga": "Irish", "da": "Danish", "de": "German", "es": "Spanish", "fi": "Finnish",
	"fr": "French", "hu": "Hungarian", "it": "Italian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "sv": "Swedish", "tr": "Turkish",
}

// LanguageName is the language in words, or its code where it has no name here;
// "not clear" where the text is too short to tell.
func LanguageName(code string) string {
	if code == "" {
		return "not clear"
	}
	if name := languageNames[code]; name != "" {
		return name
	}
	return code
}
