package collectors

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// done returns the entries.
func (t *tidied) done() ([]entry, error) {
	t.parse()
	return t.entries, t.err
}

// parse has gofeed read the open part and maps its entries. It reads gofeed's
// structs of each format: the universal form keeps one link of several and
// looks for pictures in every body.
func (t *tidied) parse() {
	var err error
	if t.atom {
		err = t.parseAtom()
	} else {
		err = t.parseRSS()
	}
	if err != nil {
		t.err = cmp.Or(t.err, unreadable(err))
	}
}

func (t *tidied) parseAtom() error {
	feed, err := (&atom.Parser{}).Parse(t.end())
	if err != nil {
		return err
	}
	if err := t.expect(len(feed.Entries)); err != nil {
		return err
	}
	t.entries = slices.Grow(t.entries, len(feed.Entries))
	for i, it := range feed.Entries {
		b := &t.beside[i]
		t.keep(t.fromAtom(it, modules{t, b.own, it.Extensions}), b)
	}
	return nil
}

func (t *tidied) parseRSS() error {
	feed, err := (&rss.Parser{}).Parse(t.end())
	if err != nil {
		return err
	}
	if err := t.expect(len(feed.Items)); err != nil {
		return err
	}
	t.entries = slices.Grow(t.entries, len(feed.Items))
	for i, it := range feed.Items {
		b := &t.beside[i]
		t.keep(t.fromRSS(it, modules{t, b.own, it.Extensions}), b)
	}
	return nil
}

func (t *tidied) expect(n int) error {
	if n != len(t.beside) {
		return fmt.Errorf("%d entries became %d", len(t.beside), n)
	}
	return nil
}

func (t *tidied) keep(e entry, b *beside) {
	e.base, e.bodyBase, e.cut = b.base, b.bodyBase, b.cut
	t.entries = append(t.entries, e)
}

func unreadable(err error) error {
	return &FormatError{Sentence: "the feed cannot be read; ask the site to repair it", Err: err}
}

// modules are the elements of an entry that are not the format's own, in the
// order of the feed.
type modules struct {
	t   *tidied
	own []ownText
	ext.Extensions
}

// value returns the first of the elements that is not empty.
func (m modules) value(names ...string) string {
	for _, name := range names {
		prefix, local, _ := strings.Cut(name, ":")
		if prefix == mixed {
			if s := m.beside(local); s != "" {
				return s
			}
			continue
		}
		for _, e := range m.Extensions[prefix][local] {
			if s := m.t.text(e.Value); strings.TrimSpace(s) != "" {
				return s
			}
		}
	}
	return ""
}

// beside returns the first of what stands beside the document under a name.
func (m modules) beside(name string) string {
	for i := range m.own {
		if o := &m.own[i]; o.name == name {
			return o.text
		}
	}
	return ""
}

func (t *tidied) fromRSS(it *rss.Item, m modules) entry {
	e := entry{
		title: first(t.text(it.Title), m.value("dc:title")),
		body:  first(t.text(it.Content), m.value("own:content")),
		short: first(t.text(it.Description), m.value("own:summary")),
		guid:  m.value("own:id", "atom:id"),
	}
	permanent := true
	if it.GUID != nil {
		e.guid = first(t.text(it.GUID.Value), e.guid)
		permanent = it.GUID.IsPermalink != "false"
	}
	page, other := m.links(nil)
	e.link = first(m.value("feedburner:origlink"), t.text(it.Link), page, other)
	e.published = claimAt(it.PubDateParsed)
	for _, c := range it.Categories {
		e.tags = append(e.tags, t.text(c.Value))
	}
	m.complete(&e, permanent)
	return e
}

func (t *tidied) fromAtom(it *atom.Entry, m modules) entry {
	e := entry{
		title: t.text(it.Title), short: first(m.value("own:description"), t.text(it.Summary)),
		guid:      m.value("own:guid", "own:id"),
		published: claimAt(it.PublishedParsed), updated: claimAt(it.UpdatedParsed),
	}
	if it.Content != nil {
		e.body = t.text(it.Content.Value)
	}
	page, other := m.links(it.Links)
	e.link = first(m.value("feedburner:origlink"), page, m.value("own:link"), other)
	for _, c := range it.Categories {
		e.tags = append(e.tags, c.Term)
	}
	m.complete(&e, true)
	return e
}

// claimAt is a date that tidyDate wrote, as gofeed read it.
func claimAt(parsed *time.Time) time.Time {
	if parsed == nil || parsed.Year() < 1 {
		return time.Time{}
	}
	return *parsed
}

// complete fills in from the modules that feeds really use what the format's
// own elements left empty. permanent says that a guid may be the link.
func (m modules) complete(e *entry, permanent bool) {
	e.guid = strings.TrimSpace(e.guid)
	e.title = first(e.title, m.value("dc:title", "media:title", "atom:title", "itunes:title"))
	e.body = first(e.body, m.value("xhtml:body", "xhtml:div", "atom:content", "own:fullitem", "own:body"))
	e.short = first(e.short, m.value("own:abstract", "dc:description", "atom:summary", "itunes:summary", "dcterms:abstract",
		"media:description", "itunes:subtitle", "own:tagline"))
	e.lang = m.value("dc:language", "own:language", "own:lang")
	if e.link == "" && permanent && canonical(nil, e.guid) != "" {
		e.link = e.guid
	}
	e.link = strings.TrimSpace(first(e.link, m.value("own:href")))
	if e.guid == "" { // RSS 1.0 names its items so
		e.guid = strings.TrimSpace(m.value("own:about"))
	}
	m.dates(e)
	m.tags(e)
}

// dates reads the dates of the modules.
func (m modules) dates(e *entry) {
	if e.updated.IsZero() {
		e.updated = m.date("own:updated", "dcterms:modified", "own:modified", "atom:updated", "dc:date")
	}
	if e.published.IsZero() {
		e.published = m.date("own:published", "own:pubdate", "own:issued", "dc:date", "dcterms:issued", "dcterms:available", "dcterms:created",
			"own:created", "dcterms:date", "atom:published", "own:date", "prism:publicationdate")
	}
	if e.published.IsZero() {
		e.published = e.updated
	}
	if e.published.IsZero() {
		e.published = m.date("own:lastmod") // CDF
	}
}

func (m modules) date(names ...string) time.Time {
	for _, name := range names {
		if t := parseDate(m.value(name)); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// tags adds what the modules say.
func (m modules) tags(e *entry) {
	for _, x := range slices.Concat(m.Extensions["atom"]["category"], m.Extensions["dc"]["subject"]) {
		e.tags = append(e.tags, m.t.text(x.Value))
	}
	for _, name := range []string{"itunes:keywords", "media:keywords"} {
		if s := m.value(name); s != "" {
			e.tags = append(e.tags, strings.Split(s, ",")...)
		}
	}
	e.tags = e.tags[:min(len(e.tags), maxTags)]
}

// links returns the page for a reader, and another form of it, of Atom's links,
// its own or inside another format.
func (m modules) links(own []*atom.Link) (page, other string) {
	var a alternates
	for _, l := range own {
		a.add(l.Href, l.Rel, l.Type)
	}
	for _, l := range m.Extensions["atom"]["link"] {
		a.add(l.Attrs["href"], l.Attrs["rel"], l.Attrs["type"])
	}
	page, other = a.best()
	return page, first(other, m.value("own:src", "own:a"))
}
