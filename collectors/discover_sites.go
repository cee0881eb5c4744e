package collectors

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"vantage/collectors/item"
)

// closedSites are networks that let nobody listen without a contract or a
// sign-in; see the README.
var closedSites = map[string]string{
	"x.com": "X", "twitter.com": "X", "linkedin.com": "LinkedIn", "facebook.com": "Facebook", "instagram.com": "Instagram",
	"threads.net": "Threads", "threads.com": "Threads", "tiktok.com": "TikTok", "reddit.com": "Reddit",
}

func closedSite(address string) string {
	host := hostOf(address)
	for domain, name := range closedSites {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return name + " cannot be listened to: it has no open and free way for it; look for the site, blog or newsletter of the same people"
		}
	}
	return ""
}

// knownPlace makes clues of an address whose shape is known. only says that the page
// itself need not be read when a clue was right.
type knownPlace struct {
	host  *regexp.Regexp
	path  *regexp.Regexp
	only  bool
	clues func(u *url.URL, m []string) []clue
}

var knownPlaces = []knownPlace{
	{regexp.MustCompile(`^(m\.)?youtube\.com$`), regexp.MustCompile(`^/channel/(UC[\w-]{22})`), true, func(_ *url.URL, m []string) []clue {
		return feedClue("https://www.youtube.com/feeds/videos.xml?channel_id="+m[1], "the channel's feed")
	}},
	{regexp.MustCompile(`^(m\.)?youtube\.com$`), regexp.MustCompile(`^/playlist$`), true, func(u *url.URL, _ []string) []clue {
		return feedClue("https://www.youtube.com/feeds/videos.xml?playlist_id="+url.QueryEscape(u.Query().Get("list")), "the playlist's feed")
	}},
	{regexp.MustCompile(`^github\.com$`), gitHubTopicPage, true, func(u *url.URL, _ []string) []clue {
		return kindClue(Source{Kind: "github", URL: u.String()}, "", "a topic on GitHub")
	}},
	{regexp.MustCompile(`^github\.com$`), gitHubRepository, true, func(u *url.URL, m []string) []clue {
		return kindClue(Source{Kind: "github", URL: "https://github.com/" + m[1] + "/" + m[2]}, "https://github.com/"+m[1]+"/"+m[2]+"/releases.atom", "releases on GitHub")
	}},
	{regexp.MustCompile(`^gov\.uk$`), regexp.MustCompile(`^/search/[a-z-]+$`), true, func(u *url.URL, _ []string) []clue {
		atom := *u
		atom.Path += ".atom"
		return kindClue(Source{Kind: "govuk", URL: u.String()}, atom.String(), "a search of GOV.UK")
	}},
	{regexp.MustCompile(`^gov\.uk$`), regexp.MustCompile(`^/government/(organisations|people|topical-events)/[\w-]+$`), true, func(u *url.URL, _ []string) []clue {
		return feedClue("https://www.gov.uk"+u.Path+".atom", "the page's feed on GOV.UK")
	}},
	{regexp.MustCompile(`^hn\.algolia\.com$`), regexp.MustCompile(`^/$`), true, func(u *url.URL, _ []string) []clue {
		return kindClue(Source{Kind: "hackernews", URL: u.String()}, "", "a search of Hacker News")
	}},
	{regexp.MustCompile(`^bsky\.app$`), regexp.MustCompile(`^/hashtag/([^/]+)`), true, func(_ *url.URL, m []string) []clue {
		return kindClue(Source{Kind: "bluesky", Tags: []string{m[1]}}, "", "a hashtag on Bluesky")
	}},
	{regexp.MustCompile(`^bsky\.app$`), regexp.MustCompile(`^/profile/([^/]+)$`), true, func(u *url.URL, _ []string) []clue {
		return feedClue("https://bsky.app"+u.Path+"/rss", "the profile's feed")
	}},
	{regexp.MustCompile(`^medium\.com$`), regexp.MustCompile(`^/(@?[^/]+|tag/[^/]+)/?$`), true, func(_ *url.URL, m []string) []clue {
		return feedClue("https://medium.com/feed/"+m[1], "the feed on Medium")
	}},
	{regexp.MustCompile(`\.(medium|substack)\.com$`), regexp.MustCompile(`^/`), false, func(u *url.URL, _ []string) []clue {
		return feedClue("https://"+u.Host+"/feed", "the usual place")
	}},
	{regexp.MustCompile(`\.blogspot\.(com|co\.uk)$`), regexp.MustCompile(`^/`), false, func(u *url.URL, _ []string) []clue {
		return feedClue("https://"+u.Host+"/feeds/posts/default", "the usual place")
	}},
	{regexp.MustCompile(`.`), regexp.MustCompile(`^/(?:web/)?(?:tags|timelines/tag)/([^/.]+)/?$`), true, func(u *url.URL, m []string) []clue {
		server := u.Scheme + "://" + u.Host
		return kindClue(Source{Kind: "mastodon", URL: server, Tags: []string{m[1]}}, server+"/tags/"+m[1]+".rss", "a hashtag on Mastodon")
	}},
	{regexp.MustCompile(`.`), regexp.MustCompile(`^/@([\w.-]+)/?$`), true, func(u *url.URL, m []string) []clue {
		return feedClue(u.Scheme+"://"+u.Host+"/@"+m[1]+".rss", "the profile's feed")
	}},
}

