package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// clerk decides nothing: it notes what it was asked, for tests of the pages.
// What really happens is tested with the program.
type clerk struct {
	mu      sync.Mutex
	asked   []string
	held    []NominationView
	outs    []OptOutView
	refuse  error
	tooMany bool
}

func (c *clerk) note(format string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, fmt.Sprintf(format, args...))
	return c.refuse
}

func (c *clerk) said() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

func (c *clerk) Nominate(_ context.Context, n Nomination) (Receipt, error) {
	if c.tooMany {
		return Receipt{}, ErrTooMany
	}
	return Receipt{ID: "3f9c2a51d0b7", State: Held, Count: 1}, c.note("nominate %s %q %q %q %q", n.Link, n.Words, n.Title, n.Council, n.Topic)
}
func (c *clerk) Nominations(context.Context) ([]NominationView, error) { return c.held, nil }
func (c *clerk) Decide(_ context.Context, id string, accept bool) error {
	return c.note("decide %s %t", id, accept)
}
func (c *clerk) OptOuts(context.Context) ([]OptOutView, error)  { return c.outs, nil }
func (c *clerk) OptOut(_ context.Context, what string) error    { return c.note("opt out %s", what) }
func (c *clerk) Admit(_ context.Context, key string) error      { return c.note("admit %s", key) }
func (c *clerk) Change(_ context.Context, key, do string) error { return c.note("%s %s", do, key) }
func (c *clerk) Add(_ context.Context, s NewSource) (string, error) {
	return "new-key", c.note("add %+v", s)
}
func (c *clerk) Find(_ context.Context, address string) ([]Candidate, error) {
	return []Candidate{{Kind: "feed", URL: address + "/feed.xml", Title: "News & views", Publisher: "a.example", Class: "civic", Posts: 12, Newest: now.Add(-3 * time.Hour)}}, c.note("find %s", address)
}

const testToken = "a long token for tests"

func newClerk() *clerk {
	return &clerk{
		held: []NominationView{
			{ID: "3f9c2a51d0b7", Link: "https://www.a.example/reports/" + strings.Repeat("long-", 30) + "name", Title: "A register of algorithms", Words: "How one council publishes every algorithm that it uses.", Council: "Wigan", Topic: "AI", State: Held, Count: 3, First: now.Add(-50 * time.Hour)},
			{ID: "0123456789ab", Link: "https://b.example/1", Words: "<script>alert(1)</script> is not a title", State: Held, Count: 1, First: now.Add(-time.Hour)},
			{ID: "ba9876543210", Link: "https://c.example/1", Words: "Something else", State: Rejected, Count: 1, First: now.Add(-90 * time.Hour), Decided: now.Add(-80 * time.Hour)},
		},
		outs: []OptOutView{
			{Key: "author:person:00ff", What: "person 00ff00ff00ff00ff00ff00ff00ff00ff", Added: now.AddDate(0, 0, -3), Posts: 1234, Done: true},
			{Key: "domain:a.example", What: "a.example", Added: now.Add(-time.Minute)},
		},
	}
}

// staffed adds the operator's pages.
func staffed(c *clerk) func(*Config) {
	return func(cfg *Config) { cfg.Operator = Operator{Token: testToken, Nominations: c, OptOuts: c, Sources: c} }
}

