// Package story finds near-duplicates: one press release printed by thirty
// publishers is one story with its copies.
//
// A post is signed by 64 MinHash values (Broder 1997) over its three-word
// shingles, made in one walk (one-permutation hashing, Li, Owen and Zhang
// 2012). Two posts are compared by how many values are equal, which estimates
// the Jaccard similarity of their shingles.
package story

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"vantage/collectors/text"
)

// Bins is the number of values of a signature, and Size its bytes: 16 bits a
// value, little-endian.
const (
	Bins = 64
	Size = Bins * 2
)

const (
	// minWords is the least that is compared at all: shorter posts
	// ("Weeknotes", "Council meeting") are alike without being copies.
	minWords = 5

	// minShingled is the least that is compared by shingles. Below it one
	// changed word leaves too few shingles to tell a copy by, so that these
	// posts are copies only when every word is equal.
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

// empty marks a bin without a value; real values have their top 6 bits clear.
const empty = ^uint32(0)

// scratch is the working memory of one Sign.
type scratch struct {
	words []text.Word
	folds []uint64
	bins  [Bins]uint32
}

var scratches = sync.Pool{New: func() any { return &scratch{} }}

// Sign appends the signature of a post to dst, Size bytes, or nothing when the
// post has fewer than five words. Case, accents and punctuation do not matter
// (see text.Words), nor do web addresses, which every network writes its own
// way, nor whether the text repeats the title at its beginning. It does not
// allocate when dst has room, and is safe for concurrent use.
//
// A signature is as lasting as the hashes of text.Words: after a change of
// those, old and new ones share nothing until the posts are read again, and
// copies are missed, never invented.
func Sign(dst []byte, title, body string) []byte {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.folds = s.folds[:0]
	if !strings.HasPrefix(body, title) {
		s.read(title)
	}
	s.read(body)
	return s.sign(dst)
}

// SignWords is Sign for whoever has the words of a post already: those of body,
// or of title, a line break and body where body does not begin with the title.
func SignWords(dst []byte, post string, words []text.Word) []byte {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.folds = s.folds[:0]
	s.take(post, words)
	return s.sign(dst)
}

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
	dst = slices.Grow(dst, Size)
	for _, v := range s.bins {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(v))
	}
	return dst
}

// read takes the words of one text.
func (s *scratch) read(body string) {
	s.words = text.Words(s.words[:0], body)
	s.take(body, s.words)
}

// take appends the hashes of a text's words, leaving web addresses out.
func (s *scratch) take(body string, words []text.Word) {
	skip := 0
	for _, w := range words {
		if w.Start < skip {
			continue
		}
		if strings.HasPrefix(body[w.End:], "://") {
			skip = w.End + length(body[w.End:])
			continue
		}
		if len(s.folds) == maxWords {
			return
		}
		s.folds = append(s.folds, w.Hash)
	}
}

// length returns how many bytes of rest belong to a web address.
func length(rest string) int {
	if i := strings.IndexAny(rest, " \t\r\n<>\"'"); i >= 0 {
		return i
	}
	return len(rest)
}

// exact fills the bins from all words in their order: equal posts have equal
// signatures, others share nothing.
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

// shingle fills the bins with the least value of all shingles. Each gives four
// (bin, value) draws: a post of 140 characters has some 20 shingles, and with
// one draw each two thirds of the bins would have to borrow.
func (s *scratch) shingle() {
	for i := range s.bins {
		s.bins[i] = empty
	}
	a, b := s.folds[0], s.folds[1]
	for _, c := range s.folds[2:] {
		h := mix(a^mixA, b^mixB) ^ c
		x, y := mix(h, mixC), mix(h, mixD)
		s.draw(uint32(x))
		s.draw(uint32(x >> 32))
		s.draw(uint32(y))
		s.draw(uint32(y >> 32))
		a, b = b, c
	}
	s.densify()
}

// draw takes 6 bits of a hash as the bin and the rest as the value.
func (s *scratch) draw(h uint32) {
	i := h >> 26
	s.bins[i] = min(s.bins[i], h<<6>>6)
}

// densify fills each empty bin from a full one, chosen by the number of the
// bin alone, so that two posts borrow alike (Shrivastava 2017).
func (s *scratch) densify() {
	full := s.bins
	for i, v := range full {
		for n := uint64(1); v == empty; n++ {
			v = full[mix(uint64(i)+1, n*step)>>58]
		}
		s.bins[i] = v
	}
}

// mix folds the 128-bit product of two words (wyhash).
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
