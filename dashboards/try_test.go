package dashboards

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vantage/dashboards/browsertest"
)

// echo finds one thing in each text, for tests of the pages. What is really
// found is tested with the program.
type echo struct{ refuse *Refusal }

func (e echo) Rules() string { return "v-0123456789ab" }

func (e echo) Read(_ context.Context, d Draft) (Understood, error) {
	if e.refuse != nil {
		return Understood{}, e.refuse
	}
	u := Understood{Rules: e.Rules(), Language: "English", JSON: `{"id": ""}`}
	if d.Text == "nothing" {
		u.Pieces = []Piece{{Text: d.Text}}
		return u, nil
	}
	first, rest, _ := strings.Cut(d.Text, " ")
	u.Pieces = []Piece{{first, []string{"Leeds", "Damp and mould"}}, {Text: " " + rest}}
	u.Groups = []FindingGroup{
		{"Councils", []Finding{{"Leeds", "E08000035", "98% sure, counted", []string{"official name “Leeds” (+4.5)", "the post comes from its own channel"}}}},
		{"Topics", []Finding{{Name: "Damp and mould", Reasons: []string{"says “damp”"}}}},
	}
	return u, nil
}

func (e echo) ReadJSON(_ context.Context, post []byte) ([]byte, error) {
	if e.refuse != nil {
		return nil, e.refuse
	}
	return fmt.Appendf(nil, `{"bytes":%d}`, len(post)), nil
}

func trying(e echo) func(*Config) { return func(c *Config) { c.Reading = e } }

func TestTryShowsWhatWasFoundAndEscapes(t *testing.T) {
	_, s := serve(t, town(), trying(echo{}))
	res, page := submit(t, http.DefaultClient, s.URL+"/try", url.Values{"text": {"<b>Leeds</b> has <script>alert(1)</script>"}, "title": {"\"><i>"}})
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %v", res.Status, res.Header)
	}
	for _, want := range []string{
		"<mark>&lt;b&gt;Leeds&lt;/b&gt;<span class=\"vh\"> (speaks for Leeds, Damp and mould)</span></mark> has &lt;script&gt;",
		"<strong>Leeds</strong>: 98% sure, counted<ul><li>official name “Leeds” (&#43;4.5)</li>", "Language: English", "v-0123456789ab", "What was found: Try your text",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<i>") {
		t.Error("the text is shown raw")
	}
	if _, page := submit(t, http.DefaultClient, s.URL+"/try", url.Values{"text": {"nothing"}}); !strings.Contains(page, "Nothing was found") {
		t.Error("the page does not say that nothing was found")
	}
}

func TestTryNamesWhatIsWrong(t *testing.T) {
	_, s := serve(t, town(), trying(echo{}))
	for want, c := range map[string]struct {
		form   url.Values
		status int
	}{
		"Enter a text, or a title at least.":            {url.Values{"text": {" \n"}}, http.StatusUnprocessableEntity},
		"The text has 66 KiB and must have 64 or fewer": {url.Values{"text": {strings.Repeat("é", 33<<10-200)}}, http.StatusRequestEntityTooLarge},
		"The text must be 64 KiB or shorter":            {url.Values{"text": {strings.Repeat("x", maxDraftBody)}}, http.StatusRequestEntityTooLarge},
		"The title must have 2000 characters or fewer":  {url.Values{"text": {"a"}, "title": {strings.Repeat("x", 2001)}}, http.StatusUnprocessableEntity},
	} {
		res, page := submit(t, http.DefaultClient, s.URL+"/try", c.form)
		if res.StatusCode != c.status || !strings.Contains(page, want) || !strings.Contains(page, "error-summary") || !strings.Contains(page, "<title>Error: ") {
			t.Errorf("%q: %s", want, res.Status)
		}
	}
	if res, _ := submit(t, http.DefaultClient, s.URL+"/try", url.Values{"text": {strings.Repeat("x", maxDraft)}}); res.StatusCode != http.StatusOK {
		t.Errorf("a text at the limit: %s", res.Status)
	}
	_, s = serve(t, town(), trying(echo{&Refusal{"council", "no council is called “Barnsly”"}}))
	res, page := submit(t, http.DefaultClient, s.URL+"/try", url.Values{"text": {"a"}, "council": {"Barnsly"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `id="council-error"`) || !strings.Contains(page, `value="Barnsly"`) {
		t.Errorf("a wrong council: %s\n%s", res.Status, page)
	}
}

func TestTryIsForOurOwnPagesAndNotTooOften(t *testing.T) {
	_, s := serve(t, town(), trying(echo{}))
	for _, path := range []string{"/try", "/api/v1/tag"} {
		if res, _ := submit(t, http.DefaultClient, s.URL+path, url.Values{"text": {"a"}}, "Sec-Fetch-Site", "cross-site"); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %s", path, res.Status)
		}
	}
	for n := range tryBurst + 1 {
		res, page := submit(t, http.DefaultClient, s.URL+"/try", url.Values{"text": {"a"}})
		if last := n == tryBurst; last != (res.StatusCode == http.StatusTooManyRequests) {
			t.Fatalf("text %d: %s", n+1, res.Status)
		} else if last && (res.Header.Get("Retry-After") == "" || !strings.Contains(page, "Please wait a moment")) {
			t.Errorf("%v", res.Header)
		}
	}
}

func TestTagAPI(t *testing.T) {
	_, s := serve(t, town(), trying(echo{}))
	post := func(kind, body string) (int, string) {
		res, err := http.Post(s.URL+"/api/v1/tag", kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b := make([]byte, 500)
		n, _ := res.Body.Read(b)
		return res.StatusCode, string(b[:n])
	}
	for _, c := range []struct {
		kind, body string
		status     int
		want       string
	}{
		{"application/json; charset=utf-8", `{"text":"a"}`, 200, `{"bytes":12}` + "\n"},
		{"text/plain", `{}`, 415, "Content-Type: application/json"},
		{"application/json", strings.Repeat(" ", maxDraftBody+1), 413, "64 KiB or shorter"},
	} {
		if status, said := post(c.kind, c.body); status != c.status || !strings.Contains(said, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.kind, status, said, c.status, c.want)
		}
	}
	res, err := http.Get(s.URL + "/api/v1/tag")
	if err != nil || res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %v %v", res, err)
	}
	res.Body.Close()
	_, s = serve(t, town(), trying(echo{&Refusal{"body", "published “x” is not a time"}}))
	if status, said := post("application/json", `{}`); status != 422 || !strings.Contains(said, "is not a time") {
		t.Errorf("%d %s", status, said)
	}
}

