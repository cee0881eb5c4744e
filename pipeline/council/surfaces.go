package council

import (
	"math"
	"slices"
	"strings"

	"vantage/collectors/text"
)

// Finder finds the councils that a post speaks of. It is safe for concurrent
// use.
type Finder struct {
	register *Register
	rules    *ruleSet
	phrases  []text.Phrase
	index    map[text.Phrase]int
	roles    []phraseRole // by phrase
	names    []bool       // by phrase: it is a name or a part of one
	surfaces []surface

	handles map[string][]int // folded listed handle -> councils
	bare    map[string][]int // folded bare name -> surfaces
	domains map[string][]int // domain -> councils
	styles  []styles         // by council

	openers, auxiliaries, parties, pasts, british map[uint64]bool // word hashes

	signs  [numSigns]int // groups that code finds, not phrases
	slots  int
	enough float32 // points that give a confidence of CountFrom
	pool   *pool
}

// surface is one name as written, with everybody who goes by it.
type surface struct {
	owners  []owner
	rivals  []owner // councils whose initials an abbreviation has by chance
	oneWord bool
}

type owner struct {
	council int
	kind    kind
	class   string
}

// kind is what sort of name a surface is for its owner.
type kind uint8

const (
	official kind = iota
	bare
	abbreviation
	shared // an abbreviation with other meanings or owners
)

var kinds = map[string]kind{
	"official": official, "welsh-official": official, "gaelic-official": official, "irish-official": official,
	"bare": bare, "bare-historic": bare, "welsh": bare,
	"abbr": abbreviation, "abbr-ambiguous": shared,
}

// phraseRole says what a phrase is: a surface, a block, or evidence.
type phraseRole struct {
	surface int // -1: none
	block   bool
	slots   []slot
	tails   []tail
}

// tail is the end of a name that has a comma ("Christchurch and Poole"), which
// no phrase can have.
type tail struct {
	head    []uint64 // hashes of the words before the comma
	surface int
}

// The signs that code finds, and their groups in rules.yaml.
const (
	dollars = iota
	govAbroad
	numbered
	numSigns
)

var signs = [numSigns]string{"dollars", "gov-abroad", "numbered-street"}

// slot is one phrase in one group of evidence.
type slot struct{ group, id int32 }

// Finder compiles the names of the register and the rules of evidence.
func (r *Register) Finder() *Finder {
	f := &Finder{
		register: r, rules: r.rules, index: map[text.Phrase]int{},
		handles: map[string][]int{}, bare: map[string][]int{}, domains: map[string][]int{},
		styles:  make([]styles, len(r.all)),
		openers: hashSet(r.rules.Openers), auxiliaries: hashSet(r.rules.Auxiliaries), parties: hashSet(r.rules.Parties), pasts: hashSet(r.rules.Pasts), british: hashSet(r.rules.British),
	}
	for _, n := range r.names {
		f.addName(n)
	}
	for _, b := range f.rules.Blocks {
		f.roles[f.phrase(text.Phrase{Text: b, Name: true})].block = true
	}
	for i, g := range f.rules.Evidence {
		f.addGroup(i, g)
	}
	f.addInitials()
	f.shareInitials()
	f.readStyles()
	for _, r := range f.roles {
		f.names = append(f.names, r.surface >= 0 || r.block || len(r.tails) > 0)
	}
	f.enough = f.rules.Bias + float32(math.Log(CountFrom/(1-CountFrom)))
	f.pool = newPool(len(f.rules.Evidence), f.slots)
	return f
}

func hashSet(words []string) map[uint64]bool {
	set := map[uint64]bool{}
	for _, s := range words {
		set[text.HashWord(s)] = true
	}
	return set
}

// Phrases returns what must be found in a post before Find is called.
func (f *Finder) Phrases() []text.Phrase { return f.phrases }

func (f *Finder) phrase(p text.Phrase) int {
	i, ok := f.index[p]
	if !ok {
		i = len(f.phrases)
		f.index[p] = i
		f.phrases = append(f.phrases, p)
		f.roles = append(f.roles, phraseRole{surface: -1})
	}
	return i
}

