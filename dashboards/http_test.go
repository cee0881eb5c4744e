package dashboards

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"vantage/dashboards/chart"
	"vantage/pipeline/radar"
	"vantage/pipeline/store"
)

// get asks without following redirects or unpacking, and returns the body.
func get(t testing.TB, address string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got, string(b)
}

var everyPage = []string{"/", "/tools", "/councils", "/councils?area=nation%3AWales", "/?weeks=104&class=press&order=items", "/items?kind=topic&term=open-data",
	"/items?id=https%3A%2F%2Ftown.example%2F3", "/sources", "/about", "/embed/topics", "/embed/tools?theme=dark", "/embed/councils", "/nowhere", "/items?week=never"}

func TestEveryAnswerIsProtected(t *testing.T) {
	_, s := serve(t, town())
	for _, path := range append(everyPage, "/charts/topics.svg", "/charts/topics.csv", "/charts/topics.json", "/charts/topics.option.json", "/charts/topics.png", "/healthz", "/metrics", "/robots.txt") {
		r, body := get(t, s.URL+path)
		csp := r.Header.Get("Content-Security-Policy")
		framed := strings.HasPrefix(path, "/embed/")
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if got := strings.HasSuffix(csp, "frame-ancestors *"); got != framed || !framed && !strings.HasSuffix(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", path, r.Header)
		}
		if len(r.Cookies()) > 0 {
			t.Errorf("%s sets a cookie", path)
		}
		if want := framed || strings.HasPrefix(path, "/charts/"); (r.Header.Get("Access-Control-Allow-Origin") == "*") != want {
			t.Errorf("%s: open to other sites: %t, want %t", path, !want, want)
		}
		if strings.Contains(body, "style=\"") && !strings.HasPrefix(path, "/charts/") {
			t.Errorf("%s has a style attribute, which the policy refuses", path)
		}
	}
}

// TestPagesAreSound parses every page: elements closed in order, ids unique,
// every label and link leading somewhere, no script inside.
func TestPagesAreSound(t *testing.T) {
	_, s := serve(t, town())
	for _, path := range everyPage {
		_, body := get(t, s.URL+path)
		for _, fault := range faults(body) {
			t.Errorf("%s: %s", path, fault)
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%s has %d main headings", path, n)
		}
		if !strings.Contains(body, "Sample data") {
			t.Errorf("%s does not say that it shows sample data", path)
		}
	}
}

var void = []string{"meta", "link", "br", "img", "input", "path", "source", "rect", "hr", "!doctype"}

func faults(page string) (list []string) {
	var open []string
	ids, wanted := map[string]int{}, map[string]bool{}
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tok := z.Token()
		switch kind {
		case html.StartTagToken:
			if !slices.Contains(void, tok.Data) {
				open = append(open, tok.Data)
			}
			list = append(list, attributes(tok, ids, wanted)...)
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				return append(list, fmt.Sprintf("</%s> closes %v", tok.Data, open))
			}
			open = open[:len(open)-1]
		}
	}
	for id, n := range ids {
		if n > 1 {
			list = append(list, fmt.Sprintf("id %q stands %d times", id, n))
		}
	}
	for id := range wanted {
		if ids[id] == 0 {
			list = append(list, fmt.Sprintf("nothing has the id %q", id))
		}
	}
	if len(open) > 0 {
		list = append(list, fmt.Sprintf("never closed: %v", open))
	}
	return list
}

func attributes(tok html.Token, ids map[string]int, wanted map[string]bool) (list []string) {
	has := map[string]string{}
	for _, a := range tok.Attr {
		has[a.Key] = a.Val
		if strings.HasPrefix(a.Key, "on") {
			list = append(list, "inline handler "+a.Key)
		}
	}
	if id, ok := has["id"]; ok {
		ids[id]++
	}
	if id := has["for"]; id != "" {
		wanted[id] = true
	}
	if h := has["href"]; strings.HasPrefix(h, "#") {
		wanted[h[1:]] = true
	} else if tok.Data == "a" && !regexp.MustCompile(`^(/|https?://)`).MatchString(h) {
		list = append(list, fmt.Sprintf("link to %q", h))
	}
	if tok.Data == "script" && has["src"] == "" {
		list = append(list, "an inline script")
	}
	return list
}

