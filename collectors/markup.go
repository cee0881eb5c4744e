package collectors

import (
	"bytes"
	"strings"
)

// What follows walks over XML without parsing it, at some GB/s.

// skipMarkup returns where the markup at from ends, -1 when it breaks off, and
// whether it opens an element.
func skipMarkup(b []byte, from int) (end int, opens bool) {
	rest := b[from:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return after(b, from+4, "-->"), false
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return after(b, from+9, "]]>"), false
	case bytes.HasPrefix(rest, []byte("<?")):
		return after(b, from+2, "?>"), false
	case len(rest) > 1 && nameStart(rest[1]):
		end, _ = tagEnd(b, from+1)
		return end, end > 0 && b[end-2] != '/'
	}
	return from + 1, false
}

// after returns the index behind the next mark at or after from, or -1.
func after(b []byte, from int, mark string) int {
	i := bytes.Index(b[min(from, len(b)):], []byte(mark))
	if i < 0 {
		return -1
	}
	return from + i + len(mark)
}

// tagEnd returns the index behind the ">" of a start tag whose name begins at
// from, and its number of attributes; -1 when it breaks off.
func tagEnd(b []byte, from int) (end, attributes int) {
	var quote byte
	for i := from; i < len(b); i++ {
		switch c := b[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '>':
			return i + 1, attributes
		case c == '=':
			attributes++
		case (c == '"' || c == '\'') && b[i-1] == '=':
			quote = c
		}
	}
	return -1, attributes
}

// nameAt returns the element name at the beginning of b.
func nameAt(b []byte) string {
	for i, c := range b {
		if c <= ' ' || c == '>' || c == '/' {
			return string(b[:i])
		}
	}
	return string(b)
}

func localName(name string) string {
	return name[strings.LastIndexByte(name, ':')+1:]
}

func nameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

// void reports elements of HTML that never close; they stand unescaped in the
// entries of careless feeds.
func void(name string) bool {
	switch name {
	case "br", "hr", "img", "input", "wbr":
		return true
	}
	return false
}
