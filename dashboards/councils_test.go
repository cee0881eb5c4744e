package dashboards

import (
	"encoding/csv"
	"fmt"
	"html"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vantage/dashboards/browsertest"
	"vantage/dashboards/chart"
	"vantage/pipeline/store"
)

// shires is a small town of posts about councils with histories: each post
// names one to three of them.
func shires() *memory {
	m := town()
	m.rows, m.copies = m.rows[:600], map[string]string{}
	ids := []string{"E10000021", "E06000061", "E06000062", "E07000154", "E10000027", "E07000190", "E06000066", "E10000030", "E07000209", "E47000009", "E06000023", "E47000017", "E07000138", "E06000013"}
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range m.rows {
		r := &m.rows[i]
		r.Councils, r.Found = nil, nil
		for _, k := range rnd.Perm(len(ids))[:1+rnd.IntN(3)] {
			r.Councils = append(r.Councils, ids[k])
			r.Found = append(r.Found, store.Council{ID: ids[k], Confidence: .9, Sense: "council"})
		}
		slices.Sort(r.Councils)
	}
	return m
}

// sums adds up a column of a CSV answer by topic.
func sums(t *testing.T, address, column string) map[string]float64 {
	t.Helper()
	r, body := get(t, address)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %.200s", address, r.StatusCode, body)
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at, topic := slices.Index(lines[0], column), slices.Index(lines[0], "topic_id")
	out := map[string]float64{}
	for _, l := range lines[1:] {
		n, err := strconv.ParseFloat(l[at], 64)
		if l[at] != "" && err != nil {
			t.Fatal(err)
		}
		out[l[topic]] += n
	}
	return out
}

// TestTotalsOfTopicsAreTheSameInEveryViewOfTheFiles counts posts x councils
// in a loop and compares the files of all views with it.
func TestTotalsOfTopicsAreTheSameInEveryViewOfTheFiles(t *testing.T) {
	m := shires()
	_, s := serve(t, m)
	for _, filter := range []string{"weeks=52", "weeks=52&class=press", "weeks=52&area=region%3AEast+Midlands"} {
		f := queryOf(filter).Filter()
		want := map[string]float64{}
		for _, r := range m.rows {
			for _, id := range r.Councils {
				if m.match(r, store.Topics, "", nil, f) && m.inside(id, f) {
					want[r.Topics[0]]++
				}
			}
		}
		for _, view := range []string{"", "&councils=then", "&councils=cells"} {
			got := sums(t, s.URL+"/charts/councils.csv?"+filter+view, "mentions")
			for topic, n := range want {
				if math.Abs(got[topic]-n) > 1e-9 {
					t.Errorf("%s%s: %s has %g mentions, want %g", filter, view, topic, got[topic], n)
				}
			}
			if len(got) != len(want) || len(got) < 5 {
				t.Errorf("%s%s: %d topics, want %d", filter, view, len(got), len(want))
			}
		}
	}
}

func queryOf(address string) chart.Query {
	v, _ := url.ParseQuery(address)
	return chart.ParseQuery(v, now)
}

var (
	squares  = regexp.MustCompile(`<td role="cell" class="c\d"><a href="([^"]+)" data-n="(\d+) (\d+)(?: (\d+))?">([^<]+)</a>`)
	leadLine = regexp.MustCompile(`<p class="lead">([\d,]+) posts? from ([\d,]+) independent publishers?`)
)

// TestEverySquareOpensThePostsThatItCounts follows the squares of all views.
func TestEverySquareOpensThePostsThatItCounts(t *testing.T) {
	_, s := serve(t, shires())
	for _, path := range []string{"/councils", "/councils?councils=then", "/councils?councils=cells", "/councils?councils=cells&area=region%3AEast+Midlands",
		"/councils?council=E06000061", "/councils?council=E10000021", "/councils?council=E10000030&councils=cells", "/councils?area=region%3ASouth+West&class=press"} {
		_, body := get(t, s.URL+path)
		found := squares.FindAllStringSubmatch(body, -1)
		if len(found) == 0 {
			t.Errorf("%s has no squares", path)
		}
		for i := 0; i < len(found); i += 1 + len(found)/12 {
			f := found[i]
			posts := f[4]
			if posts == "" {
				posts = f[5]
			}
			_, list := get(t, s.URL+html.UnescapeString(f[1]))
			got := leadLine.FindStringSubmatch(list)
			if got == nil || got[1] != posts || got[2] != f[2] {
				t.Errorf("%s: a square says %s posts of %s publishers, its list %v: %s", path, posts, f[2], got, f[1])
			}
		}
	}
}