func TestHostileWordsStayWords(t *testing.T) {
	m := town()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	for i := range m.rows {
		m.rows[i].Title, m.rows[i].Text, m.rows[i].Publisher, m.rows[i].Lang = evil, evil, evil, evil
	}
	m.rows[0].URL = "javascript:alert(3)"
	m.rows[0].Published = now
	named := func(kind string) []chart.Term {
		terms := names(kind)
		for i := range terms {
			terms[i].Name = evil
		}
		return terms
	}
	_, s := serve(t, m, func(c *Config) {
		c.Terms, c.Site.Contact = named, evil
		c.Sources = func() []SourceView {
			return []SourceView{{Key: "k", Name: evil, URL: "javascript:alert(4)", Error: evil, State: evil}}
		}
	})
	for _, path := range append(everyPage, "/items?kind=topic&term="+evilQuery, "/?area="+evilQuery, "/items?area="+evilQuery, "/"+evilQuery) {
		_, body := get(t, s.URL+path)
		if strings.Contains(body, "<script>") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript:`) {
			t.Errorf("%s lets words become code", path)
		}
	}
}

const evilQuery = "%22%3E%3Cscript%3Ealert%285%29%3C%2Fscript%3E"

func TestChoicesAreEscaped(t *testing.T) {
	const want = `<option value="a&#34;b" selected>&lt;b&gt; &amp; c</option>`
	if got := options([]choice{{`a"b`, "<b> & c", true}}); string(got) != want {
		t.Errorf("got %s", got)
	}
}

func TestConditionalAndCompressed(t *testing.T) {
	_, s := serve(t, town())
	for _, path := range []string{"/", "/charts/topics.csv", "/charts/topics.json", "/charts/topics.svg", "/charts/topics.png", "/embed/topics", "/about"} {
		first, body := get(t, s.URL+path)
		tag := first.Header.Get("ETag")
		if tag == "" || first.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, ETag %q", path, first.StatusCode, tag)
		}
		if again, rest := get(t, s.URL+path, "If-None-Match", "W/"+tag); again.StatusCode != http.StatusNotModified || rest != "" {
			t.Errorf("%s: %d with %d bytes, want 304", path, again.StatusCode, len(rest))
		}
		if other, _ := get(t, s.URL+path, "If-None-Match", `"other"`); other.StatusCode != http.StatusOK {
			t.Errorf("%s: %d for another ETag", path, other.StatusCode)
		}
		packed, zipped := get(t, s.URL+path, "Accept-Encoding", "gzip")
		if strings.HasSuffix(path, ".png") {
			continue
		}
		z, err := gzip.NewReader(strings.NewReader(zipped))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || string(plain) != body || packed.Header.Get("ETag") == tag {
			t.Errorf("%s: compressed %d bytes, plain %d, ETags %s and %s, %v", path, len(plain), len(body), packed.Header.Get("ETag"), tag, err)
		}
	}
}

// TestOnlyWhoTakesGzipGetsIt: a coding may be named to refuse it.
func TestOnlyWhoTakesGzipGetsIt(t *testing.T) {
	_, s := serve(t, town())
	for accepts, want := range map[string]string{
		"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "deflate, gzip ; q=1.0": "gzip", "gzip;q=0": "", "identity, gzip; q=0.000": "", "gzipped": "", "br": "",
	} {
		if r, _ := get(t, s.URL+"/", "Accept-Encoding", accepts); r.Header.Get("Content-Encoding") != want {
			t.Errorf("%q gets %q, want %q", accepts, r.Header.Get("Content-Encoding"), want)
		}
	}
}

