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
	for at := 0; ; {
		for at < len(attrs) && (blank(attrs[at]) || attrs[at] == '/') {
			at++
		}
		from := at
		for at < len(attrs) && !blank(attrs[at]) && attrs[at] != '/' && (attrs[at] != '=' || at == from) {
			at++
		}
		if at == len(attrs) {
			return "" // a name without a value is the last
		}
		name := attrs[from:at]
		at = skipBlanks(attrs, at)
		var value string
		if at < len(attrs) && attrs[at] == '=' {
			value, at = attributeValue(attrs, skipBlanks(attrs, at+1))
		}
		if strings.EqualFold(name, "href") {
			return value
		}
	}
}

// attributeValue returns the value that begins at from, and the index behind it.
func attributeValue(attrs string, from int) (value string, next int) {
	if from < len(attrs) && (attrs[from] == '"' || attrs[from] == '\'') {
		value, _, _ = strings.Cut(attrs[from+1:], attrs[from:from+1])
		return value, min(len(attrs), from+1+len(value)+1)
	}
	for next = from; next < len(attrs) && !blank(attrs[next]); next++ {
	}
	return attrs[from:next], next
}

func skipBlanks(s string, at int) int {
	for at < len(s) && blank(s[at]) {
		at++
	}
	return at
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
