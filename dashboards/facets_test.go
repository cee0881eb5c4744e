package dashboards

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vantage/dashboards/browsertest"
	"vantage/pipeline/store"
)

// TestListsAreNarrowedByWhatPostsSay: the address narrows, the heading says
// it, the form keeps it, and every form of the list carries the fields.
func TestListsAreNarrowedByWhatPostsSay(t *testing.T) {
	m := town()
	_, s := serve(t, m)
	const list = "kind=topic&term=content-design&stage=pilot&has=lesson&has=repository"
	_, page := get(t, s.URL+"/items?"+list)
	for _, want := range []string{
		"Posts about “Content design” in a pilot with a lesson with a code repository", `<option value="pilot" selected>Pilot`,
		`<input type="hidden" name="term" value="content-design">`, `>Pilot</a>`, `>Lesson</a>`, `>Has code</a>`, `href="/items?has=repository"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	_, body := get(t, s.URL+"/items.json?"+list)
	var got struct {
		Posts uint64
		List  []struct {
			Stage         string
			Has, Adoption []string
			Themes, Tools []string
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.List) == 0 {
		t.Fatalf("%v: %.300s", err, body)
	}
	for _, l := range got.List {
		if l.Stage != "pilot" || len(l.Has) != 2 || len(l.Adoption) != len(l.Tools) || len(l.Themes) != 1 {
			t.Errorf("%+v", l)
		}
	}
	if want := m.counted(t, "content-design", store.ItemQuery{Stage: "pilot", Facets: []string{"lesson", "repository"}}); got.Posts != want {
		t.Errorf("%d posts, want %d", got.Posts, want)
	}
	_, csv := get(t, s.URL+"/items.csv?"+list)
	if !strings.Contains(csv, ",stage,has,used_tools,licence") || !strings.Contains(csv, ",pilot,lesson repository,") {
		t.Errorf("CSV: %.300s", csv)
	}
}

// counted recounts a list of the usual period.
func (m *memory) counted(t *testing.T, topic string, q store.ItemQuery) (n uint64) {
	t.Helper()
	v := url.Values{"kind": {"topic"}, "term": {topic}}
	whole, _, err := parseItems(v, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.rows {
		if m.match(r, store.Topics, topic, nil, whole.Filter) && says(r, q) {
			n++
		}
	}
	return n
}

func TestWrongFacetsAreNamed(t *testing.T) {
	_, s := serve(t, town())
	for address, named := range map[string]string{
		"/items?stage=beta": "beta", "/items?has=cake": "cake", "/items?has=lesson&has=%3Cscript%3E": "&lt;script&gt;", "/items?adoption=loves": "loves",
		"/items.json?stage=beta": "beta", "/tools?adoption=offers": "offers", "/?adoption=uses": "tools only", "/charts/themes.csv?adoption=uses": "tools only",
	} {
		if r, body := get(t, s.URL+address); r.StatusCode != http.StatusBadRequest || !strings.Contains(body, named) || strings.Contains(body, "<script>") {
			t.Errorf("%s: %d, without %q", address, r.StatusCode, named)
		}
	}
	var q store.ItemQuery
	if err := parseFacets(url.Values{"has": {"lesson", "", "event", "lesson"}}, &q); err != nil || !slices.Equal(q.Facets, []string{"lesson", "event"}) {
		t.Errorf("repeated marks ask for %v, %v", q.Facets, err)
	}
	if r, _ := get(t, s.URL+"/items?stage=&has=&adoption="); r.StatusCode != http.StatusOK {
		t.Errorf("an empty form answers %d", r.StatusCode)
	}
}

// TestToolsInUseAreAChartOfTheirOwn: its squares count, and open, only posts
// that say so.
func TestToolsInUseAreAChartOfTheirOwn(t *testing.T) {
	m := town()
	_, s := serve(t, m)
	_, page := get(t, s.URL+"/tools?adoption=uses")
	if !strings.Contains(page, "tools by week, only in use by a public body") || !strings.Contains(page, `<option value="uses" selected>In use by a public body`) {
		t.Error("the page does not say that it shows use")
	}
	if !strings.Contains(page, "/items?adoption=uses&amp;kind=tool&amp;term=") {
		t.Errorf("the squares lead elsewhere: %.200s", after(page, "/items?"))
	}
	_, themes := get(t, s.URL+"/themes")
	if !strings.Contains(themes, "Theme ") || !strings.Contains(themes, "/items?kind=theme&amp;term=theme-") {
		t.Error("the chart of themes has no themes")
	}
}

// TestMarksOnPosts looks at a narrowed list on a desk and on a phone, where
// scripts are off.
func TestMarksOnPosts(t *testing.T) {
	_, s := serve(t, town())
	p := browsertest.Open(t)
	for _, width := range []int64{1280, 360} {
		p.Size(width, 844)
		p.Scripts(false)
		p.Go(s.URL + "/items?kind=tool&term=tool-content-design&stage=pilot&has=lesson")
		p.Scripts(true) // only to look
		p.Shot(fmt.Sprintf("marks-%d", width))
		if over := browsertest.Eval[int](p, overflow); over > 0 {
			t.Errorf("at %d pixels the list scrolls sideways by %d", width, over)
		}
		if n := browsertest.Eval[int](p, `document.querySelectorAll(".tags .mark").length`); n == 0 {
			t.Error("no mark is shown")
		}
	}
	p.Go(s.URL + "/items?kind=tool&term=tool-content-design&stage=pilot&has=lesson")
	accessible(t, p, "a narrowed list on a phone")
}