func (f *Finder) addGroup(i int, g group) {
	if s := slices.Index(signs[:], g.ID); s >= 0 {
		f.signs[s] = i
	}
	for exact, list := range map[bool][]string{false: g.Any, true: g.Case} {
		for _, s := range list {
			// The words of a table stand in the singular, but a plural of
			// two letters in capitals is another abbreviation.
			at := f.phrase(text.Phrase{Text: s, Case: exact, Name: g.Singular || exact && len(s) < 4})
			f.roles[at].slots = append(f.roles[at].slots, slot{int32(i), int32(f.slots)})
			f.slots++
		}
	}
}

func (f *Finder) addName(n name) {
	switch n.kind {
	case "handle":
		key := foldKey(n.text)
		f.handles[key] = append(f.handles[key], n.council)
	case "domain":
		f.domains[n.text] = append(f.domains[n.text], n.council)
	default:
		f.addSurface(n.text, n)
		if f.register.all[n.council].Nation == "Wales" && kinds[n.kind] == bare {
			for _, m := range mutations(n.text) {
				f.addSurface(m, n)
			}
		}
	}
}

func (f *Finder) addSurface(s string, n name) {
	k := kinds[n.kind]
	class := n.class
	if class == "" {
		class = f.register.class(n.council, s)
	}
	capitals := k == abbreviation || k == shared
	p := f.phrase(text.Phrase{Text: surfaceKey(s, capitals), Case: capitals, Name: true})
	if f.roles[p].surface < 0 {
		f.roles[p].surface = len(f.surfaces)
		f.surfaces = append(f.surfaces, surface{oneWord: len(text.Words(nil, s)) == 1})
	}
	at := f.roles[p].surface
	o := owner{n.council, k, class}
	if !slices.Contains(f.surfaces[at].owners, o) {
		f.surfaces[at].owners = append(f.surfaces[at].owners, o)
	}
	f.addTail(s, at)
	if key := foldKey(s); k == bare && !slices.Contains(f.bare[key], at) {
		f.bare[key] = append(f.bare[key], at)
	}
}

// addTail lets a name with a comma be found by what stands behind it.
func (f *Finder) addTail(s string, surface int) {
	before, behind, ok := strings.Cut(s, ", ")
	if !ok {
		return
	}
	t := tail{surface: surface}
	for _, w := range text.Words(nil, before) {
		t.head = append(t.head, w.Hash)
	}
	role := &f.roles[f.phrase(text.Phrase{Text: surfaceKey(behind, false), Name: true})]
	if !slices.ContainsFunc(role.tails, func(o tail) bool { return o.surface == surface }) {
		role.tails = append(role.tails, t)
	}
}

// class is how easily a longer name of a council is taken for another thing: as
// easily as the longest bare name in it ("Durham City Council" as "Durham").
func (r *Register) class(council int, long string) string {
	class, length := "safe", 0
	for _, i := range r.named[council] {
		n := &r.names[i]
		if n.class != "" && len(n.text) > length && strings.Contains(long, n.text) {
			class, length = n.class, len(n.text)
		}
	}
	return class
}

// surfaceKey makes spellings that read alike one phrase.
func surfaceKey(s string, capitals bool) string {
	if capitals {
		return s
	}
	var folded []string
	for _, w := range text.Words(nil, s) {
		folded = append(folded, string(text.FoldWord(nil, s, w)))
	}
	return strings.Join(folded, " ")
}

// styles says which kinds of council a council may be called.
type styles struct{ city, county, borough, district bool }

func (s styles) has(style string) bool {
	switch style {
	case "city":
		return s.city
	case "county":
		return s.county
	case "borough":
		return s.borough
	}
	return s.district
}

// readStyles takes them from the official names, and from the type only where
// no name says it: Hastings Borough Council is no "Hastings District Council".
func (f *Finder) readStyles() {
	for _, n := range f.register.names {
		if n.kind != "official" {
			continue
		}
		s := &f.styles[n.council]
		s.city = s.city || strings.Contains(n.text, "City")
		s.county = s.county || strings.Contains(n.text, "County")
		s.borough = s.borough || strings.Contains(n.text, "Borough")
		s.district = s.district || strings.Contains(n.text, "District")
	}
	for i, c := range f.register.all {
		s := &f.styles[i]
		s.borough = s.borough || c.Type == "london-borough" || c.Type == "metropolitan-district"
		if *s == (styles{}) {
			s.district = c.Type == "district" || c.Type == "ni-district"
			s.county = c.Type == "county"
		}
	}
}
