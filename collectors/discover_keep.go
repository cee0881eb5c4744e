package collectors

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// dormant is how old the newest item of a feed is when it is said to sleep.
const dormant = 365 * 24 * time.Hour

// keep reads an answer as a feed and keeps it; false when it is none.
func (s *discovery) keep(ctx context.Context, c clue, res *fetch.Response) bool {
	src := Source{URL: res.URL}.Complete()
	doc, err := s.parsers.run(ctx, func() (document, error) {
		return parseFeed(res.URL, res.Body, res.ContentType(), src, s.Now(), useless{})
	})
	if err != nil {
		return false
	}
	info := doc.info
	one := Candidate{
		URL: res.URL, How: c.how, Title: first(info.Title, c.name), Format: info.Format, rank: c.rank,
		Comments: isComments(res.URL, info.Title, c.name),
	}
	if res.Permanent == "" {
		one.URL = c.url // a temporary redirect is followed at each visit
	}
	one.measure(doc.items(src, s.Now()), s.Now())
	if c.src != nil {
		one.Source = *c.src
	} else {
		one.Source = Source{Kind: "feed", URL: one.URL, Name: one.Title, Lang: info.Lang}
	}
	s.add(one, c)
	return true
}

// suggest keeps what a kind knows of an address that no feed speaks for.
func (s *discovery) suggest(c clue) {
	s.add(Candidate{How: c.how, Title: c.name, Source: *c.src, Unproven: true, rank: c.rank,
		Notice: "nothing was read; the first visit shows what it gives"}, c)
}

// add completes a candidate, unless the same was found before.
func (s *discovery) add(one Candidate, c clue) {
	if one.Source.Name == "" {
		one.Source.Name = first(one.Title, c.name)
	}
	s.describe(&one.Source)
	one.Source = one.Source.Complete()
	one.Kind, one.URL, one.Line = one.Source.Kind, one.Source.URL, sourceLine(one.Source)
	for _, other := range s.found {
		if other.URL == one.URL && other.Kind == one.Kind || sameItems(other, one) {
			return
		}
	}
	s.found = append(s.found, one)
}

// measure counts the items and how often they come.
func (c *Candidate) measure(items []item.Item, now time.Time) {
	items = slices.DeleteFunc(slices.Clone(items), func(it item.Item) bool { return it.Op == item.Delete })
	slices.SortStableFunc(items, func(a, b item.Item) int { return b.Published.Compare(a.Published) })
	c.Items = len(items)
	for _, it := range items {
		c.links = append(c.links, first(it.URL, it.ID, it.Title))
	}
	if len(items) == 0 {
		c.Notice = "the feed is empty for now"
		return
	}
	c.Newest = items[0].Published
	span := c.Newest.Sub(items[len(items)-1].Published)
	if span >= time.Hour {
		c.PerWeek = float64(int(10*float64(len(items)-1)/(span.Hours()/(7*24))+.5)) / 10
	}
	if now.Sub(c.Newest) > dormant {
		c.Notice = "nothing new since " + c.Newest.Format("January 2006")
	}
}

// sameItems reports that two feeds show the same newest items, as the RSS and
// the Atom form of one do.
func sameItems(a, b Candidate) bool {
	n := min(len(a.links), len(b.links))
	if n == 0 || n < 3 && len(a.links) != len(b.links) || a.Comments != b.Comments {
		return false
	}
	left, right := slices.Clone(a.links[:n]), slices.Clone(b.links[:n])
	slices.Sort(left)
	slices.Sort(right)
	return slices.Equal(left, right)
}

// ordered sorts by use: posts before comments, what lives before what sleeps
// or is empty, then by place, then by how much comes.
func (s *discovery) ordered() []Candidate {
	weight := func(c Candidate) int {
		switch {
		case c.Comments:
			return 3
		case c.Items == 0 && !c.Unproven:
			return 2
		case !c.Unproven && s.Now().Sub(c.Newest) > dormant:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(s.found, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(a.rank, b.rank), cmp.Compare(b.PerWeek, a.PerWeek))
	})
	return s.found
}

// isComments reports that a feed holds what readers wrote below posts.
func isComments(address string, names ...string) bool {
	u, err := url.Parse(strings.ToLower(address))
	if err != nil {
		return false
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if strings.HasPrefix(part, "comment") || strings.HasPrefix(part, "replies") {
			return true
		}
	}
	for _, n := range names {
		n = strings.ToLower(n)
		if strings.HasPrefix(n, "comments on") || strings.HasPrefix(n, "comments for") || strings.HasSuffix(n, "comments feed") {
			return true
		}
	}
	return strings.Contains(u.RawQuery, "feed=comments")
}

// sourceLine is a source as a line of the list of sources.
func sourceLine(s Source) string {
	var b strings.Builder
	b.WriteString("- {")
	add := func(key, value string, always bool) {
		if value == "" || value == "unknown" && !always {
			return
		}
		if b.Len() > len("- {") {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", key, value)
	}
	if s.Kind != "feed" {
		add("kind", s.Kind, true)
	}
	add("url", yamlText(s.URL), true)
	if len(s.Tags) > 0 {
		add("tags", "["+strings.Join(s.Tags, ", ")+"]", true)
	}
	add("name", yamlText(s.Name), true)
	add("publisher", yamlText(s.Publisher), true)
	add("class", string(s.Class), false)
	add("council", s.Council, false)
	add("lang", s.Lang, false)
	return b.String() + "}"
}

// yamlText is a text in the double quotes of YAML, which JSON's are.
func yamlText(s string) string {
	if s == "" {
		return ""
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\t", " ").Replace(s) + `"`
}