// visitor is a browser without scripts: it keeps cookies and follows redirects.
func visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func submit(t *testing.T, c *http.Client, address string, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func signedInVisitor(t *testing.T, s *httptest.Server) *http.Client {
	t.Helper()
	c := visitor(t)
	if res, body := submit(t, c, s.URL+"/operator/sign-in", url.Values{"token": {testToken}}); res.StatusCode != 200 || !strings.Contains(body, "Sign out") {
		t.Fatalf("signing in: %d\n%.500s", res.StatusCode, body)
	}
	return c
}

func TestOnlyTheOperatorDecides(t *testing.T) {
	clerk := newClerk()
	_, s := serve(t, town(), staffed(clerk))
	actions := map[string]url.Values{
		"/operator/nominations":  {"id": {"3f9c2a51d0b7"}, "do": {"accept"}},
		"/operator/opt-outs":     {"what": {"a.example"}, "do": {"add"}},
		"/operator/sources":      {"key": {"wigan-news"}, "do": {"pause"}},
		"/operator/sources/find": {"url": {"https://a.example"}},
		"/operator/sources/add":  {"url": {"https://a.example/feed.xml"}},
	}
	stranger := visitor(t)
	for path, form := range actions {
		if res, _ := submit(t, stranger, s.URL+path, form); res.StatusCode != http.StatusForbidden {
			t.Errorf("a stranger at %s: %d", path, res.StatusCode)
		}
	}
	for _, wrong := range []string{"", "wrong", testToken + "x"} {
		if res, body := submit(t, stranger, s.URL+"/operator/sign-in", url.Values{"token": {wrong}}); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 || !strings.Contains(body, "There is a problem") {
			t.Errorf("token %q: %d %v", wrong, res.StatusCode, res.Cookies())
		}
	}
	if asked := clerk.said(); len(asked) > 0 {
		t.Fatalf("a stranger decided: %v", asked)
	}
	if _, page := get(t, s.URL+"/sources"); strings.Contains(page, "/operator/sources") {
		t.Error("readers see the operator's buttons")
	}

	me := signedInVisitor(t, s)
	for path, form := range actions {
		if res, body := submit(t, me, s.URL+path, form); res.StatusCode != http.StatusOK {
			t.Errorf("the operator at %s: %d\n%.300s", path, res.StatusCode, body)
		}
		if res, _ := submit(t, me, s.URL+path, form, "Sec-Fetch-Site", "cross-site"); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, res.StatusCode)
		}
	}
	want := []string{"add {Key: Kind: URL:https://a.example/feed.xml Name: Publisher: Class: Council: What: On:}", "decide 3f9c2a51d0b7 true", "find https://a.example", "opt out a.example", "pause wigan-news"}
	asked := clerk.said()
	if slices.Sort(asked); !slices.Equal(asked, want) {
		t.Errorf("asked for %q", asked)
	}
	submit(t, me, s.URL+"/operator/sign-out", nil)
	if res, _ := submit(t, me, s.URL+"/operator/opt-outs", actions["/operator/opt-outs"]); res.StatusCode != http.StatusForbidden {
		t.Errorf("after signing out: %d", res.StatusCode)
	}
}

func TestTheOperatorsCookieIsStrictAndEnds(t *testing.T) {
	d, s := serve(t, town(), staffed(newClerk()), func(c *Config) { c.Site.BaseURL = "https://radar.example.org" })
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, _ := submit(t, c, s.URL+"/operator/sign-in", url.Values{"token": {testToken}})
	if len(res.Cookies()) != 1 {
		t.Fatalf("cookies %v", res.Cookies())
	}
	k := res.Cookies()[0]
	if !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteStrictMode || k.MaxAge != 12*3600 || strings.Contains(k.Value, testToken) {
		t.Errorf("cookie %+v", k)
	}
	for value, want := range map[string]bool{
		k.Value: true, d.pass(time.Now().Add(-time.Second)): false, "": false, "9999999999." + strings.Repeat("0", 64): false,
		strings.Replace(k.Value, k.Value[:3], "999", 1): false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: operatorCookie, Value: value})
		if d.signedIn(r) != want {
			t.Errorf("%q opens: %t", value, !want)
		}
	}
	if !strings.HasPrefix(k.Value, "1") && !strings.HasPrefix(k.Value, "2") {
		t.Errorf("the cookie does not begin with a time: %s", k.Value)
	}
}

// TestRefusalsLeadToTheirPlace, also those of forms on another page and of what
// somebody else has decided meanwhile.
func TestRefusalsLeadToTheirPlace(t *testing.T) {
	clerk := newClerk()
	_, s := serve(t, town(), staffed(clerk))
	c := signedInVisitor(t, s)
	for path, field := range map[string]string{"/operator/nominations": "id", "/operator/sources": "key", "/operator/sources/add": "url", "/operator/opt-outs": "what"} {
		clerk.refuse = &Refusal{field, "that is done already"}
		r, page := submit(t, c, s.URL+path, url.Values{})
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "That is done already.") {
			t.Errorf("%s: %d without the refusal", path, r.StatusCode)
		}
		for _, fault := range faults(page) {
			t.Errorf("%s: %s", path, fault)
		}
	}
}

