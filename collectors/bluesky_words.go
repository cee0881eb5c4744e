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
			p.words = appendJetText(append(p.words, '\n'), value) // the keys come in any order
		case "facets":
			facets = value
		case "tags":
			for tag := range stringsOf(value, "") {
				p.words = appendJetText(append(p.words, " #"...), tag)
			}
		case "embed":
			p.embed = value
		}
		return true
	})
	for value := range stringsOf(facets, `"tag"`) {
		p.words = appendJetText(append(p.words, " #"...), value)
	}
	for value := range stringsOf(facets, `"uri"`) {
		p.links = append(p.links, string(appendJetText(nil, value)))
	}
	p.card(p.embed)
	return len(p.words) > len("\n") || len(p.links) > 0
}

// stringsOf yields the strings, with their quotes, that stand behind a quoted
// name in a JSON text, or all of them where the name is "".
func stringsOf(list []byte, name string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := 0; i < len(list); {
			at := bytes.Index(list[i:], []byte(name))
			if at < 0 {
				return
			}
			i += at + len(name)
			from := i + bytes.IndexByte(list[i:], '"')
			if name != "" {
				from = behindColon(list, i)
			}
			if from < i {
				if name == "" {
					return
				}
				continue
			}
			end := endOfString(list, from)
			if end < 0 {
				return
			}
			if !yield(list[from:end]) {
				return
			}
			i = end
		}
	}
}

// behindColon returns where the value begins whose key ended at i, -1 where
// there is none.
func behindColon(b []byte, i int) int {
	if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
		return -1
	}
	if i = skipSpace(b, i+1); i >= len(b) || b[i] != '"' {
		return -1
	}
	return i
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
	slices.SortFunc(ranges, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	var kept strings.Builder
	done := 0
	for _, r := range ranges {
		if r[0] < 0 || r[0] >= r[1] || r[1] > len(s) || !utf8.RuneStart(s[r[0]]) || r[1] < len(s) && !utf8.RuneStart(s[r[1]]) {
			continue
		}
		if from := max(r[0], done); from < r[1] { // ranges may overlap, or come twice
			kept.WriteString(s[done:from] + publicDomain.FindString(s[from:r[1]]))
			done = r[1]
		}
	}
	s = kept.String() + s[done:]
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
