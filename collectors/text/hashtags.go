package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"vantage/collectors/item"
)

// maxTag is the length of a folded hashtag in bytes; longer ones are noise.
const maxTag = 64

// Hashtags appends to dst the folded hashtags that stand in s, without
// repeats, until item.MaxList of them, repeats included, were looked at.
// A tag begins with # at the beginning or after a character that is neither a
// letter nor a digit, nor one of &/_# (an address or an entity), and has at least
// one letter ("#1" is a number).
func Hashtags(dst []string, s string) []string {
	for i, looked := 0, 0; i < len(s) && len(dst) < item.MaxList && looked < item.MaxList; {
		at := strings.IndexByte(s[i:], '#')
		if at < 0 {
			break
		}
		i += at
		end := i + 1 + tagLength(s[i+1:])
		if end > i+1 && BeginsTag(s, i) {
			dst = AddTag(dst, s[i+1:end])
			looked++
		}
		i = end
	}
	return dst
}

// AddTag appends the folded form of tag unless it is empty, has no letter, is
// too long or stands in dst already, or dst has item.MaxList entries.
func AddTag(dst []string, tag string) []string {
	tag = FoldTag(tag)
	if tag == "" || len(tag) > maxTag || len(dst) >= item.MaxList || !letter(tag[0]) && strings.IndexFunc(tag, unicode.IsLetter) < 0 {
		return dst
	}
	for _, have := range dst {
		if have == tag {
			return dst
		}
	}
	return append(dst, tag)
}

// FoldTag returns the form in which hashtags are compared: NFKC, lower case,
// letters, digits, marks and underscores only. "Machine Learning",
// "#MachineLearning" and "machine-learning" fold to the same tag.
func FoldTag(tag string) string {
	if folded, ok := foldASCII(tag); ok {
		return folded
	}
	tag = norm.NFKC.String(tag)
	return strings.Map(func(r rune) rune {
		if !tagRune(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, tag)
}

// foldASCII is FoldTag for what most tags are, without an allocation where
// nothing changes.
func foldASCII(tag string) (string, bool) {
	same := true
	for i := range len(tag) {
		c := tag[i]
		if c >= utf8.RuneSelf {
			return "", false
		}
		same = same && (c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z')
	}
	if same {
		return tag, true
	}
	out := make([]byte, 0, len(tag))
	for i := range len(tag) {
		switch c := tag[i]; {
		case c >= 'A' && c <= 'Z':
			out = append(out, c+'a'-'A')
		case c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
			out = append(out, c)
		}
	}
	return string(out), true
}

func tagLength(s string) int {
	plain := 0
	for plain < len(s) && (letter(s[plain]) || s[plain] >= '0' && s[plain] <= '9' || s[plain] == '_') {
		plain++
	}
	if plain == len(s) || s[plain] < utf8.RuneSelf {
		return plain
	}
	for i, r := range s[plain:] {
		if !tagRune(r) || r == utf8.RuneError {
			return plain + i
		}
	}
	return len(s)
}

func tagRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// BeginsTag reports whether the # that is byte i of s can begin a hashtag; see
// Hashtags. That of an address cannot.
func BeginsTag(s string, i int) bool { return i == 0 || s[i-1] == ' ' || !gluedTo(s[:i]) }

// gluedTo reports that what ends in before goes on with a "#", as an address
// does. A mark does as what it stands on: many an emoji ends in one.
func gluedTo(before string) bool {
	last, size := utf8.DecodeLastRuneInString(before)
	for unicode.IsMark(last) {
		before = before[:len(before)-size]
		last, size = utf8.DecodeLastRuneInString(before)
	}
	return tagRune(last) || last == '&' || last == '/' || last == '#'
}