func TestAssetsMayBeKeptForEver(t *testing.T) {
	_, s := serve(t, town())
	_, body := get(t, s.URL+"/")
	for _, m := range regexp.MustCompile(`(?:href|src|data-echarts)="(/assets/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		r, _ := get(t, s.URL+m[1])
		if r.StatusCode != http.StatusOK || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || r.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", m[1], r.StatusCode, r.Header)
		}
	}
	if r, _ := get(t, s.URL+"/assets/000000000000/style.css"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a wrong hash answers %d", r.StatusCode)
	}
}

// TestEveryCellListsItsItems follows links from the page and compares what is
// counted with what is listed.
func TestEveryCellListsItsItems(t *testing.T) {
	_, s := serve(t, town())
	cell := regexp.MustCompile(`<td role="cell" class="c\d[^"]*"><a href="([^"]+)"[^>]*>([\d,]+)</a>`)
	for _, path := range []string{"/?weeks=13", "/?weeks=13&class=press", "/?area=nation%3AWales", "/tools?class=civic", "/councils?area=region%3ANorth+West", "/councils?class=council&weeks=13"} {
		_, body := get(t, s.URL+path)
		cells := cell.FindAllStringSubmatch(body, -1)
		if len(cells) < 10 {
			t.Fatalf("%s has %d cells", path, len(cells))
		}
		for i := 0; i < len(cells); i += len(cells)/10 + 1 {
			_, list := get(t, s.URL+html.UnescapeString(cells[i][1]))
			want := chart.Plural(parse(cells[i][2]), "post") + " from"
			if !strings.Contains(list, `<p class="lead">`+want) {
				t.Errorf("%s: %s counts %s, but the page says %.60q", path, cells[i][1], cells[i][2], after(list, `<p class="lead">`))
			}
		}
	}
}

func parse(s string) (n uint64) {
	fmt.Sscan(strings.ReplaceAll(s, ",", ""), &n)
	return n
}

func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	return rest
}

func TestItemsPages(t *testing.T) {
	m := town()
	_, s := serve(t, m)
	const address = "/items?kind=topic&term=content-design"
	_, first := get(t, s.URL+address)
	if !strings.Contains(first, `rel="next"`) || strings.Contains(first, `rel="prev"`) || strings.Count(first, "<li>\n<h2>") != itemsPerPage {
		t.Errorf("the first page has %d items", strings.Count(first, "<li>\n<h2>"))
	}
	_, second := get(t, s.URL+address+"&page=2")
	if !strings.Contains(second, `<ol class="items" start="51">`) || !strings.Contains(second, `rel="prev"`) {
		t.Error("the second page does not go on where the first ends")
	}
	if !strings.Contains(first+second, "First published by <strong>") {
		t.Error("copies are not marked")
	}
	for _, wrong := range []string{"week=2026-13-01", "from=x", "page=0", "page=many", "class=pirates", "kind=person", "from=2026-11-16&to=2026-01-05", "area=nation%3AFrance", "about=E99999999",
		"week=0001-01-01", "from=0000-01-01", "from=1800-01-01", "to=9999-12-31", "council=nation%3AWales", "about=region%3ALondon"} {
		if r, body := get(t, s.URL+"/items?"+wrong); r.StatusCode != http.StatusBadRequest || !strings.Contains(body, "This address cannot be read") {
			t.Errorf("%s: %d", wrong, r.StatusCode)
		}
	}
	if r, _ := get(t, s.URL+"/items?id=nobody"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown post answers %d", r.StatusCode)
	}
}

// vast has more stories than there are pages to turn.
type vast struct{ *memory }

func (v vast) Stories(context.Context, store.ItemQuery) (store.StoryPage, error) {
	return store.StoryPage{Counts: store.Counts{Items: 1e7, Publishers: 1, Stories: 1e7}, List: []store.Story{{Row: v.rows[0]}}}, nil
}

func TestTheLastPageLeadsNowhere(t *testing.T) {
	_, s := serve(t, town(), func(c *Config) { c.Store = vast{town()} })
	for path, next := range map[string]string{"/items": `rel="next"`, "/items.json": `"next"`} {
		if _, body := get(t, s.URL+path+"?page=1999"); !strings.Contains(body, next) {
			t.Errorf("%s: the last page but one lacks %s", path, next)
		}
		if _, body := get(t, s.URL+path+"?page=2000"); strings.Contains(body, next) {
			t.Errorf("%s: the last page leads to one that is refused", path)
		}
	}
}

// TestWordsOfOthersCarryTheirLanguage and ours do not.
func TestWordsOfOthersCarryTheirLanguage(t *testing.T) {
	m := town()
	m.rows[0].Lang, m.rows[0].Title, m.rows[0].Text = "cy", "Tai cyngor", "Mae'r cyngor yn adeiladu tai."
	m.rows[1].Lang, m.rows[1].Title, m.rows[1].Sensitive = "cy", "Tai cyngor", true
	_, s := serve(t, m)
	one := func(i int) string {
		_, body := get(t, s.URL+"/items?id="+url.QueryEscape(m.rows[i].ID))
		return html.UnescapeString(body)
	}
	for _, want := range []string{`<h1 lang="cy">Tai cyngor</h1>`, ` lang="cy">Tai cyngor</a>`, `<p class="extract" lang="cy">Mae'r cyngor`} {
		if !strings.Contains(one(0), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(one(1), `lang="cy"`) {
		t.Error("our words are said to be Welsh")
	}
}

// TestTheDescriptionIsUpdatedWithTheChart: what stands outside the part that
// live updates replace would speak of old numbers.
func TestTheDescriptionIsUpdatedWithTheChart(t *testing.T) {
	_, s := serve(t, town())
	_, body := get(t, s.URL+"/")
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Type != html.TextNode || n.Data != "Describe this chart in words" {
			continue
		}
		for up := range n.Ancestors() {
			if slices.Contains(up.Attr, html.Attribute{Key: "id", Val: "live"}) {
				return
			}
		}
	}
	t.Error("the description is not within #live")
}

// TestPersonsAreNotNamed: pages name organisations only, and say what is gone.
func TestPersonsAreNotNamed(t *testing.T) {
	m := town()
	m.rows[0].Class, m.rows[0].Publisher, m.rows[0].AuthorRef = "person", "p-1234abcd", "hmac-secret"
	m.rows[1].Class, m.rows[1].Title, m.rows[1].Text, m.rows[1].URL = "person", "", "", ""
	_, s := serve(t, m)
	_, body := get(t, s.URL+"/items?id="+strings.ReplaceAll(m.rows[0].ID, "/", "%2F"))
	if strings.Contains(body, "p-1234abcd") || strings.Contains(body, "hmac-secret") || !strings.Contains(body, "A person") {
		t.Error("a person is named")
	}
	if _, body = get(t, s.URL+"/items?id="+strings.ReplaceAll(m.rows[1].ID, "/", "%2F")); !strings.Contains(body, "Text no longer kept") {
		t.Error("a post whose text expired does not say so")
	}
}

func TestEmptyStatesSayWhatToDo(t *testing.T) {
	empty := &memory{scores: map[string]store.Scores{}, areas: func(string) []string { return nil }}
	_, s := serve(t, empty, func(c *Config) { c.Sources, c.Site.Sample = nil, false })
	for path, words := range map[string]string{
		"/": "Nothing to show yet", "/tools": "See which sources are read", "/councils": "Nothing to show yet",
		"/?class=press": "No posts match these choices", "/items?term=ai": "No posts here", "/sources": "No sources yet", "/about": "It holds no posts yet", "/embed/topics": "Empty heat map",
	} {
		r, body := get(t, s.URL+path)
		if r.StatusCode != http.StatusOK || !strings.Contains(body, words) {
			t.Errorf("%s: %d without %q", path, r.StatusCode, words)
		}
		if strings.Contains(body, "Sample data") {
			t.Errorf("%s claims to be sample data", path)
		}
	}
	few := town()
	few.scores[store.Topics] = store.Scores{Ranking: radar.Ranking{Items: 12}}
	_, s = serve(t, few)
	if _, body := get(t, s.URL+"/"); !strings.Contains(body, "Not enough posts yet to say what is rising: 12 of 60") || strings.Contains(body, `class="pill strong"`) {
		t.Error("with 12 posts the page must say that nothing can be ranked yet")
	}
}

func TestFailingStore(t *testing.T) {
	m := town()
	_, s := serve(t, m)
	m.fail = errors.New("dial unix /data/private.sock: no such file")
	for _, path := range []string{"/", "/tools", "/councils", "/items", "/sources", "/about", "/charts/topics.csv", "/embed/topics"} {
		r, body := get(t, s.URL+path)
		if r.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "private.sock") || !strings.Contains(body, "load the page again") {
			t.Errorf("%s: %d %.200s", path, r.StatusCode, body)
		}
		if r.Header.Get("ETag") != "" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: an error may be kept: %v", path, r.Header)
		}
	}
	if r, body := get(t, s.URL+"/readyz"); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "store: dial") {
		t.Errorf("readyz: %d %s", r.StatusCode, body)
	}
	if r, _ := get(t, s.URL+"/healthz"); r.StatusCode != http.StatusOK {
		t.Errorf("healthz: %d", r.StatusCode)
	}
	m.fail = nil
	if r, _ := get(t, s.URL+"/"); r.StatusCode != http.StatusOK {
		t.Errorf("after the failure the page answers %d", r.StatusCode)
	}
}

