package fetch

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRobotsGroups(t *testing.T) {
	const file = "\xef\xbb\xbf# made for this test\r\n" +
		"user-agent: Other\nUser-Agent: VANTAGE/2.0 # our name in capitals\r" +
		"Disallow: /closed/\nsitemap: https://town.example/map.xml\nallow: /closed/open\n\n" +
		"User-agent: *\nDisallow: /\nCrawl-delay: 500\n" +
		"User-agent: vantage\nDisallow: /more\nUnknown: x\nno colon here\nCrawl-delay: 2.5\n"
	f := parseRobots([]byte(file), "Vantage")
	for path, want := range map[string]bool{
		"/": true, "/closed/": false, "/closed/page?x=1": false, "/closed/open": true, "/closed/opening": true,
		"/more": false, "/moreover": false, "/robots.txt": true, "/Closed/": true,
	} {
		if f.allows(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
	if f.delay != 2500*time.Millisecond {
		t.Errorf("delay %s", f.delay)
	}
	if all := parseRobots([]byte(file), "Else"); all.allows("/") || !all.allows("/robots.txt") || all.delay != 500*time.Second {
		t.Errorf("%+v", all)
	}
}

// The examples of RFC 9309, 5.1 and 5.2, in our own words, and the cases of
// its sections 2.2.2 and 2.2.3.
func TestRobotsRules(t *testing.T) {
	for _, c := range []struct {
		file, path string
		allowed    bool
	}{
		{"user-agent: *\ndisallow: *.gif$\ndisallow: /example/\nallow: /publications/", "/a/b.gif", false},
		{"user-agent: *\ndisallow: *.gif$\ndisallow: /example/\nallow: /publications/", "/a/b.gif?x", true},
		{"user-agent: *\ndisallow: *.gif$\ndisallow: /example/\nallow: /publications/", "/publications/x", true},
		{"user-agent: *\nallow: /example/page/\ndisallow: /example/page/disallowed.gif", "/example/page/", true},
		{"user-agent: *\nallow: /example/page/\ndisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false},
		{"user-agent: *\nallow: /same\ndisallow: /same", "/same", true},
		{"user-agent: *\ndisallow: /same\nallow: /same", "/same", true},
		{"user-agent: *\ndisallow:", "/anything", true},
		{"disallow: /before-any-group", "/before-any-group", true},
		{"user-agent: *\ndisallow: /a*b*c$", "/a1b2c", false},
		{"user-agent: *\ndisallow: /a*b*c$", "/a1b2c3", true},
		{"user-agent: *\ndisallow: /a*b*c$", "/abc1c", false},
		{"user-agent: *\ndisallow: /*", "/x", false},
		{"user-agent: *\ndisallow: /$", "/", false},
		{"user-agent: *\ndisallow: /$", "/x", true},
		{"user-agent: *\ndisallow: /a*$", "/abc", false},
		{"user-agent: *\ndisallow: /bar/%E3%83%84", "/bar/ツ", false},
		{"user-agent: *\ndisallow: /bar/ツ", "/bar/%e3%83%84", false},
		{"user-agent: *\ndisallow: /bar/%62%61z", "/bar/baz", false},
		{"user-agent: *\ndisallow: /bar/baz", "/bar/%62%61z", false},
		{"user-agent: *\ndisallow: /100%25", "/100%25", false},
		{"user-agent: *\ndisallow: /100%", "/100%", false},
		{"user-agent: *\ndisallow: /search?q=", "/search?q=x&p=2", false},
		{"user-agent: else\ndisallow: /", "/", true},
		{"", "/", true},
	} {
		f := parseRobots([]byte(c.file), "Vantage")
		if f.allows(c.path) != c.allowed {
			t.Errorf("%q for %q: %v", c.path, c.file, !c.allowed)
		}
	}
}

func TestRobotsIsReadUpToItsLimit(t *testing.T) {
	const head, last = "user-agent: *\ndisallow: /a\n", "disallow: /private"
	for left, want := range map[int]bool{len("disallow: /"): true, len(last) - 1: true, len(last): false, len(last) + 1: false} {
		long := head + strings.Repeat("#", maxRobots-len(head)-1-left) + "\n" + last + "\n" + "disallow: /b\n"
		f := parseRobots([]byte(long), "Vantage")
		if f.allows("/a") || f.allows("/private") != want || !f.allows("/page") || !f.allows("/b") {
			t.Errorf("with %d bytes left: %+v", left, f.rules)
		}
	}
}

func TestRobotsThatIsTooLongIsReadFromItsBeginning(t *testing.T) {
	const head = "user-agent: *\ndisallow: /closed\n"
	long := []byte(head + strings.Repeat("# nothing to see here\n", 11<<20/22) + "disallow: /page\n")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(long)
	_ = z.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(long) },
		"of known length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(long)))
			_, _ = w.Write(long)
		},
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		},
	} {
		s := newRobotsSite(t, answer)
		if err := s.get(t, "/closed"); KindOf(err) != Disallowed {
			t.Errorf("%s: a closed page: %v", name, err)
		}
		if err := s.get(t, "/page"); err != nil {
			t.Errorf("%s: an open page: %v", name, err)
		}
	}
}

