package collectors

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// NominationSource is the channel of accepted nominations. It sorts behind the
// key of every source, so that a document which a source shows too keeps what
// the source says of it.
const NominationSource = "~nominations"

// Nomination is a page that somebody proposed, as an operator accepted it.
type Nomination struct {
	Link  string // canonical, see NominableLink
	Title string
	Words string
	At    time.Time // when it was first proposed
}

// Item is the nomination as it flows through the stream. Its version is the
// lowest there is: whatever a source says of the same document wins, and a
// document that was deleted stays deleted.
func (n Nomination) Item(now time.Time) item.Item {
	it := item.Item{
		Schema: item.Schema, Op: item.Create, ID: cutID(n.Link), Version: 1, Kind: "nomination", Source: NominationSource, Via: []string{NominationSource},
		Publisher: hostOf(n.Link), Class: item.Unknown, AuthorKind: "unknown", Title: text.CutBytes(text.Line(n.Title), item.MaxTitle),
		Text: text.CutBytes(strings.TrimSpace(n.Words), item.MaxText), URL: n.Link, Links: []string{n.Link},
		Published: n.At.UTC(), Seen: now.UTC(), Consent: "unknown",
	}
	it.Hashtags = hashtags(it.Title, it.Text, nil)
	it.ContentHash = it.HashContent()
	return it
}

// NominableLink returns the canonical form of an address that may be
// proposed: a public page of an organisation. Nothing is fetched. The error
// says what to give instead.
func NominableLink(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if raw != "" && !strings.Contains(raw, "://") && strings.Contains(raw, ".") && !strings.ContainsAny(raw, " @") {
		raw = "https://" + raw
	}
	if len(raw) > maxLink {
		return "", fmt.Errorf("the link is longer than %d characters; give a shorter one", maxLink)
	}
	link := canonical(nil, raw)
	u, err := url.Parse(link)
	if link == "" || err != nil {
		return "", errors.New("enter a link to a web page, such as https://www.example.org/news/a-new-service")
	}
	host := asciiHost(u.Hostname())
	_, notIP := netip.ParseAddr(host)
	suffix, known := publicsuffix.PublicSuffix(host)
	switch {
	case notIP == nil || !strings.Contains(host, ".") || !known && !strings.Contains(suffix, ".") && reserved(suffix):
		return "", fmt.Errorf("the link leads to %s, which is not a public website; enter a link that everybody can open", host)
	case u.Port() != "":
		return "", errors.New("enter a link without a port number")
	case personPage(u) || social(host):
		return "", errors.New("this link leads to a post or page of a person on a social network; enter a page of an organisation, or a blog post")
	}
	return link, nil
}

// reserved are the names that no public website has (RFC 2606 and 6761, RFC
// 6762, RFC 8375). example is kept for tests and documentation.
func reserved(suffix string) bool {
	switch suffix {
	case "local", "localhost", "internal", "invalid", "test", "onion", "home", "lan", "arpa":
		return true
	}
	return false
}

// personPage says that an address holds a handle, as servers of the fediverse
// write it.
func personPage(u *url.URL) bool {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	return strings.Contains(u.Path, "@") || len(parts) > 1 && (parts[0] == "users" || parts[0] == "profile" || parts[0] == "u")
}

// social are networks whose every page is by a person, whatever its address.
func social(host string) bool {
	host = strings.TrimPrefix(host, "www.")
	for _, s := range []string{"bsky.app", "linkedin.com", "tiktok.com", "facebook.com", "instagram.com", "twitter.com", "x.com", "threads.net", "threads.com"} {
		if host == s || strings.HasSuffix(host, "."+s) {
			return true
		}
	}
	return false
}
