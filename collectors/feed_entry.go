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
	title, body, short string // markup: body is the content, short the summary
	published, updated time.Time
	lang               string
	tags               []string
	base, bodyBase     *url.URL // of its link and of those in its body, where the entry says so itself
	cut                bool     // the feed broke off inside
}

// fields are the elements of one entry or feed.
type fields struct {
	all   []element
	attrs []byte // of the element around them
	rss   bool   // a link is text first
}

// value returns the characters of the first of names that is not empty.
func (f *fields) value(names ...string) string {
	for _, name := range names {
		for i := range f.all {
			if e := &f.all[i]; e.name == name && !e.cut {
				if s := e.text(); s != "" {
					return s
				}
			}
		}
	}
	return ""
}

// markup returns the HTML of the first of names that is not empty; of one in
// which the feed broke off, what can be read.
func (f *fields) markup(names ...string) string {
	for _, name := range names {
		for i := range f.all {
			e := &f.all[i]
			if e.name != name || !readable(e) {
				continue
			}
			s := e.markup()
			if e.name == "media:description" && !strings.Contains(attrOf(e.attrs, "type"), "html") {
				s = escape(e.text()) // of YouTube and others: plain unless it says so
			}
			if e.cut {
				s = readablePart(s)
			}
			if strings.TrimSpace(s) != "" {
				return s
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

// link picks the link for a reader: the page before other forms of it.
func (f *fields) link(guid string) string {
	var plain, page, untyped, other string // text; alternates
	permanent := true
	for i := range f.all {
		e := &f.all[i]
		if e.cut {
			continue
		}
		switch e.name {
		case "guid":
			permanent = permanent && !strings.EqualFold(attrOf(e.attrs, "ispermalink"), "false")
		case "link", "atom:link":
			href := attrOf(e.attrs, "href")
			kind, rel := strings.ToLower(attrOf(e.attrs, "type")), strings.ToLower(attrOf(e.attrs, "rel"))
			switch {
			case href == "":
				plain = first(plain, e.text())
			case rel != "" && !strings.HasSuffix(rel, "alternate"):
			case strings.Contains(kind, "html"):
				page = first(page, href)
			case kind == "":
				untyped = first(untyped, href)
			default:
				other = first(other, href)
			}
		case "content":
			if kind := attrOf(e.attrs, "type"); kind == "" || strings.Contains(kind, "html") {
				other = first(other, attrOf(e.attrs, "src"))
			}
		case "a": // CDF
			other = first(other, attrOf(e.attrs, "href"))
		}
	}
	page = first(page, untyped)
	if f.rss {
		page, plain = plain, page
	}
	link := first(f.value("feedburner:origlink"), page, plain, other)
	if link == "" && permanent && canonical(nil, guid) != "" {
		return guid
	}
	return first(link, attrOf(f.attrs, "href"))
}

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
