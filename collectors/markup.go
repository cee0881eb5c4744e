package collectors

import (
	"bytes"
	"slices"
	"strings"
)

// What follows walks over markup without building anything, at some GB/s. It
// takes whatever comes: encoding/xml, strict or not, gives up at the first
// byte that is not as it should be, and one in fifty feeds has such a byte.

// The kinds of markup.
const (
	text0    = iota // a "<" that begins nothing
	startTag        // of an element
	emptyTag        // <a/>
	endTag
	section // CDATA
	other   // comment, instruction, declaration
)

// walker reads one piece of markup after the other.
type walker struct {
	b         []byte
	entry     string            // name of the entry element as written: its end ends a broken section
	ends      [lookedFor]lookup // of the last search for each
	swallowed swallowed
}

// What is looked for ahead.
const (
	commentEnd = iota
	sectionEnd
	instructionEnd
	declarationEnd
	subsetEnd
	lookedFor // how many they are
)

// lookup is what a search from an index found: the index behind it, -1 when
// there is none; 0 before the first search.
type lookup struct{ from, behind int }

// swallowed is where comments begin that run on into another entry.
type swallowed struct {
	entry string
	span
}

// mark is one piece of markup: b[from:to]. Of a section, inner is what stands
// in it; of tags, name is the name as written and attrs what stands behind it.
type mark struct {
	kind     int
	from, to int
	name     []byte
	attrs    []byte
	inner    []byte
	count    int  // attributes
	broken   bool // the input ends inside
}

// next returns the first markup at or after at; false at the end of the input.
func (w *walker) next(at int) (mark, bool) {
	i := bytes.IndexByte(w.b[at:], '<')
	if i < 0 {
		return mark{}, false
	}
	from := at + i
	rest := w.b[from:]
	switch {
	case len(rest) < 2:
		return mark{kind: text0, from: from, to: from + 1}, true
	case nameStart(rest[1]):
		return w.start(from), true
	case rest[1] == '/':
		return w.end(from), true
	case rest[1] == '!':
		return w.declaration(from), true
	case rest[1] == '?':
		if end := w.find(instructionEnd, from, "?>"); end > 0 {
			return mark{kind: other, from: from, to: end}, true
		}
	}
	return mark{kind: text0, from: from, to: from + 1}, true
}

// find returns the index behind the next mark at or after from, -1 when there
// is none; which says what it ends. The last answer is remembered as long as it
// holds, or a million beginnings would take a million searches to the end.
func (w *walker) find(which, from int, mark string) int {
	last := w.ends[which]
	if last.behind == 0 || from < last.from || last.behind > 0 && from+len(mark) > last.behind {
		last = lookup{from, after(w.b, from, mark)}
		w.ends[which] = last
	}
	return last.behind
}

func (w *walker) start(from int) mark {
	end, count := tagEnd(w.b, from+1)
	if end < 0 {
		return mark{kind: startTag, from: from, to: len(w.b), broken: true, name: nameAt(w.b[from+1:])}
	}
	m := mark{kind: startTag, from: from, to: end, count: count, name: nameAt(w.b[from+1 : end])}
	m.attrs = bytes.TrimSuffix(w.b[from+1+len(m.name):end], []byte(">"))
	if w.b[end-1] == '>' && w.b[end-2] == '/' {
		m.kind = emptyTag
		m.attrs = bytes.TrimSuffix(m.attrs, []byte("/"))
	}
	return m
}

func (w *walker) end(from int) mark {
	end := slices.IndexFunc(w.b[from+2:], func(c byte) bool { return c == '<' || c == '>' })
	switch {
	case end < 0:
		return mark{kind: endTag, from: from, to: len(w.b), broken: true, name: nameAt(w.b[from+2:])}
	case w.b[from+2+end] == '<': // the ">" is missing
		end--
	}
	end += from + 3
	return mark{kind: endTag, from: from, to: end, name: nameAt(w.b[from+2 : end])}
}

// declaration reads what begins with "<!".
func (w *walker) declaration(from int) mark {
	rest := w.b[from:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		end := w.find(commentEnd, from+4, "-->")
		if end > 0 && !w.swallows(from, end) {
			return mark{kind: other, from: from, to: end}
		}
		return mark{kind: text0, from: from, to: from + 4}
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return w.section(from)
	}
	end := w.find(declarationEnd, from, ">")
	if open := bytes.IndexByte(w.b[from:max(end, from)], '['); open >= 0 {
		// An internal subset: what it defines stays without effect.
		if close := w.find(subsetEnd, from+open, "]>"); close > 0 {
			end = close
		}
	}
	if end < 0 {
		return mark{kind: text0, from: from, to: from + 2}
	}
	return mark{kind: other, from: from, to: end}
}

