package collectors

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// parkFrom is the length in bytes from which a text is kept aside: it would be
// escaped, read and unescaped three times for nothing.
const parkFrom = 64

// Of a parked text the document holds its number between these two characters
// for private use, which are taken out of all other texts.
const parkOpen, parkClose = '\uE0F0', '\uE0F1'

// write writes one element with a text.
func (t *tidied) write(name, attrs, s string) {
	t.doc.WriteString("<" + name + attrs + ">")
	if len(s) >= parkFrom {
		t.doc.WriteString(string(parkOpen) + strconv.Itoa(len(t.parked)) + string(parkClose))
		t.parked = append(t.parked, s)
	} else if s != "" {
		xml.EscapeText(&t.doc, []byte(strings.Map(inXML, s)))
	}
	t.doc.WriteString("</" + name + ">")
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
	var b strings.Builder
	b.WriteString(" " + name + `="`)
	xml.EscapeText(&b, []byte(strings.Map(inXML, value))) // writing to memory never fails
	b.WriteByte('"')
	return b.String()
}
