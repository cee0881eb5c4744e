package collectors

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"vantage/collectors/item"
)

// FeedInfo is what a feed says about itself, and how it was read.
type FeedInfo struct {
	Title  string        `json:"title"`
	Link   string        `json:"link,omitempty"`
	Format string        `json:"format"` // rss 2.0, atom 1.0, json 1.1 …
	Lang   string        `json:"lang,omitempty"`
	TTL    time.Duration `json:"-"`
	Skip   Skip          `json:"-"`

	Entries   int  `json:"entries"`             // read
	Truncated bool `json:"truncated,omitempty"` // it broke off; the complete entries were read
	Skipped   int  `json:"skipped,omitempty"`   // entries that could not be read
	Dropped   int  `json:"dropped,omitempty"`   // entries over the limit, the oldest
}

// FormatError is why a body is not a feed. Sentence names the cause and the
// way out.
type FormatError struct {
	Sentence string
	Feed     string // address of a feed that the body links to, if it is a page
	Err      error
}

func (e *FormatError) Error() string { return e.Sentence }

func (e *FormatError) Unwrap() error { return e.Err }

// Parse reads a feed: RSS 0.9 to 2.0 and 1.1, Atom 0.3 and 1.0, CDF, JSON Feed. name is
// the address or file that body came from, contentType the HTTP header (may
// be empty). The items are as they stand in the feed, newly created at now;
// what the feed withdraws (RFC 6721) comes last as op delete. An error is a
// *FormatError, prefixed with name.
//
// It is a pure function, and bounded: at most 5,000 entries, 256 levels.
func Parse(name string, body []byte, contentType string, src Source, now time.Time) (FeedInfo, []item.Item, error) {
	doc, err := parseFeed(name, body, contentType, src, now, useless{})
	if err != nil {
		return FeedInfo{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	return doc.info, doc.items(src, now), nil
}

// items are those of a document that nothing is known of yet.
func (d document) items(src Source, now time.Time) []item.Item {
	items := make([]item.Item, 0, len(d.found)+len(d.deleted))
	for _, f := range d.found {
		disguise(&f.Item, nil)
		items = append(items, f.Item)
	}
	for _, id := range d.deleted {
		it := withdrawn(src, id, item.NextVersion(0, now), now)
		disguise(&it, nil)
		items = append(items, it)
	}
	return items
}

// document is a feed after parsing.
type document struct {
	info    FeedInfo
	found   []found
	deleted []string // ids
	useless useless  // as identity
}

// found is an item as it stands in the feed.
type found struct {
	item.Item
	claim  time.Time // the date that the feed claims, zero when none
	guided bool      // its id is made of its guid
	link   uint64    // see linkKey
	like   uint32    // of the title
}

// raw is a feed between its markup and our items.
type raw struct {
	info    FeedInfo
	base    *url.URL // against which links are resolved
	entries []entry
	deleted []string // guids
}

// parseFeed is Parse before pseudonyms. known is what is known to be useless
// as identity in this feed.
func parseFeed(name string, body []byte, contentType string, src Source, now time.Time, known useless) (document, error) {
	utf := toUTF8(body, contentType)
	r, err := read(utf, contentType, baseOf(name, src))
	if err != nil {
		return document{}, err
	}
	return build(r, src, now, known), nil
}

func baseOf(name string, src Source) *url.URL {
	for _, address := range []string{name, src.URL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return u
		}
	}
	return nil
}

// read parses a body in UTF-8.
func read(b []byte, contentType string, base *url.URL) (raw, error) {
	b = lead(b)
	switch {
	case len(b) == 0:
		return raw{}, &FormatError{Sentence: "the answer is empty; check that the address is that of a feed"}
	case b[0] == '{':
		return readJSON(b, base)
	case b[0] != '<':
		return raw{}, notFeed(b, contentType, base)
	}
	out, err := scan(b)
	if err == nil && !isFeed(out.root) {
		if later := feedInside(b[1:]); later != nil { // behind a warning in HTML
			if inner, innerErr := scan(later); innerErr == nil && isFeed(inner.root) {
				b, out = later, inner
			}
		}
	}
	switch {
	case err != nil:
		return raw{}, err
	case !isFeed(out.root):
		return raw{}, foreign(b, out.root, base)
	}
	return readXML(b, out, base)
}

// lead cuts what stands before the feed: white space, and the warnings that
// careless servers print.
func lead(b []byte) []byte {
	b = bytes.TrimLeft(b, " \t\r\n\x00\ufeff")
	if len(b) == 0 || b[0] == '<' || b[0] == '{' {
		return b
	}
	if inside := feedInside(b); inside != nil {
		return inside
	}
	return b
}

// maxLead is how far the beginning of a feed is looked for.
const maxLead = 64 << 10

// feedInside returns the feed that begins in b, nil when none does.
func feedInside(b []byte) []byte {
	for at := 0; at < min(len(b), maxLead); at++ {
		i := bytes.IndexByte(b[at:], '<')
		if i < 0 {
			break
		}
		at += i
		name := nameAt(b[at+1:])
		if string(name) == "?xml" || len(name) < 40 && isFeed(strings.ToLower(localName(string(name)))) {
			return b[at:]
		}
	}
	return nil
}

// readXML reads as much as can be read: of a feed that broke off what is
// complete, and of the entry in which it broke off what can be read.
func readXML(b []byte, out outline, base *url.URL) (raw, error) {
	n := newNames(out.root)
	n.declare(out.attrs)
	for _, p := range out.parents {
		n.declare(b[p.all.from:p.all.to])
	}
	r := raw{base: nearer(base, attrOf(out.attrs, "xml:base"))}
	around := out.around(b)
	dropped := out.newest(b, maxEntries)
	feed := headOf(n, around, out.root)
	r.describe(&feed, n, &out)
	r.deleted = feed.deletions()
	t := newTidied(out.root)
	buffer := make([]element, 0, 32)
	for _, e := range out.entries {
		t.entryAt(n, buffer, b[e.from:e.to], r.base, false)
	}
	if e := out.partial; e.to > 0 {
		t.entryAt(n, buffer, b[e.from:e.to], r.base, true)
	}
	var err error
	if r.entries, err = t.done(); err != nil {
		return raw{}, err
	}
	if last := len(r.entries) - 1; last >= 0 && r.entries[last].cut && !trusted(r.entries[last], r.entries[:last]) {
		r.entries = r.entries[:last]
	}
	if !out.whole && len(r.entries) == 0 {
		return raw{}, &FormatError{Sentence: "the feed breaks off before its first entry is complete; it will be tried again later"}
	}
	r.info.Truncated, r.info.Dropped = !out.whole, max(0, dropped)
	return r, nil
}

// headOf returns what the feed says about itself. around is the feed without
// its entries.
func headOf(n *names, around []byte, root string) fields {
	var out fields
	for _, e := range n.children(nil, around, "", false) {
		if localName(e.name) != root {
			continue
		}
		out = fields{attrs: e.attrs, all: n.children(nil, e.inner, "", false)}
		for _, inner := range out.all {
			if inner.name == "channel" {
				// In RSS 1.0 what stands beside the channel counts too.
				out.all = append(n.children(nil, inner.inner, "", false), out.all...)
				break
			}
		}
		break
	}
	return out
}

// describe fills in what the feed says about itself.
func (r *raw) describe(f *fields, n *names, out *outline) {
	r.info = FeedInfo{
		Title: f.markup("title", "dc:title", "atom:title"), Format: formatOf(f, out), Link: f.link(out.root != "feed"),
		Lang: first(f.value("language", "dc:language"), attrOf(f.attrs, "xml:lang"), attrOf(out.attrs, "xml:lang")), TTL: f.ttl(), Skip: f.skip(n),
	}
}

// formatOf names the format and its version.
func formatOf(f *fields, out *outline) string {
	attrs := string(out.attrs)
	switch {
	case out.root == "rdf" && strings.Contains(attrs, "rdf/simple/0.9"):
		return "rss 0.9"
	case out.root == "rdf":
		return "rss 1.0"
	case out.root == "feed" && (strings.Contains(attrs, "purl.org/atom/ns") || attrOf(out.attrs, "version") == "0.3"):
		return "atom 0.3"
	case out.root == "feed":
		return "atom 1.0"
	case strings.Contains(attrs, "rss1.1"):
		return "rss 1.1"
	case out.root == "channel" && attrOf(f.attrs, "href") != "":
		return "cdf"
	}
	return strings.TrimSpace("rss " + attrOf(out.attrs, "version"))
}

// entryAt takes in the entry whose markup, its tags included, is b.
func (t *tidied) entryAt(n *names, buffer []element, b []byte, base *url.URL, broke bool) {
	w := walker{b: b}
	open, _ := w.next(0)
	f := fields{attrs: open.attrs}
	if inner := b[open.to:]; open.kind == startTag {
		if end := bytes.LastIndex(inner, []byte("</"+string(open.name))); end >= 0 && !broke {
			inner = inner[:end]
		}
		f.all = n.children(buffer, inner, string(open.name), broke)
	}
	link, body := f.bases(base)
	t.add(f, n, beside{base: link, bodyBase: body, cut: broke})
}

// trusted reports whether the entry in which a feed broke off can be told from
// the others as it will be when the feed is whole.
func trusted(last entry, others []entry) bool {
	if last.guid != "" || last.link == "" {
		return last.guid != ""
	}
	for _, e := range others {
		if e.guid != "" {
			return false
		}
	}
	return true
}

// errSlow ends a parse that takes too long.
var errSlow = errors.New("parsing took too long")