func FuzzRobots(f *testing.F) {
	f.Add("user-agent: *\ndisallow: /a*b$\n", "/a%41b")
	f.Fuzz(func(t *testing.T, file, path string) {
		r := parseRobots([]byte(file), "Vantage")
		_ = r.allows(path)
		if once := normalPath(path); normalPath(once) != once {
			t.Errorf("%q: %q, %q", path, once, normalPath(once))
		}
	})
}

// robotsSite is a site with a robots.txt whose clock a test sets.
type robotsSite struct {
	client *Client
	url    string
	now    time.Time
	robots http.HandlerFunc
	asked  []string
}

func newRobotsSite(t *testing.T, robots http.HandlerFunc) *robotsSite {
	s := &robotsSite{robots: robots, now: rateNow}
	_, s.url = serving(t, func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r.URL.Path)
		if r.URL.Path == "/robots.txt" {
			s.robots(w, r)
		}
	})
	s.client = New(Config{AllowLoopback: true, Gap: -1, Now: func() time.Time { return s.now }})
	t.Cleanup(s.client.Close)
	return s
}

func (s *robotsSite) get(t *testing.T, path string) error {
	_, err := s.client.Get(t.Context(), Request{URL: s.url + path, Robots: true})
	return err
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestRobotsIsObeyedAndAskedForOnceADay(t *testing.T) {
	s := newRobotsSite(t, says("user-agent: vantage\ndisallow: /api/"))
	for range 3 {
		if err := s.get(t, "/api/v1"); KindOf(err) != Disallowed || !strings.Contains(err.Error(), "ask its owner") {
			t.Errorf("%v", err)
		}
		if err := s.get(t, "/page"); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"/robots.txt", "/page", "/page", "/page"}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %v, want %v", s.asked, want)
	}
	if _, err := s.client.Get(t.Context(), Request{URL: s.url + "/api/feed"}); err != nil {
		t.Errorf("a feed that somebody subscribed to: %v", err)
	}
	s.now = s.now.Add(25 * time.Hour)
	s.robots = says("")
	if err := s.get(t, "/api/v1"); err != nil {
		t.Errorf("after a day: %v", err)
	}
}

func TestRobotsThatIsMissingAllowsEverything(t *testing.T) {
	for _, code := range []int{400, 401, 403, 404, 410} {
		if err := newRobotsSite(t, status(code)).get(t, "/page"); err != nil {
			t.Errorf("%d: %v", code, err)
		}
	}
	loop := newRobotsSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/robots.txt", http.StatusFound) })
	if err := loop.get(t, "/page"); err != nil {
		t.Errorf("in a circle: %v", err)
	}
}

