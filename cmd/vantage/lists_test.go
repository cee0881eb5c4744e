package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vantage/collectors"
)

// listSite serves an OPML list, which can be changed, and the feeds in it.
type listSite struct {
	list atomic.Pointer[string]
	http *httptest.Server
}

func newListSite(t *testing.T) *listSite {
	s := &listSite{}
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "list.opml" {
			fmt.Fprint(w, *s.list.Load())
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title><item><title>Bins</title><guid>https://%s.example/1</guid><pubDate>Fri, 2 Sep 2022 10:00:00 GMT</pubDate></item></channel></rss>`, name, name)
	}))
	t.Cleanup(s.http.Close)
	return s
}

// name makes the list hold these feeds.
func (s *listSite) name(feeds ...string) {
	text := `<opml version="2.0"><body><outline text="Councils">`
	for _, f := range feeds {
		text += fmt.Sprintf(`<outline type="rss" text="%s" xmlUrl="%s/%s"/>`, f, s.http.URL, f)
	}
	text += `</outline></body></opml>`
	s.list.Store(&text)
}

func TestSourcesFollowAListOnTheWeb(t *testing.T) {
	site, dir := newListSite(t), t.TempDir()
	writeFile(t, dir, configFile, fmt.Sprintf("source_files: [%q]\nlisten: 127.0.0.1:0\ncollect: {allow_loopback: true, host_gap: 0s}\n", site.http.URL+"/list.opml"))
	// shows waits for the state of each feed in the list of sources.
	shows := func(v *instance, want map[string]string) (out string) {
		v.wait(fmt.Sprint("to show ", want), func() bool {
			stdout, _, err := invoke(t, dir, nil, "sources", "list")
			out = stdout
			found := 0
			for line := range strings.Lines(stdout) {
				for feed, state := range want {
					if strings.Contains(line, site.http.URL+"/"+feed+" ") || strings.HasSuffix(strings.TrimSpace(line), "/"+feed) {
						if strings.Contains(line, " "+state+" ") {
							found++
						}
					}
				}
			}
			return err == nil && found == len(want) && strings.Count(stdout, site.http.URL) == len(want)
		})
		return out
	}
	site.name("alder", "beech")
	v := start(t, dir, "run", "-now", "2022-09-05")
	shows(v, map[string]string{"alder": "ok", "beech": "ok"})
	v.stop()

	site.name("beech", "cedar")
	v = start(t, dir, "run", "-now", "2022-09-07")
	shows(v, map[string]string{"alder": "paused", "beech": "unchanged", "cedar": "ok"})
	if page := string(v.get("/sources")); !strings.Contains(page, "t left its list on 7 September 2022") {
		t.Error("the page of sources does not say that alder left the list")
	}
	v.stop()

	broken := "<html>maintenance</html>"
	site.list.Store(&broken)
	v = start(t, dir, "run", "-now", "2022-09-09")
	shows(v, map[string]string{"alder": "paused", "beech": "unchanged", "cedar": "unchanged"})
	v.stop()

	site.name("alder")
	v = start(t, dir, "run", "-now", "2022-09-11")
	shows(v, map[string]string{"alder": "unchanged", "beech": "paused", "cedar": "paused"})
}

func TestAListIsReadOnceADayAndSoonerAfterAFailure(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		list sourceList
		want time.Time
	}{
		{sourceList{}, time.Time{}},
		{sourceList{Tried: at, Read: at}, at.Add(24 * time.Hour)},
		{sourceList{Tried: at, Error: "no answer"}, at.Add(time.Hour)},
	} {
		if got := c.list.due(); !got.Equal(c.want) {
			t.Errorf("%+v is due at %s, want %s", c.list, got, c.want)
		}
	}
}

func TestConfiguredSourcesWinOverThoseOfLists(t *testing.T) {
	own := collectors.Source{URL: "https://a.example/feed", Name: "Mine"}.Complete()
	other := collectors.Source{URL: "https://b.example/feed"}.Complete()
	mine := own
	mine.Key, mine.Name = "another-key", "Theirs"
	const address = "https://lists.example/all.opml"
	d := &desk{cfg: Config{Sources: []collectors.Source{own}, lists: []string{address}},
		lists: map[string]sourceList{listKey(address): {Sources: []collectors.Source{own, mine, other, other}}, "gone": {Sources: []collectors.Source{mine}}}}
	if got := d.listed(); len(got) != 1 || got[0].Key != other.Key {
		t.Errorf("got %+v", got)
	}
}
