package tag

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// Councils is the kind of what Glossary finds beside themes, topics and tools.
const Councils = "council"

// Found is a term or a council whose name was asked for.
type Found struct {
	Kind string `json:"kind"` // theme, topic, tool or council
	ID   string `json:"id"`
	Name string `json:"name"`
	// As is the name or phrase that the words asked for, and Lang its language;
	// both are empty where it is Name.
	As   string `json:"as,omitempty"`
	Lang string `json:"lang,omitempty"`
	// Rank orders what was found: see the constants.
	Rank int `json:"-"`
}

// How well words and a name agree, the best first.
const (
	RankName   = iota // the words are the name
	RankAlso          // the words are another name
	RankPhrase        // the words are a phrase by which texts are recognised
	RankInside        // the words hold a whole name: "RPA in Leeds"
	RankPart          // the words are a part of a name
	RankSlip          // a letter of the words is wrong
)

// Glossary finds themes, topics, tools and councils by any of their names, in
// any language. It is safe for concurrent use.
type Glossary struct {
	terms []Found  // Kind, ID and Name
	names []entry  // in the order of terms
	byKey [][]int  // by word: the names that hold it
	keys  []string // the words
	index map[string]int
}

// entry is one name of one term.
type entry struct {
	term  int
	text  string
	lang  string
	words int // how many different ones
	rank  int // RankName, RankAlso or RankPhrase
}

// NewGlossary gathers the names of a vocabulary and of a register.
func NewGlossary(v *Vocabulary, r *council.Register) *Glossary {
	g := &Glossary{index: map[string]int{}}
	for _, rules := range [][]Rule{v.themes, v.topics, v.tools} {
		for i := range rules {
			g.addRule(&rules[i])
		}
	}
	for _, c := range r.All() {
		g.terms = append(g.terms, Found{Kind: Councils, ID: c.ID, Name: c.Short})
		g.add(c.Short, "", RankName)
		for _, n := range r.Names(c.ID) {
			g.add(n.Text, nameLang(n.Kind), RankAlso)
		}
	}
	return g
}

func (g *Glossary) addRule(r *Rule) {
	g.terms = append(g.terms, Found{Kind: r.kind, ID: r.ID, Name: r.Name})
	g.add(r.Name, "", RankName)
	for _, n := range r.Names() {
		g.add(n.Text, n.Lang, RankAlso)
	}
	if r.kind == Themes { // their phrases are hints, and say little by themselves
		return
	}
	for _, list := range [][]string{r.Any, r.Case, r.Tags} {
		for _, s := range list {
			g.add(s, "", RankPhrase)
		}
	}
}

// nameLang is the language that a kind of name of the register says.
func nameLang(kind string) string {
	switch {
	case strings.HasPrefix(kind, "welsh"):
		return "cy"
	case strings.HasPrefix(kind, "gaelic"):
		return "gd"
	case strings.HasPrefix(kind, "irish"):
		return "ga"
	}
	return ""
}

// add enters a name of the last term; Welsh ones also with their first word
// mutated.
func (g *Glossary) add(s, lang string, rank int) {
	forms := []string{s}
	if lang == "cy" {
		forms = append(forms, mutations(s)...)
	}
	for _, form := range forms {
		list := distinctWords(form)
		for _, w := range list {
			k, known := g.index[w]
			if !known {
				k = len(g.keys)
				g.index[w] = k
				g.keys, g.byKey = append(g.keys, w), append(g.byKey, nil)
			}
			g.byKey[k] = append(g.byKey[k], len(g.names))
		}
		g.names = append(g.names, entry{len(g.terms) - 1, s, lang, len(list), rank})
	}
}

// MostWords is how many words of a question Find reads.
const MostWords = 12

