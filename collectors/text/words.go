package text

import "unicode/utf8"

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
	for i := 0; i < len(text); {
		f := asciiFold[text[i]]
		switch {
		case f > lastClass:
		case f == decode:
			if r, n := utf8.DecodeRuneInString(text[i:]); !inWord(r) {
				i += n
				continue
			}
		case f == ampersand:
			w := Word{Hash: hashAnd, Start: i, End: i + ampersandWidth(text[i:])}
			dst = append(dst, w)
			i = w.End
			continue
		default:
			i++
			continue
		}
		w := Word{Start: i}
		w.Hash, w.End = scanWord(text, i)
		dst = append(dst, w)
		i = w.End
	}
	return dst
}

// scanWord reads the word that begins at byte i, a letter, digit or mark, and
// returns its hash and its end, which is always after i.
func scanWord(text string, i int) (uint64, int) {
	h := uint64(hashSeed)
	for i < len(text) {
		f := asciiFold[text[i]]
		if f > lastClass {
			h = (h ^ uint64(f)) * hashPrime
			i++
			continue
		}
		if f == breaks || f == ampersand {
			break
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
		h = hashRune(h, r)
		i += n
	}
	return h ^ h>>32, i
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
	if next, m := utf8.DecodeRuneInString(text[i+n:]); m > 0 && inWord(next) {
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

// HashWord returns the hash of s read as one word: everything but letters and
// digits is skipped, so that "Milton Keynes" is the hash of "miltonkeynes".
func HashWord(s string) uint64 {
	h := uint64(hashSeed)
	for _, r := range s {
		if inWord(r) {
			h = hashRune(h, r)
		}
	}
	return h ^ h>>32
}

// AppendFold appends the folded letters and digits of s to dst: what HashWord
// hashes. Equal bytes have equal hashes.
func AppendFold(dst []byte, s string) []byte {
	for _, r := range s {
		if !inWord(r) || isMark(r) {
			continue
		}
		a, b := foldRune(r)
		dst = utf8.AppendRune(dst, a)
		if b != 0 {
			dst = utf8.AppendRune(dst, b)
		}
	}
	return dst
}

// FoldWord appends the folded form of the word w of text, without a
// possessive ending: the bytes behind w.Hash.
func FoldWord(dst []byte, text string, w Word) []byte {
	s := text[w.Start:w.End]
	if s[0] == '&' {
		return append(dst, "and"...)
	}
	return AppendFold(dst, cutPossessive(s))
}

func cutPossessive(s string) string {
	if n := len(s); n > 2 && (s[n-1] == 's' || s[n-1] == 'S') {
		if r, m := utf8.DecodeLastRuneInString(s[:n-1]); isApostrophe(r) && n-1-m > 0 {
			return s[:n-1-m]
		}
	}
	return s
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
