package collectors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
	"vantage/collectors/text"
)

// smallWeb serves the pages of a case.
type smallWeb struct {
	pages map[string]string
	asked atomic.Int32
	base  string
}

func (s *smallWeb) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/robots.txt" {
		s.asked.Add(1)
	}
	body, ok := s.pages[r.URL.RequestURI()]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<title>Not found</title>")
		return
	}
	word, rest, _ := strings.Cut(body, " ")
	switch word {
	case "FEED", "ATOM", "JSON", "OLD", "HTMLTYPE":
		name, n, _ := strings.Cut(rest, " ")
		w.Header().Set("Content-Type", map[string]string{"HTMLTYPE": "text/html", "JSON": "application/feed+json"}[word])
		fmt.Fprint(w, sampleFeed(word, strings.ReplaceAll(name, "_", " "), number(n, 0)))
	case "TO":
		http.Redirect(w, r, rest, http.StatusMovedPermanently)
	case "HEADER":
		w.Header().Set("Link", rest)
		w.Header().Set("Content-Type", "text/html")
	case "ROBOTS":
		fmt.Fprint(w, rest)
	case "UTF16":
		w.Header().Set("Content-Type", "text/html; charset=utf-16le")
		for _, u := range utf16.Encode([]rune(rest)) {
			w.Write([]byte{byte(u), byte(u >> 8)})
		}
	case "403", "404", "500":
		w.WriteHeader(number(word, 500))
	default:
		w.Header().Set("Content-Type", "text/html")
		body = strings.ReplaceAll(body, "HOSTPORT", strings.TrimPrefix(s.base, "http://"))
		fmt.Fprint(w, strings.ReplaceAll(body, "HOST", s.base))
	}
}

