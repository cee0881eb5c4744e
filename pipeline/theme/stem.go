package theme

import (
	"bytes"
	"unicode/utf8"

	"vantage/collectors/text"
)

// AppendStem appends the folded stem of word w of s: the word without the
// endings of inflection, so that "gritting", "gritted" and "gritters" are one.
// It is far shorter than Porter's (An algorithm for suffix stripping, 1980),
// because it only has to be the same in learning and in reading.
func AppendStem(dst []byte, s string, w text.Word) []byte {
	from := len(dst)
	for i := w.Start; i < w.End; i++ {
		c := s[i]
		if c >= utf8.RuneSelf || c == '\'' || c == '&' {
			dst = text.FoldWord(dst[:from], s, w)
			break
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst[:from+len(stem(dst[from:]))]
}

// shortest is the length of a stem; shorter words stay as they are.
const shortest = 4

var endings = [][]byte{[]byte("ing"), []byte("er"), []byte("ed")}

// stem cuts the endings of a folded word; it may write into it.
func stem(word []byte) []byte {
	n := len(word)
	if n <= shortest || word[0] >= utf8.RuneSelf {
		return word
	}
	if word[n-1] == 's' && bytes.IndexByte([]byte("sui"), word[n-2]) < 0 {
		n--
		if n > shortest && word[n-1] == 'e' && word[n-2] == 'i' { // stories, story
			word[n-2] = 'y'
			return word[:n-1]
		}
	}
	for _, end := range endings {
		if n-len(end) >= shortest && bytes.HasSuffix(word[:n], end) {
			n -= len(end)
			if n > shortest && word[n-1] == word[n-2] && word[n-1] != 's' && word[n-1] != 'l' {
				n-- // gritt-ing
			}
			break
		}
	}
	if n > shortest && word[n-1] == 'e' {
		n--
	}
	return word[:n]
}

// HashStem is the FNV-1a hash of a stem (Fowler, Noll and Vo), 64 bits.
func HashStem(stem []byte) uint64 {
	h := uint64(0xCBF29CE484222325)
	for _, c := range stem {
		h = (h ^ uint64(c)) * 0x100000001B3
	}
	return h
}
