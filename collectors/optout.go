package collectors

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// Kinds of opt-outs.
const (
	OptOutDomain = "domain" // of a publisher, or of the address of a post
	OptOutAuthor = "author" // of posts; kept as a pseudonym only
	OptOutTag    = "tag"    // hashtag
)

// OptOut names what must not be collected, stored or counted. Domains hold for
// the names below them too. A person is named by a pseudonym under Keys.Root,
// never in clear.
type OptOut struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Key names the opt-out in a bucket.
func (o OptOut) Key() string { return o.Kind + ":" + o.Value }

// String says what is left out, for lists; it names no person.
func (o OptOut) String() string {
	switch o.Kind {
	case OptOutTag:
		return "#" + o.Value
	case OptOutAuthor:
		return "person " + strings.TrimPrefix(o.Value, "person:")
	}
	return o.Value
}

var (
	fediverseHandle = regexp.MustCompile(`^@?([A-Za-z0-9_.-]+)@([A-Za-z0-9.-]+\.[A-Za-z0-9-]+)$`)
	didForm         = regexp.MustCompile(`^did:[a-z]+:[A-Za-z0-9._:%-]+$`)
)

// ParseOptOut reads a domain (or an address on it), @handle@host, a did:… of
// Bluesky, or #tag. root is Keys.Root. The error names the value and the way
// out.
func ParseOptOut(s string, root []byte) (OptOut, error) {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "#"):
		tags := text.AddTag(nil, s)
		if len(tags) == 0 {
			return OptOut{}, fmt.Errorf("%q is not a hashtag; write it as #budget2027", s)
		}
		return OptOut{OptOutTag, tags[0]}, nil
	case strings.HasPrefix(s, "did:"):
		if !didForm.MatchString(s) {
			return OptOut{}, fmt.Errorf("%q is not a DID; write it as did:plc:abc123", s)
		}
		return OptOut{OptOutAuthor, pseudonym(root, "bluesky", s)}, nil
	case fediverseHandle.MatchString(s):
		return OptOut{OptOutAuthor, handlePseudonym(root, strings.ToLower(strings.TrimPrefix(s, "@")))}, nil
	case strings.HasPrefix(s, "@"):
		return OptOut{}, fmt.Errorf("%q does not say on which server; write @name@server, or the did:… of a Bluesky account", s)
	}
	domain, err := domainOf(s)
	return OptOut{OptOutDomain, domain}, err
}

// handlePseudonym stands for name@server. Two servers have accounts of their
// own, which the searches of their APIs name.
func handlePseudonym(root []byte, handle string) string {
	switch name, host, _ := strings.Cut(handle, "@"); host {
	case "github.com":
		return pseudonym(root, "github", name)
	case "news.ycombinator.com":
		return pseudonym(root, "hackernews", name)
	}
	return pseudonym(root, "mastodon", handle)
}

// domainOf takes a domain or an address on it.
func domainOf(s string) (string, error) {
	host := s
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	host = asciiHost(host)
	plain := strings.TrimPrefix(host, "www.")
	if suffix, _ := publicsuffix.PublicSuffix(plain); suffix == plain {
		if host == plain {
			return "", fmt.Errorf("%q is not the domain of one organisation; write it as example.org", s)
		}
		return host, nil // www.gov.uk: the site, not everything below gov.uk
	}
	if !strings.Contains(plain, ".") || strings.ContainsAny(plain, "/ \t@:") {
		return "", fmt.Errorf("%q is not a domain, @handle@server, did:… or #hashtag; write a domain as example.org", s)
	}
	return plain, nil
}

// asciiHost writes a host name as it travels: lower case, punycode.
func asciiHost(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return host
}

// refusals are opt-outs in the form in which items are compared with them.
type refusals struct {
	domains, tags, authors map[string]bool
}

// compileOptOuts makes the sets; authors are looked for as kinds write them
// and as they are published, under every live key.
func compileOptOuts(list []OptOut, keys Keys) *refusals {
	r := &refusals{domains: map[string]bool{}, tags: map[string]bool{}, authors: map[string]bool{}}
	for _, o := range list {
		switch o.Kind {
		case OptOutDomain:
			r.domains[o.Value] = true
		case OptOutTag:
			r.tags[o.Value] = true
		}
		if a := o.author(keys.Root); a != "" {
			r.authors[a] = true
			for _, sealed := range keys.seals(a) {
				r.authors[sealed] = true
			}
		}
	}
	return r
}

// author is the pseudonym that the opt-out names, if any: the domain of a
// person's own feed stands for the person.
func (o OptOut) author(root []byte) string {
	switch o.Kind {
	case OptOutAuthor:
		return o.Value
	case OptOutDomain:
		return pseudonym(root, "feed", o.Value)
	}
	return ""
}

// refuse tells whether the item is one of those.
func (r *refusals) refuse(it *item.Item) bool {
	if len(r.domains) > 0 && (r.domain(it.Publisher) || r.domain(hostOf(it.URL))) {
		return true
	}
	if len(r.authors) > 0 && (r.authors[it.AuthorRef] || r.authors[it.Publisher]) {
		return true
	}
	if len(r.tags) > 0 {
		for _, tag := range it.Hashtags {
			if r.tags[tag] {
				return true
			}
		}
	}
	return false
}

// domain tells whether name or a domain above it is left out.
func (r *refusals) domain(name string) bool {
	if name == "" || len(r.domains) == 0 {
		return false
	}
	name = asciiHost(name)
	if r.domains["www."+name] { // kept so for a site below which others live
		return true
	}
	for {
		if r.domains[name] {
			return true
		}
		_, rest, more := strings.Cut(name, ".")
		if !more {
			return false
		}
		name = rest
	}
}
