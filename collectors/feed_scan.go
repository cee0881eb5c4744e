package collectors

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// Caps on markup. Reading takes time linear to the input and builds nothing,
// so they bound what a hostile feed can make of it: ten megabytes of end tags,
// or of entries of five bytes. The most tags seen in a feed were 60,000.
const (
	maxDepth      = 256
	maxAttributes = 256
	maxEntries    = 5000    // that are kept
	maxListed     = 100_000 // of which the newest are kept
	maxDated      = 20_000  // of which the date is read
	maxMarks      = 500_000
	maxEntryName  = 256 // bytes, prefix included: it is looked for again and again
)

// span is a range of bytes.
type span struct{ from, to int }

// outline is the shape of a feed in XML, found without parsing it: enough to
// refuse hostile markup, to keep what can be read of a feed that broke off,
// and to leave out entries when there are too many.
type outline struct {
	root    string // local name of the root element, lower case
	attrs   []byte // of the root element
	parents []tag  // open elements around the entries
	entries []span // complete entries, their tags included
	partial span   // the entry in which the feed broke off
	whole   bool   // it did not break off

	marks int // tags, comments and sections
}

// tag is one start tag: the whole of it and its name as written.
type tag struct {
	all  span
	name string
}

// scanner walks over the markup.
type scanner struct {
	walker
	out   outline
	stack []tag // open elements outside an entry
	from  int   // where the open entry began; its name is walker.entry
	depth int   // open elements inside the entry
}

// scan returns the outline of b. Only markup that is refused is an error; a
// document that breaks off is not.
func scan(b []byte) (outline, error) {
	s := scanner{walker: walker{b: b}}
	for at := 0; at < len(b); {
		m, more := s.next(at)
		if !more || s.foreign() {
			break
		}
		if m.broken && m.kind != section {
			break
		}
		if s.out.marks++; s.out.marks > maxMarks || len(s.out.entries) > maxListed {
			return outline{}, errTooMuch
		}
		switch m.kind {
		case startTag, emptyTag:
			if err := s.open(m); err != nil {
				return outline{}, err
			}
		case endTag:
			if s.close(m) {
				return s.out, nil
			}
		}
		at = m.to
	}
	if s.entry != "" {
		s.out.partial = span{s.from, len(b)}
	}
	return s.out, nil
}

var errTooMuch = &FormatError{Sentence: "the feed has more than 500,000 tags or 100,000 entries, which no feed needs; ask the site for a shorter one"}

// foreign reports that the root is not that of a feed, so that there is no
// use in reading on.
func (s *scanner) foreign() bool { return s.out.root != "" && !isFeed(s.out.root) }

// isFeed reports whether root is the root element of a feed: also "channel",
// of RSS 1.1, of CDF and of RSS that lost its outer element.
func isFeed(root string) bool {
	return root == "rss" || root == "rdf" || root == "feed" || root == "channel"
}

// entryName is the local name of the entries of this format.
func (o *outline) entryName() string {
	if o.root == "feed" {
		return "entry"
	}
	return "item"
}

// open reads a start tag.
func (s *scanner) open(m mark) error {
	if m.count > maxAttributes {
		return &FormatError{Sentence: "one element of the feed has more than 256 attributes, which no feed needs; ask the site to repair it"}
	}
	if s.out.root == "" {
		s.out.root, s.out.attrs = strings.ToLower(localName(string(m.name))), m.attrs
		s.out.whole = m.kind == emptyTag
	}
	switch {
	case s.entry != "" && string(m.name) == s.entry: // the entry before was never closed
		s.finish(m.from)
		s.begin(m)
	case s.entry != "":
		if m.kind == startTag && !neverCloses(m.name) {
			s.depth++
		}
	case len(s.stack) > 0 && len(m.name) <= maxEntryName && localIs(m.name, s.out.entryName()):
		s.begin(m)
	case m.kind == startTag && !neverCloses(m.name):
		s.stack = append(s.stack, tag{span{m.from, m.to}, string(m.name)})
	}
	if s.depth+len(s.stack) > maxDepth {
		return &FormatError{Sentence: "the feed nests its elements more than 256 deep, which no feed needs; ask the site to repair it"}
	}
	return nil
}

