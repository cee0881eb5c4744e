package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The word hash takes the folded UTF-8 eight bytes at a time: xor, multiply by
// the odd golden-ratio constant, shift. Matches are verified, so it only has
// to be quick and even.
const (
	hashSeed  = 0xCBF29CE484222325
	hashPrime = 0x9E3779B97F4A7C15
)

func mix8(h, eight uint64) uint64 {
	h = (h ^ eight) * hashPrime
	return h ^ h>>32
}

// hasher computes the word hash byte by byte.
type hasher struct {
	sum, eight uint64
	n          int // bytes in eight
}

func (h *hasher) add(b byte) {
	h.eight |= uint64(b) << (8 * h.n)
	if h.n++; h.n == 8 {
		h.sum, h.eight, h.n = mix8(h.sum, h.eight), 0, 0
	}
}

func (h *hasher) addRune(r rune) {
	var buf [8]byte
	for _, b := range appendFolded(buf[:0], r) {
		h.add(b)
	}
}

func (h *hasher) done() uint64 {
	if h.n > 0 {
		return mix8(h.sum, h.eight)
	}
	return h.sum
}

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

// appendFolded appends what r folds to; a mark folds to nothing.
func appendFolded(dst []byte, r rune) []byte {
	if isMark(r) {
		return dst
	}
	a, b := foldRune(r)
	dst = utf8.AppendRune(dst, a)
	if b != 0 {
		dst = utf8.AppendRune(dst, b)
	}
	return dst
}

// HashWord returns the hash of s read as one word: everything but letters and
// digits is skipped, so that "Milton Keynes" is the hash of "miltonkeynes".
func HashWord(s string) uint64 {
	h := hasher{sum: hashSeed}
	for _, r := range s {
		if inWord(r) {
			h.addRune(r)
		}
	}
	return h.done()
}

// AppendFold appends the folded letters and digits of s to dst: what HashWord
// hashes. Equal bytes have equal hashes.
func AppendFold(dst []byte, s string) []byte {
	for _, r := range s {
		if inWord(r) {
			dst = appendFolded(dst, r)
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

// inWord tells whether r belongs to a word. Letters of the ASCII range never
// come here on the hot path.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && asciiFold[r] > lastClass
	}
	if r >= 0x2000 && r <= 0x2BFF || r == utf8.RuneError || r == 'ʼ' {
		return false // punctuation, arrows and symbols; the last is an apostrophe
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || isMark(r)
}

func isMark(r rune) bool { return r >= 0x300 && unicode.Is(unicode.M, r) }

func isApostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == 'ʼ'
}
