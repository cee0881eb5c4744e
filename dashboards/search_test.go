package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"vantage/dashboards/browsertest"
)

func withGlossary(c *Config) { c.Glossary = builtInNames() }

func TestSearchFindsByAnyName(t *testing.T) {
	_, s := serve(t, town(), withGlossary)
	for _, tt := range []struct {
		question string
		want     []string
	}{
		{"RPA", []string{"<h2>Topics</h2>", "Robotic process automation", "digital workers", `<span lang="cy">awtomeiddio prosesau</span> (Welsh)`, "/glossary#topic-rpa"}},
		{"deallusrwydd artiffisial", []string{"Artificial intelligence", `Found as “<span lang="cy">deallusrwydd artiffisial</span>” (Welsh)`}},
		{"damp and mould", []string{"Damp, mould and Awaab"}},
		{"open data", []string{"/items?kind=topic&amp;term=open-data", "or are about “"}},
		{"Allerdale", []string{"until 31 March 2023; now Cumberland", "/items?about="}},
		{"Caerdydd", []string{"<h2>Councils</h2>", "Cardiff", "/?council=W06000015"}},
		{"homelesness", []string{"No topic, tool or council is called so", "Did you mean", "/search?q=Homelessness"}},
		{"zzzyx", []string{"Try fewer or other words", "No post"}},
	} {
		r, body := get(t, s.URL+"/search?q="+url.QueryEscape(tt.question))
		if r.StatusCode != http.StatusOK || r.Header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%q: status %d, %v", tt.question, r.StatusCode, r.Header)
		}
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%q: no %q in the page", tt.question, want)
			}
		}
	}
}

func TestSearchTakesAnyQuestion(t *testing.T) {
	_, s := serve(t, town(), withGlossary)
	for query, want := range map[string]int{
		"": 200, "q=": 200, "q=+++": 200, "q=%27%3B+DROP+TABLE+items%3B+--": 200, "q=%3Cscript%3Ealert%281%29%3C%2Fscript%3E": 200,
		"q=%D7%A9%D7%9C%D7%95%D7%9D+%D7%A2%D7%95%D7%9C%D7%9D": 200, "q=%E2%80%AEevil": 200, "q=%FF%FE%00": 200,
		"q=" + strings.Repeat("a", 200): 200, "q=" + strings.Repeat("a", 201): 400, "q=" + strings.Repeat("%C5%B5", 200): 200,
		"q=bins&page=0": 400, "q=bins&page=x": 400, "q=bins&page=26": 400, "q=bins&page=25": 200,
	} {
		for _, path := range []string{"/search?", "/api/v1/search?"} {
			wanted := want
			if path != "/search?" && (query == "" || query == "q=" || query == "q=+++" || query == "q=%FF%FE%00") {
				wanted = 400 // a program must ask something
			}
			r, body := get(t, s.URL+path+query)
			if r.StatusCode != wanted {
				t.Errorf("%s%.60s: status %d, want %d", path, query, r.StatusCode, wanted)
			}
			if strings.Contains(body, "<script>alert") || strings.Contains(body, "\u202e") {
				t.Errorf("%s%.60s: the question is shown raw", path, query)
			}
			if wanted == 400 && path == "/search?" && (!strings.Contains(body, `role="alert"`) || !strings.Contains(body, `href="#q"`)) {
				t.Errorf("%.60s: the page does not say what is wrong", query)
			}
		}
	}
}

func TestSearchAnswersPrograms(t *testing.T) {
	_, s := serve(t, town(), withGlossary)
	r, body := get(t, s.URL+"/api/v1/search?q=open+data")
	var got searchJSON
	if err := json.Unmarshal([]byte(body), &got); err != nil || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%v: %v", err, r.Header)
	}
	if got.Question != "open data" || len(got.Found) == 0 || got.Found[0].ID != "open-data" || got.Found[0].Posts == 0 ||
		!strings.HasPrefix(got.Found[0].Address, s.URL+"/items?") || len(got.Posts) == 0 || got.Posts[0].Topics == nil {
		t.Errorf("got %+v", got)
	}
}

func TestGlossaryListsEveryTerm(t *testing.T) {
	_, s := serve(t, town(), withGlossary)
	_, body := get(t, s.URL+"/glossary")
	for _, term := range builtInNames().Terms() {
		if !strings.Contains(body, `id="`+term.Kind+"-"+term.ID+`"`) {
			t.Errorf("%s %s is not in the glossary", term.Kind, term.ID)
		}
	}
	if !strings.Contains(body, `<span lang="cy">digartrefedd</span> (Welsh)`) {
		t.Error("Welsh names are not marked as Welsh")
	}
}

// TestQuestionsStayOutOfTheLog, and who leaves early is no failure.
func TestQuestionsStayOutOfTheLog(t *testing.T) {
	if err := discreet(errors.New("code 62: syntax error near Allerdale"), "posts on allerdale"); strings.Contains(err.Error(), "Allerdale") {
		t.Errorf("the log would say %v", err)
	}
	if err := discreet(fmt.Errorf("store: %w", context.Canceled), "cancel"); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader who left is taken for a failure: %v", err)
	}
}

func TestNoSearchWithoutGlossary(t *testing.T) {
	_, s := serve(t, town())
	if r, body := get(t, s.URL+"/search?q=x"); r.StatusCode != http.StatusNotFound || strings.Contains(body, `id="q"`) {
		t.Errorf("status %d", r.StatusCode)
	}
}

func TestSearchIsUsable(t *testing.T) {
	_, s := serve(t, town(), withGlossary)
	p := browsertest.Open(t)
	p.Go(s.URL + "/sources")
	for range 30 {
		if browsertest.Eval[bool](p, `document.activeElement.id === "q"`) {
			break
		}
		p.Press(kb.Tab)
	}
	p.Press("open data")
	p.Press(kb.Enter)
	p.Wait(`location.pathname === "/search" && document.querySelector(".found")`)
	if got := browsertest.Eval[string](p, `document.querySelector("#q").value`); got != "open data" {
		t.Errorf("the box holds %q", got)
	}
	p.Shot("search")
	accessible(t, p, "search")
	for _, path := range []string{"/search", "/search?q=homelesness", "/search?q=" + strings.Repeat("a", 201), "/search?q=Allerdale", "/glossary"} {
		p.Go(s.URL + path)
		accessible(t, p, path)
		if over := browsertest.Eval[int](p, overflow); over > 0 {
			t.Errorf("%s scrolls sideways by %d", path, over)
		}
	}
	p.Shot("glossary")
	p.Scheme("dark")
	p.Size(390, 844)
	for _, path := range []string{"/search?q=open+data", "/glossary"} {
		p.Go(s.URL + path)
		accessible(t, p, path+" on a phone in the dark")
		if over := browsertest.Eval[int](p, overflow); over > 0 {
			t.Errorf("%s scrolls sideways by %d on a phone", path, over)
		}
		p.Shot("phone" + strings.ReplaceAll(path, "/", "-")[:7])
	}
	quiet(t, p, s.URL)
}

func TestSearchWithoutScripts(t *testing.T) {
	_, s := serve(t, town(), withGlossary)
	p := browsertest.Open(t)
	p.Scripts(false)
	p.Go(s.URL + "/")
	p.Click("#q")
	p.Press("caerdydd" + kb.Enter)
	p.Wait(`location.pathname === "/search" && document.querySelector(".found").textContent.includes("Cardiff")`)
}
