package collectors

import (
	"slices"
	"strings"
)

// tidySpaces are the namespaces that are written.
var tidySpaces = [...]struct{ prefix, address string }{
	{"atom", "http://www.w3.org/2005/Atom"}, {"dc", "http://purl.org/dc/elements/1.1/"}, {"dcterms", "http://purl.org/dc/terms/"},
	{"content", "http://purl.org/rss/1.0/modules/content/"}, {"media", "http://search.yahoo.com/mrss/"},
	{"itunes", "http://www.itunes.com/DTDs/PodCast-1.0.dtd"}, {"feedburner", "http://rssnamespace.org/feedburner/ext/1.0"},
	{"prism", "http://prismstandard.org/namespaces/1.2/basic/"}, {"xhtml", "http://www.w3.org/1999/xhtml"},
}

// mixed is the prefix of elements that stand in the format's own namespace but are
// not its own: feeds mix formats. gofeed knows nothing of them, so they go
// around it.
const mixed = "own"

// Elements that gofeed knows in the format's own namespace. Atom's id is not
// among them: gofeed writes an address anew, and an id must stay as it is.
var (
	ownRSS  = []string{"title", "link", "description", "guid", "pubdate", "category"}
	ownAtom = []string{"title", "link", "summary", "content", "category", "updated", "modified", "published", "issued"}
)

// otherNames are the other elements that say something to us; see modules.
// Those of the format's own namespace stand without a prefix, and are written
// under that of mixed.
var otherNames = func() map[string]string {
	all := map[string]string{"a": mixed + ":a", "link": mixed + ":link", "category": mixed + ":category"}
	for name := range strings.FieldsSeq(`
		content summary description guid id language updated modified published pubdate issued created date fullitem body abstract tagline
		dc:title dc:description dc:subject dc:language dc:date
		dcterms:abstract dcterms:modified dcterms:issued dcterms:available dcterms:created dcterms:date
		content:encoded xhtml:body xhtml:div media:title media:description media:keywords
		atom:title atom:id atom:link atom:summary atom:content atom:category atom:published atom:updated
		itunes:title itunes:subtitle itunes:summary itunes:keywords feedburner:origlink prism:publicationdate`) {
		all[name] = name
		if !strings.Contains(name, ":") {
			all[name] = mixed + ":" + name
		}
	}
	return all
}()

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

// nameFor returns the name that an element is written under, and whether it
// says anything to us.
func (t *tidied) nameFor(e *element) (string, bool) {
	own := ownRSS
	if t.atom {
		own = ownAtom
	}
	if slices.Contains(own, e.name) {
		return e.name, true
	}
	name, known := otherNames[e.name]
	return name, known
}
