package collectors

import (
	"html"
	"strings"
)

// maxEntity is the length of the longest named entity of HTML, and a little.
const maxEntity = 36

// unescape replaces the entities of XML and HTML. Only what ends in a
// semicolon is one: "?a=1&copy=2" stays as it is, and so does what is unknown.
// A reference to what is no character (&#0;) is left out.
func unescape(s string) string {
	at := strings.IndexByte(s, '&')
	if at < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for at >= 0 {
		out.WriteString(s[:at])
		s = s[at:]
		size := 1
		if end := strings.IndexByte(s[:min(len(s), maxEntity)], ';'); end > 1 {
			size = end + 1
		}
		if size == 1 {
			out.WriteByte('&')
		} else if c := character(s[:size]); c != "\ufffd" {
			out.WriteString(c)
		}
		s = s[size:]
		at = strings.IndexByte(s, '&')
	}
	out.WriteString(s)
	return out.String()
}

// character returns what an entity stands for; those of XML, which are nearly
// all, without a search.
func character(entity string) string {
	switch entity {
	case "&lt;":
		return "<"
	case "&gt;":
		return ">"
	case "&amp;":
		return "&"
	case "&quot;":
		return `"`
	}
	return html.UnescapeString(entity)
}
