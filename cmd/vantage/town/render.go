package town

import (
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
	"time"

	"vantage/collectors"
)

// formats make the bytes of a feed.
var formats = map[string]func(*feed) ([]byte, error){"rss": rss, "atom": atom, "json": jsonFeed}

var mediaTypes = map[string]string{
	"rss":  "application/rss+xml; charset=utf-8",
	"atom": "application/atom+xml; charset=utf-8",
	"json": "application/feed+json",
}

func sortSources(s []collectors.Source) {
	slices.SortFunc(s, func(a, b collectors.Source) int { return strings.Compare(a.Key, b.Key) })
}

type rssFeed struct {
	XMLName xml.Name  `xml:"rss"`
	Version string    `xml:"version,attr"`
	Title   string    `xml:"channel>title"`
	Link    string    `xml:"channel>link"`
	About   string    `xml:"channel>description"`
	Lang    string    `xml:"channel>language"`
	Items   []rssItem `xml:"channel>item"`
}

type rssItem struct {
	Title    string `xml:"title"`
	Link     string `xml:"link"`
	GUID     string `xml:"guid"`
	Date     string `xml:"pubDate"`
	Category string `xml:"category"`
	Text     string `xml:"description"`
}

func rss(f *feed) ([]byte, error) {
	out := rssFeed{Version: "2.0", Title: f.title(), Link: f.home(), About: Note, Lang: f.body.lang}
	for _, p := range f.posts {
		out.Items = append(out.Items, rssItem{p.Title, p.Link, p.Link, p.Published.Format(time.RFC1123Z), "sample", p.HTML})
	}
	return document(out)
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Link    atomLink    `xml:"link"`
	Author  string      `xml:"author>name"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	Lang      string   `xml:"xml:lang,attr"`
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Link      atomLink `xml:"link"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Content   atomText `xml:"content"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func atom(f *feed) ([]byte, error) {
	out := atomFeed{
		Lang: f.body.lang, ID: f.home(), Title: f.title(), Updated: f.changed().Format(time.RFC3339),
		Link: atomLink{"alternate", f.home()}, Author: f.body.Name,
	}
	for _, p := range f.posts {
		out.Entries = append(out.Entries, atomEntry{
			p.Lang, p.Link, p.Title, atomLink{"alternate", p.Link}, p.Published.Format(time.RFC3339),
			p.edited().Format(time.RFC3339), atomText{"html", p.HTML},
		})
	}
	return document(out)
}

func document(v any) ([]byte, error) {
	b, err := xml.MarshalIndent(v, "", " ")
	return append([]byte(xml.Header), b...), err
}

type jsonItem struct {
	ID        string   `json:"id"`
	URL       string   `json:"url"`
	Title     string   `json:"title"`
	HTML      string   `json:"content_html"`
	Published string   `json:"date_published"`
	Modified  string   `json:"date_modified"`
	Language  string   `json:"language"`
	Tags      []string `json:"tags"`
}

func jsonFeed(f *feed) ([]byte, error) {
	items := []jsonItem{}
	for _, p := range f.posts {
		items = append(items, jsonItem{
			p.Link, p.Link, p.Title, p.HTML, p.Published.Format(time.RFC3339),
			p.edited().Format(time.RFC3339), p.Lang, []string{"sample"},
		})
	}
	return json.Marshal(map[string]any{
		"version": "https://jsonfeed.org/version/1.1", "title": f.title(), "home_page_url": f.home(),
		"description": Note, "language": f.body.lang, "items": items,
	})
}

func (f *feed) title() string { return f.body.Name + " (sample)" }
func (f *feed) home() string  { return "https://" + f.body.domain() + "/" }

// edited is when the post last changed.
func (p post) edited() time.Time {
	if p.Updated.IsZero() {
		return p.Published
	}
	return p.Updated
}
