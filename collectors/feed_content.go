package collectors

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"
)

// text returns the characters of an element: entities replaced, sections and
// comments opened, the tags of children left out.
func (e *element) text() string {
	s, _ := e.read()
	return strings.TrimSpace(s)
}

// markup returns the content of an element as HTML: what was escaped or stands
// in sections is unescaped once, real child elements stay as they are.
func (e *element) markup() string {
	s, children := e.read()
	if children {
		return string(e.inner)
	}
	return s
}

// maxContent is how much of one element is read. The longest body seen had
// 300 KB; what is longer is pictures written into it.
const maxContent = 1 << 20

// read returns the characters of an element and whether it has children.
func (e *element) read() (s string, children bool) {
	if len(e.inner) > maxContent {
		e.inner = wholeRunes(e.inner[:maxContent])
	}
	if bytes.IndexByte(e.inner, '<') < 0 {
		return unescape(e.inner), false
	}
	var out strings.Builder
	out.Grow(len(e.inner))
	w := walker{b: e.inner}
	from := 0
	for {
		m, more := w.next(from)
		if !more {
			break
		}
		writeUnescaped(&out, e.inner[from:m.from])
		switch m.kind {
		case text0:
			out.Write(e.inner[m.from:m.to])
		case section:
			out.Write(m.inner)
		case startTag, emptyTag, endTag:
			children = true
		}
		from = m.to
	}
	writeUnescaped(&out, e.inner[from:])
	return out.String(), children
}

// readable reports whether an element holds text. Atom's may hold a picture,
// or text in base64, which is opened.
func readable(e *element) bool {
	kind := strings.ToLower(attrOf(e.attrs, "type"))
	foreign := strings.Contains(kind, "/") && !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "html") && !strings.Contains(kind, "xml")
	if !foreign && !strings.EqualFold(attrOf(e.attrs, "mode"), "base64") {
		return true
	}
	plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(e.inner)), ""))
	if err != nil || !utf8.Valid(plain) || bytes.ContainsFunc(plain, func(r rune) bool { return r < '\t' }) {
		medium, _, _ := strings.Cut(kind, "/")
		return medium != "image" && medium != "video" && medium != "audio" && kind != "application/octet-stream"
	}
	return e.become(plain)
}

// become replaces what an element holds. It returns true.
func (e *element) become(plain []byte) bool {
	e.inner = slices.Concat([]byte("<![CDATA["), bytes.ReplaceAll(plain, []byte("]]>"), nil), []byte("]]>"))
	e.attrs = nil
	return true
}

// readablePart cuts the tag or entity in which markup broke off.
func readablePart(s string) string {
	if open := strings.LastIndexByte(s, '<'); open > strings.LastIndexByte(s, '>') {
		s = s[:open]
	}
	if open := strings.LastIndexByte(s, '&'); open >= 0 && len(s)-open < maxEntity && !strings.ContainsAny(s[open:], "; ") {
		s = s[:open]
	}
	return s
}
