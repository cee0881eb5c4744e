package collectors

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// refusalTags are words in a profile by which people ask not to be collected.
var refusalTags = []string{"nobot", "nobots", "noindex", "nosearch", "noarchive", "noscrape", "noai"}

// consent is what the author says about being found: "indexable" and "refused"
// as said, "unknown" where the server knows no such switch. The flags are
// those of FEP-5feb and of Mastodon since 4.0 (noindex) and 4.2 (indexable); a
// limited or suspended account was judged by its server.
func (a *mastodonAccount) consent() string {
	switch {
	case a.Suspended, a.Limited, isTrue(a.NoIndex), a.Indexable != nil && !*a.Indexable, a.refuses():
		return Refused
	case isTrue(a.Indexable):
		return "indexable"
	}
	return "unknown"
}

func isTrue(b *bool) bool { return b != nil && *b }

// refuses looks for the words in the profile.
func (a *mastodonAccount) refuses() bool {
	parts := []string{a.Note}
	for _, f := range a.Fields {
		parts = append(parts, f.Name, f.Value)
	}
	var tags []string
	for _, p := range parts {
		plain, _ := text.FromHTML(p)
		tags = text.Hashtags(tags, plain)
	}
	return slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(refusalTags, t) })
}

// author is who an account stands for.
type author struct {
	name      string // name@domain in lower case, also of an organisation
	publisher string // the domain of an organisation, else name
	class     item.Class
	kind      string
	council   string
}

// author tells organisations from persons. An account is an organisation's
// only where its server says so with its name: below gov.uk, or where the
// configuration names the organisation whose server this is. Everybody else is
// taken for a person.
func (s *mastodonServer) author(a *mastodonAccount, src Source) author {
	name, host, remote := strings.Cut(strings.ToLower(a.Acct), "@")
	if !remote {
		host = s.Domain
	}
	who := author{name: name + "@" + host, publisher: name + "@" + host, class: item.Person, kind: "person"}
	switch {
	case !remote && organised(src.Class):
		who.publisher, who.class, who.kind, who.council = src.Publisher, src.Class, "org", src.Council
	case official(host):
		who.publisher, who.class, who.kind = strings.TrimPrefix(host, "www."), item.Unknown, "org"
	}
	switch {
	case a.Bot:
		who.kind = "bot"
	case a.Group:
		who.kind = "unknown"
	}
	return who
}

func organised(c item.Class) bool {
	return slices.Contains([]item.Class{item.Council, item.Central, item.Civic, item.Press, item.Vendor}, c)
}

// official says that a host is of the public sector by its name.
func official(host string) bool { return strings.HasSuffix(strings.ToLower(host), ".gov.uk") }

// hidden stands where a handle stood.
const hidden = "@…"

// hiding takes handles out of texts and links. It keeps those of kept.
type hiding struct{ kept map[string]bool }

// hider keeps mentions of accounts of the public sector.
func hider(mentions []mastodonMention) hiding {
	h := hiding{kept: map[string]bool{}}
	for _, keep := range []bool{true, false} { // a name that a person has as well goes
		for _, m := range mentions {
			name, host, _ := strings.Cut(strings.ToLower(m.Acct), "@")
			if official(host) == keep {
				h.kept[name], h.kept[name+"@"+host] = keep, keep
			}
		}
	}
	return h
}

// text replaces every @name, @name@host and name@host.
func (h hiding) text(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	out := make([]byte, 0, len(s))
	for {
		at := strings.IndexByte(s, '@')
		if at < 0 {
			return string(append(out, s...))
		}
		out = append(out, s[:at]...)
		s = s[at+1:]
		n := handleLen(s)
		if n < len(s) && n > 0 && s[n] == '@' {
			if host := handleLen(s[n+1:]); host > 0 {
				n += 1 + host
			}
		}
		switch {
		case n == 0:
			out = append(out, '@')
		case h.kept[strings.ToLower(s[:n])]:
			out = append(append(out, '@'), s[:n]...)
		default:
			out = append(withoutLocalPart(out), hidden...)
		}
		s = s[n:]
	}
}

// handleLen is the length in bytes of the name at the beginning of s. A name
// does not end in a dot or a hyphen.
func handleLen(s string) int {
	n := 0
	for i, r := range s {
		if !handleRune(r) {
			break
		}
		if r != '.' && r != '-' {
			n = i + utf8.RuneLen(r)
		}
	}
	return min(n, len(s))
}

func handleRune(r rune) bool {
	return r == '_' || r == '.' || r == '-' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// withoutLocalPart cuts the part of a mail address before its @.
func withoutLocalPart(out []byte) []byte {
	for len(out) > 0 {
		r, size := utf8.DecodeLastRune(out)
		if !handleRune(r) && r != '+' && r != '%' {
			break
		}
		out = out[:len(out)-size]
	}
	return out
}

// outward drops the addresses of persons, and of the pages that list the
// hashtags of the post.
func outward(links, tags []string) []string {
	var out []string
	for _, l := range links {
		if !personal(l) && !tagPage(l, tags) {
			out = append(out, l)
		}
	}
	return out
}

// profileHosts are sites on which the first part of a path is a person.
var profileHosts = []string{"twitter.com", "x.com", "instagram.com", "facebook.com", "t.me", "threads.net", "threads.com"}

// personal says that an address holds a handle: /@name, /users/name,
// /profile/name and the like. Hosts of the public sector have none.
func personal(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return true
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	if official(host) {
		return false
	}
	if slices.Contains(profileHosts, strings.TrimPrefix(host, "mobile.")) || strings.Contains(u.RawQuery, "@") || strings.Contains(u.RawQuery, "%40") {
		return true
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, p := range parts {
		named := i+1 < len(parts)
		switch {
		case strings.HasPrefix(p, "@"), strings.Contains(p, "@"):
			return true
		case named && (p == "users" || p == "user" || p == "profile" || p == "u"):
			return true
		case named && p == "in" && strings.HasSuffix(host, "linkedin.com"):
			return true
		}
	}
	return false
}

// tagPage says that an address lists the posts of one of these hashtags.
func tagPage(link string, tags []string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return true
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	return len(parts) == 2 && (parts[0] == "tags" || parts[0] == "tag") && slices.Contains(tags, text.FoldTag(parts[1]))
}
