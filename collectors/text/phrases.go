package text

import (
	"bytes"
	"math/bits"
	"strings"
)

// Phrase is one to find. It matches whole words; the last word may also stand
// in the plural, and any word may be possessive.
type Phrase struct {
	Text string
	Case bool // the letters must stand as in Text ("AI", but not "ai")
	Name bool // a proper name: no plural
}

// Match is a phrase found: its index in the list given to NewPhrases, and the
// words [From, To) that it covers.
type Match struct {
	Phrase   int32
	From, To int32
}

// Phrases finds many phrases in one walk over the words of a text: a trie
// whose edges are word hashes of 64 bits. A word costs one look at each of two
// bit filters; only words that are a phrase, or begin one together with the
// next word, are followed. It is safe for concurrent use.
type Phrases struct {
	alone  filter // hashes of words that are a phrase
	pairs  filter // first two words of longer ones
	mask   uint64
	edges  []edge   // open addressing by key
	starts []uint32 // node -> its range in ends
	ends   []end
	exact  [][]string // words as they must stand
}

// end is a phrase that ends at a node.
type end struct {
	phrase int32
	exact  int32 // index into Phrases.exact; -1: case does not matter
}

// edge leads from a node over a word to another node.
type edge struct {
	key  uint64 // mix(node, hash of the word); 0: empty
	node uint32
	// ends: a phrase may end here; goesOn: longer ones may follow. They spare
	// the look at what is not there.
	ends, goesOn bool
}

// form is one spelling of a phrase.
type form struct {
	phrase int32
	folded string   // words with a space behind each
	exact  []string // words as they must stand, nil when case does not matter
}

// filter tells quickly that a hash is not in a set, by one bit for the upper
// bits of each.
type filter [1 << filterBits / 64]uint64

const filterBits = 18 // 32 KB each: they stay in the caches that are near

func (f *filter) add(h uint64) {
	k := h >> (64 - filterBits)
	f[k>>6] |= 1 << (k & 63)
}

func (f *filter) has(h uint64) bool {
	k := h >> (64 - filterBits)
	return f[k>>6]&(1<<(k&63)) != 0
}

// pair is the hash of two words.
func pair(a, b uint64) uint64 { return (a ^ b>>7) * hashPrime }

// NewPhrases compiles list. A phrase without letters or digits matches
// nothing.
func NewPhrases(list []Phrase) *Phrases {
	b := builder{nodes: []node{{}}}
	for i, p := range list {
		b.add(int32(i), p)
	}
	return b.build()
}

// Find appends the matches in words, the Words of text, to dst. Matches may
// overlap; they come in the order of From.
func (p *Phrases) Find(dst []Match, text string, words []Word) []Match {
	for i := range words {
		h := words[i].Hash
		if p.alone.has(h) || i+1 < len(words) && p.pairs.has(pair(h, words[i+1].Hash)) {
			dst = p.follow(dst, text, words, i)
		}
	}
	return dst
}

// follow walks the trie from the word at index from.
func (p *Phrases) follow(dst []Match, text string, words []Word, from int) []Match {
	at := uint32(0)
	for i := from; i < len(words); i++ {
		e := p.step(mix(at, words[i].Hash))
		if e == nil {
			return dst
		}
		if e.ends {
			dst = p.collect(dst, text, words, from, i+1, e.node)
		}
		if !e.goesOn {
			return dst
		}
		at = e.node
	}
	return dst
}

// collect appends the phrases that end at the node and stand in the words.
func (p *Phrases) collect(dst []Match, text string, words []Word, from, to int, node uint32) []Match {
	if to-from > 1 && !joined(text, words[from:to]) {
		return dst
	}
	for _, e := range p.ends[p.starts[node]:p.starts[node+1]] {
		if e.exact < 0 || sameCases(text, words[from:to], p.exact[e.exact]) {
			dst = append(dst, Match{e.phrase, int32(from), int32(to)})
		}
	}
	return dst
}

func (p *Phrases) step(k uint64) *edge {
	for i := k >> 1 & p.mask; ; i = (i + 1) & p.mask {
		switch e := &p.edges[i]; e.key {
		case k:
			return e
		case 0:
			return nil
		}
	}
}

func mix(at uint32, h uint64) uint64 {
	x := h ^ uint64(at)*0xD6E8FEB86659FD93
	x ^= x >> 29
	return x | 1
}

// node is a place in the trie while it is built.
type node struct {
	edges map[uint64]uint32
	ends  []int32
}

type builder struct {
	nodes []node
	forms []form
}

// add enters p as it stands and, with its last word in the plural.
func (b *builder) add(i int32, p Phrase) {
	words := Words(nil, p.Text)
	if len(words) == 0 {
		return
	}
	f := form{phrase: i}
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
	for _, w := range strings.Fields(f.folded) {
		h := HashWord(w)
		if b.nodes[at].edges == nil {
			b.nodes[at].edges = map[uint64]uint32{}
		}
		to, ok := b.nodes[at].edges[h]
		if !ok {
			to = uint32(len(b.nodes))
			b.nodes = append(b.nodes, node{})
			b.nodes[at].edges[h] = to
		}
		at = to
	}
	b.nodes[at].ends = append(b.nodes[at].ends, int32(len(b.forms)))
	b.forms = append(b.forms, f)
}

// build lays the trie out flat; the table is at most three quarters full, to
// stay small: what is not there is hardly ever looked up.
func (b *builder) build() *Phrases {
	size := uint64(1) << bits.Len(uint(len(b.nodes)+len(b.nodes)/3))
	p := &Phrases{
		mask: size - 1, edges: make([]edge, size),
	}
	for at, n := range b.nodes {
		p.starts = append(p.starts, uint32(len(p.ends)))
		for _, f := range n.ends {
			p.ends = append(p.ends, p.end(&b.forms[f]))
		}
		for h, to := range n.edges {
			p.put(edge{mix(uint32(at), h), to, len(b.nodes[to].ends) > 0, len(b.nodes[to].edges) > 0})
		}
	}
	p.starts = append(p.starts, uint32(len(p.ends)))
	for h, to := range b.nodes[0].edges {
		if len(b.nodes[to].ends) > 0 {
			p.alone.add(h)
		}
		for next := range b.nodes[to].edges {
			p.pairs.add(pair(h, next))
		}
	}
	return p
}

func (p *Phrases) end(f *form) end {
	if f.exact == nil {
		return end{f.phrase, -1}
	}
	p.exact = append(p.exact, f.exact)
	return end{f.phrase, int32(len(p.exact) - 1)}
}

func (p *Phrases) put(e edge) {
	i := e.key >> 1 & p.mask
	for p.edges[i].key != 0 {
		i = (i + 1) & p.mask
	}
	p.edges[i] = e
}
