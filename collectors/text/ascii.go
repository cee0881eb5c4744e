package text

import "math/bits"

// Eight bytes are looked at together here: most of what is read is plain
// English, and byte by byte this took a fifth of the time of reading a feed.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080 // the upper bit of each byte
)

// eight returns the bytes from i to i+8, the first one lowest.
func eight(s string, i int) uint64 {
	b := s[i : i+8] // one look at the bounds instead of eight
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// odd marks the upper bit of each byte of x that is neither printable ASCII nor a
// space. The lowest mark is exact: behind a byte beyond ASCII there may be
// others.
func odd(x uint64) uint64 { return (x | ^(x + 0x60*ones) | (x + ones)) & highs }

// spacesIn marks the upper bit of each byte of x that is a space, up to the first
// byte beyond ASCII.
func spacesIn(x uint64) uint64 { return ^((x ^ ' '*ones) + 0x7f*ones) & highs }

// firstOf returns the index in its eight bytes of the lowest mark.
func firstOf(marks uint64) int { return bits.TrailingZeros64(marks) / 8 }

// Printable returns how many bytes at the beginning of s are printable ASCII or
// spaces. It may stop up to seven bytes before the end of s.
func Printable(s string) (n int) {
	for ; n+8 <= len(s); n += 8 {
		if marks := odd(eight(s, n)); marks != 0 {
			return n + firstOf(marks)
		}
	}
	return n
}

// ASCII returns how many bytes at the beginning of s are ASCII.
func ASCII(s string) (n int) {
	for ; n+32 <= len(s); n += 32 {
		if (eight(s, n)|eight(s, n+8)|eight(s, n+16)|eight(s, n+24))&highs != 0 {
			break
		}
	}
	for ; n+8 <= len(s); n += 8 {
		if marks := eight(s, n) & highs; marks != 0 {
			return n + firstOf(marks)
		}
	}
	for n < len(s) && s[n] < 0x80 {
		n++
	}
	return n
}

// blockSize is how many bytes runsOf looks at: one for each bit.
const blockSize = 64

// runsOf returns, a bit for each of the 64 bytes of text from base on, which
// belong to runs, the stretches between ASCII signs and spaces, and which of
// those are odd: an apostrophe, an ampersand or beyond ASCII. A run without odd
// bytes is one word of ASCII letters and digits. Bits beyond the text are 0.
//
// To know all ends of 64 bytes before the first word is read is what makes
// Words quick: where each word begins does not wait for the one before, and
// the processor need not guess how long it is.
func runsOf(text string, base int) (runs, odds uint64) {
	if base+blockSize <= len(text) {
		for n := 0; n < blockSize; n += 8 {
			r, o := runsOf8(eight(text, base+n))
			runs |= r << n
			odds |= o << n
		}
		return runs, odds
	}
	for n := 0; base+n < len(text); n += 8 {
		r, o := runsOf8(load8(text, base+n))
		runs |= r << n
		odds |= o << n
	}
	return runs, odds
}

// runsOf8 is runsOf for eight bytes. A byte lies between two others when adding
// what lacks to 0x80 carries into its top bit for the lower one, and not for
// the one above the upper.
func runsOf8(x uint64) (runs, odds uint64) {
	const (
		atA, pastZ    = ones * (0x80 - 'a'), ones * (0x80 - 'z' - 1)
		at0, past9    = ones * (0x80 - '0'), ones * (0x80 - '9' - 1)
		atAnd, pastTo = ones * (0x80 - '&'), ones * (0x80 - '\'' - 1) // these two are neighbours
	)
	plain := x &^ highs
	folded := plain | toLower
	odds = ((plain+atAnd)&^(plain+pastTo) | x) & highs
	runs = ((folded+atA)&^(folded+pastZ)|(plain+at0)&^(plain+past9))&highs | odds
	if odds != 0 {
		odds = gather(odds)
	}
	return gather(runs), odds
}

// gather moves the upper bit of each byte of x into the lowest eight bits.
func gather(x uint64) uint64 { return x >> 7 * 0x0102040810204080 >> 56 }

// toLower folds the case of eight ASCII letters; digits stay what they are.
const toLower = ones * 0x20

// asciiHash returns the hash of the word of ASCII letters and digits
// text[start:end]. Words of up to 16 bytes are read without a branch on their
// length, which cannot be guessed.
func asciiHash(text string, start, end int) uint64 {
	n := end - start
	if n > 16 || start+16 > len(text) {
		return longHash(text[start:end])
	}
	word, mask := text[start:start+16], &lowest[n&31]
	h := mix8(hashSeed, (eight(word, 0)|toLower)&mask[0])
	if both := mix8(h, (eight(word, 8)|toLower)&mask[1]); n > 8 {
		h = both
	}
	return h
}

// longHash is asciiHash for a word of any length.
func longHash(word string) uint64 {
	h := uint64(hashSeed)
	for i := 0; i < len(word); i += 8 {
		x := load8(word, i)
		h = mix8(h, (x|toLower)&lowest[min(len(word)-i, 8)][0])
	}
	return h
}

// lowest[n] has the bits of the n lowest of 16 bytes.
var lowest = func() (masks [32][2]uint64) {
	for n := range masks {
		masks[n] = [2]uint64{1<<(8*min(n, 8)) - 1, 1<<(8*min(max(n-8, 0), 8)) - 1}
	}
	return masks
}()

// load8 returns the eight bytes of s from i on, zero beyond its end.
func load8(s string, i int) uint64 {
	if i+8 <= len(s) {
		return eight(s, i)
	}
	var x uint64
	for n := len(s) - 1; n >= i; n-- {
		x = x<<8 | uint64(s[n])
	}
	return x
}
