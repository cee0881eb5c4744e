package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// councilSite has a page that announces its news and its comments.
func councilSite(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<link rel="alternate" type="application/rss+xml" href="/comments/feed"><link rel="alternate" type="application/rss+xml" href="/news.rss">`)
		case "/news.rss", "/comments/feed":
			fmt.Fprintf(w, `<rss version="2.0"><channel><title>Oakshire %s</title><item><title>Bins</title><link>https://oakshire.example%s/1</link><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>`, "news", r.URL.Path)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func discoverOutput(t *testing.T, args ...string) (string, error) {
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	err := run(t.Context(), console{strings.NewReader(""), &out, &errs, []string{"VANTAGE_COLLECT_HOST_GAP=1ms"}}, append([]string{"discover", "-allow-loopback"}, args...))
	return out.String(), err
}

func TestDiscoverPrintsLinesThatCanBePasted(t *testing.T) {
	site := councilSite(t)
	out, err := discoverOutput(t, site)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %s", out)
	}
	var first, second collectors.Candidate
	if json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[1]), &second) != nil {
		t.Fatalf("got %s", out)
	}
	if first.URL != site+"/news.rss" || first.Items != 1 || first.Comments || !second.Comments {
		t.Errorf("got %+v then %+v", first, second)
	}
	list, err := parseSources("pasted", []byte("sources:\n  "+first.Line+"\n  "+second.Line+"\n"))
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	for i := range list {
		list[i] = list[i].Complete()
	}
	if err := collectors.CheckSources(list); err != nil || list[0].URL != first.URL || list[0].Name != "Oakshire news" {
		t.Errorf("%+v, %v", list[0], err)
	}
}

func TestDiscoverPrintsATableForPeople(t *testing.T) {
	site := councilSite(t)
	out, err := discoverOutput(t, "-text", site)
	for _, want := range []string{"1  feed  1", "2026-11-20", "Oakshire news (comments of readers)", "sources:\n  - {url: \"" + site + "/news.rss\""} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("got %v and\n%s\nwant %q in it", err, out, want)
		}
	}
}

func TestDiscoverFailsInOneClearLine(t *testing.T) {
	empty := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(empty.Close)
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "name one address"},
		{[]string{"a.example", "b.example"}, "name one address"},
		{[]string{"https://x.com/oakshire"}, "X cannot be listened to"},
		{[]string{"10.1.2.3"}, "only public addresses"},
		{[]string{"-config", "missing.yaml", "a.example"}, "missing.yaml"},
	} {
		if out, err := discoverOutput(t, c.args...); err == nil || out != "" || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: got %q, %v, want it to say %q", c.args, out, err, c.says)
		}
	}
}

func TestDiscoveryKnowsCouncilsByTheirDomains(t *testing.T) {
	find := discoverer(nil, council.Load(), time.Now).Council
	for domain, want := range map[string]string{
		"oxford.gov.uk": "E07000178", "news.oxford.gov.uk": "E07000178", "gov.uk": "", "oakshire.example": "", "uk": "",
	} {
		if id, name := find(domain); id != want || (name == "") != (want == "") {
			t.Errorf("%s: got %q %q, want %q", domain, id, name, want)
		}
	}
}

func TestThePageFindsWhatTheCommandFinds(t *testing.T) {
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
	defer client.Close()
	d := &desk{client: client, now: time.Now, class: func(string) item.Class { return item.Civic }}
	site := councilSite(t)
	list, err := d.Find(t.Context(), site)
	if err != nil || len(list) != 2 || list[0].URL != site+"/news.rss" || list[0].Class != "civic" || list[0].Posts != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
	if _, err := d.Find(t.Context(), "https://x.com/a"); err == nil || !strings.Contains(err.Error(), "cannot be listened to") {
		t.Errorf("got %v", err)
	}
}
