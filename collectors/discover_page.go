package collectors

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
	"vantage/collectors/text"
)

// How likely a place is that of a site's news; lower is better.
const (
	rankKnown     = 0 // the shape of the address says it
	rankAnnounced = 10
	rankLinked    = 40
	rankNamed     = 60 // a link whose words say it
	rankPlace     = 80
	rankHub       = 90  // a page that lists feeds
	rankPart      = 20  // added for one category, author or tag
	rankComments  = 200 // added for comments
)

const (
	maxClues = 60      // kept of one page
	maxPage  = 2 << 20 // bytes that are read of one page; feeds are announced at its top
)

// sitePage is what an HTML page says about feeds.
type sitePage struct {
	base      *url.URL
	announced []clue // <link rel=alternate>, also of the HTTP header Link
	linked    []clue // <a>
	refresh   string // address that <meta http-equiv=refresh> leads to
	generator string
	login     bool // there is a field for a password
}

// readSitePage reads a page in whatever encoding, as far as it goes and as
// the limit lets it.
func readSitePage(res *fetch.Response) sitePage {
	body := res.Body[:min(len(res.Body), maxPage)]
	r, err := charset.NewReader(bytes.NewReader(body), res.ContentType())
	if err != nil {
		r = bytes.NewReader(body)
	}
	p := sitePage{}
	p.base, _ = url.Parse(res.URL)
	p.header(res.Header.Values("Link"))
	tokens := html.NewTokenizer(r)
	tokens.SetMaxBuf(256 << 10)
	anchor := anchorText{}
	based := false
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			p.close(&anchor)
			return p
		case html.TextToken:
			anchor.words(tokens.Text())
		case html.EndTagToken:
			if name, _ := tokens.TagName(); string(name) == "a" {
				p.close(&anchor)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if token.Data == "noscript" {
				tokens.NextIsNotRawText()
			}
			p.element(token, &anchor, &based)
		}
	}
}

func tokenAttr(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

func (p *sitePage) element(t html.Token, a *anchorText, based *bool) {
	switch t.Data {
	case "base":
		if base, err := p.base.Parse(tokenAttr(t, "href")); err == nil && !*based && tokenAttr(t, "href") != "" {
			p.base, *based = base, true // the first counts (HTML, 4.2.3)
		}
	case "link":
		p.announce(tokenAttr(t, "rel"), tokenAttr(t, "type"), tokenAttr(t, "href"), tokenAttr(t, "title"))
	case "meta":
		p.meta(t)
	case "input":
		p.login = p.login || strings.EqualFold(tokenAttr(t, "type"), "password")
	case "a", "area":
		p.close(a)
		*a = anchorText{href: tokenAttr(t, "href"), kind: tokenAttr(t, "type"), rel: tokenAttr(t, "rel"), open: true}
		a.words([]byte(tokenAttr(t, "title") + " " + tokenAttr(t, "aria-label")))
	case "img":
		a.words([]byte(" " + tokenAttr(t, "alt")))
	}
}

func (p *sitePage) meta(t html.Token) {
	content := tokenAttr(t, "content")
	switch {
	case strings.EqualFold(tokenAttr(t, "name"), "generator"):
		p.generator = strings.ToLower(content)
	case strings.EqualFold(tokenAttr(t, "http-equiv"), "refresh"):
		if m := refreshForm.FindStringSubmatch(content); m != nil {
			p.refresh = canonical(p.base, m[1])
		}
	}
}

var refreshForm = regexp.MustCompile(`(?i)^\s*\d*[.\d]*\s*[;,]\s*url\s*=\s*['"]?\s*([^'"]+)`)

// header reads Link headers (RFC 8288).
func (p *sitePage) header(values []string) {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			target, params, ok := strings.Cut(strings.TrimSpace(part), ">")
			if !ok || !strings.HasPrefix(target, "<") {
				continue
			}
			get := map[string]string{}
			for param := range strings.SplitSeq(params, ";") {
				name, v, _ := strings.Cut(strings.TrimSpace(param), "=")
				get[strings.ToLower(name)] = strings.Trim(v, `"`)
			}
			p.announce(get["rel"], get["type"], target[1:], get["title"])
		}
	}
}

// announce keeps a link of the head that is a feed by its type, or by its
// relation.
func (p *sitePage) announce(rel, kind, href, title string) {
	if len(p.announced) >= maxClues {
		return
	}
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	rels := strings.Fields(strings.ToLower(rel))
	alternate, feed := slices.Contains(rels, "alternate"), slices.Contains(rels, "feed")
	address := feedHref(p.base, href)
	switch {
	case address == "" || !alternate && !feed || slices.Contains(rels, "stylesheet"):
		return
	case strings.Contains(kind, "oembed") || strings.Contains(address, "/wp-json/"):
		return
	case feed && kind == "", feedType(kind):
	case genericType(kind) && feedAddress(address):
	default:
		return
	}
	p.announced = append(p.announced, clue{url: address, how: "announced by the page", name: clueName(title)})
}