func TestReadyzAsksEveryPart(t *testing.T) {
	broken := errors.New("no servers available")
	_, s := serve(t, town(), func(c *Config) {
		c.Ready = []Check{{"stream", func(context.Context) error { return broken }}}
	})
	if r, body := get(t, s.URL+"/readyz"); r.StatusCode != http.StatusServiceUnavailable || body != "store: ok\nstream: no servers available\n" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
	broken = nil
	if r, body := get(t, s.URL+"/readyz"); r.StatusCode != http.StatusOK || body != "store: ok\nstream: ok\n" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
}

func TestCacheKeepsOneGeneration(t *testing.T) {
	m := town()
	d, s := serve(t, m)
	_, first := get(t, s.URL+"/")
	_, again := get(t, s.URL+"/?junk=1&weeks=26")
	get(t, s.URL+"/charts/topics.csv") // made from the same chart
	if m.calls.Load() != 1 || first != again {
		t.Errorf("the same view was made %d times", m.calls.Load())
	}
	m.rows = m.rows[:len(m.rows)/2]
	m.generation = 8
	d.state.announce(8)
	if _, fresh := get(t, s.URL+"/"); m.calls.Load() != 2 || fresh == first {
		t.Errorf("a new generation was made %d times", m.calls.Load())
	}
}

