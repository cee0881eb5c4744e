package text

import (
	"bytes"
	"math/bits"
	"strings"
)

// form is one spelling of a phrase.
type form struct {
	phrase int32
	early  bool
	folded string   // words with a space behind each
	exact  []string // words as they must stand, nil when case does not matter
}

// node is a place in the trie while it is built: a word behind those of its
// parent, which has the lower number.
type node struct {
	parent uint32
	hash   uint64
	ends   []int32 // forms
	goesOn bool
	// late says that a phrase that matters everywhere ends here, below that one
	// ends behind it.
	late, below bool
}

// step is an edge while the trie is built.
type step struct {
	from uint32
	hash uint64
}

type builder struct {
	nodes []node
	edges map[step]uint32
	forms []form
}

// add enters p as it stands and, with its last word in the plural.
func (b *builder) add(i int32, p Phrase) {
	words := Words(nil, p.Text)
	if len(words) == 0 {
		return
	}
	f := form{phrase: i, early: p.Early}
	var folded []byte
	for _, w := range words {
		folded = append(FoldWord(folded, p.Text, w), ' ')
		if p.Case {
			f.exact = append(f.exact, cutPossessive(p.Text[w.Start:w.End]))
		}
	}
	f.folded = string(folded)
	b.enter(f)
	if p.Name {
		return
	}
	for _, plural := range plurals(string(bytes.TrimRight(folded, " "))) {
		f.folded = plural + " "
		b.enter(f)
	}
}

// plurals returns the plural forms of a folded phrase; a phrase that ends in
// s is taken to be plural, or a name, already.
func plurals(s string) []string {
	n := len(s)
	switch {
	case n < 2 || s[n-1] >= '0' && s[n-1] <= '9':
		return nil
	case strings.HasSuffix(s, "ss"), strings.HasSuffix(s, "x"), strings.HasSuffix(s, "ch"), strings.HasSuffix(s, "sh"):
		return []string{s + "es"}
	case s[n-1] == 's':
		return nil
	case s[n-1] == 'y' && !strings.ContainsRune("aeiou", rune(s[n-2])):
		return []string{s[:n-1] + "ies", s + "s"}
	}
	return []string{s + "s"}
}

func (b *builder) enter(f form) {
	at := uint32(0)
	for w := range strings.FieldsSeq(f.folded) {
		b.nodes[at].goesOn = true
		b.nodes[at].below = b.nodes[at].below || !f.early
		s := step{at, HashWord(w)}
		to, ok := b.edges[s]
		if !ok {
			to = uint32(len(b.nodes))
			b.nodes = append(b.nodes, node{parent: at, hash: s.hash})
			b.edges[s] = to
		}
		at = to
	}
	b.nodes[at].ends = append(b.nodes[at].ends, int32(len(b.forms)))
	b.nodes[at].late = b.nodes[at].late || !f.early
	b.forms = append(b.forms, f)
}

// build lays the trie out flat; the table is at most three quarters full, to
// stay small: what is not there is hardly ever looked up. First words, which are
// looked up most, are laid first and so found at the first look.
func (b *builder) build() *Phrases {
	size := uint64(1) << bits.Len(uint(len(b.nodes)+len(b.nodes)/3))
	p := &Phrases{mask: size - 1, edges: make([]edge, size)}
	for i := 1; i < len(b.nodes); i++ {
		if b.nodes[i].parent == 0 {
			b.lay(p, i)
		}
	}
	for i := 1; i < len(b.nodes); i++ {
		if b.nodes[i].parent != 0 {
			b.lay(p, i)
		}
	}
	return p
}

// lay enters the edge that leads to a node.
func (b *builder) lay(p *Phrases, i int) {
	n := &b.nodes[i]
	e := edge{key: mix(n.parent, n.hash), ends: b.ends(p, n.ends)}
	if n.goesOn {
		e.node = uint32(i)
	}
	p.put(e)
	b.begin(p, n)
}

// begin notes a first word that is a phrase, and the first two words of longer
// ones.
func (b *builder) begin(p *Phrases, n *node) {
	first := &b.nodes[n.parent]
	switch {
	case n.parent == 0 && len(n.ends) > 0:
		p.all.alone.add(n.hash)
		if n.late {
			p.late.alone.add(n.hash)
		}
	case n.parent != 0 && first.parent == 0:
		p.all.pairs.add(pair(first.hash, n.hash))
		if n.late || n.below {
			p.late.pairs.add(pair(first.hash, n.hash))
		}
	}
}

// ends returns what an edge says of the forms that end behind it.
func (b *builder) ends(p *Phrases, list []int32) int32 {
	if len(list) == 0 {
		return 0
	}
	if f := &b.forms[list[0]]; len(list) == 1 && f.exact == nil {
		return f.phrase + 1
	}
	from := len(p.ends)
	for i, f := range list {
		e := end{phrase: b.forms[f].phrase, exact: -1, last: i == len(list)-1}
		if exact := b.forms[f].exact; exact != nil {
			e.exact = int32(len(p.exact))
			p.exact = append(p.exact, exact)
		}
		p.ends = append(p.ends, e)
	}
	return int32(-1 - from)
}

func (p *Phrases) put(e edge) {
	i := e.key >> 1 & p.mask
	for p.edges[i].key != 0 {
		i = (i + 1) & p.mask
	}
	p.edges[i] = e
}
