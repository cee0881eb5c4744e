package theme

import (
	"bytes"
	"slices"
	"strings"
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

// Forms returns the words that have the stem, as far as they are the stem with
// the endings of English.
func Forms(of string) []string {
	last := of[len(of)-1:]
	var forms []string
	for _, base := range []string{of, of + "e", of + last, strings.TrimSuffix(of, "y")} {
		for _, end := range []string{"", "s", "es", "ies", "ed", "d", "ing", "ings", "er", "ers"} {
			form := base + end
			if string(stem([]byte(form))) == of && !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}