func TestPageSaysHowCouncilsAreCounted(t *testing.T) {
	clock := now
	_, s := serve(t, shires(), func(c *Config) { c.Now = func() time.Time { return clock } })
	has := func(path string, words ...string) {
		t.Helper()
		_, body := get(t, s.URL+path)
		for _, w := range words {
			if !strings.Contains(body, w) {
				t.Errorf("%s does not say %q", path, w)
			}
		}
	}
	has("/councils", "Northamptonshire was abolished on 31 March 2021; its posts count half each for North Northamptonshire and West Northamptonshire.",
		"Posts about councils that no longer exist count for their successors.", "parts of posts, which add up to whole ones", `<option value="" selected>Today’s councils`, `scope="row">Total</th>`)
	has("/councils?councils=then", "Northamptonshire was abolished on 31 March 2021; North Northamptonshire and West Northamptonshire took over.", ">Northamptonshire</a>")
	has("/councils?councils=cells", "West of England lies over 3 councils; its posts count a third each for Bath and North East Somerset, Bristol and South Gloucestershire.")
	has("/?council=E06000066", "took over from Mendip", "With its predecessors", "Posts about Somerset or one of 7 councils that count for it count here, each once.")
	has("/?council=E07000138", "Also its county and combined authority")
	has("/items?about=E06000062", "by or about West Northamptonshire or", "took over from Daventry")
	has("/councils?council=E07000209", "Guildford will be abolished on 31 March 2027; West Surrey will take over.")
	if r, body := get(t, s.URL+"/councils?councils=before"); r.StatusCode != http.StatusBadRequest || !strings.Contains(body, "is not one of [now then cells]") {
		t.Errorf("a wrong view answers %d", r.StatusCode)
	}
	if _, body := get(t, s.URL+"/?council=W06000015"); strings.Contains(body, "f-councils") {
		t.Error("a council that nobody counts for offers views of it")
	}
	clock = time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC)
	has("/councils", "Surrey was abolished on 31 March 2027; its posts count half each for East Surrey and West Surrey.", ">West Surrey</a>", `<option value="x-west-surrey-council">`)
	if _, body := get(t, s.URL+"/councils"); strings.Contains(body, `<option value="E07000209">`) {
		t.Error("Guildford can still be chosen after its end")
	}
}

// TestRolledUpChartInABrowser looks at the view with the most fractions.
func TestRolledUpChartInABrowser(t *testing.T) {
	d, s := serve(t, shires())
	p := browsertest.Open(t)
	for name, path := range map[string]string{"now": "/councils", "cells": "/councils?councils=cells", "one": "/?council=E06000066"} {
		p.Size(1280, 900)
		p.Scheme("light")
		p.Go(s.URL + path)
		drawn(t, d, p)
		for _, scheme := range []string{"light", "dark"} {
			p.Scheme(scheme)
			p.Shot("rolled-" + name + "-" + scheme)
			browsertest.Eval[bool](p, `(document.querySelectorAll("details").forEach(d=>d.open=true), true)`)
			accessible(t, p, name+" "+scheme)
		}
		for _, width := range []int64{390, 320} {
			p.Size(width, 844)
			p.Go(s.URL + path)
			p.Shot(fmt.Sprintf("rolled-%s-%d", name, width))
			if over := browsertest.Eval[int](p, overflow); over > 0 {
				t.Errorf("%s at %d pixels scrolls sideways by %d", path, width, over)
			}
		}
		accessible(t, p, name+" on a phone")
		quiet(t, p, s.URL)
	}
	p.Size(1280, 900)
	p.Go(s.URL + "/councils?councils=cells")
	drawn(t, d, p)
	browsertest.Eval[bool](p, `([...document.querySelectorAll(".board td a")].find(a => a.textContent.includes(".")).focus(), true)`)
	if got := readout(p); !regexp.MustCompile(`: (\d+\.\d|under 0\.1) mentions in \d+ posts?, \d+ publishers?, `).MatchString(got) {
		t.Errorf("the readout of a fraction says %q", got)
	}
}
