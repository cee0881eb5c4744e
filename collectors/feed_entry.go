package collectors

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// entry is one entry of any format, its markup untouched.
type entry struct {
	guid, link         string
	page               string // canonical link, set by build
	title, body, short string // markup: body is the content, short the summary
	published, updated time.Time
	lang               string
	tags               []string
	base, bodyBase     *url.URL // of its link and of those in its body, where the entry says so itself
	cut                bool     // the feed broke off inside
}

// fields are the elements of one entry or of what a feed says about itself.
type fields struct {
	all   []element
	attrs []byte // of the element around them
}

// value returns the characters of the first of names that is not empty.
func (f *fields) value(names ...string) string { return f.first(names, (*element).text) }

// markup returns the HTML of the first of names that is not empty.
func (f *fields) markup(names ...string) string { return f.first(names, (*element).markup) }

func (f *fields) first(names []string, read func(*element) string) string {
	for _, name := range names {
		for i := range f.all {
			if e := &f.all[i]; e.name == name && readable(e) {
				if s := read(e); strings.TrimSpace(s) != "" {
					return s
				}
			}
		}
	}
	return ""
}

// bases returns what the link of an entry and the links in its body are
// resolved against, where the entry says so itself; else nil.
func (f *fields) bases(outer *url.URL) (link, body *url.URL) {
	own := nearer(outer, attrOf(f.attrs, "xml:base"))
	link, body = own, own
	for i := range f.all {
		switch e := &f.all[i]; e.name {
		case "link":
			link = nearer(link, attrOf(e.attrs, "xml:base"))
		case "content", "summary", "description":
			if inner := attrOf(e.attrs, "xml:base"); inner != "" {
				body = nearer(own, inner)
			}
		}
	}
	if link == outer {
		link = nil
	}
	if body == outer {
		body = nil
	}
	return link, body
}

// nearer returns the base that an xml:base makes of outer.
func nearer(outer *url.URL, base string) *url.URL {
	if base == "" || len(base) > maxLink {
		return outer
	}
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return outer
	case u.IsAbs():
		return u
	case outer == nil:
		return nil
	}
	return outer.ResolveReference(u)
}

// link returns the page that the feed belongs to: in RSS a text (textual), in
// Atom an attribute; feeds have both. CDF has it around everything.
func (f *fields) link(textual bool) string {
	var plain string
	var a alternates
	for i := range f.all {
		e := &f.all[i]
		href := attrOf(e.attrs, "href")
		switch {
		case e.name == "a": // CDF
			a.other = first(a.other, href)
		case e.name != "link" && e.name != "atom:link":
		case href != "":
			a.add(href, attrOf(e.attrs, "rel"), attrOf(e.attrs, "type"))
		default:
			plain = first(plain, e.text())
		}
	}
	page, other := a.best()
	if textual {
		page, plain = plain, page
	}
	return first(page, plain, other, attrOf(f.attrs, "href"))
}

// alternates are the forms of one page that links name, by their media type.
type alternates struct{ page, untyped, other string }

// add takes in a link, unless its rel says that it leads to something else.
func (a *alternates) add(href, rel, kind string) {
	switch {
	case rel != "" && !strings.HasSuffix(strings.ToLower(rel), "alternate"):
	case strings.Contains(strings.ToLower(kind), "html"):
		a.page = first(a.page, href)
	case kind == "":
		a.untyped = first(a.untyped, href)
	default:
		a.other = first(a.other, href)
	}
}

// best returns the page for a reader, and another form of it.
func (a *alternates) best() (page, other string) { return first(a.page, a.untyped), a.other }

// ttl is the pause that a feed asks for: ttl in minutes, or the syndication
// module.
func (f *fields) ttl() time.Duration {
	if minutes, err := strconv.Atoi(f.value("ttl")); err == nil && minutes > 0 {
		return time.Duration(min(minutes, 7*24*60)) * time.Minute
	}
	period := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
	}[strings.ToLower(f.value("sy:updateperiod"))]
	times, err := strconv.Atoi(f.value("sy:updatefrequency"))
	if err != nil || times < 1 {
		times = 1
	}
	return period / time.Duration(times)
}

// deletions returns the refs of at:deleted-entry (RFC 6721) under any prefix.
func (f *fields) deletions() []string {
	var refs []string
	for i := range f.all {
		if e := &f.all[i]; localName(e.name) == "deleted-entry" {
			if ref := attrOf(e.attrs, "ref"); ref != "" {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

func first(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}
