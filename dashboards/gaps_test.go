package dashboards

import (
	"strings"
	"testing"
	"time"

	"vantage/dashboards/browsertest"
	"vantage/pipeline/store"
)

// deafTown is the town with sources that could not be heard: for two and a
// half days three weeks ago, over two weeks in summer, and for an hour, which
// is too little to be drawn.
func deafTown() *memory {
	m := town()
	at := func(weeks, hours int) time.Time {
		return this.AddDate(0, 0, -7*weeks).Add(time.Duration(hours) * time.Hour)
	}
	m.gaps = []store.Gap{
		{Source: "mhclg", From: at(16, 20), To: at(15, 100), Rate: 1},
		{Source: "wigan-news", From: at(15, 90), To: at(15, 102), Rate: 2},
		{Source: "press", From: at(5, 20), To: at(5, 21), Rate: 0.3},
		{Source: "wigan-news", From: at(3, 30), To: at(3, 90), Rate: 2},
	}
	return m
}

// TestGapIsSaidInThePage holds what readers without a picture learn of it.
func TestGapIsSaidInThePage(t *testing.T) {
	_, s := serve(t, deafTown())
	_, page := get(t, s.URL+"/")
	for _, words := range []string{
		`<span>26 October to 1 November 2026</span><span>, 60 hours of Wigan Council news were missed</span>`,
		`<span>3 to 9 August 2026</span><span>, 101 hours of MHCLG Digital and 12 hours of Wigan Council news were missed</span>`,
		`<time datetime="2026-10-26">26 Oct</time> (part missed)`,
		`<summary>Hours that were missed: 3 sources</summary>`,
		`<li>Wigan Council news: 72 hours, in 2 gaps, the latest from 06:00 on 27 October 2026 to 18:00 on 29 October 2026</li>`,
		`<li>The Local Gazette: 1 hour, from 21:00 on 12 October 2026 to 22:00 on 12 October 2026</li>`,
		`Part of 3 weeks was missed: 248 hours of MHCLG Digital and 72 hours of Wigan Council news.`,
		`<span class="swatch g c3"></span>part missed`,
	} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %s", words)
		}
	}
	if strings.Contains(page, "12 to 18 October 2026</span><span>,") {
		t.Error("an hour of one source marks its week")
	}
	_, embed := get(t, s.URL+"/embed/topics")
	if !strings.Contains(embed, "Part of 3 weeks was missed") || !strings.Contains(embed, "part missed") {
		t.Error("the embedded chart does not say that parts were missed")
	}
	if _, plain := serve(t, town()); true {
		if _, page := get(t, plain.URL+"/"); strings.Contains(page, "missed") {
			t.Error("a town that was heard all the time is said to be missed in part")
		}
	}
}

// TestGapIsSeenInTheBrowser looks at the hatched edges in both colours, on a
// phone, under the ECharts picture and with scripts off.
func TestGapIsSeenInTheBrowser(t *testing.T) {
	d, s := serve(t, deafTown())
	p := browsertest.Open(t)
	const edges = `[...document.querySelectorAll(".board td.g")].filter(c=>c.offsetWidth&&getComputedStyle(c).backgroundImage.includes("gradient")).length`
	for _, scheme := range []string{"light", "dark"} {
		p.Scheme(scheme)
		p.Go(s.URL + "/")
		drawn(t, d, p)
		p.Shot("gaps-" + scheme)
		if n := browsertest.Eval[int](p, edges); n < 3*20 {
			t.Errorf("%s: %d hatched edges", scheme, n)
		}
		browsertest.Eval[bool](p, `(document.querySelectorAll("details").forEach(d=>d.open=true), true)`)
		accessible(t, p, "gaps "+scheme)
	}
	browsertest.Eval[bool](p, `(document.querySelector(".board td.g a").focus(), true)`)
	if got := readout(p); !strings.HasSuffix(got, "; 147 hours of MHCLG Digital were missed") || !strings.Contains(got, "27 July to 2 August 2026: ") {
		t.Errorf("the readout says %q", got)
	}
	p.Size(390, 844)
	p.Go(s.URL + "/")
	drawn(t, d, p)
	p.Shot("gaps-phone")
	if n, over := browsertest.Eval[int](p, edges), browsertest.Eval[int](p, overflow); n < 20 || over > 0 {
		t.Errorf("a phone shows %d hatched edges and scrolls sideways by %d", n, over)
	}
	p.Size(800, 700)
	p.Go(s.URL + "/embed/topics")
	p.Wait(`document.body.dataset.ready`)
	p.Shot("gaps-embed")
	if n := browsertest.Eval[int](p, `document.querySelectorAll(".draw .g").length`); n != 3*20 {
		t.Errorf("the embedded chart has %d hatched edges, want 20 in each of three weeks", n)
	}
	quiet(t, p, s.URL)
	p.Scripts(false)
	p.Size(1280, 900)
	p.Go(s.URL + "/")
	p.Shot("gaps-no-script")
}
