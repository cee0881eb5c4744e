// Package text turns what sources send into plain text: HTML without its
// markup, and plain text without what only harms a reader or a word match.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s as tidy plain text: valid UTF-8 (broken bytes are left out),
// without control, bidirectional and invisible characters, every run of white
// space folded to one space, or to one line break where the run has one, and
// none at either end. Text that is clean already is returned as it is,
// without an allocation. Emoji joiners and flag tags stay.
func Clean(s string) string {
	if clean(s) {
		return s
	}
	f := folder{out: make([]byte, 0, len(s))}
	f.write(s)
	return string(f.out)
}

// Line is Clean for titles: line breaks become spaces.
func Line(s string) string {
	s = Clean(s)
	if strings.IndexByte(s, '\n') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\n", " ")
}

// CutBytes returns the longest beginning of s that has at most n bytes and
// does not split a character. A negative n counts as 0.
func CutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// clean reports whether the folder would return s unchanged. It answers only
// for text whose bytes are all ASCII; other text takes the slow path.
func clean(s string) bool {
	space := true // one at the beginning would be cut
	for at := 0; at < len(s); {
		if n := plainRun(s[at:]); n > 0 {
			at, space = at+n, false
			continue
		}
		if space || s[at] != ' ' && s[at] != '\n' {
			return false
		}
		at, space = at+1, true
	}
	return !space || s == ""
}

// folder writes characters and folds the white space between them.
type folder struct {
	out []byte
	gap byte // pending white space: 0, ' ' or '\n'
}

// write appends text, whole runs of plain letters at a time.
func (f *folder) write(text string) {
	for len(text) > 0 {
		if n := plainRun(text); n > 0 {
			f.open()
			f.out = append(f.out, text[:n]...)
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			f.gap = '\n'
		case unicode.IsSpace(r):
			f.space()
		case r == utf8.RuneError && size == 1 || invisible(r):
		default:
			f.open()
			f.out = append(f.out, text[:size]...)
		}
		text = text[size:]
	}
}

// open writes the pending white space, except at the very beginning.
func (f *folder) open() {
	if f.gap != 0 && len(f.out) > 0 {
		f.out = append(f.out, f.gap)
	}
	f.gap = 0
}

func (f *folder) space() {
	if f.gap == 0 {
		f.gap = ' '
	}
}

// plainRun returns how many bytes at the beginning of text are printable
// ASCII with single spaces between them.
func plainRun(text string) int {
	n, before := 0, uint64(0x80) // a mark where the byte before is a space: at the beginning none parts anything
	for ; n+8 <= len(text); n += 8 {
		x := eight(text, n)
		spaces := spacesIn(x)
		if stop := odd(x) | spaces&(spaces<<8|before); stop != 0 {
			return unspaced(text, n+firstOf(stop))
		}
		before = spaces >> 56
	}
	for space := before != 0; n < len(text); n++ {
		if c := text[n]; c < ' ' || c >= 0x7f || c == ' ' && space {
			break
		}
		space = text[n] == ' '
	}
	return unspaced(text, n)
}

// unspaced returns n, or the place of a space before it: what follows decides
// about that.
func unspaced(text string, n int) int {
	if n > 0 && text[n-1] == ' ' {
		return n - 1
	}
	return n
}

// invisible reports whether r is left out: controls, soft hyphens, zero-width
// spaces and joiners of words, byte order marks and everything that changes
// the direction of writing (a title must not be able to reorder the page).
// Zero-width joiner and non-joiner stay: emoji and scripts need them.
func invisible(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r == 0x61c:
		return true
	case r < 0x200b:
		return false
	}
	switch r {
	case 0x200b, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e,
		0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206b, 0x206c, 0x206d, 0x206e, 0x206f,
		0xfeff, 0xfff9, 0xfffa, 0xfffb, 0xfffe, 0xffff:
		return true
	}
	return false
}
