// Package tag finds the topics, tools and councils of a post: one walk over
// its words with the vocabulary, and the evidence rules of package council.
//
// The vocabulary is data (vocabulary/*.yaml): people edit it without code,
// and every rule carries examples that must and must not match.
package tag

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"vantage/pipeline/theme"
)

// The kinds of terms.
const (
	Topics = "topic"
	Tools  = "tool"
	Themes = "theme"
)

// Rule is one term of the vocabulary, the names that it goes by and what it is
// recognised by. A post has the term when it holds a phrase of Any or a name of
// Also, or one of Case and, where With is not empty, one of With; and none of Not. A hashtag of Tags or a link to one of
// Sites is enough by itself.
type Rule struct {
	ID    string `yaml:"id" json:"id"`
	Name  string `yaml:"name" json:"name"`
	Group string `yaml:"group" json:"group,omitempty"` // topics: heading; tools: what sort of tool
	Theme string `yaml:"theme" json:"theme,omitempty"` // topics: id of the theme
	// Topics are the topics that a tool belongs to, the main one first.
	Topics []string `yaml:"topics" json:"topics,omitempty"`

	// About says in one plain sentence what the term is.
	About string `yaml:"about" json:"-"`
	// Also are other names that people use, and Cy, Gd and Ga those in Welsh,
	// Gaelic and Irish. They match like Any.
	Also []string `yaml:"also" json:"also,omitempty"`
	Cy   []string `yaml:"cy" json:"cy,omitempty"`
	Gd   []string `yaml:"gd" json:"gd,omitempty"`
	Ga   []string `yaml:"ga" json:"ga,omitempty"`
	// Search are names that people look for, but that prove nothing in a text.
	Search []string `yaml:"search" json:"-"`

	Any  []string `yaml:"any" json:"any,omitempty"`   // phrases in any case, singular
	Case []string `yaml:"case" json:"case,omitempty"` // phrases whose case matters
	With []string `yaml:"with" json:"with,omitempty"` // the post must also hold one of these
	Not  []string `yaml:"not" json:"not,omitempty"`   // the post must hold none of these
	// Themes are weighed, not matched: a phrase of Any nearly decides, two of
	// Likely do, one of Hint tips the scales, and one of Not speaks against.
	Likely []string `yaml:"likely" json:"likely,omitempty"`
	Hint   []string `yaml:"hint" json:"hint,omitempty"`
	Tags   []string `yaml:"tags" json:"tags,omitempty"`   // hashtags, without #
	Sites  []string `yaml:"sites" json:"sites,omitempty"` // domains that a link may go to

	Examples Examples `yaml:"examples" json:"-"`

	kind string
	file string
	line int
}

// Examples are short texts that hold a rule to its meaning.
type Examples struct {
	Match []string `yaml:"match"`
	Not   []string `yaml:"not"`
}

// Term is what charts need to know of a rule.
type Term struct{ ID, Name, Group string }

// Vocabulary is the set of rules, in the order of the files.
type Vocabulary struct {
	themes, topics, tools []Rule
	weights               *theme.Weights // what was learned of themes; nil: nothing
	files                 []string
	builtIn               bool // shipped with the program
}

// Rules returns the rules of a kind. Do not change them.
func (v *Vocabulary) Rules(kind string) []Rule {
	switch kind {
	case Topics:
		return v.topics
	case Tools:
		return v.tools
	case Themes:
		return v.themes
	}
	return nil
}

// Terms returns the terms of a kind in the order of the vocabulary.
func (v *Vocabulary) Terms(kind string) []Term {
	rules := v.Rules(kind)
	terms := make([]Term, len(rules))
	for i, r := range rules {
		terms[i] = Term{r.ID, r.Name, r.Group}
	}
	return terms
}

// Name returns the name of a term, or its id where the vocabulary does not
// know it (any more).
func (v *Vocabulary) Name(kind, id string) string {
	rules := v.Rules(kind)
	if i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id }); i >= 0 {
		return rules[i].Name
	}
	return id
}

// Files returns the files that the vocabulary was read from.
func (v *Vocabulary) Files() []string { return slices.Clone(v.files) }

// hash returns 12 hex digits over everything that decides what matches;
// comments, layout and examples do not change it.
func (v *Vocabulary) hash() string {
	h := sha256.New()
	for _, rules := range [][]Rule{v.themes, v.topics, v.tools} {
		b, _ := json.Marshal(rules) // strings only: cannot fail
		h.Write(b)
	}
	if v.weights != nil {
		v.weights.Write(h) // a hash: cannot fail
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
