package dashboards

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func manySources(n int) []SourceView {
	states := []string{"ok", "unchanged", "failing", "waiting", "paused", "stopped"}
	classes := []string{"council", "central", "press", "unknown"}
	kinds := []string{"feed", "mastodon", "bluesky"}
	list := make([]SourceView, n)
	for i := range list {
		s := SourceView{Key: fmt.Sprintf("key-%d", i), Name: fmt.Sprintf("Source %04d", i), Kind: kinds[i%3], Class: classes[i%4],
			URL: fmt.Sprintf("https://s%d.example/a-rather-long-address/feed.xml", i), State: states[i%6], LastVisit: now.Add(-time.Duration(i) * time.Minute), NextVisit: now.Add(time.Duration(i) * time.Minute),
			Pace: "read every 6 hours, because it had about 7 posts a week", Since: now.AddDate(0, -1, 0), Rate: 7, Coverage: 0.973}
		switch s.State {
		case "failing":
			s.Failures, s.Coverage = 7, 0
			s.Error, s.LastOK = "there is nothing at this address (404); look for the feed's new address on the site", now.AddDate(0, 0, -9)
		case "stopped":
			s.Error, s.NextVisit = "the site says that this is gone for good (410); remove it or give its new address", time.Time{}
		case "paused":
			s.Error, s.NextVisit = "its publisher asked not to be listened to", time.Time{}
		case "waiting":
			s.LastVisit, s.NextVisit, s.Since, s.Rate, s.Coverage = time.Time{}, time.Time{}, time.Time{}, 0, 0
		}
		list[i] = s
	}
	return list
}

func lots(c *Config) { c.Sources = func() []SourceView { return manySources(2000) } }

