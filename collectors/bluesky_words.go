package collectors

import (
	"bytes"
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"vantage/collectors/text"
)

// skyProbe gathers what decides whether a post is wanted: its words with those
// of its link card and its tags, and its links. It is used again for the next
// post.
type skyProbe struct {
	words []byte
	links []string
	embed []byte
}

// read reports false for a record without text, tags and card.
func (p *skyProbe) read(record []byte) bool {
	p.words, p.links, p.embed = p.words[:0], p.links[:0], nil
	var facets []byte
	eachMember(record, func(key, value []byte) bool {
		switch string(key) {
		case "text":
			p.words = appendJetText(p.words, value)
		case "facets":
			facets = value
		case "tags":
			p.tags(value, nil)
		case "embed":
			p.embed = value
		}
		return true
	})
	p.tags(facets, []byte(`"tag":`))
	p.uris(facets)
	p.card(p.embed)
	return len(p.words) > 0 || len(p.links) > 0
}

// tags adds every string of a list, or those that stand behind name, as a
// hashtag.
func (p *skyProbe) tags(list, name []byte) {
	for i := 0; i < len(list); {
		at := bytes.Index(list[i:], name)
		if at < 0 {
			return
		}
		quote := bytes.IndexByte(list[i+at+len(name):], '"')
		if quote < 0 {
			return
		}
		from := i + at + len(name) + quote
		end := endOfString(list, from)
		if end < 0 {
			return
		}
		p.words = appendJetText(append(p.words, " #"...), list[from:end])
		i = end
	}
}

// uris adds the addresses of facets.
func (p *skyProbe) uris(facets []byte) {
	name := []byte(`"uri":"http`)
	for i := 0; i < len(facets); {
		at := bytes.Index(facets[i:], name)
		if at < 0 {
			return
		}
		from := i + at + len(`"uri":`)
		end := endOfString(facets, from)
		if end < 0 {
			return
		}
		p.links = append(p.links, string(appendJetText(nil, facets[from:end])))
		i = end
	}
}

// card adds the words and the address of a link card, also of one beside a
// quote.
func (p *skyProbe) card(embed []byte) {
	if !bytes.Contains(embed, []byte(`"external"`)) {
		return
	}
	eachMember(embed, func(key, value []byte) bool {
		switch string(key) {
		case "media":
			p.card(value)
		case "external":
			eachMember(value, p.cardPart)
		}
		return true
	})
}

func (p *skyProbe) cardPart(key, value []byte) bool {
	switch string(key) {
	case "uri":
		p.links = append(p.links, string(appendJetText(nil, value)))
	case "title", "description":
		p.words = appendJetText(append(p.words, '\n'), value)
	}
	return true
}

// hasTag reports whether one of the hashtags in s is one of tags.
func hasTag(s string, tags []string) bool {
	if len(tags) == 0 {
		return false
	}
	for i := 0; i < len(s); {
		at := strings.IndexByte(s[i:], '#')
		if at < 0 {
			return false
		}
		i += at + 1
		n := text.HashtagLen(s[i:])
		if slices.ContainsFunc(tags, func(t string) bool { return sameTag(s[i:i+n], t) }) {
			return true
		}
		i += n
	}
	return false
}

// sameTag compares a hashtag as written with a folded one.
func sameTag(written, folded string) bool {
	for i := range len(written) {
		if written[i] >= utf8.RuneSelf {
			return text.FoldTag(written) == folded
		}
	}
	return strings.EqualFold(written, folded)
}

// people finds what names a person in plain text: handles, addresses of
// e-mail, identifiers and pages of accounts.
var people = regexp.MustCompile(`[\p{L}\p{N}_.+-]*@[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*|\bdid:[a-z]+:[\w.:%-]+|(?:https?://)?(?:[\w-]+\.)*bsky\.app/profile/\S+`)

// officialHandle keeps the handle of a body from the time before domains were
// handles.
var officialHandle = regexp.MustCompile(`(?i)council|cyngor|borough|gov`)

// publicDomain is what public bodies have as domain, with the one label that
// names the body: jane.bristol.gov.uk is bristol.gov.uk.
var publicDomain = regexp.MustCompile(`(?i)[\w-]+\.(?:gov\.uk|gov\.scot|gov\.wales|llyw\.cymru|nhs\.uk|nhs\.scot|nhs\.wales|police\.uk|parliament\.uk)$`)

// withoutPeople takes handles and the like out of s, first the ranges of bytes
// that are known to be such, and tidies what is left. Of a public body's
// handle its domain stays.
func withoutPeople(s string, ranges [][2]int) string {
	slices.SortFunc(ranges, func(a, b [2]int) int { return cmp.Compare(b[0], a[0]) })
	for _, r := range ranges { // from the end, so that the others stay in place
		if r[0] < 0 || r[0] >= r[1] || r[1] > len(s) || !utf8.RuneStart(s[r[0]]) || r[1] < len(s) && !utf8.RuneStart(s[r[1]]) {
			continue
		}
		s = s[:r[0]] + publicDomain.FindString(s[r[0]:r[1]]) + s[r[1]:]
	}
	if strings.ContainsRune(s, '@') || strings.Contains(s, "did:") || strings.Contains(s, "bsky.app/") {
		s = people.ReplaceAllStringFunc(s, impersonal)
	}
	return text.Clean(s)
}

func impersonal(name string) string {
	if domain := publicDomain.FindString(name); domain != "" {
		return domain
	}
	if strings.HasPrefix(name, "@") && !strings.Contains(name, ".") && officialHandle.MatchString(name) {
		return name
	}
	return ""
}

// skyPersonPage reports a link to an account or to one of its posts.
func skyPersonPage(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return true
	}
	host := strings.ToLower(u.Hostname())
	return (host == "bsky.app" || strings.HasSuffix(host, ".bsky.app")) && strings.HasPrefix(u.Path, "/profile/") ||
		strings.HasSuffix(host, ".bsky.social")
}
