package text

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"vantage/collectors/item"
)

// tagEnd returns the index behind the ">" that ends a tag, of which attrs is
// what stands behind its name; -1 when it breaks off. In the value of an
// attribute a ">" ends nothing.
func tagEnd(attrs string) int {
	value := false // the next quote opens a value
	for i := 0; i < len(attrs); i++ {
		switch c := attrs[i]; {
		case c == '>':
			return i + 1
		case c == '=':
			value = true
		case c <= ' ':
		case value && (c == '"' || c == '\''):
			end := strings.IndexByte(attrs[i+1:], c)
			if end < 0 {
				return -1
			}
			i += end + 1
			value = false
		default:
			value = false
		}
	}
	return -1
}

// maxAnchors is how many links of one text are looked at, repeats included.
const maxAnchors = 4 * item.MaxList

// link keeps the target of an anchor.
func (r *reader) link(attrs string) {
	if r.anchors++; r.anchors > maxAnchors || len(r.links) >= item.MaxList {
		return
	}
	target := strings.TrimSpace(html.UnescapeString(href(attrs)))
	if target != "" && !slices.Contains(r.links, target) {
		r.links = append(r.links, target)
	}
}

// href returns the first attribute of that name, "" when there is none.
func href(attrs string) string {
	for {
		attrs = strings.TrimLeft(attrs, " \t\r\n\f/")
		if attrs == "" {
			return ""
		}
		size := strings.IndexAny(attrs[1:], " \t\r\n\f/=") + 1
		if size == 0 {
			return "" // a name without a value is the last
		}
		name := attrs[:size]
		attrs = strings.TrimLeft(attrs[size:], " \t\r\n\f")
		var value string
		if rest, ok := strings.CutPrefix(attrs, "="); ok {
			value, attrs = attributeValue(strings.TrimLeft(rest, " \t\r\n\f"))
		}
		if strings.EqualFold(name, "href") {
			return value
		}
	}
}

func attributeValue(s string) (value, rest string) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		value, rest, _ = strings.Cut(s[1:], s[:1])
		return value, rest
	}
	if end := strings.IndexAny(s, " \t\r\n\f"); end >= 0 {
		return s[:end], s[end:]
	}
	return s, ""
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
