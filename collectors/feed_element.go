package collectors

import (
	"bytes"
	"strings"
)

// element is one element directly inside an entry or a feed. Its content is
// kept as it was written and read only where it is needed.
type element struct {
	name  string // local name in lower case, with the usual prefix of its namespace
	attrs []byte
	inner []byte // between its tags
	cut   bool   // the feed broke off inside
}

// namespaces are the usual prefixes of the namespaces that matter, by their
// addresses without scheme, case and the ending that people get wrong.
var namespaces = map[string]string{
	"www.w3.org/2005/atom": "atom", "purl.org/atom/ns": "atom", "purl.org/atompub/tombstones/1.0": "at",
	"purl.org/dc/elements/1.1": "dc", "purl.org/dc/elements/1.0": "dc", "purl.org/dc/terms": "dcterms",
	"purl.org/rss/1.0/modules/content": "content", "purl.org/rss/1.0/modules/syndication": "sy",
	"search.yahoo.com/mrss": "media", "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
	"rssnamespace.org/feedburner/ext/1.0": "feedburner", "www.w3.org/1999/xhtml": "xhtml",
	"www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
	"purl.org/rss/1.0":                    "rss", "my.netscape.com/rdf/simple/0.9": "rss", "channel.netscape.com/rdf/simple/0.9": "rss",
	"purl.org/net/rss1.1": "rss", "backend.userland.com/rss2": "rss", "blogs.law.harvard.edu/tech/rss": "rss",
}

func prefixOf(address string) (prefix string, known bool) {
	address = strings.ToLower(strings.TrimSpace(address))
	_, rest, _ := strings.Cut(address, "://")
	prefix, known = namespaces[strings.TrimRight(rest, "/#")]
	return prefix, known
}

// maxNames bounds what is remembered of names and prefixes of one feed.
const maxNames = 256

// names makes the names of elements comparable, whatever prefixes a feed uses.
type names struct {
	own      string            // prefix of the format itself, which is left out
	prefixes map[string]string // as the feed declares them
	known    map[string]string // names seen so far, as written
}

func newNames(root string) *names {
	n := &names{own: "rss", prefixes: map[string]string{}, known: map[string]string{}}
	if root == "feed" {
		n.own = "atom"
	}
	return n
}

// declare reads the namespaces that a start tag declares and returns the
// prefix that its own default namespace stands for, if it has one.
func (n *names) declare(attrs []byte) (own string, has bool) {
	for rest := attrs; ; {
		key, value, behind, more := nextAttribute(rest)
		if !more {
			return own, has
		}
		rest = behind
		declared, found := strings.CutPrefix(string(key), "xmlns")
		if !found {
			continue
		}
		prefix, known := prefixOf(string(value))
		if declared == "" {
			own, has = prefix, known
		} else if name := strings.TrimPrefix(declared, ":"); known && n.prefixes[name] == "" && len(n.prefixes) < maxNames {
			n.prefixes[name] = prefix
			clear(n.known)
		}
	}
}

// of returns the name of an element.
func (n *names) of(m mark) string {
	if bytes.Contains(m.attrs, []byte("xmlns")) {
		if prefix, has := n.declare(m.attrs); has && bytes.IndexByte(m.name, ':') < 0 {
			return n.join(prefix, string(m.name))
		}
	}
	if name, ok := n.known[string(m.name)]; ok {
		return name
	}
	written := string(m.name)
	prefix, local, ok := strings.Cut(written, ":")
	if !ok {
		prefix, local = "", written
	} else if usual := n.prefixes[prefix]; usual != "" {
		prefix = usual
	}
	name := n.join(strings.ToLower(prefix), local)
	if len(n.known) < maxNames {
		n.known[written] = name
	}
	return name
}

func (n *names) join(prefix, local string) string {
	local = strings.ToLower(local)
	if prefix == "" || prefix == n.own {
		return local
	}
	return prefix + ":" + local
}

const (
	maxChildren = 1000 // of an entry or a feed
	maxAgain    = 16   // elements of one entry that were never closed
)

// children appends to dst the elements that stand directly in b, which is what
// an entry (named as written) or a feed holds. One that is never closed holds
// the text up to the next tag. broke says that the feed broke off at the end of b.
func (n *names) children(dst []element, b []byte, entry string, broke bool) []element {
	w := walker{b: b, entry: entry}
	again := 0
	for at := 0; at < len(b) && len(dst) < maxChildren; {
		m, more := w.next(at)
		if !more {
			break
		}
		at = m.to
		if m.broken && m.kind == startTag || m.kind != startTag && m.kind != emptyTag {
			continue
		}
		e := element{name: n.of(m), attrs: m.attrs}
		if m.kind == startTag {
			inner, next := w.content(m)
			if next < 0 && again < maxAgain {
				again++
				inner, next = w.upToTag(m.to)
				e.cut = broke && next == len(b)
			}
			if next < 0 {
				return dst
			}
			e.inner, at = inner, next
		}
		dst = append(dst, e)
	}
	return dst
}

// content returns what stands between the start tag m and its end tag, and
// where that ends; -1 when there is none.
func (w *walker) content(m mark) (inner []byte, next int) {
	open := 0 // elements of the same name inside
	for at := m.to; ; {
		x, more := w.next(at)
		if !more {
			return nil, -1
		}
		switch {
		case x.kind == startTag && bytes.Equal(x.name, m.name):
			open++
		case x.kind == endTag && bytes.Equal(x.name, m.name):
			if open == 0 {
				return w.b[m.to:x.from], x.to
			}
			open--
		}
		at = x.to
	}
}

// upToTag returns the text and sections from at to the next tag.
func (w *walker) upToTag(at int) (inner []byte, next int) {
	for next = at; ; {
		m, more := w.next(next)
		if !more {
			return w.b[at:], len(w.b)
		}
		if m.kind == startTag || m.kind == emptyTag || m.kind == endTag {
			return w.b[at:m.from], m.from
		}
		next = m.to
	}
}
