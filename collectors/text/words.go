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
	// Of a run that reaches into the next block, while open is 1: where it began,
	// and whether it has odd bytes.
	start, open, odd := 0, uint64(0), false
	for base := 0; base < len(text); base += blockSize {
		runs, odds := runsOf(text, base)
		edges := runs ^ (runs<<1 | open) // where runs begin and, in turn, end
		if open != 0 {
			if edges == 0 {
				odd = odd || odds != 0
				continue
			}
			to := bits.TrailingZeros64(edges)
			edges &= edges - 1
			dst = wordsOf(dst, text, start, base+to, odd || odds&(1<<to-1) != 0)
		}
		for edges != 0 {
			from := bits.TrailingZeros64(edges)
			edges &= edges - 1
			start = base + from
			if edges == 0 {
				odd = odds>>from != 0
				break
			}
			to := bits.TrailingZeros64(edges)
			edges &= edges - 1
			if odds != 0 && odds&(1<<to-1)>>from != 0 {
				dst = oddWords(dst, text, start, base+to)
				continue
			}
			dst = append(dst, Word{asciiHash(text, start, base+to), start, base + to})
		}
		open = runs >> (blockSize - 1)
	}
	if open != 0 {
		dst = wordsOf(dst, text, start, len(text), odd)
	}
	return dst
}

// wordsOf appends the words of the run text[start:end].
func wordsOf(dst []Word, text string, start, end int, odd bool) []Word {
	if odd {
		return oddWords(dst, text, start, end)
	}
	return append(dst, Word{asciiHash(text, start, end), start, end})
}

// oddWords appends the words of text[start:end], read byte by byte, as a run
// with odd bytes must be.
func oddWords(dst []Word, text string, start, end int) []Word {
	for i := start; i < end; {
		from, hash := i, uint64(0)
		switch asciiFold[text[i]] {
		case breaks, apostrophe:
			i++
		case decode, ampersand:
			hash, i = otherWord(text, i)
		default:
			hash, i = scanWord(text, i)
		}
		if hash != 0 {
			dst = append(dst, Word{hash, from, i})
		}
	}
	return dst
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
