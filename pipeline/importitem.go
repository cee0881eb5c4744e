package pipeline

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// maxLink is the length of the longest link that is kept, in bytes.
const maxLink = 2 << 10

// Line is one line of an archive: an item in its wire form, of which schema,
// op, version, kind, source and seen may be missing, or the simpler form
//
//	{"id": "…", "date": "2022-03-18", "title": "…", "lead": "…", "body": "…", "sources": ["hm-treasury"]}
//
// with date or published, body, text or html, url, publisher and
// publisher_class. "html": true says that text or body is HTML. Several
// sources become several channels; the first is the publisher.
type Line struct {
	item.Item
	Published stamp `json:"published"`
	Seen      stamp `json:"seen"`
	Updated   stamp `json:"updated"`

	Date    stamp    `json:"date"`
	Lead    string   `json:"lead"`
	Body    string   `json:"body"`
	Link    string   `json:"link"`
	Sources []string `json:"sources"`
	HTML    markup   `json:"html"`
}

// markup is "html": true, or the HTML itself.
type markup struct {
	is   bool
	text string
}

// UnmarshalJSON takes true, false, null or a string.
func (m *markup) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &m.is) == nil {
		return nil
	}
	if err := json.Unmarshal(b, &m.text); err != nil {
		return fmt.Errorf("html %s is neither true nor a text", b)
	}
	m.is = m.text != "" // an empty field says nothing of the others
	return nil
}

// stamp is a point in time as archives write it; without a zone it is London's.
type stamp struct{ time.Time }

var stampLayouts = []string{
	time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04",
	"2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", time.RFC1123Z, time.RFC1123,
}

// UnmarshalJSON takes the layouts above; empty and null are zero.
func (s *stamp) UnmarshalJSON(b []byte) error {
	var v string
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("date %s is not a text; write it as 2026-11-16 or 2026-11-16T09:30:00Z", b)
	}
	if v = strings.TrimSpace(v); v == "" {
		return nil
	}
	for _, layout := range stampLayouts {
		zone := item.London
		if layout == time.DateOnly {
			zone = time.UTC // a bare date is the same day in London
		}
		if t, err := time.ParseInLocation(layout, v, zone); err == nil {
			s.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("date %q is not known; write it as 2026-11-16 or 2026-11-16T09:30:00Z", v)
}

// readLine makes an item of a line, and checks it.
func readLine(b []byte, cfg *ImportConfig) (item.Item, error) {
	var l Line
	if err := json.Unmarshal(b, &l); err != nil {
		return item.Item{}, plainJSON(err)
	}
	if l.Schema != 0 && l.Schema != item.Schema {
		return item.Item{}, fmt.Errorf("schema %d is not known; this program reads %d", l.Schema, item.Schema)
	}
	it := l.Item
	it.Op = cmp.Or(it.Op, item.Create)
	l.setChannel(&it, cfg)
	l.setTimes(&it, cfg)
	if it.Op == item.Create || it.Op == item.Update {
		l.setText(&it)
		l.setPublisher(&it, cfg)
	}
	if err := l.setID(&it, cfg); err != nil {
		return it, err
	}
	it.Schema = item.Schema
	if it.ContentHash == "" {
		it.ContentHash = it.HashContent()
	}
	return it, it.Check()
}

func plainJSON(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Errorf("field %s holds a %s", kind.Field, kind.Value)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON: %w (byte %d)", err, syntax.Offset)
	}
	return err
}

// plain says that the line is of the simpler form: its kind is not a network
// and its id is of its own.
func (l *Line) plain() bool { return l.Schema == 0 }

func (l *Line) setChannel(it *item.Item, cfg *ImportConfig) {
	if l.plain() || it.Kind == "" {
		it.Kind = "import"
	}
	base := "import:" + cfg.Name
	if !l.plain() && it.Source != "" {
		return
	}
	names := l.Sources
	if len(names) == 0 && it.Source != "" {
		names = []string{it.Source}
	}
	it.Via = nil
	for _, n := range names {
		if n = text.Line(n); n != "" && len(it.Via) < item.MaxList {
			it.Via = append(it.Via, base+":"+n)
		}
	}
	it.Source = base
	if len(it.Via) > 0 {
		it.Source = it.Via[0]
	}
}

func (l *Line) setPublisher(it *item.Item, cfg *ImportConfig) {
	first := ""
	if len(l.Sources) > 0 {
		first = text.Line(l.Sources[0])
	}
	it.Publisher = cmp.Or(it.Publisher, first, cfg.Publisher)
	it.Class = cmp.Or(it.Class, cfg.Class)
}

// setTimes fills what the line does not say. The version is the line's own
// date in milliseconds, so that the same line always has the same.
func (l *Line) setTimes(it *item.Item, cfg *ImportConfig) {
	it.Published = cmp.Or(l.Published.Time, l.Date.Time)
	it.Seen, it.Updated = l.Seen.Time, nil
	if it.Seen.IsZero() {
		it.Seen = it.Published
		if now := cfg.Now().UTC(); it.Seen.After(now) {
			it.Seen = now
		}
	}
	changed := it.Published
	if !l.Updated.IsZero() {
		it.Updated = &l.Updated.Time
		changed = l.Updated.Time
	}
	if it.Version == 0 {
		it.Version = max(changed.UnixMilli(), 1)
	}
}

func (l *Line) setText(it *item.Item) {
	body := cmp.Or(l.HTML.text, it.Text, l.Body)
	var links []string
	if l.HTML.is {
		body, links = text.FromHTML(body)
	} else {
		body = text.Clean(body)
	}
	if lead := text.Clean(l.Lead); lead != "" && !strings.HasPrefix(body, lead) {
		body = strings.TrimSpace(lead + "\n" + body)
	}
	it.Title = text.CutBytes(text.Line(it.Title), item.MaxTitle)
	it.Text = text.CutBytes(body, item.MaxText)
	it.URL = cmp.Or(it.URL, l.Link)
	it.Links = someLinks(append(slices.Clone(it.Links), links...))
	var tags []string
	for _, t := range it.Hashtags {
		tags = text.AddTag(tags, t)
	}
	it.Hashtags = tags[:min(len(tags), item.MaxList)]
}

func someLinks(links []string) []string {
	var out []string
	for _, l := range links {
		if len(l) <= maxLink && len(out) < item.MaxList && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// setID keeps an id that is one everywhere; any other is the archive's own.
func (l *Line) setID(it *item.Item, cfg *ImportConfig) error {
	if it.Op == item.Gap || it.Op == item.AuthorGone {
		return nil
	}
	it.ID = strings.TrimSpace(cmp.Or(it.ID, it.URL))
	switch {
	case it.ID == "":
		return errors.New("neither id nor url")
	case !l.plain() || globalID(it.ID):
		return nil
	}
	it.ID = "import:" + cfg.Name + ":" + it.ID
	return nil
}

// globalID tells an absolute address, tag URI, URN or at:// from an id of one
// archive.
func globalID(id string) bool {
	u, err := url.Parse(id)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https", "at":
		return u.Host != ""
	case "tag", "urn", "govuk":
		return u.Opaque != ""
	}
	return false
}
