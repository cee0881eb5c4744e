package collectors

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// Caps on markup before a parser sees it. gofeed is quadratic in depth (20,000
// nested elements with xml:base took 4.7 s) and keeps some 30 KB for an entry.
const (
	maxDepth      = 256
	maxAttributes = 256
	maxEntries    = 5000
	maxElements   = 200_000 // after the entries over the limit are gone; 400,000 took 8 s
)

// span is a range of bytes.
type span struct{ from, to int }

// outline is the shape of a feed in XML, found without parsing it: enough to
// refuse hostile markup, to keep the complete entries of a feed that broke
// off, and to leave out entries when there are too many.
type outline struct {
	root    string // local name of the root element, lower case
	parents []tag  // open elements around the entries
	entries []span // complete entries
	whole   bool   // the root element was closed

	elements int // start tags
}

// tag is one start tag: the whole of it and its name.
type tag struct {
	all  span
	name string
}

// scanner walks over the markup.
type scanner struct {
	b     []byte
	out   outline
	stack []tag  // open elements outside an entry
	entry string // name of the entry element that is open, "" outside
	from  int    // where it began
	depth int    // open elements inside the entry
}

// scan returns the outline of b. Only markup that is refused is an error; a
// document that breaks off is not.
func scan(b []byte) (outline, error) {
	s := scanner{b: b}
	for at := 0; at < len(b) && !s.out.whole; {
		next := bytes.IndexByte(b[at:], '<')
		if next < 0 {
			break
		}
		end, err := s.markup(at + next)
		if err != nil {
			return outline{}, err
		}
		if end < 0 || s.foreign() {
			break
		}
		at = end
	}
	return s.out, nil
}

// entryName is the local name of the entries of this format.
func (o *outline) entryName() string {
	if o.root == "feed" {
		return "entry"
	}
	return "item"
}

// foreign reports that the root is not that of a feed, so that there is no
// use in reading on.
func (s *scanner) foreign() bool {
	switch s.out.root {
	case "", "rss", "rdf", "feed":
		return false
	}
	return true
}

// markup reads what begins with "<" at from and returns where it ends, -1
// when it breaks off.
func (s *scanner) markup(from int) (int, error) {
	rest := s.b[from:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return after(s.b, from+4, "-->"), nil
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return after(s.b, from+9, "]]>"), nil
	case bytes.HasPrefix(rest, []byte("<?")):
		return after(s.b, from+2, "?>"), nil
	case bytes.HasPrefix(rest, []byte("<!")):
		end := after(s.b, from, ">")
		if end > 0 && bytes.IndexByte(s.b[from:end], '[') >= 0 {
			return 0, &FormatError{Sentence: "the feed defines entities of its own (a DOCTYPE with an internal subset), which is refused because it can hide an attack; ask the site to remove it"}
		}
		return end, nil
	case bytes.HasPrefix(rest, []byte("</")):
		end := after(s.b, from, ">")
		if end > 0 {
			s.close(nameAt(s.b[from+2:end]), end)
		}
		return end, nil
	case len(rest) > 1 && nameStart(rest[1]):
		return s.open(from)
	}
	return from + 1, nil
}

// open reads a start tag.
func (s *scanner) open(from int) (int, error) {
	end, attributes := tagEnd(s.b, from+1)
	if end < 0 {
		return -1, nil
	}
	if attributes > maxAttributes {
		return 0, &FormatError{Sentence: "one element of the feed has more than 256 attributes, which no feed needs; ask the site to repair it"}
	}
	s.out.elements++
	name := nameAt(s.b[from+1 : end])
	local := strings.ToLower(localName(name))
	if s.out.root == "" {
		s.out.root = local
	}
	empty := s.b[end-2] == '/'
	switch {
	case s.entry != "":
		if !empty && !void(local) {
			s.depth++
		}
	case local == s.out.entryName() && len(s.stack) > 0:
		if !empty {
			s.entry, s.from, s.depth = name, from, 0
		}
	case !empty:
		s.stack = append(s.stack, tag{span{from, end}, name})
	}
	if s.depth+len(s.stack) > maxDepth {
		return 0, &FormatError{Sentence: "the feed nests its elements more than 256 deep, which no feed needs; ask the site to repair it"}
	}
	return end, nil
}

// close reads an end tag that ends at end.
func (s *scanner) close(name string, end int) {
	if s.entry != "" {
		if name != s.entry {
			s.depth = max(0, s.depth-1)
			return
		}
		s.out.entries = append(s.out.entries, span{s.from, end})
		if s.out.parents == nil {
			s.out.parents = slices.Clone(s.stack)
		}
		s.entry, s.depth = "", 0
		return
	}
	for i, t := range slices.Backward(s.stack) {
		if t.name == name {
			s.stack = s.stack[:i]
			s.out.whole = i == 0
			return
		}
	}
}

// opening and closing are the tags around an entry, so that a part of the
// entries makes a document again.
func (o *outline) opening(b []byte) []byte {
	var out []byte
	for _, t := range o.parents {
		out = append(out, b[t.all.from:t.all.to]...)
	}
	return out
}

func (o *outline) closing() []byte {
	var out []byte
	for _, t := range slices.Backward(o.parents) {
		out = append(out, "</"+t.name+">"...)
	}
	return out
}

// complete returns b up to its last complete entry, closed properly.
func (o *outline) complete(b []byte) []byte {
	last := o.entries[len(o.entries)-1]
	return append(slices.Clip(b[:last.to]), o.closing()...)
}

// newest returns b without the oldest entries where there are more than most.
// The date of an entry is the newest that stands in it.
func (o *outline) newest(b []byte, most int) []byte {
	if len(o.entries) <= most {
		return b
	}
	dates := make([]int64, len(o.entries))
	for i, e := range o.entries {
		dates[i] = newestDate(b[e.from:e.to])
	}
	out := append(make([]byte, 0, len(b)), b[:o.entries[0].from]...)
	for _, i := range newest(dates, most) {
		out = append(out, b[o.entries[i].from:o.entries[i].to]...)
	}
	return append(out, b[o.entries[len(o.entries)-1].to:]...)
}

// checkSize refuses a feed of too many elements.
func (o *outline) checkSize(b []byte) error {
	if o.elements <= maxElements {
		return nil
	}
	if len(o.entries) > maxEntries { // b has only the newest
		if left, err := scan(b); err != nil || left.elements <= maxElements {
			return err
		}
	}
	return &FormatError{Sentence: "the feed has more than 200,000 elements; ask the site for a shorter one"}
}

// newest returns the indexes of the most newest dates, in order. Of equal
// dates those that stand first are taken.
func newest(dates []int64, most int) []int {
	order := make([]int, len(dates))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(dates[y], dates[x]) })
	order = order[:min(most, len(order))]
	slices.Sort(order)
	return order
}

// newestDate returns the newest date in an entry, in Unix seconds.
func newestDate(entry []byte) int64 {
	var newest time.Time
	for _, name := range []string{"pubDate>", "published>", "updated>", "date>", "issued>", "modified>"} {
		_, value, ok := bytes.Cut(entry, []byte(name))
		if !ok {
			continue
		}
		if end := bytes.IndexByte(value, '<'); end >= 0 && end < 64 {
			if t := parseDate(string(value[:end])); t.After(newest) {
				newest = t
			}
		}
	}
	return newest.Unix()
}
