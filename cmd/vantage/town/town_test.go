package town

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/collectors/text"
	"vantage/pipeline/council"
)

func open(t *testing.T, o Options) *Town {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	town, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := town.Close(); err != nil {
			t.Error(err)
		}
	})
	return town
}

// get visits a feed without following redirects.
func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func sourceOf(t *testing.T, town *Town, key string) collectors.Source {
	t.Helper()
	all := town.Sources()
	i := slices.IndexFunc(all, func(s collectors.Source) bool { return s.Key == key })
	if i < 0 {
		t.Fatalf("no source %s", key)
	}
	return all[i]
}

func TestEveryFeedCanBeReadAndHoldsItsHalfYear(t *testing.T) {
	town := open(t, Options{Seed: 1})
	plan := town.Planted()
	posts, formats := 0, map[string]int{}
	for _, s := range town.Sources() {
		if s.Kind != "feed" || slices.Contains([]string{plan.Broken, plan.Slow, plan.Gone, plan.Moved}, s.Key) {
			continue
		}
		res, body := get(t, s.URL)
		f, err := gofeed.NewParser().ParseString(body)
		if err != nil {
			t.Fatalf("%s: %v", s.Key, err)
		}
		formats[f.FeedType]++
		posts += len(f.Items)
		if res.StatusCode != http.StatusOK || !strings.HasSuffix(f.Title, "(sample)") {
			t.Errorf("%s: status %d, title %q", s.Key, res.StatusCode, f.Title)
		}
		for _, it := range f.Items {
			checkPost(t, s, it)
		}
	}
	if posts < 4000 || posts > 6000 {
		t.Errorf("%d posts, want 4,000 to 6,000", posts)
	}
	for _, f := range []string{"rss", "atom", "json"} {
		if formats[f] < 15 {
			t.Errorf("%d feeds of kind %s", formats[f], f)
		}
	}
}

func checkPost(t *testing.T, s collectors.Source, it *gofeed.Item) {
	html := it.Content
	if html == "" {
		html = it.Description
	}
	plain, links := text.FromHTML(html)
	host := "https://" + s.Publisher + "/"
	switch {
	case !strings.HasPrefix(it.Link, host) || it.GUID != it.Link || !strings.HasSuffix(s.Publisher, ".sample.invalid"):
		t.Errorf("%s: %q, %q: want both under %s", s.Key, it.Link, it.GUID, host)
	case !strings.Contains(plain, Note):
		t.Errorf("%s does not say that it is invented", it.Link)
	case it.PublishedParsed == nil || it.PublishedParsed.After(noon) || it.PublishedParsed.Before(noon.AddDate(0, 0, -27*7)):
		t.Errorf("%s is dated %v", it.Link, it.PublishedParsed)
	case len(strings.Fields(plain)) < 40 || len(strings.Fields(plain)) > 200:
		t.Errorf("%s has %d words: %s", it.Link, len(strings.Fields(plain)), plain)
	case len(links) == 0 || it.Title == "" || strings.ContainsAny(it.Title+plain, "{}"):
		t.Errorf("%s: title %q, links %v, text %s", it.Link, it.Title, links, plain)
	}
}

func TestTownIsSpreadOverAllNationsRegionsAndClasses(t *testing.T) {
	town := open(t, Options{Seed: 2})
	register := council.Load()
	areas, classes, keys, hosts := map[string]int{}, map[item.Class]int{}, map[string]bool{}, map[string]bool{}
	for _, s := range town.Sources() {
		classes[s.Class]++
		if keys[s.Key] || hosts[strings.Split(s.URL, "/")[2]] {
			t.Errorf("%s: key or address is used twice", s.Key)
		}
		keys[s.Key], hosts[strings.Split(s.URL, "/")[2]] = true, true
		for _, a := range register.Areas(s.Council) {
			areas[a]++
		}
	}
	for _, a := range register.AreaIDs() {
		if areas[a] < 3 {
			t.Errorf("%s has %d councils", a, areas[a])
		}
	}
	for class, n := range map[item.Class]int{item.Council: 70, item.Central: 15, item.Civic: 14, item.Person: 6, item.Press: 8, item.Vendor: 8} {
		if classes[class] < n {
			t.Errorf("%d sources of class %s, want %d", classes[class], class, n)
		}
	}
	if len(keys) < 120 || len(keys) > 132 {
		t.Errorf("%d sources", len(keys))
	}
}

