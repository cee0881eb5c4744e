package collectors

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// maxTags bounds the hashtags of an item.
const maxTags = 64

// build makes items of the entries. known is what is known to be useless as
// identity in this feed.
func build(r raw, src Source, now time.Time, known useless) document {
	doc := document{info: r.info}
	doc.info.Title = title(r.info.Title)
	doc.info.Link = canonical(r.base, r.info.Link)
	doc.info.Lang = language(r.info.Lang)
	base := r.base
	if site, err := url.Parse(doc.info.Link); err == nil && site.Host != "" {
		base = site
	}
	for i := range r.entries {
		e := &r.entries[i]
		e.page = canonical(e.linkBase(base), e.link)
	}
	doc.useless = uselessIn(r.entries, doc.info.Link, known)
	read := reading{maxEffort}
	at := make(map[string]int, len(r.entries))
	doc.found = make([]found, 0, len(r.entries))
	for i := range r.entries {
		e := &r.entries[i]
		f, ok := itemOf(e, src, doc.info.Lang, e.linkBase(base), now, doc.useless, &read)
		if !ok {
			doc.info.Skipped++
			continue
		}
		if i, twice := at[f.ID]; twice {
			if later(f, doc.found[i]) {
				doc.found[i] = f
			}
			continue
		}
		at[f.ID] = len(doc.found)
		doc.found = append(doc.found, f)
	}
	doc.info.Entries = len(doc.found)
	gone := map[string]bool{}
	for _, guid := range r.deleted {
		if id := identify(src, guid, "", "", now); id != "" && !gone[id] {
			gone[id] = true
			doc.deleted = append(doc.deleted, id)
		}
	}
	return doc
}

// linkBase is what the link of an entry is resolved against; base is that of the
// feed.
func (e *entry) linkBase(base *url.URL) *url.URL {
	if e.base != nil {
		return e.base
	}
	return base
}

// later reports that a is a newer state of the same entry than b.
func later(a, b found) bool {
	if a.Updated != nil && b.Updated != nil {
		return a.Updated.After(*b.Updated)
	}
	return a.Updated != nil && b.Updated == nil || a.claim.After(b.claim)
}

// itemOf makes an item of one entry; false for an entry with nothing to tell it
// from others.
func itemOf(e *entry, src Source, lang string, base *url.URL, now time.Time, no useless, read *reading) (found, bool) {
	guid := e.guid
	if no.GUIDs {
		guid = ""
	}
	it := item.Item{
		Schema: item.Schema, Op: item.Create, Version: item.NextVersion(0, now),
		Kind: src.Kind, Source: src.Key, Via: []string{src.Key},
		Publisher: src.Publisher, Class: src.Class, FeedCouncil: src.Council, AuthorKind: "unknown",
		Title: read.title(e.title), URL: e.page, Consent: "unknown",
		Lang: first(language(e.lang), lang, language(src.Lang)),
		Seen: now.UTC(), Published: publishedAt(e.published, now),
	}
	switch src.Class {
	case item.Council, item.Central, item.Civic, item.Press, item.Vendor:
		it.AuthorKind = "org"
	}
	var links []string
	it.Text, links = read.plain(e.body)
	if it.Text == "" {
		it.Text, links = read.plain(e.short)
	}
	from := e.bodyBase
	if from == nil && len(links) > 0 {
		from = pageBase(base, it.URL)
	}
	it.Links = linksOf(from, links, it.Text)
	it.Hashtags = hashtags(it.Title, it.Text, e.tags)
	if e.updated.After(it.Published) && !e.updated.After(now) {
		at := e.updated // of its own: the entries and their bodies are not kept
		it.Updated = &at
	}
	name := it.Title
	if name == "" {
		name = text.CutBytes(it.Text, 256)
	}
	link := it.URL
	if no.Links {
		link = ""
	}
	it.ID = identify(src, guid, link, name, e.published)
	f := found{Item: it, claim: e.published, guided: guid != "", link: linkKey(it.URL), like: uint32(xxhash.Sum64String(name))}
	f.ContentHash = contentHash(f)
	return f, it.ID != ""
}

// contentHash is over what the feed claims: the date is the claim, not when we
// first saw it, so that an entry without a date is not edited by each visit.
func contentHash(f found) string {
	it := f.Item
	it.Published = f.claim
	return it.HashContent()
}

// pageBase is what relative links in a post are resolved against.
func pageBase(base *url.URL, page string) *url.URL {
	if u, err := url.Parse(page); err == nil && u.Host != "" {
		return u
	}
	return base
}

// withdrawn is the item that deletes id.
func withdrawn(src Source, id string, version int64, now time.Time) item.Item {
	return item.Item{
		Schema: item.Schema, Op: item.Delete, ID: id, Version: version, Kind: src.Kind, Source: src.Key, Via: []string{src.Key},
		Publisher: src.Publisher, Class: src.Class, Published: now.UTC(), Seen: now.UTC(),
	}
}

// hashtags are the #tags of title and text and the categories of the entry,
// folded. A category of more than three words is a heading, not a tag.
func hashtags(title, body string, categories []string) []string {
	tags := text.Hashtags(nil, title)
	tags = text.Hashtags(tags, body)
	for _, c := range categories {
		c = strings.TrimSpace(c)
		if words := len(strings.Fields(c)); words > 0 && words <= 3 && !uncategorised(c) {
			tags = text.AddTag(tags, c)
		}
	}
	return tags[:min(len(tags), maxTags)]
}

func uncategorised(c string) bool {
	return strings.EqualFold(c, "uncategorized") || strings.EqualFold(c, "uncategorised")
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// language returns a language tag in the usual form (en, en-GB), "" for what
// is not one.
func language(claim string) string {
	claim = strings.ReplaceAll(strings.TrimSpace(claim), "_", "-")
	if !languageForm.MatchString(claim) {
		return ""
	}
	main, rest, more := strings.Cut(claim, "-")
	main = strings.ToLower(main)
	if !more {
		return main
	}
	if len(rest) == 2 {
		rest = strings.ToUpper(rest)
	}
	return main + "-" + rest
}
