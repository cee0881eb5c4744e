package text

import (
	"math/bits"
	"unicode/utf8"
)

// Word is one word of a text. Start and End are byte offsets into it; a
// possessive ending ('s) lies inside them but not in the hash.
type Word struct {
	Hash       uint64
	Start, End int
}

// Words appends the words of text to dst and returns it. It allocates only
// when dst is too small, and holds to these rules:
//
//   - a word is a run of letters, digits and marks in any script; case and
//     the accents of Latin letters fold ("Môn" is "mon");
//   - hyphens, dots, slashes and underscores separate like spaces, so that
//     "machine-learning" is two words;
//   - an apostrophe, straight or curly, joins inside a word ("don't" is
//     "dont"), and a possessive 's is left out of the hash ("council's" is
//     "council");
//   - & and &amp; are the word "and".
func Words(dst []Word, text string) []Word {
	for i := 0; ; {
		for i < len(text) && asciiFold[text[i]] == breaks {
			i++
		}
		if i == len(text) {
			return dst
		}
		hash, end := asciiWord(text, i)
		if end == i {
			if hash, end = otherWord(text, i); hash == 0 {
				i = end
				continue
			}
		} else if end < len(text) && asciiFold[text[end]]-decode <= apostrophe-decode {
			hash, end = scanWord(text, i) // perhaps it goes on
		}
		dst = append(dst, Word{hash, i, end})
		i = end
	}
}

// asciiWord reads the ASCII letters and digits that begin at byte i, eight at
// a time: a byte is in the word when, folded, it lies between a and z or 0
// and 9, which additions that carry into its top bit tell for all eight.
func asciiWord(text string, i int) (hash uint64, end int) {
	const (
		low   = 0x7F7F7F7F7F7F7F7F
		high  = 0x8080808080808080
		ones  = 0x0101010101010101
		atA   = ones * (0x80 - 'a')
		pastZ = ones * (0x80 - 'z' - 1)
		at0   = ones * (0x80 - '0')
		past9 = ones * (0x80 - '9' - 1)
	)
	h := uint64(hashSeed)
	for {
		x := load8(text, i)
		folded := x | ones*0x20
		letters := (folded&low + atA) &^ (folded&low + pastZ)
		digits := (x&low + at0) &^ (x&low + past9)
		other := ^((letters | digits) &^ x) & high
		if other == 0 {
			h = mix8(h, folded)
			i += 8
			continue
		}
		n := bits.TrailingZeros64(other) / 8
		if n > 0 {
			h = mix8(h, folded&(1<<(8*n&63)-1))
		}
		return h, i + n
	}
}

// load8 returns the eight bytes of s from i on, zero beyond its end.
func load8(s string, i int) uint64 {
	if i+8 <= len(s) {
		b := s[i : i+8]
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
	}
	var x uint64
	for n := 0; i+n < len(s); n++ {
		x |= uint64(s[i+n]) << (8 * n)
	}
	return x
}

// otherWord reads what begins at byte i with neither an ASCII letter nor a
// digit: an ampersand, or a letter of another script. The hash is 0 when it
// is no word; the end is after i in any case.
func otherWord(text string, i int) (hash uint64, end int) {
	if text[i] == '&' {
		return hashAnd, i + ampersandWidth(text[i:])
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	if !inWord(r) {
		return 0, i + n
	}
	return scanWord(text, i)
}

// scanWord reads the word that begins at byte i, a letter, digit or mark of
// any script, and returns its hash and its end, which is always after i.
func scanWord(text string, i int) (hash uint64, end int) {
	h := hasher{sum: hashSeed}
	for i < len(text) {
		if f := asciiFold[text[i]]; f > lastClass {
			h.add(f)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if isApostrophe(r) {
			kind, after := readApostrophe(text, i+n)
			if kind == joins {
				i += n
				continue
			}
			if kind == possessive {
				i = after
			}
			break
		}
		if !inWord(r) {
			break
		}
		h.addRune(r)
		i += n
	}
	return h.done(), i
}

// What an apostrophe behind a letter means.
const (
	closes     = iota // the word ended before it
	joins             // the word goes on behind it
	possessive        // the word ends behind the s that follows
)

// readApostrophe looks at what follows an apostrophe that ended at byte i.
func readApostrophe(text string, i int) (kind, after int) {
	r, n := utf8.DecodeRuneInString(text[i:])
	if n == 0 || !inWord(r) {
		return closes, i
	}
	if r != 's' && r != 'S' {
		return joins, i
	}
	next, m := utf8.DecodeRuneInString(text[i+n:])
	if m > 0 && inWord(next) {
		return joins, i
	}
	return possessive, i + n
}

// ampersandWidth is the number of bytes of the & that s begins with.
func ampersandWidth(s string) int {
	const entity = "&amp;"
	if len(s) >= len(entity) && s[:len(entity)] == entity {
		return len(entity)
	}
	return 1
}

// HashtagLen returns the number of bytes of the hashtag or handle that s
// begins with, without its sign: letters, digits, marks and underscores.
func HashtagLen(s string) int {
	for i, r := range s {
		if r != '_' && !inWord(r) {
			return i
		}
	}
	return len(s)
}