func TestCouncilsWriteAboutThemselves(t *testing.T) {
	town, err := build(Options{Seed: 3, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range town.feeds {
		c := f.body.council
		for _, p := range f.posts {
			if c == nil || p.Title == town.words.Release.Title {
				continue
			}
			plain, _ := text.FromHTML(p.HTML)
			own := 0
			for _, name := range []string{c.Name, c.Short + " Council", welshNames[c.ID]} {
				if name != "" {
					own += strings.Count(p.Title+plain, name)
				}
			}
			all := strings.Count(p.Title+plain, " Council") + strings.Count(p.Title+plain, "Cyngor ")
			if own < all {
				t.Errorf("%s writes about somebody else: %s %s", c.Name, p.Title, plain)
			}
		}
	}
}

func TestUnchangedFeedIsNotSentAgain(t *testing.T) {
	town := open(t, Options{Seed: 1})
	s := town.Sources()[0]
	res, _ := get(t, s.URL)
	for _, h := range [][]string{{"If-None-Match", res.Header.Get("ETag")}, {"If-Modified-Since", res.Header.Get("Last-Modified")}} {
		if again, body := get(t, s.URL, h...); h[1] == "" || again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s %q: status %d with %d bytes", h[0], h[1], again.StatusCode, len(body))
		}
	}
	town.mu.Lock()
	town.add(town.feeds[0].body, town.write(town.feeds[0].body, "waste", noon, "new"))
	town.mu.Unlock()
	if again, _ := get(t, s.URL, "If-None-Match", res.Header.Get("ETag")); again.StatusCode != http.StatusOK {
		t.Errorf("after a new post: status %d", again.StatusCode)
	}
}

func TestSomethingIsTheMatterWithSomeFeeds(t *testing.T) {
	town := open(t, Options{Seed: 1})
	plan := town.Planted()
	if res, body := get(t, sourceOf(t, town, plan.Broken).URL); res.StatusCode != 200 || !strings.Contains(body, "<!doctype html>") {
		t.Errorf("broken: %d %s", res.StatusCode, body)
	}
	if res, _ := get(t, sourceOf(t, town, plan.Gone).URL); res.StatusCode != http.StatusGone {
		t.Errorf("gone: %d", res.StatusCode)
	}
	res, _ := get(t, sourceOf(t, town, plan.Moved).URL)
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusMovedPermanently || !slices.ContainsFunc(town.Sources(), func(s collectors.Source) bool { return s.URL == to }) {
		t.Errorf("moved: %d to %q", res.StatusCode, to)
	}
	if _, body := get(t, sourceOf(t, town, plan.Slow).URL); !strings.Contains(body, "(sample)") {
		t.Error("slow: no feed")
	}
}

// The same seed makes the same past, whatever the hour, and a week later it is
// still the same before the rises began.
func TestPastDependsOnSeedAndWeekOnly(t *testing.T) {
	past := func(seed uint64, now, from, to time.Time) string {
		town, err := build(Options{Seed: seed, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		var s strings.Builder
		for _, f := range town.feeds {
			for _, p := range slices.Backward(f.posts) {
				if p.Published.After(from) && p.Published.Before(to) {
					first, _, _ := strings.Cut(p.HTML, Note)
					fmt.Fprintln(&s, p.Published, p.Link, p.Title, first)
				}
			}
		}
		return s.String()
	}
	weeks := func(n int) time.Time { return noon.AddDate(0, 0, 7*n) }
	first := past(1, noon, weeks(-30), noon)
	if len(first) < 1<<20 || first != past(1, noon.Add(26*time.Hour), weeks(-30), noon) {
		t.Error("the same seed and week make two pasts")
	}
	if first == past(2, noon, weeks(-30), noon) {
		t.Error("two seeds make one past")
	}
	early := past(1, noon, weeks(-24), weeks(-8))
	if len(early) < 1<<19 || early != past(1, weeks(1), weeks(-24), weeks(-8)) {
		t.Error("a week later the early past is another")
	}
	if first == past(1, weeks(1), weeks(-30), noon) {
		t.Error("the rises do not move with the week")
	}
}

func TestNewPostsAndEditsAppearAsOneWatches(t *testing.T) {
	town := open(t, Options{Seed: 1, Pace: time.Millisecond})
	count := func() (posts, edits int) {
		town.mu.Lock()
		defer town.mu.Unlock()
		for _, f := range town.feeds {
			for _, p := range f.posts {
				if p.Published.Equal(noon) {
					posts++
				}
				if p.Updated.Equal(noon) {
					edits++
				}
			}
		}
		return posts, edits
	}
	guard := time.After(30 * time.Second)
	for {
		if posts, edits := count(); posts >= 30 && edits >= 2 {
			return
		}
		select {
		case <-guard:
			t.Fatal("no new posts and edits")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestFeedOfALongRunningTownStaysBounded(t *testing.T) {
	f := &feed{}
	for i := range 2 * maxShown {
		f.add(post{Link: fmt.Sprint(i)})
	}
	if len(f.posts) != maxShown || f.posts[0].Link != fmt.Sprint(2*maxShown-1) {
		t.Errorf("%d posts, newest %s", len(f.posts), f.posts[0].Link)
	}
}

func TestTownClosesWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	town, err := Start(ctx, Options{Pace: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	url := town.Sources()[0].URL
	cancel()
	town.done.Wait()
	if _, err := http.Get(url); err == nil {
		t.Error("the town still answers")
	}
	if err := town.Close(); err != nil {
		t.Error(err)
	}
}