// sampleFeed is a feed of n posts, one each day back from today.
func sampleFeed(form, name string, n int) string {
	var b strings.Builder
	type jsonItem map[string]any
	items := []jsonItem{}
	for i := range n {
		at := today.AddDate(0, 0, -i)
		if form == "OLD" {
			at = at.AddDate(-3, 0, 0)
		}
		link := fmt.Sprintf("https://oakshire.example/%s/%d", strings.ReplaceAll(name, " ", "-"), i)
		items = append(items, jsonItem{"id": link, "url": link, "title": "Post", "date_published": at.Format(time.RFC3339)})
		if form == "ATOM" {
			fmt.Fprintf(&b, `<entry><id>%s</id><title>Post</title><link href="%s"/><updated>%s</updated></entry>`, link, link, at.Format(time.RFC3339))
			continue
		}
		fmt.Fprintf(&b, `<item><title>Post</title><link>%s</link><pubDate>%s</pubDate></item>`, link, at.Format(time.RFC1123Z))
	}
	switch form {
	case "ATOM":
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>` + name + `</title><id>urn:x:y</id>` + b.String() + `</feed>`
	case "JSON":
		out, _ := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": name, "items": items})
		return string(out)
	}
	return `<rss version="2.0"><channel><title>` + name + `</title>` + b.String() + `</channel></rss>`
}

func discover(t *testing.T, pages map[string]string, ask string) ([]Candidate, *smallWeb, error) {
	t.Helper()
	web := &smallWeb{pages: pages}
	server := httptest.NewServer(web)
	t.Cleanup(server.Close)
	web.base = server.URL
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1, Total: 3 * time.Second, Now: func() time.Time { return today }})
	t.Cleanup(client.Close)
	found, err := Discoverer{Client: client, Now: func() time.Time { return today }}.Find(t.Context(), server.URL+ask)
	return found, web, err
}

// hostileWeb is a site whose page announces a feed. The clock is the one thing
// from outside that is asked inside the parser, so one that fails stands for a
// body that makes the parser fail.
func hostileWeb(t *testing.T, now func() time.Time) (Discoverer, string) {
	t.Helper()
	web := &smallWeb{pages: map[string]string{"/": `<link rel="alternate" type="application/rss+xml" href="/f">`, "/f": "FEED News 5"}}
	server := httptest.NewServer(web)
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
	t.Cleanup(client.Close)
	return Discoverer{Client: client, Now: now}, server.URL
}

func TestSearchOutlivesABodyThatMakesTheParserFail(t *testing.T) {
	var asked atomic.Int32
	d, address := hostileWeb(t, func() time.Time {
		if asked.Add(1) == 1 {
			panic("the parser fails")
		}
		return today
	})
	found, err := d.Find(t.Context(), address)
	if err != nil || len(found) != 1 || found[0].URL != address+"/f" {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestSearchEndsWhenTheParserDoesNot(t *testing.T) {
	forever := make(chan struct{})
	d, address := hostileWeb(t, func() time.Time { <-forever; return today })
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	ended := make(chan error, 1)
	go func() { _, err := d.Find(ctx, address); ended <- err }()
	select {
	case err := <-ended:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it goes on after the end of its context")
	}
	close(forever)
}

func TestDiscoverCases(t *testing.T) {
	if len(discoverCases) < 55 {
		t.Errorf("%d cases, want 55 or more", len(discoverCases))
	}
	for _, c := range discoverCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, web, err := discover(t, c.pages, c.ask)
			if n := int(web.asked.Load()); n > maxDiscovery {
				t.Errorf("%d addresses were asked for", n)
			}
			if says, fails := strings.CutPrefix(c.want, "!"); fails {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("got %v, %v, want an error that says %q", found, err, says)
				}
				return
			}
			var got []string
			for _, f := range found {
				u := strings.TrimPrefix(f.URL, web.base)
				if f.Kind == "mastodon" {
					u = "/tags/" + f.Source.Tags[0] + ".rss"
				}
				got = append(got, u)
				if !f.Unproven && f.Items > 0 && f.Newest.IsZero() {
					t.Errorf("%+v has no date", f)
				}
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestDiscoveryIsBounded(t *testing.T) {
	page := ""
	pages := map[string]string{}
	for i := range 200 {
		page += fmt.Sprintf(rssLink+`href="/feed/%d">`, i)
		pages[fmt.Sprint("/feed/", i)] = fmt.Sprint("FEED Part", i, " 5")
	}
	pages["/"] = page
	found, web, err := discover(t, pages, "/")
	if err != nil || len(found) != maxDiscovery-1 || int(web.asked.Load()) != maxDiscovery {
		t.Errorf("%d feeds after %d requests, %v", len(found), web.asked.Load(), err)
	}
}

func TestCommentsDoNotUseUpTheSearch(t *testing.T) {
	page, pages := "", map[string]string{"/news.xml": "FEED News 5"}
	for i := range 30 {
		page += fmt.Sprintf(rssLink+`href="/post-%d/comments/feed">`, i)
		pages[fmt.Sprintf("/post-%d/comments/feed", i)] = fmt.Sprint("FEED Talk", i, " 5")
	}
	pages["/"] = page + rssLink + `href="/news.xml">`
	found, web, err := discover(t, pages, "/")
	if err != nil || len(found) == 0 || found[0].URL != web.base+"/news.xml" {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestDiscoveryMeasuresAndDescribes(t *testing.T) {
	found, _, err := discover(t, map[string]string{"/": rssLink + `href="/f">`, "/f": "FEED Oakshire_\"News\" 15"}, "/")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	f := found[0]
	if f.Items != 15 || f.PerWeek != 7 || !f.Newest.Equal(today) || f.Title != `Oakshire "News"` || f.How != "announced by the page" || f.Format != "rss 2.0" {
		t.Errorf("got %+v", f)
	}
	if want := `- {url: "` + f.URL + `", name: "Oakshire \"News\"", publisher: "127.0.0.1"}`; f.Line != want {
		t.Errorf("got  %s\nwant %s", f.Line, want)
	}
}

func TestDiscoveryRefusesWhatIsClosedOrWrong(t *testing.T) {
	client := fetch.New(fetch.Config{Gap: -1, Total: time.Second})
	defer client.Close()
	d := Discoverer{Client: client, Now: time.Now}
	for ask, says := range map[string]string{
		"https://x.com/oakshire":            "X cannot be listened to",
		"www.linkedin.com/company/oakshire": "LinkedIn cannot",
		"https://mobile.twitter.com/a":      "X cannot",
		"mailto:press@oakshire.example":     "not a web address",
		"":                                  "not a web address",
		"ftp://oakshire.example/":           "not a web address",
		"http://127.0.0.1:9/":               "only public addresses",
		"http://169.254.169.254/latest":     "only public addresses",
	} {
		if _, err := d.Find(t.Context(), ask); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want it to say %q", ask, err, says)
		}
	}
}

func TestKnownSites(t *testing.T) {
	for ask, want := range map[string]string{
		"https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv": "feed https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
		"https://youtube.com/playlist?list=PL1&x=2":                "feed https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
		"https://github.com/localgovdrupal/localgov":               "github https://github.com/localgovdrupal/localgov/releases.atom",
		"https://github.com/topics/localgov":                       "github ",
		"https://www.gov.uk/search/all?keywords=planning":          "govuk https://www.gov.uk/search/all.atom?keywords=planning",
		"https://www.gov.uk/government/organisations/ofsted":       "feed https://www.gov.uk/government/organisations/ofsted.atom",
		"https://hn.algolia.com/?query=councils":                   "hackernews ",
		"https://bsky.app/profile/oakshire.gov.uk":                 "feed https://bsky.app/profile/oakshire.gov.uk/rss",
		"https://medium.com/@oakshire":                             "feed https://medium.com/feed/@oakshire",
		"https://oakshire.substack.com/":                           "feed https://oakshire.substack.com/feed",
		"https://oakshire.blogspot.com/2026/01/x.html":             "feed https://oakshire.blogspot.com/feeds/posts/default",
	} {
		clues, _ := knownSite(ask)
		if len(clues) != 1 {
			t.Errorf("%s: %d clues", ask, len(clues))
			continue
		}
		kind := "feed"
		if clues[0].src != nil {
			kind = clues[0].src.Kind
			if err := CheckSources([]Source{clues[0].src.Complete()}); err != nil {
				t.Error(ask, err)
			}
		}
		if got := kind + " " + clues[0].url; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", ask, got, want)
		}
	}
}

func TestOrganisationsByTheirDomains(t *testing.T) {
	d := Discoverer{Council: func(domain string) (string, string) {
		if domain == "oakshire.gov.uk" {
			return "E10000099", "Oakshire County Council"
		}
		return "", ""
	}}
	for address, want := range map[string]string{
		"https://news.oakshire.gov.uk/feed":    "oakshire.gov.uk council E10000099",
		"https://gds.blog.gov.uk/feed":         "gds.blog.gov.uk central ",
		"https://www.gov.uk/x.atom":            "gov.uk central ",
		"https://www.gov.scot/rss":             "gov.scot central ",
		"https://www.elm.example/rss":          "elm.example unknown ",
		"https://fossil.org.uk/rss":            "fossil.org.uk civic ",
		"https://social.example/@somebody.rss": "social.example person ",
	} {
		s := Source{Kind: "feed", URL: address}
		d.describe(&s)
		if got := fmt.Sprint(s.Publisher, " ", s.Class, " ", s.Council); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

// TestHostilePagesAreReadInLimits gives pages as large as the client lets
// through. Each must give few clues and come to an end.
func TestHostilePagesAreReadInLimits(t *testing.T) {
	const size = fetch.DefaultBody
	for name, part := range map[string]string{
		"links":      `<a href="/rss">RSS</a>`,
		"head":       rssLink + `href="/f">`,
		"nested":     `<a href=/rss><div>`,
		"open tag":   `<a href="`,
		"attributes": ` a=b`,
		"meta":       `<meta http-equiv=refresh content="0;url=/x">`,
		"base":       `<base href="/a/">`,
		"text":       `rss `,
	} {
		body := strings.Repeat(part, size/len(part))
		if name == "attributes" {
			body = "<a href=/rss" + body + ">RSS</a>"
		}
		p := readSitePage(&fetch.Response{URL: "https://oakshire.example/", Body: []byte(body), Header: http.Header{}})
		if n := len(p.clues()); n > maxClues {
			t.Errorf("%s: %d clues", name, n)
		}
	}
}

