package collectors

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"

	"vantage/collectors/item"
)

// FeedInfo is what a feed says about itself, and how it was read.
type FeedInfo struct {
	Title  string        `json:"title"`
	Link   string        `json:"link,omitempty"`
	Format string        `json:"format"` // rss 2.0, atom 1.0, json 1.1 …
	Lang   string        `json:"lang,omitempty"`
	TTL    time.Duration `json:"-"`

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

// Parse reads a feed: RSS 0.9 to 2.0, Atom 0.3 and 1.0, JSON Feed. name is
// the address or file that body came from, contentType the HTTP header (may
// be empty). The items are as they stand in the feed, newly created at now;
// what the feed withdraws (RFC 6721) comes last as op delete. An error is a
// *FormatError, prefixed with name.
//
// It is a pure function, and bounded: at most 5,000 entries, 256 levels.
func Parse(name string, body []byte, contentType string, src Source, now time.Time) (FeedInfo, []item.Item, error) {
	doc, err := parseFeed(name, body, contentType, src, now, false)
	if err != nil {
		return FeedInfo{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	items := make([]item.Item, 0, len(doc.found)+len(doc.deleted))
	for _, f := range doc.found {
		disguise(&f.Item, nil)
		items = append(items, f.Item)
	}
	for _, id := range doc.deleted {
		it := withdrawn(src, id, item.NextVersion(0, now), now)
		disguise(&it, nil)
		items = append(items, it)
	}
	return doc.info, items, nil
}

// document is a feed after parsing.
type document struct {
	info    FeedInfo
	found   []found
	deleted []string // ids
	byLink  bool     // its guids are not unique: identity is by link
}

// found is an item and the date that the feed claims for it, zero when none.
type found struct {
	item.Item
	claim time.Time
}

// raw is a feed between gofeed's structs and our items.
type raw struct {
	info    FeedInfo
	base    *url.URL // against which links are resolved
	entries []entry
	deleted []string // guids
}

// parseFeed is Parse before pseudonyms. byLink says that the guids of this
// feed are known to be useless.
func parseFeed(name string, body []byte, contentType string, src Source, now time.Time, byLink bool) (document, error) {
	utf := toUTF8(body, contentType)
	r, err := read(utf, contentType, baseOf(name, src))
	if err != nil {
		return document{}, err
	}
	return build(r, src, now, byLink), nil
}

func baseOf(name string, src Source) *url.URL {
	for _, address := range []string{name, src.URL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return u
		}
	}
	return nil
}

var declaration = regexp.MustCompile(`^<\?xml[^>]*>`)

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
	// The declaration still names the charset that the bytes had before.
	b = bytes.TrimLeft(declaration.ReplaceAllLiteral(b[:len(b):len(b)], nil), " \t\r\n")
	out, err := scan(b)
	switch {
	case err != nil:
		return raw{}, err
	case out.root != "rss" && out.root != "rdf" && out.root != "feed":
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
	head := b[:min(len(b), 4<<10)]
	for _, mark := range []string{"<?xml", "<rss", "<feed", "<rdf:RDF"} {
		if i := bytes.Index(head, []byte(mark)); i > 0 {
			return b[i:]
		}
	}
	return b
}

// readXML parses as much as can be read: the whole, else what is complete of
// a feed that broke off, else entry by entry without those that are broken.
func readXML(b []byte, out outline, base *url.URL) (raw, error) {
	dropped := max(0, len(out.entries)-maxEntries)
	truncated := !out.whole
	if truncated && len(out.entries) == 0 {
		return raw{}, &FormatError{Sentence: "the feed breaks off before its first entry is complete; it will be tried again later"}
	}
	whole := b
	if truncated {
		whole = out.complete(b)
	}
	whole = out.newest(whole, maxEntries)
	if err := out.checkSize(whole); err != nil {
		return raw{}, err
	}
	short, texts := park(whole)
	r, err := parseXML(short, out.root, base)
	texts.back(&r)
	if complete := min(len(out.entries), maxEntries); err != nil && complete > 0 || len(r.entries) < complete {
		if one, oneErr := readEntries(b, out, base, err); oneErr == nil && len(one.entries) > len(r.entries) {
			r, err = one, nil
		}
	}
	if err != nil {
		return raw{}, &FormatError{Sentence: fmt.Sprintf("the feed cannot be read (%v); ask the site to repair it", err), Err: err}
	}
	r.info.Truncated, r.info.Dropped = truncated, dropped
	return r, nil
}

// readEntries parses every entry by itself, after the whole failed with cause
// or swallowed entries behind broken markup.
func readEntries(b []byte, out outline, base *url.URL, cause error) (raw, error) {
	var (
		r       raw
		skipped int
		open    = out.opening(b)
		end     = out.closing()
	)
	for _, e := range out.entries[:min(len(out.entries), maxEntries)] {
		one, err := parseXML(bytes.Join([][]byte{open, b[e.from:e.to], end}, nil), out.root, base)
		switch {
		case err != nil || len(one.entries) == 0:
			skipped++
		case r.entries == nil:
			r = one
		default:
			r.entries = append(r.entries, one.entries...)
		}
	}
	if r.entries == nil {
		return raw{}, cmp.Or(cause, errNoEntry)
	}
	head := append(slices.Clip(b[:out.entries[0].from]), end...)
	if f, err := parseXML(head, out.root, base); err == nil {
		r.info, r.deleted = f.info, f.deleted
	}
	r.info.Skipped = skipped
	return r, nil
}

func parseXML(b []byte, root string, base *url.URL) (raw, error) {
	if root == "feed" {
		f, err := new(atom.Parser).Parse(bytes.NewReader(b))
		if err != nil {
			return raw{}, err
		}
		return fromAtom(f, base), nil
	}
	f, err := new(rss.Parser).Parse(bytes.NewReader(b))
	if err != nil {
		return raw{}, err
	}
	return fromRSS(f, base), nil
}

func readJSON(b []byte, base *url.URL) (raw, error) {
	if err := shallow(b); err != nil {
		return raw{}, err
	}
	f, err := new(json.Parser).Parse(bytes.NewReader(b))
	switch {
	case err != nil:
		return raw{}, &FormatError{Sentence: fmt.Sprintf("the JSON cannot be read (%v); ask the site to repair it", err), Err: err}
	case !strings.Contains(f.Version, "jsonfeed.org") && len(f.Items) == 0:
		return raw{}, &FormatError{Sentence: "this is JSON, but not a JSON Feed; give the address of a feed in RSS, Atom or JSON Feed"}
	}
	return fromJSON(f, base), nil
}

// maxJSONDepth is deep enough for every extension of JSON Feed seen.
const maxJSONDepth = 64

// shallow refuses JSON that nests too deep.
func shallow(b []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxJSONDepth {
				return &FormatError{Sentence: "the JSON nests more than 64 deep, which no feed needs; ask the site to repair it"}
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// errNoEntry says that not one entry can be read by itself.
var errNoEntry = errors.New("no entry can be read")

// errSlow ends a parse that takes too long.
var errSlow = errors.New("parsing took too long")