// clueName is what a page calls a feed, as one tidy line: it may become the
// name of a source.
func clueName(s string) string {
	return text.CutBytes(text.Line(text.CutBytes(s, maxTitleMarkup)), item.MaxTitle)
}

// feedType is for the types of feeds, and what sites make of them.
func feedType(kind string) bool {
	return strings.Contains(kind, "rss") || strings.Contains(kind, "atom") || strings.Contains(kind, "feed+json") || strings.Contains(kind, "rdf+xml")
}

// genericType may be that of a feed.
func genericType(kind string) bool {
	return kind == "" || kind == "text/xml" || kind == "application/xml" || kind == "application/json" || kind == "text/plain"
}

// anchorText is a link of the body until it is closed.
type anchorText struct {
	href, kind, rel, text string
	open                  bool
}

func (a *anchorText) words(b []byte) {
	if a.open && len(a.text) < 200 {
		a.text += string(b)
	}
}

// namesFeed fits the words of links to feeds.
var namesFeed = regexp.MustCompile(`(?i)(^|[^a-z])(rss|atom|json) ?(2\.0 )?(feeds?)?($|[^a-z])|\b(news|web|xml) ?feeds?\b|^subscribe (by|via|with) (rss|feed)`)

func (p *sitePage) close(a *anchorText) {
	was := *a
	*a = anchorText{}
	if !was.open || len(p.linked) >= maxClues {
		return
	}
	address := feedHref(p.base, was.href)
	if address == "" {
		return
	}
	words := strings.Join(strings.Fields(was.text), " ")
	c := clue{url: address, name: clueName(words), how: "linked on the page"}
	named := len(words) <= 60 && namesFeed.MatchString(words)
	switch {
	case feedAddress(address), feedType(strings.ToLower(was.kind)), slices.Contains(strings.Fields(strings.ToLower(was.rel)), "feed"):
		c.rank = rankLinked
	case named:
		c.rank, c.hub = rankNamed, true
	default:
		return
	}
	p.linked = append(p.linked, c)
}

// feedAddress reports that an address looks like that of a feed.
func feedAddress(address string) bool {
	u, err := url.Parse(strings.ToLower(address))
	if err != nil || strings.Contains(u.Path, "/wp-json/") {
		return false
	}
	if feedHosts[u.Hostname()] {
		return true
	}
	plain := strings.TrimSuffix(u.Path, "/")
	switch base := path.Base(plain); {
	case slices.Contains([]string{".rss", ".atom", ".rdf", ".feed", ".rss2"}, path.Ext(base)):
		return true
	case slices.Contains([]string{"feed", "rss", "atom", "rss2", "rdf", "feeds.xml", "feed.xml", "rss.xml", "atom.xml", "feed.json", "rss.php", "feed.php", "mgrss.aspx", "rss.aspx", "rss.ashx", "videos.xml", "latestnews.xml"}, base):
		return true
	case base == "index.xml" || strings.Contains(plain, "/rss/") || strings.Contains(plain, "/feed/") || strings.HasPrefix(plain, "/feeds/"):
		return true
	}
	q := u.Query()
	for _, name := range []string{"feed", "format", "type", "rss", "output", "alt"} {
		if v := q.Get(name); v == "rss" || v == "rss2" || v == "atom" || name == "rss" && (v == "1" || v == "true") {
			return true
		}
	}
	return false
}

var feedHosts = map[string]bool{"feeds.feedburner.com": true, "feeds2.feedburner.com": true, "feedproxy.google.com": true}

// feedHref is canonicalFeed for links that start from a page.
func feedHref(base *url.URL, href string) string {
	if strings.HasPrefix(href, "feed:") {
		return canonicalFeed(href)
	}
	return canonical(base, href)
}

// clues are the feeds that a page leads to, the most likely first.
func (p *sitePage) clues() []clue {
	var out []clue
	add := func(c clue) {
		if isComments(c.url, c.name) {
			c.rank += rankComments
		} else if partOfSite(c.url) {
			c.rank += rankPart
		}
		if !slices.ContainsFunc(out, func(o clue) bool { return o.url == c.url }) && len(out) < maxClues {
			out = append(out, c)
		}
	}
	for _, c := range p.announced {
		c.rank = rankAnnounced
		add(c)
	}
	for _, c := range p.linked {
		add(c)
	}
	return out
}

// partOfSite reports that a feed is that of one category, tag or author.
func partOfSite(address string) bool {
	u, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return false
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if slices.Contains([]string{"category", "categories", "tag", "tags", "author", "topic", "topics", "events", "jobs", "vacancies"}, part) {
			return true
		}
	}
	return false
}