func TestCacheStaysUnderItsLimit(t *testing.T) {
	c := newCache(10_000, (*answer).weight)
	for i := range 50 {
		key := fmt.Sprint(i)
		if _, err := c.get(t.Context(), key, func(context.Context) (*answer, error) { return newAnswer("text/plain", make([]byte, 900)), nil }); err != nil {
			t.Fatal(err)
		}
	}
	if c.size > 10_000 || c.order.Len() != len(c.byKey) || !has(c, "49") || has(c, "0") {
		t.Errorf("%d bytes in %d answers", c.size, len(c.byKey))
	}
}

func has(c *cache[*answer], key string) bool { _, ok := c.look(key); return ok }

func TestMetricsCountRoutes(t *testing.T) {
	_, s := serve(t, town())
	get(t, s.URL+"/items?term=secret-search")
	get(t, s.URL+"/nowhere")
	_, body := get(t, s.URL+"/metrics")
	for _, line := range []string{`vantage_http_requests_total{code="200",route="GET /items"} 1`, `vantage_http_requests_total{code="404",route="/"} 1`, "vantage_http_event_clients 0"} {
		if !strings.Contains(body, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	if strings.Contains(body, "secret-search") {
		t.Error("metrics tell what readers asked for")
	}
}

type announcer chan func(uint64)

func (a announcer) Listen(_ context.Context, fn func(uint64)) (func(), error) {
	a <- fn
	return func() {}, nil
}

func TestEventsCarryOnlyTheGeneration(t *testing.T) {
	live := make(announcer, 1)
	m := town()
	d, s := serve(t, m, func(c *Config) { c.Live = live })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	announce := <-live
	r, err := http.Get(s.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Scan() // the greeting: this reader has joined
	for _, g := range []uint64{8, 9, 41} {
		announce(g)
	}
	for m.calls.Load() == 0 { // the front page's chart is read ahead
		time.Sleep(time.Millisecond)
	}
	var said []string
	for lines.Scan() && !strings.Contains(lines.Text(), "41") {
		said = append(said, lines.Text())
	}
	var data struct{ Generation uint64 }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(lines.Text(), "data: ")), &data); err != nil || data.Generation != 41 {
		t.Errorf("the last event is %q after %q: %v", lines.Text(), said, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for lines.Scan() { // ends because Run ended
	}
}

// TestHeadOfEventsEnds: an endless answer without a body would hold up whatever
// is asked next on the same connection.
func TestHeadOfEventsEnds(t *testing.T) {
	_, s := serve(t, town())
	c := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: 20 * time.Second}
	defer c.CloseIdleConnections()
	head, err := c.Head(s.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	head.Body.Close()
	next, err := c.Get(s.URL + "/healthz")
	if err != nil {
		t.Fatalf("the next request: %v", err)
	}
	next.Body.Close()
	if head.Header.Get("Content-Type") != "text/event-stream" || next.StatusCode != http.StatusOK {
		t.Errorf("HEAD says %q, the next request %d", head.Header.Get("Content-Type"), next.StatusCode)
	}
}

// slow does not say its generation before it is let.
type slow struct {
	*memory
	asked, let chan struct{}
}

func (s slow) Generation(ctx context.Context) (store.Generation, error) {
	gen := s.gen()
	s.asked <- struct{}{}
	<-s.let
	return gen, ctx.Err()
}

// TestASlowStoreHoldsUpNoAnnouncement, and what it says late is not kept in
// place of what was announced meanwhile.
func TestASlowStoreHoldsUpNoAnnouncement(t *testing.T) {
	m := town()
	data := slow{m, make(chan struct{}), make(chan struct{})}
	s := &state{data: data, now: time.Now}
	late := make(chan store.Generation)
	ask := func() {
		gen, err := s.generation(t.Context())
		if err != nil {
			t.Error(err)
		}
		late <- gen
	}
	go ask()
	<-data.asked
	m.generation = 8
	announced := make(chan struct{})
	go func() { s.announce(8); close(announced) }()
	select {
	case <-announced:
	case <-time.After(20 * time.Second):
		t.Fatal("the announcement waits for the store")
	}
	go ask()
	select {
	case <-data.asked:
	case <-time.After(20 * time.Second):
		t.Fatal("after an announcement the store is not asked anew")
	}
	data.let <- struct{}{}
	data.let <- struct{}{}
	if a, b := <-late, <-late; max(a.Number, b.Number) != 8 {
		t.Errorf("the store said %d and %d, want 8 after the announcement", a.Number, b.Number)
	}
	if gen, err := s.generation(t.Context()); err != nil || gen.Number != 8 {
		t.Errorf("kept generation %d, %v", gen.Number, err)
	}
}

// deaf cannot listen once its context has ended, as a stream cannot.
type deaf struct{}

func (deaf) Listen(ctx context.Context, _ func(uint64)) (func(), error) {
	return nil, context.Cause(ctx)
}

// Who stops the program in its first moment must not be told of a failure.
func TestRunStoppedWhileItBeginsIsNoFailure(t *testing.T) {
	d, _ := serve(t, town(), func(c *Config) { c.Live = deaf{} })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestSlowReaderHoldsNobodyUp(t *testing.T) {
	h := newHub()
	slow, _ := h.join()
	done := make(chan bool)
	go func() {
		for g := range uint64(1000) {
			h.send(g)
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("a reader that takes nothing blocks the others")
	}
	if g := <-slow; g != 999 {
		t.Errorf("the slow reader gets %d, want the newest", g)
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	_, s := serve(t, town())
	r, err := http.Post(s.URL+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") == "" {
		t.Errorf("POST answers %d", r.StatusCode)
	}
}

// TestWrongChoicesAreNamed holds every form of a chart to showing nothing
// wider than its address says.
func TestWrongChoicesAreNamed(t *testing.T) {
	_, s := serve(t, town())
	for _, path := range []string{"/", "/tools", "/councils", "/charts/topics.csv", "/charts/councils.svg", "/embed/topics"} {
		for wrong, named := range map[string]string{
			"weeks=banana": "banana", "weeks=27": "27", "class=pirates": "pirates", "order=best": "best", "area=nation%3AFrance": "nation:France", "council=%3Cscript%3E": "&lt;script&gt;",
			"council=nation%3AWales": "write area=nation%3AWales", "council=" + strings.Repeat("x", 5000): "5000 bytes", "rows=some": "some",
		} {
			if r, body := get(t, s.URL+path+"?"+wrong); r.StatusCode != http.StatusBadRequest || !strings.Contains(body, named) || strings.Contains(body, "<script>") {
				t.Errorf("%s?%s: %d, without %s", path, wrong, r.StatusCode, named)
			}
		}
		if strings.HasPrefix(path, "/charts/") || strings.HasPrefix(path, "/embed/") {
			if r, body := get(t, s.URL+path+"?theme=pink"); r.StatusCode != http.StatusBadRequest || !strings.Contains(html.UnescapeString(body), `theme "pink" is not one of [light dark]`) {
				t.Errorf("%s in pink: %d %.300s", path, r.StatusCode, body)
			}
		}
		if r, _ := get(t, s.URL+path+"?area=&council=&class=&order=&weeks=26"); r.StatusCode != http.StatusOK {
			t.Errorf("%s with an empty form: %d", path, r.StatusCode)
		}
	}
}

func TestWrongSizesOfAPictureAreNamed(t *testing.T) {
	_, s := serve(t, town())
	for wrong, named := range map[string]string{"width=421": `width "421" is not one of [420 760]`, "first=7": `first "7" is not one of [20]`} {
		if r, body := get(t, s.URL+"/charts/topics.svg?"+wrong); r.StatusCode != http.StatusBadRequest || !strings.Contains(html.UnescapeString(body), named) {
			t.Errorf("%s: %d, without %s", wrong, r.StatusCode, named)
		}
	}
}

func TestEmbedSnippet(t *testing.T) {
	_, s := serve(t, town(), func(c *Config) { c.Site.BaseURL = "https://radar.example.org/" })
	_, body := get(t, s.URL+"/?area=nation%3AWales")
	want := html.EscapeString(`<iframe src="https://radar.example.org/embed/topics?area=nation%3AWales" title="What is rising: topics by week" width="800" height="640" style="border:0;width:100%" loading="lazy"></iframe><script async src="https://radar.example.org/embed.js"></script>`)
	if !strings.Contains(html.UnescapeString(body), html.UnescapeString(want)) {
		t.Errorf("the snippet is %.300s", after(body, "readonly"))
	}
	if _, svg := get(t, s.URL+"/charts/topics.svg?theme=dark"); !strings.Contains(svg, chart.Dark.Ground.Hex()) || !strings.Contains(svg, `href="https://radar.example.org/items?`) {
		t.Error("the dark picture is not dark, or its cells lead nowhere")
	}
}
