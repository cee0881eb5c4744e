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
// whose edges are word hashes. A word costs one look at a bit filter; only
// words that begin a phrase are followed, and what is found is verified
// letter by letter. It is safe for concurrent use.
type Phrases struct {
	first  []uint64 // bit filter over the hashes of first words
	mask   uint64
	keys   []uint64 // open addressing: mix(node, hash) -> next node
	next   []uint32
	starts []uint32 // node -> its range in ends
	ends   []int32  // indexes into forms
	forms  []form
}

// form is one spelling of a phrase.
type form struct {
	phrase int32
	folded string   // words with a space behind each
	exact  []string // words as they must stand, nil when case does not matter
}

const filterBits = 17 // 131,072 bits are 16 KB: they stay in the first cache

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
		k := words[i].Hash >> (64 - filterBits)
		if p.first[k>>6]&(1<<(k&63)) == 0 {
			continue
		}
		dst = p.follow(dst, text, words, i)
	}
	return dst
}

func (p *Phrases) follow(dst []Match, text string, words []Word, from int) []Match {
	at := uint32(0)
	for i := from; i < len(words); i++ {
		if at = p.step(at, words[i].Hash); at == 0 {
			return dst
		}
		for _, f := range p.ends[p.starts[at]:p.starts[at+1]] {
			if p.forms[f].stands(text, words[from:i+1]) {
				dst = append(dst, Match{p.forms[f].phrase, int32(from), int32(i + 1)})
			}
		}
	}
	return dst
}

func (p *Phrases) step(at uint32, h uint64) uint32 {
	k := mix(at, h)
	for i := k & p.mask; p.keys[i] != 0; i = (i + 1) & p.mask {
		if p.keys[i] == k {
			return p.next[i]
		}
	}
	return 0
}

func mix(at uint32, h uint64) uint64 {
	x := h ^ uint64(at)*0xD6E8FEB86659FD93
	x ^= x >> 29
	return x | 1
}

// stands verifies the form behind the hashes: same letters, same case where
// it matters, and nothing between the words that ends a sentence.
func (f *form) stands(text string, words []Word) bool {
	rest := f.folded
	for i, w := range words {
		if i > 0 && !Adjoin(text, words[i-1], w) {
			return false
		}
		ok := false
		if rest, ok = cutFolded(rest, text, w); !ok {
			return false
		}
		if f.exact != nil && !sameCase(text[w.Start:w.End], f.exact[i], i == len(words)-1) {
			return false
		}
	}
	return rest == ""
}

// cutFolded takes the folded form of word w and the space behind it from the
// head of rest, if they stand there.
func cutFolded(rest, text string, w Word) (string, bool) {
	s := text[w.Start:w.End]
	for i := 0; i < len(s); i++ {
		f := asciiFold[s[i]]
		if f <= lastClass {
			return cutOther(rest, text, w)
		}
		if i >= len(rest) || rest[i] != f {
			return "", false
		}
	}
	if len(rest) <= len(s) || rest[len(s)] != ' ' {
		return "", false
	}
	return rest[len(s)+1:], true
}

// cutOther is cutFolded for words beyond ASCII letters and digits.
func cutOther(rest, text string, w Word) (string, bool) {
	var buf [64]byte
	folded := FoldWord(buf[:0], text, w)
	if len(rest) <= len(folded) || rest[:len(folded)] != string(folded) || rest[len(folded)] != ' ' {
		return "", false
	}
	return rest[len(folded)+1:], true
}

// sameCase reports whether the word stands as exact, but for a plural or
// possessive ending.
func sameCase(word, exact string, last bool) bool {
	word = cutPossessive(word)
	if !last || len(word) <= len(exact) {
		return word == exact
	}
	tail := word[len(exact):]
	return word[:len(exact)] == exact && (tail == "s" || tail == "es")
}

// Adjoin reports whether b can continue a phrase after a: between them lie at
// most six bytes and no punctuation that ends a clause.
func Adjoin(text string, a, b Word) bool {
	gap := text[a.End:b.Start]
	if gap == " " || gap == "" || gap == "-" {
		return true
	}
	if len(gap) > 6 {
		return false
	}
	if strings.ContainsAny(gap, ",;:!?()[]{}<>|\"#@\t•…“”") || strings.Count(gap, "\n") > 1 {
		return false
	}
	return !strings.Contains(gap, ". ") && !strings.Contains(gap, ".\n")
}

// node is a place in the trie while it is built.
type node struct {
	edges map[uint64]uint32
	ends  []int32
}

type builder struct {
	nodes []node
	forms []form
	first []uint64
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

// build lays the trie out flat; the table is at most half full.
func (b *builder) build() *Phrases {
	size := uint64(1) << bits.Len(uint(2*len(b.nodes)))
	p := &Phrases{
		first: make([]uint64, 1<<filterBits/64), mask: size - 1,
		keys: make([]uint64, size), next: make([]uint32, size), forms: b.forms,
	}
	for at, n := range b.nodes {
		p.starts = append(p.starts, uint32(len(p.ends)))
		p.ends = append(p.ends, n.ends...)
		for h, to := range n.edges {
			p.put(uint32(at), h, to)
		}
	}
	p.starts = append(p.starts, uint32(len(p.ends)))
	for h := range b.nodes[0].edges {
		k := h >> (64 - filterBits)
		p.first[k>>6] |= 1 << (k & 63)
	}
	return p
}

func (p *Phrases) put(at uint32, h uint64, to uint32) {
	k := mix(at, h)
	i := k & p.mask
	for p.keys[i] != 0 {
		i = (i + 1) & p.mask
	}
	p.keys[i], p.next[i] = k, to
}
