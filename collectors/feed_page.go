package collectors

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"vantage/collectors/text"
)

// foreign explains XML whose root is not that of a feed.
func foreign(b []byte, root string, base *url.URL) error {
	switch root {
	case "":
		return &FormatError{Sentence: "the answer breaks off before its first element; it will be tried again later"}
	case "opml":
		return &FormatError{Sentence: "this is an OPML list of feeds, not a feed; import it as a list of sources"}
	case "urlset", "sitemapindex":
		return &FormatError{Sentence: "this is a site map, not a feed; give the address of a feed in RSS, Atom or JSON Feed"}
	case "html", "head", "body", "div", "p", "script", "meta", "title", "table", "h1":
		return page(b, base)
	}
	return &FormatError{Sentence: fmt.Sprintf(
		"this is XML with the root element <%s>, not a feed; give the address of a feed in RSS, Atom or JSON Feed", cutName(root))}
}

// notFeed explains a body that is neither XML nor JSON.
func notFeed(b []byte, contentType string, base *url.URL) error {
	if strings.Contains(contentType, "html") || bytes.Contains(bytes.ToLower(b[:min(len(b), 4<<10)]), []byte("<html")) {
		return page(b, base)
	}
	return &FormatError{Sentence: "this is neither XML nor JSON, so it is not a feed; give the address of a feed in RSS, Atom or JSON Feed"}
}

// page explains an HTML page and names the feed that it links to.
func page(b []byte, base *url.URL) error {
	if feed := feedLink(b, base); feed != "" && len(feed) <= 400 {
		return &FormatError{Feed: feed, Sentence: "an HTML page came instead of a feed; it links to a feed at " + feed + ", so give that address"}
	}
	return &FormatError{Sentence: "an HTML page came instead of a feed; look on the site for a link named RSS or feed and give its address"}
}

// maxHead is how much of a page is searched: links to feeds stand in its head.
const maxHead = 512 << 10

// feedLink returns the address of the first feed that a page announces
// (<link rel="alternate" type="application/rss+xml" href="…">), or "".
func feedLink(b []byte, base *url.URL) string {
	tokens := html.NewTokenizer(bytes.NewReader(b[:min(len(b), maxHead)]))
	tokens.SetMaxBuf(64 << 10)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tokens.TagName()
			if string(name) != "link" || !more {
				continue
			}
			if link := alternate(tokens); link != "" {
				return canonical(base, link)
			}
		}
	}
}

func alternate(tokens *html.Tokenizer) string {
	var rel, kind, href string
	for more := true; more; {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		switch string(key) {
		case "rel":
			rel = strings.ToLower(string(value))
		case "type":
			kind = strings.ToLower(string(value))
		case "href":
			href = string(value)
		}
	}
	feed := strings.Contains(kind, "rss") || strings.Contains(kind, "atom") || strings.Contains(kind, "feed+json")
	if feed && strings.Contains(rel, "alternate") {
		return href
	}
	return ""
}

func cutName(s string) string { return text.CutBytes(s, 40) }
