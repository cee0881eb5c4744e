package tag

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"vantage/collectors/text"
)

//go:embed facets.yaml
var facetsYAML string

// facetFile is the form of facets.yaml.
type facetFile struct {
	Around struct {
		Later, Soon, Never, Over, Weekdays, Months []string
	}
	Stages, Marks, Artefacts, Adoption []facetRule
	Makers                             map[string][]string // by tool: domains
}

// facetRule says how one facet is recognised; facets.yaml explains the keys.
type facetRule struct {
	ID                   string
	Any, Weak, With, Not []string
	Hosts, Paths, Ends   []string
	Pages                []string
	Own, Self, Groups    []string // of adoption
	Examples             Examples `yaml:"examples" json:"-"`
}

// facets are the compiled rules: stages, then marks, then artefacts.
type facets struct {
	list   []facet
	cues   []text.Phrase // found in the walk over the words
	cued   [][]cue       // by phrase of cues
	around *text.Phrases // looked for only around a cue
	senses [][]meaning   // by phrase of around
	links  *artefactLinks
	makers map[string][]string
	groups map[string]bool // of tools: see facets.yaml
	hash   string          // over everything that decides what is found

	checked []Rule // id, place and examples of every rule
}

type facetKind uint8

const (
	stageFacet facetKind = iota
	markFacet
	artefactFacet
)

type facet struct {
	facetRule
	kind  facetKind
	wide  bool // its context may stand in another sentence
	dated bool // it needs a day
}

// cue is what a phrase of the walk stands for.
type cue struct {
	facet int
	weak  bool
}

// meaning is what a phrase around a cue does, for one facet or for all.
type meaning struct {
	what  sense
	facet int16
}

type sense uint8

const (
	supports sense = iota // a phrase of with
	vetoes                // a phrase of not
	later                 // what follows is not there yet
	soon                  // what stands before is not there yet
	never                 // what follows is not so
	over                  // the event was
	weekday
	month
	using     // a public body uses the tool
	unsure    // or perhaps not
	through   // stands before a tool on a council's own channel
	ourselves // who speaks means itself
	selling
)

// compileFacets reads facets.yaml.
func compileFacets() (*facets, error) {
	var file facetFile
	lines, err := decode([]byte(facetsYAML), &file)
	if err != nil {
		return nil, syntaxError("facets.yaml", err)
	}
	if err := file.check(); err != nil {
		return nil, fmt.Errorf("facets.yaml: %w", err)
	}
	c := facetCompiler{facets: &facets{makers: file.Makers, groups: map[string]bool{}},
		cueAt: map[string]int{}, nearAt: map[text.Phrase]int{}}
	c.add(stageFacet, file.Stages)
	c.add(markFacet, file.Marks)
	c.add(artefactFacet, file.Artefacts)
	if c.links, err = newArtefactLinks(c.list); err != nil {
		return nil, fmt.Errorf("facets.yaml: %w", err)
	}
	a := file.Around
	for what, phrases := range map[sense][]string{later: a.Later, soon: a.Soon, never: a.Never, over: a.Over, weekday: a.Weekdays, month: a.Months} {
		c.context(phrases, what, everyFacet)
	}
	c.addAdoption(file.Adoption)
	c.around = text.NewPhrases(c.near)
	for part, rules := range map[string][]facetRule{"stages": file.Stages, "marks": file.Marks, "artefacts": file.Artefacts, "adoption": file.Adoption} {
		for i, r := range rules {
			c.checked = append(c.checked, Rule{ID: r.ID, Examples: r.Examples, kind: strings.TrimSuffix(part, "s"), file: "facets.yaml", line: lines[part][i]})
		}
	}
	slices.SortFunc(c.checked, func(a, b Rule) int { return a.line - b.line })
	words, _ := json.Marshal(file) // strings only: cannot fail
	sum := sha256.Sum256(words)
	c.hash = hex.EncodeToString(sum[:6])
	return c.facets, nil
}

// check holds the file to the facets that the program knows.
func (f *facetFile) check() error {
	ids := func(rules []facetRule) (list []string) {
		for _, r := range rules {
			list = append(list, r.ID)
		}
		return list
	}
	if got := ids(f.Stages); !slices.Equal(got, Stages) {
		return fmt.Errorf("stages are %v; write %v, in this order", got, Stages)
	}
	if got := ids(append(slices.Clone(f.Marks), f.Artefacts...)); !slices.Equal(got, Marks) {
		return fmt.Errorf("marks and artefacts are %v; write %v, in this order", got, Marks)
	}
	if len(f.Adoption) != 2 || f.Adoption[0].ID != Uses || f.Adoption[1].ID != Offers {
		return fmt.Errorf("adoption must hold the rules %s and %s, in this order", Uses, Offers)
	}
	return nil
}

// facetCompiler gathers phrases, each one once, with what they stand for.
type facetCompiler struct {
	*facets
	cueAt  map[string]int
	near   []text.Phrase
	nearAt map[text.Phrase]int
}

func (c *facetCompiler) add(kind facetKind, rules []facetRule) {
	for _, r := range rules {
		i := len(c.list)
		c.list = append(c.list, facet{r, kind, kind == artefactFacet || r.ID == "event", r.ID == "event"})
		c.cue(r.Any, cue{i, kind == artefactFacet}) // that a template is spoken of does not offer it
		c.cue(r.Weak, cue{i, true})
		c.context(r.With, supports, i)
		c.context(r.Not, vetoes, i)
	}
}

func (c *facetCompiler) addAdoption(rules []facetRule) {
	uses, offers := rules[0], rules[1]
	c.context(uses.Any, using, everyFacet)
	c.context(uses.Not, unsure, everyFacet)
	c.context(uses.Own, through, everyFacet)
	c.context(uses.Self, ourselves, everyFacet)
	c.context(offers.Any, selling, everyFacet)
	for _, g := range uses.Groups {
		c.groups[g] = true
	}
}

func (c *facetCompiler) cue(phrases []string, u cue) {
	for _, s := range phrases {
		at, ok := c.cueAt[s]
		if !ok {
			at = len(c.cues)
			c.cueAt[s] = at
			c.cues = append(c.cues, text.Phrase{Text: s})
			c.cued = append(c.cued, nil)
		}
		c.cued[at] = append(c.cued[at], u)
	}
}

// context enters phrases that are looked for around cues. A = before one holds
// it to its capitals.
func (c *facetCompiler) context(phrases []string, what sense, facet int) {
	for _, s := range phrases {
		s, exact := strings.CutPrefix(s, "=")
		p := text.Phrase{Text: s, Case: exact}
		at, ok := c.nearAt[p]
		if !ok {
			at = len(c.near)
			c.nearAt[p] = at
			c.near = append(c.near, p)
			c.senses = append(c.senses, nil)
		}
		c.senses[at] = append(c.senses[at], meaning{what, int16(facet)})
	}
}
