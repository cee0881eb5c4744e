package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The word hash: xor and multiply by the odd golden-ratio constant, letter by
// letter. Matches are verified, so it only has to be quick and even.
const (
	hashSeed  = 0xCBF29CE484222325
	hashPrime = 0x9E3779B97F4A7C15
)

var hashAnd = HashWord("and")

// Classes in asciiFold; every larger value is the folded byte itself.
const (
	breaks     = 0 // ends a word
	decode     = 1 // first byte of a longer rune
	apostrophe = 2
	ampersand  = 3
	lastClass  = ampersand
)

var asciiFold = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = decode
		case 'A' <= c && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			t[c] = byte(c)
		}
	}
	t['\''], t['&'] = apostrophe, ampersand
	return t
}()

// Latin letters beyond ASCII: Latin-1, Extended-A and -B, then Additional.
const (
	latinFirst, latinLast = 0xC0, 0x24F
	extraFirst, extraLast = 0x1E00, 0x1EFF
)

var latinFold = func() (t [latinLast - latinFirst + 1][2]rune) {
	for i := range t {
		t[i][0] = baseLetter(latinFirst + rune(i))
	}
	for from, to := range map[rune]string{
		'Æ': "ae", 'æ': "ae", 'Œ': "oe", 'œ': "oe", 'ß': "ss", 'Þ': "th", 'þ': "th",
		'Ø': "o", 'ø': "o", 'Đ': "d", 'đ': "d", 'Ð': "d", 'ð': "d", 'Ł': "l", 'ł': "l", 'ı': "i",
	} {
		t[from-latinFirst][0] = rune(to[0])
		if len(to) > 1 {
			t[from-latinFirst][1] = rune(to[1])
		}
	}
	return t
}()

var extraFold = func() (t [extraLast - extraFirst + 1]rune) {
	for i := range t {
		t[i] = baseLetter(extraFirst + rune(i))
	}
	return t
}()

// baseLetter returns r in lower case without its accents.
func baseLetter(r rune) rune {
	base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r)))
	return unicode.ToLower(base)
}

// foldRune returns the one or two letters that r folds to; b is 0 for one.
func foldRune(r rune) (a, b rune) {
	switch {
	case r < utf8.RuneSelf:
		if f := asciiFold[r]; f > lastClass {
			return rune(f), 0
		}
		return r, 0
	case r >= latinFirst && r <= latinLast:
		return latinFold[r-latinFirst][0], latinFold[r-latinFirst][1]
	case r >= extraFirst && r <= extraLast:
		return extraFold[r-extraFirst], 0
	}
	return unicode.ToLower(r), 0
}

func hashRune(h uint64, r rune) uint64 {
	if isMark(r) {
		return h
	}
	a, b := foldRune(r)
	h = (h ^ uint64(a)) * hashPrime
	if b != 0 {
		h = (h ^ uint64(b)) * hashPrime
	}
	return h
}

// inWord tells whether r belongs to a word. Letters of the ASCII range never
// come here on the hot path.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && asciiFold[r] > lastClass
	}
	if r >= 0x2000 && r <= 0x2BFF || r == utf8.RuneError {
		return false // punctuation, arrows and symbols
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || isMark(r)
}

func isMark(r rune) bool { return r >= 0x300 && unicode.Is(unicode.M, r) }

func isApostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == 'ʼ'
}
