package collectors

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"
)

// entry is one entry of any format, its markup untouched.
type entry struct {
	guid, link         string
	title, body, short string // body is the content, short the summary
	published, updated time.Time
	lang               string
	tags               []string
}

// fromRSS maps RSS and the modules that feeds really use. It reads gofeed's
// own structs: gofeed's universal form would parse every body again to look
// for an image (a fifth of its time).
func fromRSS(f *rss.Feed, base *url.URL) raw {
	r := raw{base: base, info: FeedInfo{
		Title: first(f.Title, value(f.Extensions, "dc", "title")), Format: strings.TrimSpace("rss " + f.Version),
		Link: first(f.Link, alternateOf(f.Extensions)),
		Lang: first(f.Language, value(f.Extensions, "dc", "language")), TTL: ttl(f),
	}}
	for _, it := range f.Items {
		r.entries = append(r.entries, rssEntry(it))
	}
	r.deleted = deletions(f.Extensions)
	return r
}

func rssEntry(it *rss.Item) entry {
	x := it.Extensions
	e := entry{
		link:  first(value(x, "feedburner", "origLink"), it.Link, alternateOf(x)),
		title: first(it.Title, value(x, "dc", "title"), value(x, "media", "title"), value(x, "atom", "title")),
		body:  first(it.Content, value(x, "atom", "content")),
		short: first(it.Description, value(x, "dc", "description"), value(x, "atom", "summary"), value(x, "itunes", "summary"), mediaText(x)),
		lang:  value(x, "dc", "language"),
	}
	if it.GUID != nil {
		e.guid = strings.TrimSpace(it.GUID.Value)
		if e.link == "" && !strings.EqualFold(it.GUID.IsPermalink, "false") && worldwide(e.guid) {
			e.link = e.guid
		}
	}
	e.published = date(it.PubDateParsed, it.PubDate, value(x, "dc", "date"), value(x, "dcterms", "issued"), value(x, "dcterms", "available"),
		value(x, "dcterms", "created"), value(x, "dcterms", "date"), value(x, "atom", "published"))
	e.updated = date(nil, value(x, "dcterms", "modified"), value(x, "atom", "updated"), value(x, "dc", "date"))
	if e.published.IsZero() {
		e.published = e.updated
	}
	for _, c := range it.Categories {
		e.tags = append(e.tags, c.Value)
	}
	for _, s := range x["dc"]["subject"] {
		e.tags = append(e.tags, s.Value)
	}
	return e
}

// fromAtom maps Atom.
func fromAtom(f *atom.Feed, base *url.URL) raw {
	r := raw{base: base, info: FeedInfo{
		Title: f.Title, Format: strings.TrimSpace("atom " + f.Version), Lang: f.Language, Link: pageOf(f.Links),
	}}
	for _, it := range f.Entries {
		r.entries = append(r.entries, atomEntry(it))
	}
	r.deleted = deletions(f.Extensions)
	return r
}

func atomEntry(it *atom.Entry) entry {
	x := it.Extensions
	e := entry{
		guid: strings.TrimSpace(it.ID), link: pageOf(it.Links), title: first(it.Title, value(x, "media", "title")),
		short:     first(it.Summary, value(x, "dc", "description"), mediaText(x)),
		published: date(it.PublishedParsed, it.Published, value(x, "dcterms", "issued"), value(x, "dc", "date"), value(x, "dcterms", "created")),
		updated:   date(it.UpdatedParsed, it.Updated, value(x, "dcterms", "modified")),
		lang:      value(x, "dc", "language"),
	}
	if it.Content != nil {
		e.body = it.Content.Value
		if e.link == "" {
			e.link = it.Content.Src
		}
	}
	if e.link == "" && worldwide(e.guid) && strings.HasPrefix(e.guid, "http") {
		e.link = e.guid
	}
	if e.published.IsZero() {
		e.published = e.updated
	}
	for _, c := range it.Categories {
		e.tags = append(e.tags, first(c.Label, c.Term))
	}
	return e
}