func TestGuessingTheTokenIsSlow(t *testing.T) {
	_, s := serve(t, town(), staffed(newClerk()))
	c, codes := visitor(t), map[int]int{}
	for range throttleBurst + 3 {
		res, _ := submit(t, c, s.URL+"/operator/sign-in", url.Values{"token": {"guess"}})
		codes[res.StatusCode]++
	}
	if codes[http.StatusForbidden] != throttleBurst || codes[http.StatusTooManyRequests] != 3 {
		t.Errorf("answers %v", codes)
	}
}

// stampOf reads the hidden field of the form.
func stampOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(page, `name="stamp" value="`)
	stamp, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("the form has no stamp")
	}
	return stamp
}

func goodForm(d *Dashboard) url.Values {
	return url.Values{"link": {"https://a.example/1"}, "words": {"A register of algorithms"}, "topic": {"AI"}, "stamp": {d.stamp(time.Now().Add(-time.Minute))}}
}

func TestNominationFormTakesAndExplains(t *testing.T) {
	clerk := newClerk()
	d, s := serve(t, town(), staffed(clerk))
	c := visitor(t)
	res, body := submit(t, c, s.URL+"/nominate", goodForm(d))
	if res.StatusCode != 200 || res.Request.URL.Path != "/nominate/sent" || !strings.Contains(body, "What happens next") {
		t.Errorf("a good form: %d at %s", res.StatusCode, res.Request.URL)
	}
	if got := clerk.said(); len(got) != 1 || got[0] != `nominate https://a.example/1 "A register of algorithms" "" "" "AI"` {
		t.Errorf("asked for %q", got)
	}
	for name, bad := range map[string][]string{
		"link": {"link", ""}, "words": {"words", "short"}, "no links": {"words", "see https://spam.example for more of it"},
		"long": {"title", strings.Repeat("x", 151)},
	} {
		form := goodForm(d)
		form.Set(bad[0], bad[1])
		res, body := submit(t, c, s.URL+"/nominate", form)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "<title>Error: Propose a page") ||
			!strings.Contains(body, `<a href="#`+bad[0]+`">`) || !strings.Contains(body, `id="`+bad[0]+`-error"`) {
			t.Errorf("%s: %d\n%.300s", name, res.StatusCode, body)
		}
		for _, fault := range faults(body) {
			t.Errorf("%s: %s", name, fault)
		}
		if bad[0] != "link" && !strings.Contains(body, "https://a.example/1") {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	clerk.refuse = &Refusal{"link", "this link leads to a person"}
	if res, body := submit(t, c, s.URL+"/nominate", goodForm(d)); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "This link leads to a person.") {
		t.Errorf("refused: %d", res.StatusCode)
	}
}

func TestMachinesAndHurryAreHeldUp(t *testing.T) {
	clerk := newClerk()
	d, s := serve(t, town(), staffed(clerk))
	_, page := get(t, s.URL+"/nominate")
	for name, stamp := range map[string]string{"at once": stampOf(t, page), "none": "", "made up": "1.00", "old": d.stamp(time.Now().Add(-25 * time.Hour))} {
		form := goodForm(d)
		form.Set("stamp", stamp)
		res, body := submit(t, visitor(t), s.URL+"/nominate", form)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "once more") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	form := goodForm(d)
	form.Set("company", "Spam Ltd")
	if res, _ := submit(t, visitor(t), s.URL+"/nominate", form); res.Request.URL.Path != "/nominate/sent" {
		t.Errorf("the trap shows: %d", res.StatusCode)
	}
	if asked := clerk.said(); len(asked) > 0 {
		t.Errorf("held: %v", asked)
	}
	codes := map[int]int{}
	for range throttleBurst + 2 {
		res, _ := submit(t, visitor(t), s.URL+"/nominate", goodForm(d))
		codes[res.StatusCode]++
		if res.StatusCode == http.StatusTooManyRequests && res.Header.Get("Retry-After") == "" {
			t.Error("nobody says when to try again")
		}
	}
	if codes[200] != throttleBurst || codes[http.StatusTooManyRequests] != 2 {
		t.Errorf("answers %v", codes)
	}
	if res, _ := submit(t, visitor(t), s.URL+"/nominate", goodForm(d), "X-Forwarded-For", "198.51.100.7, 203.0.113.9"); res.StatusCode != 200 {
		t.Errorf("another reader behind the same proxy: %d", res.StatusCode)
	}
	if res, _ := submit(t, visitor(t), s.URL+"/nominate", goodForm(d), "Sec-Fetch-Site", "cross-site"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %d", res.StatusCode)
	}
}