func TestRobotsThatCannotBeHadStopsVisitsForNow(t *testing.T) {
	s := newRobotsSite(t, status(500))
	for range 2 {
		if err := s.get(t, "/page"); KindOf(err) != Unreachable || !strings.Contains(err.Error(), "nothing is read there for now") {
			t.Fatalf("%v", err)
		}
	}
	if len(s.asked) != 1 {
		t.Errorf("asked %v", s.asked)
	}
	s.robots = says("user-agent: *\ndisallow: /closed")
	s.now = s.now.Add(robotsRetry)
	if err := s.get(t, "/page"); err != nil {
		t.Errorf("once it is there: %v", err)
	}
	s.robots = status(503)
	for _, later := range []time.Duration{25 * time.Hour, 5 * 24 * time.Hour} {
		s.now = s.now.Add(later)
		if err := s.get(t, "/closed"); KindOf(err) != Disallowed {
			t.Errorf("the old copy after %s: %v", later, err)
		}
	}
	s.now = s.now.Add(30 * 24 * time.Hour)
	if err := s.get(t, "/page"); KindOf(err) != Unreachable {
		t.Errorf("after a month: %v", err)
	}
}

func TestRobotsLimitKeepsItsPause(t *testing.T) {
	s := newRobotsSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_ = s.get(t, "/page")
	if err := s.get(t, "/page"); err == nil || len(s.asked) != 1 {
		t.Errorf("%v after %v", err, s.asked)
	}
	s.now, s.robots = s.now.Add(11*time.Minute), says("")
	if err := s.get(t, "/page"); err != nil {
		t.Error(err)
	}
}

func TestCrawlDelayIsTheGapAndDoesNotBlockASlot(t *testing.T) {
	s := newRobotsSite(t, says("user-agent: *\ncrawl-delay: 0.2"))
	began := time.Now()
	for range 2 {
		if err := s.get(t, "/page"); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(began); d < 200*time.Millisecond {
		t.Errorf("two visits within %s", d)
	}
	long := newRobotsSite(t, says("user-agent: *\ncrawl-delay: 500"))
	if err := long.get(t, "/page"); err != nil {
		t.Fatal(err)
	}
	err := long.get(t, "/page")
	e, ok := err.(*Error)
	if !ok || e.Kind != Waiting || e.Until.Sub(long.now) < 490*time.Second || e.Until.Sub(long.now) > 500*time.Second {
		t.Errorf("%v", err)
	}
}

func TestRobotsIsAskedAtEveryHop(t *testing.T) {
	closed := newRobotsSite(t, says("user-agent: *\ndisallow: /"))
	open := newRobotsSite(t, status(404))
	_, url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.WriteHeader(404)
			return
		}
		http.Redirect(w, r, closed.url+"/target", http.StatusFound)
	})
	if _, err := open.client.Get(t.Context(), Request{URL: url + "/x", Robots: true}); KindOf(err) != Disallowed {
		t.Errorf("%v", err)
	}
	if !slices.Equal(closed.asked, []string{"/robots.txt"}) {
		t.Errorf("asked %v", closed.asked)
	}
}

func TestRobotsTagRefuses(t *testing.T) {
	for line, want := range map[string]bool{
		"noindex, noai": true, "NOINDEX": true, "none": true, "noindex, nofollow": true, "noai": true,
		"noindex, follow": false, "nofollow": false, "": false, "all": false, "max-snippet: 5": false,
		"googlebot: noindex, nofollow": false, "vantage: noindex": true, "Vantage: none": true,
		"unavailable_after: 25 Jun 2030 15:00:00 GMT": false,
	} {
		r := Response{Robots: robotsTag(http.Header{"X-Robots-Tag": {line}}, "Vantage")}
		if r.Refuses() != want {
			t.Errorf("%q: %v (%q)", line, !want, r.Robots)
		}
	}
}