// begin opens an entry. One that is a single tag counts too: CDF has such.
func (s *scanner) begin(m mark) {
	if s.out.parents == nil {
		s.out.parents = slices.Clone(s.stack)
	}
	s.entry, s.from, s.depth = string(m.name), m.from, 0
	if m.kind == emptyTag {
		s.finish(m.to)
	}
}

func (s *scanner) finish(to int) {
	s.out.entries = append(s.out.entries, span{s.from, to})
	s.entry, s.depth = "", 0
}

// close reads an end tag and reports whether it is the last of the feed.
func (s *scanner) close(m mark) (done bool) {
	if s.entry != "" {
		if string(m.name) == s.entry {
			s.finish(m.to)
			return false
		}
		if s.depth = max(0, s.depth-1); !s.encloses(m.name) {
			return false
		}
		s.finish(m.from) // the last entry was never closed
	}
	for i, t := range slices.Backward(s.stack) {
		if t.name == string(m.name) {
			s.stack = s.stack[:i]
			// RSS that lacks only its last tag did not break off.
			s.out.whole = s.out.whole || i == 0 || i == 1 && s.out.root == "rss" && localIs(m.name, "channel")
			return i == 0
		}
	}
	return false
}

// encloses reports whether name is that of an element around the entries.
func (s *scanner) encloses(name []byte) bool {
	if !localIs(name, "channel") && !isFeed(strings.ToLower(localName(string(name)))) {
		return false
	}
	return slices.ContainsFunc(s.stack, func(t tag) bool { return t.name == string(name) })
}

// around returns what stands outside the entries, closed properly.
func (o *outline) around(b []byte) []byte {
	end := len(b)
	if o.partial.to > 0 {
		end = o.partial.from
	}
	var out []byte
	from := 0
	for _, e := range o.entries {
		out = append(out, b[from:e.from]...)
		from = e.to
	}
	out = append(out, b[from:max(from, end)]...)
	for _, t := range slices.Backward(o.parents) {
		out = append(append(append(out, "</"...), t.name...), '>')
	}
	return out
}

// newest drops the oldest entries where there are more than most, and returns
// how many. The date of an entry is the newest that stands in it.
func (o *outline) newest(b []byte, most int) (dropped int) {
	if dropped = len(o.entries) - most; dropped <= 0 {
		return 0
	}
	o.entries = outer(o.entries)
	dates := make([]int64, len(o.entries))
	for i, e := range o.entries {
		dates[i] = newestDate(b[e.from:e.to])
	}
	o.entries = pick(o.entries, newest(dates, most))
	return dropped
}

// outer leaves out the middle of more entries than are dated: so long a feed
// is an archive, which has its newest entries at one of its ends.
func outer(all []span) []span {
	if len(all) <= maxDated {
		return all
	}
	return slices.Concat(all[:maxDated/2], all[len(all)-maxDated/2:])
}

// pick returns the chosen elements of all.
func pick[T any](all []T, chosen []int) []T {
	out := make([]T, len(chosen))
	for i, c := range chosen {
		out[i] = all[c]
	}
	return out
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

func localName(name string) string {
	return name[strings.LastIndexByte(name, ':')+1:]
}

// localIs reports whether the local part of a name as written is local, which
// is in lower case.
func localIs(name []byte, local string) bool {
	if len(name) < len(local) {
		return false
	}
	rest := len(name) - len(local)
	return (rest == 0 || name[rest-1] == ':') && strings.EqualFold(string(name[rest:]), local)
}

// neverCloses reports elements of HTML that need no end tag; they stand
// unescaped in the entries of careless feeds.
func neverCloses(name []byte) bool {
	switch string(name) {
	case "br", "hr", "img", "input", "wbr", "p", "li", "td", "tr", "th", "dt", "dd", "BR", "HR", "IMG", "P", "LI":
		return true
	}
	return false
}
