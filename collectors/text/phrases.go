package text

// Phrase is one to find. It matches whole words; the last word may also stand
// in the plural, and any word may be possessive.
type Phrase struct {
	Text string
	Case bool // the letters must stand as in Text ("AI", but not "ai")
	Name bool // a proper name: no plural
	// Early says that the phrase matters only in the beginning of a text.
	Early bool
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
	all, late starts // of all phrases, and of those that matter everywhere
	mask      uint64
	edges     []edge // open addressing by key
	ends      []end  // of nodes where several phrases end, or one whose case matters
	exact     [][]string
}

// starts tells where a phrase may begin.
type starts struct {
	alone filter // hashes of words that are a phrase
	pairs filter // first two words of longer ones
}

// edge leads from a node over a word to another node. Its 16 bytes are all
// that most words and phrases need to be looked up: what lies further apart
// would have to come from farther caches.
type edge struct {
	key uint64 // mix(node, hash of the word); 0: empty
	// node is where longer phrases go on; 0, which is the root: none does.
	node uint32
	// ends tells which phrase ends here: its number plus one, or, below zero,
	// where its list in Phrases.ends is; 0: none.
	ends int32
}

// end is a phrase that ends at a node.
type end struct {
	phrase int32
	exact  int32 // words as they must stand, in Phrases.exact; -1: case does not matter
	last   bool  // of the list of its node
}

// filter tells quickly that a hash is not in a set, by one bit for the upper
// bits of each.
type filter [1 << filterBits / 64]uint64

const filterBits = 18 // 32 KB each: they stay in the caches that are near

func (f *filter) add(h uint64) {
	k := h >> (64 - filterBits)
	f[k>>6] |= 1 << (k & 63)
}

// bit is 1 where h may be in the set.
func (f *filter) bit(h uint64) uint64 {
	k := h >> (64 - filterBits)
	return f[k>>6] >> (k & 63) & 1
}

// pair is the hash of two words.
func pair(a, b uint64) uint64 { return (a ^ b>>7) * hashPrime }

// NewPhrases compiles list. A phrase without letters or digits matches
// nothing.
func NewPhrases(list []Phrase) *Phrases {
	b := builder{nodes: make([]node, 1, 3*len(list)+1), edges: make(map[step]uint32, 3*len(list))}
	for i, p := range list {
		b.add(int32(i), p)
	}
	return b.build()
}

// Find appends the matches in words, the Words of text, to dst. Matches may
// overlap; they come in the order of From. Early phrases are looked for from
// the first early words on; behind them they may be found or not.
func (p *Phrases) Find(dst []Match, text string, words []Word, early int) []Match {
	early = min(early, len(words))
	dst = p.find(dst, &p.all, text, words, 0, early)
	return p.find(dst, &p.late, text, words, early, len(words))
}

// find looks at the words from lo to hi. Beginnings are gathered without a
// branch: which words are some is too irregular to be guessed.
func (p *Phrases) find(dst []Match, starts *starts, text string, words []Word, lo, hi int) []Match {
	var found [together]beginning
	for lo < hi {
		n := 0
		for ; lo < hi && n < together; lo++ {
			h, longer := words[lo].Hash, uint64(0)
			if lo+1 < len(words) {
				longer = starts.pairs.bit(pair(h, words[lo+1].Hash))
			}
			found[n] = beginning(uint64(lo)<<1 | longer)
			n += int(starts.alone.bit(h) | longer)
		}
		p.fetch(words, found[:n])
		for _, b := range found[:n] {
			dst = p.follow(dst, text, words, b)
		}
	}
	return dst
}

// beginning is the index of a word where a phrase may begin, times two; the
// lowest bit tells that it may have several words.
type beginning uint64

func (b beginning) word() int    { return int(b >> 1) }
func (b beginning) longer() bool { return b&1 != 0 }

// together is how many beginnings are looked up at once.
const together = 16

// fetch brings the edges of beginnings and of the words behind them into the
// near caches. The looks do not depend on each other, so that the processor
// waits for all of them at once; one after the other they took a third of the
// time of Find. The sum only makes sure that they are done.
//
//go:noinline
func (p *Phrases) fetch(words []Word, from []beginning) (sum uint64) {
	for _, b := range from {
		e := &p.edges[mix(0, words[b.word()].Hash)>>1&p.mask]
		if b.longer() {
			sum ^= p.edges[mix(e.node, words[b.word()+1].Hash)>>1&p.mask].key
		} else {
			sum ^= e.key
		}
	}
	return sum
}

// follow walks the trie from a beginning.
func (p *Phrases) follow(dst []Match, text string, words []Word, b beginning) []Match {
	at, from := uint32(0), b.word()
	for i := from; i < len(words); i++ {
		e := p.step(mix(at, words[i].Hash))
		if e == nil {
			return dst
		}
		if e.ends != 0 {
			dst = p.collect(dst, text, words, from, i+1, e.ends)
		}
		if e.node == 0 || !b.longer() {
			return dst
		}
		at = e.node
	}
	return dst
}

// collect appends the phrases of an edge's ends that stand in the words.
func (p *Phrases) collect(dst []Match, text string, words []Word, from, to int, ends int32) []Match {
	if to-from > 1 && !joined(text, words[from:to]) {
		return dst
	}
	if ends > 0 {
		return append(dst, Match{ends - 1, int32(from), int32(to)})
	}
	for i := -1 - ends; ; i++ {
		e := p.ends[i]
		if e.exact < 0 || sameCases(text, words[from:to], p.exact[e.exact]) {
			dst = append(dst, Match{e.phrase, int32(from), int32(to)})
		}
		if e.last {
			return dst
		}
	}
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