// swallows reports a comment that was never closed, so that it runs on into
// another entry. One that holds whole entries was meant. What begins inside of
// such a comment runs on, too, and is not searched again.
func (w *walker) swallows(from, end int) bool {
	if w.entry == "" {
		return false
	}
	if w.swallowed.entry == w.entry && from >= w.swallowed.from && from < w.swallowed.to {
		return true
	}
	to := bytes.Index(w.b[from:end], []byte("</"+w.entry))
	if to < 0 || bytes.Contains(w.b[from:from+to], []byte("<"+w.entry)) {
		return false
	}
	w.swallowed = swallowed{w.entry, span{from, from + to}}
	return true
}

// section reads CDATA. One that was never closed ends before the end tag of
// its element, not at the end of a section in a later entry.
func (w *walker) section(from int) mark {
	end := w.find(sectionEnd, from+9, "]]>")
	if end < 0 {
		return mark{kind: section, from: from, to: len(w.b), inner: w.b[from+9:], broken: true}
	}
	inner := w.b[from+9 : end-3]
	if w.entry != "" && bytes.Contains(inner, []byte("<![CDATA[")) {
		if i := bytes.Index(inner, []byte("</"+w.entry)); i >= 0 {
			if last := bytes.LastIndex(inner[:i], []byte("</")); last >= 0 {
				i = last
			}
			return mark{kind: section, from: from, to: from + 9 + i, inner: inner[:i]}
		}
	}
	return mark{kind: section, from: from, to: end, inner: inner}
}

// after returns the index behind the next mark at or after from, or -1.
func after(b []byte, from int, mark string) int {
	i := bytes.Index(b[min(from, len(b)):], []byte(mark))
	if i < 0 {
		return -1
	}
	return from + i + len(mark)
}

// maxValue is how far the end of a quoted value is looked for once a "<" stands
// in it, which no feed in order has.
const maxValue = 8 << 10

// tagEnd returns the index behind the ">" of a start tag whose name begins at
// from, and its number of attributes; -1 when it breaks off. A value whose
// quote was never closed ends at the next ">".
func tagEnd(b []byte, from int) (end, attributes int) {
	for i := from; i < len(b); i++ {
		switch c := b[i]; c {
		case '>':
			return i + 1, attributes
		case '<':
			if attributes == 0 {
				return i, attributes // the ">" is missing
			}
		case '=':
			attributes++
		case '"', '\'':
			if b[i-1] != '=' && b[i-1] > ' ' {
				continue
			}
			size := quotedSize(b[i+1:], c)
			if size < 0 {
				return -1, attributes
			}
			i += size
		}
	}
	return -1, attributes
}

// quotedSize returns the length of a value and its closing quote; 0 when the quote
// was never closed, -1 when the input ends before that is clear.
func quotedSize(b []byte, quote byte) int {
	end := bytes.IndexByte(b, quote)
	if end < 0 {
		if bytes.IndexByte(b[:min(len(b), maxValue)], '>') >= 0 {
			return 0
		}
		return -1
	}
	if bytes.IndexByte(b[:end], '<') < 0 {
		return end + 1
	}
	if end < maxValue && end+1 < len(b) && (b[end+1] <= ' ' || b[end+1] == '/' || b[end+1] == '>') && b[end-1] != '=' {
		return end + 1
	}
	return 0
}

// nameAt returns the element name at the beginning of b.
func nameAt(b []byte) []byte {
	for i, c := range b {
		if c <= ' ' || c == '>' || c == '/' || c == '<' {
			return b[:i]
		}
	}
	return b
}

func nameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

// attrOf returns the value of a named attribute, "" when there is none.
// Case does not matter.
func attrOf(attrs []byte, name string) string {
	for rest := attrs; ; {
		key, value, behind, more := nextAttribute(rest)
		if !more {
			return ""
		}
		if len(key) == len(name) && strings.EqualFold(string(key), name) {
			return strings.TrimSpace(unescape(value))
		}
		rest = behind
	}
}

// nextAttribute returns the first attribute of b and what stands behind it;
// false when there is none.
func nextAttribute(b []byte) (key, value, behind []byte, more bool) {
	i := bytes.IndexByte(b, '=')
	if i < 0 {
		return nil, nil, nil, false
	}
	key = bytes.Trim(b[:i], " \t\r\n/")
	key = key[bytes.LastIndexAny(key, " \t\r\n")+1:]
	value, behind = attributeValue(bytes.TrimLeft(b[i+1:], " \t\r\n"))
	return key, value, behind, true
}

func attributeValue(b []byte) (value, rest []byte) {
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		if end := bytes.IndexByte(b[1:], b[0]); end >= 0 {
			return b[1 : end+1], b[end+2:]
		}
		return b[1:], nil
	}
	if end := bytes.IndexAny(b, " \t\r\n"); end >= 0 {
		return b[:end], b[end:]
	}
	return b, nil
}