func feedClue(address, how string) []clue { return []clue{{url: address, how: how, rank: rankKnown}} }

// kindClue suggests a source of another kind; address is a feed that shows
// that there is something, "" for none.
func kindClue(src Source, address, how string) []clue {
	if _, ok := kinds[src.Kind]; !ok {
		src = Source{Kind: "feed", URL: address}
	}
	return []clue{{url: address, how: how, rank: rankKnown, src: &src}}
}

// knownSite returns the clues of an address whose shape is known.
func knownSite(address string) (clues []clue, only bool) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, false
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	for _, s := range knownPlaces {
		if m := s.path.FindStringSubmatch(u.Path); m != nil && s.host.MatchString(host) {
			return s.clues(u, m), s.only
		}
	}
	return nil, false
}

// usualPlaces are where feeds are when nothing leads to them: those of the
// software that made the page first, then those below the page itself, then
// what is frequent among councils and blogs.
func usualPlaces(address string, p sitePage) []clue {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	root := u.Scheme + "://" + u.Host
	var places []string
	for _, s := range software {
		if strings.Contains(p.generator, s.generator) && s.generator != "" || s.sign.MatchString(address) {
			places = append(places, s.places...)
		}
	}
	if dir := strings.TrimSuffix(u.Path, "/"); dir != "" && path.Ext(dir) == "" {
		places = append(places, dir+"/feed", dir+"/rss", dir+".rss", dir+"/rss.xml")
	}
	places = append(places, "/feed", "/rss/news", "/rss", "/rss.xml", "/news/rss", "/feed.xml", "/atom.xml", "/index.xml", "/news/feed", "/news/rss.xml")
	var out []clue
	for _, place := range places {
		c := clue{url: canonical(nil, root+place), how: "in a usual place", rank: rankPlace}
		if !slices.ContainsFunc(out, func(o clue) bool { return o.url == c.url }) {
			out = append(out, c)
		}
	}
	return out
}

// software are systems, what shows them, and where their feeds are. Nothing
// shows in an address that never fits: then only the generator counts.
var software = []struct {
	generator string
	sign      *regexp.Regexp
	places    []string
}{
	{"", regexp.MustCompile(`(?i)/(mg|ie)[a-z]+\.aspx|//(democracy|moderngov|committees?|modgov)[.-]`), []string{"/mgRss.aspx?XXR=0"}},
	{"wordpress", never, []string{"/feed/"}},
	{"jadu", regexp.MustCompile(`/site/scripts/`), []string{"/rss/news", "/site/scripts/news_rss.php"}},
	{"drupal", regexp.MustCompile(`/node/\d+$`), []string{"/rss.xml", "/news/rss.xml"}},
	{"hugo", never, []string{"/index.xml"}},
	{"jekyll", never, []string{"/feed.xml", "/atom.xml"}},
	{"ghost", never, []string{"/rss/"}},
	{"blogger", never, []string{"/feeds/posts/default"}},
	{"joomla", never, []string{"/?format=feed&type=rss"}},
	{"squarespace", never, []string{"/?format=rss"}},
}

var never = regexp.MustCompile(`$^x`)

// describe guesses publisher, class and council from the address. What a
// source has already stays.
func (d Discoverer) describe(s *Source) {
	host := hostOf(s.URL)
	if s.Kind != "feed" || s.Publisher != "" {
		return
	}
	domain, class := organisationOf(host)
	s.Publisher = domain
	if d.Council != nil {
		if id, name := d.Council(domain); id != "" {
			s.Council, class = id, item.Council
			if s.Name == "" {
				s.Name = name
			}
		}
	}
	if u, err := url.Parse(s.URL); err == nil && strings.HasPrefix(u.Path, "/@") {
		class = item.Person // unless somebody knows better
	}
	if s.Class == "" {
		s.Class = class
	}
}

// organisationOf returns the domain of the body behind a host, and its class as
// far as the domain tells.
func organisationOf(host string) (string, item.Class) {
	labels := strings.Split(host, ".")
	tail := func(n int) string { return strings.Join(labels[max(0, len(labels)-n):], ".") }
	switch {
	case strings.HasSuffix(host, ".blog.gov.uk"), strings.HasSuffix(host, ".service.gov.uk"), host == "gov.uk":
		return host, item.Central
	case strings.HasSuffix(host, ".gov.uk"):
		return tail(3), item.Central
	case strings.HasSuffix(host, ".gov.scot"), strings.HasSuffix(host, ".gov.wales"), strings.HasSuffix(host, ".llyw.cymru"), host == "gov.scot", host == "gov.wales":
		return host, item.Central
	case strings.HasSuffix(host, ".parliament.uk"), strings.HasSuffix(host, ".nhs.uk"), strings.HasSuffix(host, ".police.uk"), strings.HasSuffix(host, ".senedd.wales"):
		return host, item.Central
	case strings.HasSuffix(host, ".org.uk"), strings.HasSuffix(host, ".ac.uk"), strings.HasSuffix(host, ".org"):
		return host, item.Civic
	}
	return host, item.Unknown
}