func TestSourcesThatNeedALookComeFirstAndSayWhy(t *testing.T) {
	_, s := serve(t, town(), lots)
	_, page := get(t, s.URL+"/sources")
	if n := strings.Count(page, `<tr role="row"`); n != 101 {
		t.Errorf("%d rows on the first page, want 100 and the heading", n)
	}
	if n := strings.Count(page, `<tr role="row" class="bad"`); n != 100 {
		t.Errorf("%d of the first 100 need a look; 666 do", n)
	}
	for _, want := range []string{"Needing a look</a> <strong>666</strong>", "look for the feed&#39;s new address on the site.", "Last worked <time", "9 days ago", "</time>, 7 failed since.", "no visit worked"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	_, last := get(t, s.URL+"/sources?page=20")
	if !strings.Contains(last, "Paused") || strings.Contains(last, "More sources") || !strings.Contains(last, `href="/sources?page=19"`) {
		t.Error("the last page is not the one of the paused")
	}
	if _, none := get(t, s.URL+"/sources?page=999"); !strings.Contains(none, "No source matches") {
		t.Error("a page behind the last is not told apart")
	}
}

func TestAStreamThatIsOpenIsListenedTo(t *testing.T) {
	_, s := serve(t, town(), func(c *Config) {
		c.Sources = func() []SourceView {
			return []SourceView{
				{Key: "sky", Kind: "bluesky", Name: "Bluesky: #localgov", State: "ok", Following: true, Pace: "followed as a stream", LastVisit: now, Since: now.AddDate(0, 0, -3), Rate: 140, Coverage: 1},
				{Key: "shut", Kind: "bluesky", Name: "Bluesky: #planning", State: "failing", Pace: "followed as a stream", LastVisit: now, NextVisit: now.Add(time.Hour), Since: now, Coverage: 0},
			}
		}
	})
	_, page := get(t, s.URL+"/sources")
	if strings.Count(page, "Listening now") != 1 || strings.Count(page, "stays open") != 1 {
		t.Error("the open stream is not told from the one that failed")
	}
	for _, want := range []string{"no break", "20 a day", "no visit worked", "in 1 hour"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestTheUsualPaceIsSaidOnce(t *testing.T) {
	list := []SourceView{
		{Key: "a", Name: "A", State: "ok", Pace: "read every hour"}, {Key: "b", Name: "B", State: "unchanged", Pace: "read every hour"},
		{Key: "c", Name: "C", State: "ok", Pace: "read every 6 hours: its server asks for it"}, {Key: "d", Name: "D", State: "paused", Pace: "read every day"},
		{Key: "e", Name: "E", State: "ok", Pace: "read every hour"},
	}
	_, s := serve(t, town(), func(c *Config) { c.Sources = func() []SourceView { return list } })
	_, page := get(t, s.URL+"/sources")
	for words, want := range map[string]int{"Where nothing else is said, a source is read every hour.": 1, "every hour": 1, "Read every 6 hours: its server asks for it.": 1, "every day": 0} {
		if n := strings.Count(page, words); n != want {
			t.Errorf("%q stands there %d times, want %d", words, n, want)
		}
	}
	list = list[2:]
	if _, page := get(t, s.URL+"/sources"); strings.Contains(page, "Where nothing else") || !strings.Contains(page, "Read every hour.") {
		t.Error("a pace that most do not have is taken for the usual one")
	}
}

func TestVisitsAndRatesInWords(t *testing.T) {
	for share, want := range map[float64]string{1: "all visits worked", 0.9999: "99% of visits worked", 0.5: "50% of visits worked", 0.0001: "1% of visits worked", 0: "no visit worked"} {
		if got := visitWords(SourceView{Since: now, Coverage: share}); got != want {
			t.Errorf("%v: %q, want %q", share, got, want)
		}
	}
	if got := visitWords(SourceView{}); got != "" {
		t.Errorf("a source that was never visited: %q", got)
	}
	for rate, want := range map[float64]string{0: "", 0.2: "under 1 a week", 1.2: "1 a week", 69: "69 a week", 700: "100 a day"} {
		if got := rateWords(rate); got != want {
			t.Errorf("%v: %q, want %q", rate, got, want)
		}
	}
}

func TestSourcesAreFilteredByTheAddress(t *testing.T) {
	_, s := serve(t, town(), lots)
	for query, want := range map[string]int{
		"?state=paused": 333, "?state=look&class=council": 166, "?kind=mastodon&find=Source+00": 33, "?find=nothing": 0, "?find=S7.EXAMPLE": 1,
	} {
		_, page := get(t, s.URL+"/sources"+query)
		rows := max(0, strings.Count(page, `<tr role="row"`)-1)
		if rows != min(want, 100) || want > 1 && !strings.Contains(page, fmt.Sprintf("%d sources match", want)) {
			t.Errorf("%s shows %d rows, want %d in all", query, rows, want)
		}
	}
	for _, bad := range []string{"?state=broken", "?class=friends", "?page=zero", "?page=2001", "?page=9223372036854775807"} {
		if r, _ := get(t, s.URL+"/sources"+bad); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, r.StatusCode)
		}
	}
}

func TestOnlyTheOperatorSeesButtons(t *testing.T) {
	_, s := serve(t, town(), staffed(newClerk()))
	me := signedInVisitor(t, s)
	r, err := me.Get(s.URL + "/sources?class=council")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the operator's page may be kept: %q", got)
	}
	body := bodyOf(t, r)
	if !strings.Contains(body, `aria-label="Pause Wigan Council news"`) || !strings.Contains(body, `name="back" value="/sources?class=council"`) {
		t.Error("the buttons are missing")
	}
	if res, _ := submit(t, me, s.URL+"/operator/sources", map[string][]string{"key": {"wigan-news"}, "do": {"pause"}, "back": {"https://evil.example/"}}); res.Request.URL.Path != "/sources" || res.Request.URL.Host != r.Request.URL.Host {
		t.Errorf("it leads to %s", res.Request.URL)
	}
}

func TestBarsStandForWeeks(t *testing.T) {
	path, heard, most := spark([]uint64{0, 10, 0, 5, 1000})
	if heard != 3 || most != 1000 || path != "M4 20v-2h3v2zM12 20v-2h3v2zM16 20v-20h3v20z" {
		t.Errorf("%q, %d, %d", path, heard, most)
	}
	if path, heard, _ := spark(nil); path != "" || heard != 0 {
		t.Errorf("a silent source draws %q", path)
	}
}

func TestMomentsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		20 * time.Minute: "in 20 minutes", -5 * time.Minute: "5 minutes ago", time.Second: "now", -time.Minute: "a minute ago", 59 * time.Minute: "in 1 hour",
		-26 * time.Hour: "1 day ago", 72 * time.Hour: "in 3 days", 90 * time.Minute: "in 2 hours", -40 * time.Second: "a minute ago",
	} {
		if got := relative(now.Add(d), now); got != want && !slices.Contains([]string{"1 minute ago"}, got) {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
