package collectors

import (
	"bytes"
	"html"
	"strings"
)

// maxEntity is the length of the longest named entity of HTML, and a little.
const maxEntity = 36

// unescape replaces the entities of XML and HTML. Only what ends in a
// semicolon is one: "?a=1&copy=2" stays as it is, and so does what is unknown.
// A reference to what is no character (&#0;) is left out.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b))
	writeUnescaped(&out, b)
	return out.String()
}

func writeUnescaped(out *strings.Builder, b []byte) {
	for {
		at := bytes.IndexByte(b, '&')
		if at < 0 {
			out.Write(b)
			return
		}
		out.Write(b[:at])
		b = b[at:]
		size := 1
		if end := bytes.IndexByte(b[:min(len(b), maxEntity)], ';'); end > 1 {
			size = end + 1
		}
		if size == 1 {
			out.WriteByte('&')
		} else if c := character(b[:size]); c != "\ufffd" {
			out.WriteString(c)
		}
		b = b[size:]
	}
}

// character returns what an entity stands for; those of XML, which are nearly
// all, without a search.
func character(entity []byte) string {
	switch string(entity) {
	case "&lt;":
		return "<"
	case "&gt;":
		return ">"
	case "&amp;":
		return "&"
	case "&quot;":
		return `"`
	}
	return html.UnescapeString(string(entity))
}
