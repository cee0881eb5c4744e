// Package story finds near-duplicates: one press release printed by thirty
// publishers is one story with its copies. It also says which publishers are
// one family, because a newsroom's ten sites are not ten independent voices.
//
// A post is signed by 96 MinHash values (Broder 1997) over its pairs of
// neighbouring words, made in one walk (one-permutation hashing, Li, Owen and
// Zhang 2012) and kept with 8 bits each (b-bit MinHash, Li and König 2010), and
// by hashes of its beginning. Two posts are compared by how many values are
// equal, which estimates the Jaccard similarity of their pairs; one that was
// cut off is compared with the beginning of the other.
package story

import (
	"math/bits"
	"slices"
	"strings"
	"sync"

	"vantage/collectors/text"
)

// Bins is the number of values of a signature. Size is its bytes: the version,
// the beginning (see head.go), and a byte for each value.
const (
	Bins = 96
	Size = atBins + Bins

	atHead = 1
	atBins = atHead + headSize
)

// version is the first byte of every signature. A signature of another version
// is neither a copy nor an original until its post is tagged anew.
const version = 2

const (
	// minWords is the least that is compared at all: shorter posts
	// ("Weeknotes", "Council meeting") are alike without being copies.
	minWords = 5

	// minShingled is the least that is compared by pairs of words. Below it one
	// changed word leaves too few to tell a copy by, so that these posts are
	// copies only when every word is equal.
	minShingled = 12

	// maxWords bounds the work on one post: what follows adds nothing to
	// telling a copy.
	maxWords = 4000
)

// Odd constants with well-mixed bits (wyhash, SplitMix64, xxHash64).
const (
	mixA = 0xA0761D6478BD642F
	mixB = 0xE7037ED1A0B428DB
	mixC = 0x8EBC6AF09C88C6E3
	mixD = 0x589965CC75374CC3
	step = 0x9E3779B97F4A7C15
)

// empty marks a bin without a value.
const empty = ^uint32(0)

// scratch is the working memory of one Sign.
type scratch struct {
	words []text.Word
	folds []uint64
	bins  [Bins]uint32
	// cut is how many words stand before an ellipsis near the end; 0: none.
	cut     int
	bracket bool // it stands in brackets
}

var scratches = sync.Pool{New: func() any { return &scratch{} }}

// Sign appends the signature of a post to dst, Size bytes, or nothing when the
// post has fewer than five words. Case, accents, quotation marks and other
// punctuation do not matter (see text.Words), nor do web addresses, which every
// network writes its own way, handles, HTML entities that were left standing,
// nor whether the text repeats the title at its beginning. It does not allocate
// when dst has room, and is safe for concurrent use.
//
// A signature is as lasting as the hashes of text.Words: after a change of
// those, old and new ones share nothing until the posts are read again, and
// copies are missed, never invented.
func Sign(dst []byte, title, body string) []byte {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	if !strings.HasPrefix(body, title) {
		s.read(title, len(body)+2)
	}
	s.read(body, 0)
	return s.sign(dst)
}

// SignWords is Sign for whoever has the words of a post already: those of body,
// or of title, a line break and body where body does not begin with the title.
func SignWords(dst []byte, post string, words []text.Word) []byte {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.reset()
	s.take(post, words, 0)
	return s.sign(dst)
}

func (s *scratch) reset() { s.folds, s.cut, s.bracket = s.folds[:0], 0, false }

// sign appends the signature of the words that were read.
func (s *scratch) sign(dst []byte) []byte {
	switch {
	case len(s.folds) < minWords:
		return dst
	case len(s.folds) < minShingled:
		s.exact()
	default:
		s.shingle()
	}
	dst = append(slices.Grow(dst, Size), version)
	dst = s.head(dst)
	for _, v := range s.bins {
		dst = append(dst, byte(v*spread>>24))
	}
	return dst
}

// spread mixes a bin's value, whose upper bits are mostly zero because it is
// the least of many, before 8 bits of it are kept (Knuth's golden ratio).
const spread = 0x9E3779B1

// exact fills the bins from all words in their order: equal posts have equal
// signatures, others share one value in 256.
func (s *scratch) exact() {
	h := uint64(len(s.folds))
	for _, w := range s.folds {
		h = mix(h^w, mixD)
	}
	for i := range s.bins {
		h += step
		s.bins[i] = uint32(mix(h, mixA))
	}
}

// shingle fills the bins with the least value of all pairs of words. Each gives
// four draws: a post of 140 characters has some 20 pairs, and with one draw
// each four fifths of the bins would have to borrow.
func (s *scratch) shingle() {
	for i := range s.bins {
		s.bins[i] = empty
	}
	a := s.folds[0]
	for _, b := range s.folds[1:] {
		x := mix(a^mixA, b^mixB)
		y := mix(x, mixC)
		s.draw(uint32(x))
		s.draw(uint32(x >> 32))
		s.draw(uint32(y))
		s.draw(uint32(y >> 32))
		a = b
	}
	s.densify()
}

// draw takes the bin and the value from one hash: the whole and the fraction
// of h x 96 / 2^32.
func (s *scratch) draw(h uint32) {
	p := uint64(h) * Bins
	i := p >> 32
	s.bins[i] = min(s.bins[i], uint32(p))
}

// densify fills each empty bin from a full one, chosen by the number of the
// bin alone, so that two posts borrow alike (Shrivastava 2017).
func (s *scratch) densify() {
	full := s.bins
	for i, v := range full {
		for n := uint64(1); v == empty; n++ {
			other, _ := bits.Mul64(mix(uint64(i)+1, n*step), Bins)
			v = full[other]
		}
		s.bins[i] = v
	}
}

// mix folds the 128-bit product of two words (wyhash).
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