func TestReadersAreToldApartByNetwork(t *testing.T) {
	from := func(remote, forwarded string) string {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		return network(r)
	}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.9:1234", "", "203.0.113.9"},
		{"203.0.113.9:1234", "198.51.100.7", "203.0.113.9"}, // a stranger's claim
		{"127.0.0.1:1234", "198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:1234", "10.0.0.1, 198.51.100.7", "198.51.100.7"},
		{"127.0.0.1:1234", "nonsense", "127.0.0.1"},
		{"[2001:db8:1:2:3::4]:1", "", "2001:db8:1:2::/64"},
		{"[::ffff:203.0.113.9]:1", "", "203.0.113.9"},
	} {
		if got := from(c.remote, c.forwarded); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
	at := time.Unix(0, 0)
	th := newThrottle(func() time.Time { return at })
	r := httptest.NewRequest("POST", "/", nil)
	for range throttleBurst {
		th.allow(r)
	}
	wait, ok := th.allow(r)
	if ok || wait != throttlePause {
		t.Errorf("wait %s, %t", wait, ok)
	}
	at = at.Add(throttlePause)
	if _, ok := th.allow(r); !ok {
		t.Error("after the pause it is still refused")
	}
}

func postJSON(t *testing.T, address, body string, header ...string) (*http.Response, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return res, v
}

func TestNominationInterfaceAnswersInJSON(t *testing.T) {
	clerk := newClerk()
	_, s := serve(t, town(), staffed(clerk))
	address := s.URL + "/api/v1/nominations"
	const good = `{"link":"https://a.example/1","words":"A register of algorithms","council":"Wigan"}`
	if res, v := postJSON(t, address, good); res.StatusCode != http.StatusAccepted || v["id"] != "3f9c2a51d0b7" || v["state"] != "held" {
		t.Errorf("good: %d %v", res.StatusCode, v)
	}
	for _, c := range []struct {
		name, body string
		header     []string
		status     int
		want       string
	}{
		{"no object", `[]`, nil, 400, "link and words"},
		{"unknown key", `{"url":"https://a.example"}`, nil, 400, "url"},
		{"no words", `{"link":"https://a.example"}`, nil, 422, "words"},
		{"other type", good, []string{"Content-Type", "text/plain"}, 415, "application/json"},
		{"too large", `{"words":"` + strings.Repeat("x", 17<<10) + `"}`, nil, 413, "16384"},
		{"other site", good, []string{"Sec-Fetch-Site", "cross-site"}, 403, "another site"},
	} {
		res, v := postJSON(t, address, c.body, c.header...)
		said, _ := json.Marshal(v)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(said), c.want) || v["status"] != float64(c.status) {
			t.Errorf("%s: %d %s %s", c.name, res.StatusCode, res.Header.Get("Content-Type"), said)
		}
	}
	if n := len(clerk.said()); n != 1 {
		t.Errorf("%d nominations are held", n)
	}
	clerk.tooMany = true
	if res, _ := postJSON(t, address, good); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("too many: %d", res.StatusCode)
	}
	clerk.tooMany = false
	for range throttleBurst {
		postJSON(t, address, good)
	}
	if res, v := postJSON(t, address, good); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("too often: %d %v", res.StatusCode, v)
	}
	if res, body := get(t, address); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" || !strings.Contains(body, "problem") && !strings.Contains(body, "POST") {
		t.Errorf("GET: %d", res.StatusCode)
	}
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
