package story

import (
	"encoding/binary"
	"strings"

	"vantage/collectors/text"
)

// Half of all feeds give only the beginning of a post and an ellipsis: 140
// characters out of 1,000 have a similarity of 0.14. So a signature also holds
// hashes of the first 12, 16, 20, … words, and a post that says of itself that
// it was cut off is a copy when all those that it has are equal.

// levels are how many words each hash covers, a quarter more each time: at
// least four fifths of a text that was cut off are compared.
var levels = [...]int{12, 16, 20, 25, 31, 39, 49, 61, 76}

const (
	// headSize is a byte for the number of levels and the mark of a text that
	// was cut off, four for the first hash, by which such posts are found, and
	// one for each further level.
	headSize = 1 + 4 + len(levels) - 1

	cutOff = 0x80
)

// head appends the hashes of the beginning. A text that was cut off has the
// levels that lie before its end.
func (s *scratch) head(dst []byte) []byte {
	var out [headSize]byte
	words, cut := s.said()
	h, n := uint64(0), 0
	for i, w := range s.folds[:min(words, levels[len(levels)-1])] {
		h = mix(h^w, mixD)
		if i+1 != levels[n] {
			continue
		}
		if n == 0 {
			binary.LittleEndian.PutUint32(out[1:], uint32(h>>32))
		} else {
			out[4+n] = byte(h >> 56)
		}
		n++
	}
	out[0] = byte(n)
	if cut {
		out[0] |= cutOff
	}
	return append(dst, out[:]...)
}

// beginning is the head of a signature, unpacked.
type beginning [headSize]byte

func (b *beginning) levels() int { return int(b[0] &^ cutOff) }
func (b *beginning) cut() bool   { return b[0]&cutOff != 0 }

// first is the hash of the first level; ok is false for posts without one.
func (b *beginning) first() (hash uint32, ok bool) {
	return binary.LittleEndian.Uint32(b[1:]), b.levels() > 0
}

// begins tells whether one of the two was cut off and the other begins with it.
func begins(a, b *beginning) bool {
	n := len(levels) + 1
	if a.cut() {
		n = a.levels()
	}
	if b.cut() {
		n = min(n, b.levels())
	}
	if n == 0 || n > a.levels() || n > b.levels() {
		return false
	}
	return string(a[1:4+n]) == string(b[1:4+n])
}

const (
	// tail is how many bytes at the end of a text are looked through for the
	// mark of a cut; feeds like to add "The post … appeared first on …".
	tail = 240

	// remark is how many words can stand behind a mark without saying why.
	remark = 3

	// invited is how many of the last words can follow "continue reading".
	invited = 20
)

// said returns how many words are the author's, and whether the text was cut
// off behind them, or within the next. An ellipsis alone may be a pause: what
// follows it must be next to nothing, or a feed's words.
func (s *scratch) said() (words int, cut bool) {
	rest := s.folds[s.cut:]
	if s.cut > 0 && (s.bracket || len(rest) <= remark || holds(rest, invitations) >= 0 || holds(rest, credits) >= 0) {
		return s.cut - 1, true
	}
	from := max(0, len(s.folds)-invited)
	if i := holds(s.folds[from:], invitations); i >= 0 && from+i > 0 {
		return from + i - 1, true
	}
	return len(s.folds), false
}

// cutAt returns the byte at which the last ellipsis among the last bytes of a
// text stands, or 0, and whether it stands in brackets.
func cutAt(body string, last int) (at int, bracket bool) {
	if !marked(body[min(len(body), max(0, len(body)-last-1)):]) { // two dots may stand before the last bytes
		return 0, false
	}
	for i := len(body) - 1; i > max(0, len(body)-last); i-- {
		if c := body[i]; c != '.' && c < 0x80 && c != '&' || !ellipsis(body, i) {
			continue
		}
		for i > 0 && body[i-1] == '.' {
			i--
		}
		return i, i > 0 && body[i-1] == '['
	}
	return 0, false
}

// marked tells whether there is an ellipsis in a text, as most have none.
func marked(s string) bool {
	return strings.Contains(s, "...") || strings.Contains(s, "…") || strings.Contains(s, "&hellip;") || strings.Contains(s, "&#8230;")
}

// ellipsis tells whether one begins at byte i, or ends there where it is made
// of dots.
func ellipsis(body string, i int) bool {
	switch body[i] {
	case '.':
		return i > 1 && body[i-1] == '.' && body[i-2] == '.'
	case '&':
		return strings.HasPrefix(body[i:], "&hellip;") || strings.HasPrefix(body[i:], "&#8230;")
	}
	return strings.HasPrefix(body[i:], "…")
}

// invitations are the words by which a feed sends the reader to the rest, and
// credits those by which it names itself behind an extract.
var (
	invitations = [][2]uint64{pair("read more"), pair("continue reading"), pair("read full"), pair("darllen mwy")}
	credits     = [][2]uint64{pair("appeared first"), pair("first appeared")}
)

func pair(words string) [2]uint64 {
	w := text.Words(nil, words)
	return [2]uint64{w[0].Hash, w[1].Hash}
}

// holds returns where the last of the pairs begins, or -1.
func holds(folds []uint64, pairs [][2]uint64) int {
	for i := len(folds) - 2; i >= 0; i-- {
		for _, p := range pairs {
			if folds[i] == p[0] && folds[i+1] == p[1] {
				return i
			}
		}
	}
	return -1
}
