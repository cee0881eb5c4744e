package collectors

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// tidied is a feed written anew for gofeed: well-formed, in UTF-8, under the
// usual prefixes, no deeper than one level, of an entry only what is complete.
// gofeed so reads what its decoder would refuse (one real feed in fifty), and
// a feed can do it no harm.
type tidied struct {
	doc    bytes.Buffer
	atom   bool
	parked []string // long texts: the document holds their numbers
	beside []beside // what the document does not hold, by entry

	entries []entry // of the parts that gofeed has read
	err     error   // the first

	seen []string // elements of the open entry that are written
	many int      // links and categories of it
}

// beside is what an entry says beside its elements.
type beside struct {
	base, bodyBase *url.URL // see entry
	cut            bool
}

// tidySpaces are the namespaces that are written. mixed holds elements that
// stand in the format's own namespace but are not its own: feeds mix formats.
var tidySpaces = []struct{ prefix, address string }{
	{"atom", "http://www.w3.org/2005/Atom"}, {"dc", "http://purl.org/dc/elements/1.1/"}, {"dcterms", "http://purl.org/dc/terms/"},
	{"content", "http://purl.org/rss/1.0/modules/content/"}, {"media", "http://search.yahoo.com/mrss/"},
	{"itunes", "http://www.itunes.com/DTDs/PodCast-1.0.dtd"}, {"feedburner", "http://rssnamespace.org/feedburner/ext/1.0"},
	{"prism", "http://prismstandard.org/namespaces/1.2/basic/"}, {"xhtml", "http://www.w3.org/1999/xhtml"}, {mixed, "urn:vantage:feed"},
}

const mixed = "own"

// Elements that gofeed knows in the format's own namespace. Atom's id is not
// among them: gofeed writes an address anew, and an id must stay as it is.
var (
	ownRSS  = []string{"title", "link", "description", "guid", "pubdate", "category"}
	ownAtom = []string{"title", "link", "summary", "content", "category", "updated", "modified", "published", "issued"}
)

// otherNames are the other elements that say something to us; see modules.
// Those of the format's own namespace stand without a prefix.
var otherNames = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(`
		content summary description guid id language updated modified published pubdate issued created date fullitem body abstract tagline
		dc:title dc:description dc:subject dc:language dc:date
		dcterms:abstract dcterms:modified dcterms:issued dcterms:available dcterms:created dcterms:date
		content:encoded xhtml:body xhtml:div media:title media:description media:keywords
		atom:title atom:id atom:link atom:summary atom:content atom:category atom:published atom:updated
		itunes:title itunes:subtitle itunes:summary itunes:keywords feedburner:origlink prism:publicationdate`) {
		all[name] = true
	}
	return all
}()

// maxListings bounds the links and the categories of one entry.
const maxListings = maxTags + 16

// parkFrom is the length in bytes from which a text is kept aside: it would be
// escaped, read and unescaped three times for nothing.
const parkFrom = 64

// Of a parked text the document holds its number between these two characters
// for private use, which are taken out of all other texts.
const parkOpen, parkClose = '\uE0F0', '\uE0F1'

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
	t.parked, t.beside = nil, t.beside[:0]
	if t.atom {
		t.doc.WriteString(`<feed xmlns="http://www.w3.org/2005/Atom"`)
	} else {
		t.doc.WriteString(`<rss version="2.0"`)
	}
	for _, s := range tidySpaces {
		t.doc.WriteString(" xmlns:" + s.prefix + `="` + s.address + `"`)
	}
	t.doc.WriteByte('>')
	if !t.atom {
		t.doc.WriteString("<channel>")
	}
}

// end closes the part.
func (t *tidied) end() *bytes.Reader {
	if t.atom {
		t.doc.WriteString("</feed>")
	} else {
		t.doc.WriteString("</channel></rss>")
	}
	return bytes.NewReader(t.doc.Bytes())
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
	t.beside = append(t.beside, b)
	t.doc.WriteString("<" + t.entryName() + ">")
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
	t.doc.WriteString("</" + t.entryName() + ">")
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

// texts are the elements of which a part is worth having.
var texts = []string{
	"title", "dc:title", "media:title", "atom:title", "itunes:title", "content:encoded", "content", "xhtml:body", "xhtml:div", "atom:content",
	"fullitem", "body", "description", "summary", "abstract", "dc:description", "atom:summary", "itunes:summary", "dcterms:abstract",
	"media:description", "itunes:subtitle", "tagline",
}

// dates are the elements that hold one.
var dates = []string{
	"pubdate", "published", "issued", "updated", "modified", "created", "date", "dc:date", "dcterms:issued", "dcterms:available", "dcterms:created",
	"dcterms:date", "dcterms:modified", "atom:published", "atom:updated", "prism:publicationdate",
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
		if slices.Contains(dates, e.name) {
			s = tidyDate(s)
		}
	}
	if strings.TrimSpace(s) == "" {
		return
	}
	t.seen = append(t.seen, name)
	t.write(name, attrs, s)
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

// nameFor returns the name that an element is written under, and whether it
// says anything to us.
func (t *tidied) nameFor(e *element) (string, bool) {
	own := ownRSS
	if t.atom {
		own = ownAtom
	}
	switch {
	case slices.Contains(own, e.name):
		return e.name, true
	case strings.Contains(e.name, ":"):
		return e.name, otherNames[e.name]
	}
	return mixed + ":" + e.name, otherNames[e.name] || e.name == "a" || e.name == "link" || e.name == "category"
}

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
	if err != nil || i < 0 || i >= len(t.parked) || !utf8.ValidString(t.parked[i]) {
		return ""
	}
	return t.parked[i]
}
