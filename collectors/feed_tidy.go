package collectors

import (
	"bytes"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tidied is a feed written anew for gofeed: well-formed, in UTF-8, under the
// usual prefixes, no deeper than one level, of an entry only what says something.
// gofeed so reads what its decoder would refuse (one real feed in fifty), and
// a feed can do it no harm.
type tidied struct {
	doc    bytes.Buffer          // the entries of the open part
	spaces [len(tidySpaces)]bool // that the part uses
	atom   bool
	parked []string  // texts that stand aside: the document holds their numbers
	beside []beside  // what the document does not hold, by entry
	own    []ownText // of all entries of the part

	entries []entry // of the parts that gofeed has read
	err     error   // the first

	seen []string // elements of the open entry that are written
	many int      // links and categories of it
}

// beside is what an entry says beside its elements.
type beside struct {
	base, bodyBase *url.URL // see entry
	cut            bool
	own            []ownText
}

// ownText is what an entry says in an element that gofeed does not know in the
// format's own namespace (and Atom's id, see tidyNames).
type ownText struct{ name, text string }

// maxListings bounds the links and the categories of one entry.
const maxListings = maxTags + 16

// partEntries is how many entries are read at a time: gofeed keeps several
// kilobytes of each until it is done.
const partEntries = 250

func newTidied(root string) *tidied {
	t := &tidied{atom: root == "feed"}
	t.begin()
	return t
}

// begin opens the next part.
func (t *tidied) begin() {
	t.doc.Reset()
	t.parked, t.beside, t.own = nil, t.beside[:0], t.own[:0]
	t.spaces = [len(tidySpaces)]bool{}
}

// end closes the part. It declares no more namespaces than are used, and none
// for the format itself, which gofeed does not miss: its decoder copies all of
// them for every element.
func (t *tidied) end() io.Reader {
	var head strings.Builder
	if t.atom {
		head.WriteString("<feed")
	} else {
		head.WriteString(`<rss version="2.0"`)
	}
	for i, s := range tidySpaces {
		if t.spaces[i] {
			head.WriteString(" xmlns:" + s.prefix + `="` + s.address + `"`)
		}
	}
	head.WriteByte('>')
	if t.atom {
		t.doc.WriteString("</feed>")
	} else {
		head.WriteString("<channel>")
		t.doc.WriteString("</channel></rss>")
	}
	return io.MultiReader(strings.NewReader(head.String()), &t.doc)
}

func (t *tidied) entryName() string {
	if t.atom {
		return "entry"
	}
	return "item"
}

// add writes one entry.
func (t *tidied) add(f fields, n *names, b beside) {
	t.seen, t.many = t.seen[:0], 0
	own := len(t.own)
	t.tag("<", t.entryName(), "")
	for i := range f.all {
		switch e := &f.all[i]; e.name {
		case "media:group", "media:content":
			for _, inner := range n.children(nil, e.inner, "", e.cut) {
				if strings.HasPrefix(inner.name, "media:") {
					t.element(&inner)
				}
			}
		default:
			t.element(e)
		}
	}
	for _, a := range []struct{ attr, name string }{
		{"rdf:about", "about"}, {"about", "about"}, {"xml:lang", "lang"}, {"href", "href"}, {"lastmod", "lastmod"},
	} {
		if v := attrOf(f.attrs, a.attr); v != "" {
			t.write(mixed+":"+a.name, "", v)
		}
	}
	t.tag("</", t.entryName(), "")
	b.own = t.own[own:len(t.own):len(t.own)]
	t.beside = append(t.beside, b)
	if len(t.beside) == partEntries {
		t.parse()
		t.begin()
	}
}

// element writes one element, unless the feed broke off in a part of it that
// must be whole.
func (t *tidied) element(e *element) {
	name, known := t.nameFor(e)
	if !known || !readable(e) {
		return
	}
	switch e.name {
	case "link", "atom:link":
		if t.many++; t.many <= maxListings {
			t.link(e, name)
		}
		return
	case "category", "atom:category", "dc:subject":
		if t.many++; t.many <= maxListings && !e.cut {
			t.category(name, first(attrOf(e.attrs, "label"), attrOf(e.attrs, "term"), e.text()))
		}
		return
	case "guid":
		if strings.EqualFold(attrOf(e.attrs, "ispermalink"), "false") {
			t.once(e, name, ` isPermaLink="false"`)
			return
		}
	case "content":
		if src := attrOf(e.attrs, "src"); src != "" && !e.cut {
			if kind := attrOf(e.attrs, "type"); kind == "" || strings.Contains(kind, "html") {
				t.write(mixed+":src", "", src)
			}
		}
	case "a":
		if t.many++; t.many <= maxListings {
			t.write(name, "", attrOf(e.attrs, "href"))
		}
		return
	}
	t.once(e, name, "")
}

// tidyDate writes a date in the form that gofeed knows first: for one that it
// does not know it tries more than a hundred, which took longer than all the
// rest. What is no date is left out.
func tidyDate(s string) string {
	t := parseDate(s)
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// once writes an element of which the first with something in it counts.
func (t *tidied) once(e *element, name, attrs string) {
	if slices.Contains(t.seen, name) {
		return
	}
	var s string
	date := false
	if slices.Contains(texts, e.name) {
		s = e.markup()
		if e.name == "media:description" && !strings.Contains(attrOf(e.attrs, "type"), "html") {
			s = escape(e.text()) // of YouTube and others: plain unless it says so
		}
		if e.cut {
			s = readablePart(s)
		}
	} else if !e.cut {
		s = e.text()
		if date = slices.Contains(dates, e.name); date {
			s = tidyDate(s)
		}
	}
	if strings.TrimSpace(s) == "" {
		return
	}
	t.seen = append(t.seen, name)
	if date {
		t.writeDate(name, s)
	} else {
		t.write(name, attrs, s)
	}
}

// category writes a category, which Atom keeps in an attribute.
func (t *tidied) category(name, label string) {
	if t.atom && name == "category" {
		t.write(name, t.attribute("term", label), "")
		return
	}
	t.write(name, "", label)
}

// link writes a link of RSS, which is text, or of Atom, which is attributes.
func (t *tidied) link(e *element, name string) {
	if e.cut {
		return
	}
	href := attrOf(e.attrs, "href")
	if href == "" {
		if t.atom {
			name = mixed + ":link"
		}
		t.once(e, name, "")
		return
	}
	if !t.atom {
		name = "atom:link"
	}
	t.write(name, t.attribute("href", href)+t.attribute("rel", attrOf(e.attrs, "rel"))+t.attribute("type", attrOf(e.attrs, "type")), "")
}