// TestClueNamesAreTidyLines: what a page calls its feed may become the name of
// a source, in a line that is pasted into the list.
func TestClueNamesAreTidyLines(t *testing.T) {
	page := rssLink + `href="/a" title="One` + "\x01\r\n" + `line ` + strings.Repeat("x", 2*item.MaxTitle) + `"><a href="/b.rss">` + strings.Repeat("é", item.MaxTitle) + `</a>`
	p := readSitePage(&fetch.Response{URL: "https://oakshire.example/", Body: []byte(page), Header: http.Header{}})
	clues := p.clues()
	if len(clues) != 2 || !strings.HasPrefix(clues[0].name, "One line x") {
		t.Fatalf("%d clues, want two that begin with the announced one", len(clues))
	}
	for _, c := range clues {
		if len(c.name) > item.MaxTitle || text.Line(c.name) != c.name || !utf8.ValidString(c.name) {
			t.Errorf("%s is called %d bytes %.40q", c.url, len(c.name), c.name)
		}
	}
}

func FuzzSitePage(f *testing.F) {
	for _, c := range discoverCases {
		f.Add(c.pages["/"])
	}
	f.Fuzz(func(t *testing.T, body string) {
		p := readSitePage(&fetch.Response{URL: "https://oakshire.example/a/", Body: []byte(body), Header: http.Header{"Link": {body}}})
		for _, c := range p.clues() {
			if canonical(nil, c.url) != c.url {
				t.Errorf("the clue %q is not a web address as we write it", c.url)
			}
		}
		usualPlaces("https://oakshire.example/a/", p)
	})
}

func TestParserThatIsTooSlowIsLeftAndKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, began := make(parsers, 1), time.Now()
		slow := func() (document, error) { time.Sleep(time.Minute); return document{}, nil }
		if _, err := p.run(t.Context(), slow); !errors.Is(err, errSlow) || time.Since(began) != maxParse {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if _, err := p.run(t.Context(), func() (document, error) { panic("x") }); err == nil || time.Since(began) != time.Minute {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}