// Find returns at most limit terms that the words of a question may mean, the
// best first. Case, accents, hyphens, plurals and possessives do not matter.
// Where a word is in no name, names follow in which it has one letter wrong,
// left out, added or swapped, all of RankSlip.
func (g *Glossary) Find(question string, limit int) []Found {
	asked := distinctWords(question)
	if len(asked) > MostWords {
		asked = asked[:MostWords]
	}
	known := true
	found := g.match(asked, func(w string) []int {
		k, ok := g.index[w]
		if !ok {
			known = false
			return nil
		}
		return g.byKey[k]
	})
	if !known || len(found) == 0 {
		found = append(found, g.slips(asked, found)...)
	}
	return found[:min(len(found), limit)]
}

// slips returns what else may be meant by words that nothing is called.
func (g *Glossary) slips(asked []string, found []Found) []Found {
	var more []Found
	for _, f := range g.match(asked, g.near) {
		same := func(o Found) bool { return o.Kind == f.Kind && o.ID == f.ID }
		if (f.Rank == RankInside && len(found) > 0) || slices.ContainsFunc(found, same) {
			continue
		}
		f.Rank = RankSlip
		more = append(more, f)
	}
	return more
}

// match returns the best of each term, given the names that hold a word.
func (g *Glossary) match(asked []string, holding func(string) []int) []Found {
	hits := map[int]int{} // by name: how many of the words it holds
	for _, w := range asked {
		for _, n := range holding(w) {
			hits[n]++
		}
	}
	best := map[int]Found{}
	for n, held := range hits {
		e := &g.names[n]
		rank, ok := e.agrees(held, len(asked))
		if !ok {
			continue
		}
		f := g.terms[e.term]
		f.Rank = rank
		if e.rank != RankName {
			f.As, f.Lang = e.text, e.lang
		}
		if old, known := best[e.term]; !known || better(f, old) {
			best[e.term] = f
		}
	}
	return g.sorted(best)
}

// agrees ranks a name that holds some of the words asked for.
func (e *entry) agrees(held, asked int) (rank int, ok bool) {
	switch {
	case held == asked && held == e.words:
		return e.rank, true
	case held == e.words:
		return RankInside, true
	case held == asked && e.rank != RankPhrase:
		return RankPart, true
	}
	return 0, false
}

// better orders the names of one term: the rank first, then the shorter name.
// Of one that stands there twice, such as "leabharlann", the last language
// counts, and any before none.
func better(a, b Found) bool {
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(len(a.As), len(b.As)), cmp.Compare(a.As, b.As), cmp.Compare(b.Lang, a.Lang)) < 0
}

func (g *Glossary) sorted(best map[int]Found) []Found {
	order := make([]int, 0, len(best))
	for term := range best {
		order = append(order, term)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(best[a].Rank, best[b].Rank), cmp.Compare(a, b))
	})
	found := make([]Found, len(order))
	for i, term := range order {
		found[i] = best[term]
	}
	return found
}

// shortWord is the length in letters below which a slip is not forgiven: too
// many short words are one letter apart.
const shortWord = 4

// near returns the names that hold a word one slip away from w, or w itself.
// An s that was taken for a plural may be the slip ("proces").
func (g *Glossary) near(w string) []int {
	var names []int
	long := utf8.RuneCountInString(w) >= shortWord
	for k, key := range g.keys {
		if key == w || long && (oneSlip(w, key) || oneSlip(w+"s", key)) {
			names = append(names, g.byKey[k]...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// oneSlip reports whether a and b differ by one letter that is wrong, left out
// or added, or by two neighbours that changed places.
func oneSlip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return slices.Equal(x[i:], y[i+1:])
	}
	if i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:]) {
		return true
	}
	return i < len(x) && slices.Equal(x[i+1:], y[i+1:])
}

// distinctWords splits a name or a question into folded words in the singular,
// each one once.
func distinctWords(s string) []string {
	var list []string
	for _, w := range text.Words(nil, s) {
		if word := singular(string(text.FoldWord(nil, s, w))); !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// singular cuts an English plural ending, the same way from names and from
// questions, so that it need not be right but only alike.
func singular(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] != 's' || w[n-2] == 's':
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "sses"):
		return w[:n-2]
	}
	return w[:n-1]
}
