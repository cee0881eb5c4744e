package collectors

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// parkFrom is the length in bytes from which a text is kept aside: it would be
// escaped, read and unescaped three times for nothing. Plain text gains from
// the length of its number on.
const (
	parkFrom  = 64
	parkPlain = 12
)

// Of a parked text the document holds its number between these two characters
// for private use, which are taken out of all other texts.
const parkOpen, parkClose = '\uE0F0', '\uE0F1'

// write writes one element with a text.
func (t *tidied) write(name, attrs, s string) {
	if t.aside(name, s) {
		return
	}
	t.use(name)
	if s == "" {
		t.tag("<", name, attrs+"/")
		return
	}
	t.tag("<", name, attrs)
	plain := plainXML(s)
	switch {
	case len(s) >= parkFrom:
		t.park(s)
	case plain && len(s) >= parkPlain:
		t.park(strings.TrimSpace(s)) // as gofeed does
	case plain:
		t.doc.WriteString(s)
	default:
		xml.EscapeText(&t.doc, []byte(strings.Map(inXML, s)))
	}
	t.tag("</", name, "")
}

// writeDate writes one element with a date of tidyDate.
func (t *tidied) writeDate(name, date string) {
	if t.aside(name, date) {
		return
	}
	t.use(name)
	t.tag("<", name, "")
	t.doc.WriteString(date)
	t.tag("</", name, "")
}

// aside keeps what stands under the prefix of mixed beside the document, as it
// would come out of it.
func (t *tidied) aside(name, s string) bool {
	local, own := strings.CutPrefix(name, mixed+":")
	if !own {
		return false
	}
	if len(s) < parkFrom && !plainXML(s) {
		s = strings.Map(inXML, s)
	}
	if trimmed := strings.TrimSpace(s); len(s) < parkFrom {
		s = trimmed
	} else if trimmed == "" {
		return true
	}
	if s != "" {
		t.own = append(t.own, ownText{local, s})
	}
	return true
}

func (t *tidied) park(s string) {
	t.doc.WriteString(string(parkOpen))
	t.doc.Write(strconv.AppendInt(t.doc.AvailableBuffer(), int64(len(t.parked)), 10))
	t.doc.WriteString(string(parkClose))
	t.parked = append(t.parked, s)
}

func (t *tidied) tag(open, name, attrs string) {
	t.doc.WriteString(open)
	t.doc.WriteString(name)
	t.doc.WriteString(attrs)
	t.doc.WriteByte('>')
}

// use notes the namespace of a name.
func (t *tidied) use(name string) {
	prefix, _, ok := strings.Cut(name, ":")
	for i := 0; ok && i < len(tidySpaces); i++ {
		if tidySpaces[i].prefix == prefix {
			t.spaces[i] = true
			return
		}
	}
}

// plainXML reports a text that stands in a document as it is.
func plainXML(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c >= 0x7f, c == '<', c == '>', c == '&', c == '\'', c == '"':
			return false
		}
	}
	return true
}

// inXML takes out what no document may hold, and what stands for parked texts.
func inXML(r rune) rune {
	switch {
	case r == parkOpen, r == parkClose, r == 0xFFFE, r == 0xFFFF:
		return -1
	case r < ' ' && r != '\t' && r != '\n' && r != '\r':
		return ' '
	}
	return r
}

// text returns what the value s of the document stands for.
func (t *tidied) text(s string) string {
	number, ok := strings.CutPrefix(strings.TrimSpace(s), string(parkOpen))
	if !ok {
		return s
	}
	i, err := strconv.Atoi(strings.TrimSuffix(number, string(parkClose)))
	if err != nil || i < 0 || i >= len(t.parked) {
		return ""
	}
	return t.parked[i]
}

// attribute returns an attribute as it is written, "" for one without a value.
func (t *tidied) attribute(name, value string) string {
	if value == "" {
		return ""
	}
	if plainXML(value) {
		return " " + name + `="` + value + `"`
	}
	var b strings.Builder
	b.WriteString(" " + name + `="`)
	xml.EscapeText(&b, []byte(strings.Map(inXML, value))) // writing to memory never fails
	b.WriteByte('"')
	return b.String()
}