// TestTryInABrowser fills the form with scripts off, and looks at the page in
// both colours and on a phone.
func TestTryInABrowser(t *testing.T) {
	_, s := serve(t, town(), trying(echo{}))
	p := browsertest.Open(t)
	look := func(name string) {
		t.Helper()
		lookAround(t, p, name)
		quiet(t, p, s.URL)
	}
	p.Go(s.URL + "/try")
	look("try")
	p.Click("#send")
	p.Wait(`document.querySelector(".error-summary")`)
	look("try-errors")
	p.Go(s.URL + "/try?example")
	p.Click("#send")
	p.Wait(`document.querySelector(".understood")`)
	look("try-found")
	if shown := browsertest.Eval[string](p, `document.querySelector("mark").textContent`); shown != "Barnsley (speaks for Leeds, Damp and mould)" {
		t.Errorf("the first mark reads %q", shown)
	}
}

func TestTryWithoutScripts(t *testing.T) {
	_, s := serve(t, town(), trying(echo{}))
	p := browsertest.Open(t)
	p.Scripts(false)
	p.Go(s.URL + "/try")
	p.Click("#text")
	p.Press("Leeds tries damp sensors")
	p.Click("#send")
	p.Wait(`document.querySelector(".understood mark")`)
	p.Shot("try-without-scripts")
	quiet(t, p, s.URL)
}

// lexicon is a vocabulary in a fixed state.
type lexicon struct {
	view  RulesView
	asked int
	err   error
}

func (l *lexicon) Rules(context.Context) (RulesView, error) { return l.view, nil }
func (l *lexicon) Retag(context.Context) error              { l.asked++; return l.err }

func TestOperatorSeesTheVocabularyAndRetags(t *testing.T) {
	l := &lexicon{view: RulesView{Version: "v-1", Since: now, Problem: "topics.yaml:12: topic \"x\": the name is missing", Found: now, Older: 1234}}
	_, s := serve(t, town(), func(c *Config) { c.Operator = Operator{Token: testToken, Rules: l} })
	v := visitor(t)
	if res, _ := submit(t, v, s.URL+"/operator/retag", nil); res.StatusCode != http.StatusForbidden || l.asked != 0 {
		t.Errorf("without signing in: %s, %d", res.Status, l.asked)
	}
	_, page := submit(t, v, s.URL+"/operator/sign-in", url.Values{"token": {testToken}})
	for _, want := range []string{"topics.yaml:12", "1,234 posts were tagged with older rules.", "Tag these posts anew", "v-1"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, page = submit(t, v, s.URL+"/operator/retag", nil); l.asked != 1 || !strings.Contains(page, "being tagged anew") {
		t.Errorf("asked %d times\n%s", l.asked, page)
	}
	l.err = &Refusal{"retag", "a retag runs already"}
	l.view.Running, l.view.Read, l.view.Total, l.view.Rate = true, 250, 1000, 50
	if res, page := submit(t, v, s.URL+"/operator/retag", nil); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "A retag runs already.") || !strings.Contains(page, "250 of 1,000 posts (25%), 50 a second") {
		t.Errorf("%s\n%s", res.Status, page)
	}
	l.view = RulesView{Version: "v-2", Since: now, BuiltIn: true, Read: 3, Changed: 1, Ended: now}
	if _, page := submit(t, v, s.URL+"/operator/sign-in", url.Values{"token": {testToken}}); !strings.Contains(page, "Every post was tagged with these rules.") || !strings.Contains(page, "3 posts read, 1 changed") {
		t.Error("the page does not say that all is done")
	}
}