// fromJSON maps JSON Feed.
func fromJSON(f *json.Feed, base *url.URL) raw {
	version := f.Version[strings.LastIndexByte(f.Version, '/')+1:]
	r := raw{base: base, info: FeedInfo{
		Title: f.Title, Link: f.HomePageURL, Format: strings.TrimSpace("json " + version), Lang: f.Language,
	}}
	if len(f.Items) > maxEntries {
		r.info.Dropped = len(f.Items) - maxEntries
		f.Items = newestJSON(f.Items, maxEntries)
	}
	for _, it := range f.Items {
		if it == nil {
			continue
		}
		e := entry{
			guid: strings.TrimSpace(it.ID), link: first(it.URL, it.ExternalURL), title: it.Title,
			body: first(it.ContentHTML, escape(it.ContentText)), short: escape(it.Summary),
			published: date(nil, it.DatePublished, it.DateModified), updated: date(nil, it.DateModified),
			lang: it.Language, tags: it.Tags,
		}
		if e.link == "" && worldwide(e.guid) && strings.HasPrefix(e.guid, "http") {
			e.link = e.guid
		}
		r.entries = append(r.entries, e)
	}
	return r
}

// deletions returns the refs of at:deleted-entry (RFC 6721) under any prefix.
func deletions(x ext.Extensions) []string {
	var refs []string
	for _, names := range x {
		for _, d := range names["deleted-entry"] {
			if ref := strings.TrimSpace(d.Attrs["ref"]); ref != "" && len(refs) < maxEntries {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

// pageOf picks the link for a reader: an HTML alternate, else any alternate.
func pageOf(links []*atom.Link) string {
	var other string
	for _, l := range links {
		if l.Rel != "alternate" || l.Href == "" {
			continue
		}
		if l.Type == "" || strings.Contains(l.Type, "html") {
			return l.Href
		}
		if other == "" {
			other = l.Href
		}
	}
	return other
}

// alternateOf is pageOf for Atom links inside RSS.
func alternateOf(x ext.Extensions) string {
	for _, l := range x["atom"]["link"] {
		if rel := l.Attrs["rel"]; (rel == "" || rel == "alternate") && l.Attrs["href"] != "" {
			return l.Attrs["href"]
		}
	}
	return ""
}

// mediaText is the description of Media RSS, also inside a group.
func mediaText(x ext.Extensions) string {
	if d := value(x, "media", "description"); d != "" {
		return d
	}
	for _, g := range x["media"]["group"] {
		for _, d := range g.Children["description"] {
			return escape(d.Value)
		}
	}
	return ""
}

// ttl is the pause that an RSS feed asks for: ttl in minutes, or the
// syndication module.
func ttl(f *rss.Feed) time.Duration {
	if minutes, err := strconv.Atoi(strings.TrimSpace(f.TTL)); err == nil && minutes > 0 {
		return time.Duration(min(minutes, 7*24*60)) * time.Minute
	}
	period := map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour,
	}[strings.ToLower(strings.TrimSpace(value(f.Extensions, "sy", "updatePeriod")))]
	times, err := strconv.Atoi(strings.TrimSpace(value(f.Extensions, "sy", "updateFrequency")))
	if err != nil || times < 1 {
		times = 1
	}
	return period / time.Duration(times)
}

func value(x ext.Extensions, prefix, name string) string {
	if all := x[prefix][name]; len(all) > 0 {
		return all[0].Value
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

// date is the parsed time, else the first of forms that can be read.
func date(parsed *time.Time, forms ...string) time.Time {
	if parsed != nil {
		return parsed.UTC()
	}
	for _, f := range forms {
		if t := parseDate(f); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// escape makes markup of plain text.
func escape(s string) string { return escaper.Replace(s) }

// newestJSON keeps the most newest items, in their order.
func newestJSON(items []*json.Item, most int) []*json.Item {
	dates := make([]int64, len(items))
	for i, it := range items {
		if it != nil {
			dates[i] = date(nil, it.DatePublished, it.DateModified).Unix()
		}
	}
	var out []*json.Item
	for _, i := range newest(dates, most) {
		out = append(out, items[i])
	}
	return out
}
