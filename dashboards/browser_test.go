package dashboards

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vantage/dashboards/browsertest"
	"vantage/dashboards/chart"
)

// drawn waits until ECharts has painted; without the built script nothing
// would be tested.
func drawn(t *testing.T, d *Dashboard, p *browsertest.Page) {
	t.Helper()
	if d.assets.echarts == "" {
		t.Skip("ECharts is not built in; run `go run ./deploy/build` to run this test")
	}
	p.Wait(`document.body.dataset.ready && document.querySelector(".canvas canvas")`)
}

// quiet fails the test where the browser refused something or asked elsewhere.
func quiet(t *testing.T, p *browsertest.Page, own ...string) {
	t.Helper()
	if v := p.Refused(); len(v) > 0 {
		t.Errorf("the content security policy was violated: %v", v)
	}
	if f := p.Foreign(own...); len(f) > 0 {
		t.Errorf("requests went to other hosts: %v", f)
	}
}

func accessible(t *testing.T, p *browsertest.Page, where string) {
	t.Helper()
	for _, v := range p.Axe() {
		t.Errorf("%s: %v", where, v)
	}
}

const overflow = `document.documentElement.scrollWidth-document.documentElement.clientWidth`

func TestClickOnACellOpensItsItems(t *testing.T) {
	d, s := serve(t, town())
	p := browsertest.Open(t)
	p.Go(s.URL + "/")
	drawn(t, d, p)
	counted := browsertest.Eval[string](p, `document.querySelector(".board td.c6 a").textContent`)
	p.Point(".board td.c6 a")
	p.Shot("front-tooltip")
	p.Click(".board td.c6 a")
	p.Wait(`location.pathname === "/items" && document.querySelector(".items > li")`)
	if got := browsertest.Eval[string](p, `document.querySelector(".lead").textContent`); !strings.HasPrefix(got, counted+" posts ") {
		t.Errorf("the cell counts %s, the page says %q", counted, got)
	}
	const posts = `document.querySelectorAll(".items > li").length + (/; (\d+) posts? (is a copy|are copies)/.exec(document.querySelector(".lead").textContent) || [0, 0])[1] * 1`
	if n := browsertest.Eval[int](p, posts); fmt.Sprint(n) != counted {
		t.Errorf("the cell counts %s, the page lists %d", counted, n)
	}
	quiet(t, p, s.URL)
}

func TestKeyboardReachesCellsAndItems(t *testing.T) {
	d, s := serve(t, town())
	p := browsertest.Open(t)
	p.Go(s.URL + "/")
	drawn(t, d, p)
	stops := 0
	for ; stops < 40 && !browsertest.Eval[bool](p, `!!document.activeElement.closest(".board tbody")`); stops++ {
		p.Press(kb.Tab)
	}
	if stops > 25 {
		t.Fatalf("the heat map is %d tab stops away", stops)
	}
	for !browsertest.Eval[bool](p, `!!document.activeElement.closest("td")`) {
		p.Press(kb.Tab)
	}
	p.Press(kb.Home)
	if got := readout(p); !strings.Contains(got, "25 to 31 May 2026") {
		t.Errorf("Home says %q", got)
	}
	p.Press(kb.End)
	p.Press(kb.ArrowDown)
	p.Press(kb.ArrowLeft)
	want := "Generative AI and large language models, 9 to 15 November 2026: "
	if got := readout(p); !strings.HasPrefix(got, want) || !strings.Contains(got, "publishers") {
		t.Errorf("the readout says %q, want %q…", got, want)
	}
	p.Shot("front-keyboard")
	p.Press(kb.Enter)
	p.Wait(`location.pathname === "/items"`)
	if got := browsertest.Eval[string](p, `location.search`); got != "?kind=topic&term=generative-ai-and-large-language-models&week=2026-11-09" {
		t.Errorf("Enter opened %s", got)
	}
}

func readout(p *browsertest.Page) string {
	return browsertest.Eval[string](p, `document.getElementById("readout").textContent`)
}

func TestUnheardAndZeroAreToldApart(t *testing.T) {
	d, s := serve(t, town())
	p := browsertest.Open(t)
	p.Go(s.URL + "/")
	drawn(t, d, p)
	browsertest.Eval[bool](p, `(document.querySelector(".board td.u").tabIndex=-1, document.querySelector(".board td.u").focus(), true)`)
	if got := readout(p); !strings.HasSuffix(got, ": not heard from") {
		t.Errorf("a week without any post says %q", got)
	}
	browsertest.Eval[bool](p, `(document.querySelector(".board td.z").tabIndex=-1, document.querySelector(".board td.z").focus(), true)`)
	if got := readout(p); !strings.HasSuffix(got, ": no posts") {
		t.Errorf("a zero cell says %q", got)
	}
}

// TestEveryPageIsAccessible runs axe on every page in both colours, and looks
// for refused content and foreign requests.
func TestEveryPageIsAccessible(t *testing.T) {
	d, s := serve(t, town())
	p := browsertest.Open(t)
	for _, look := range []struct{ name, path string }{
		{"front", "/"}, {"tools", "/tools?weeks=13"}, {"councils", "/councils?area=nation%3AWales"}, {"year", "/?weeks=52&class=press"},
		{"items", "/items?kind=topic&term=open-data&week=2026-11-09"}, {"sources", "/sources"}, {"about", "/about"}, {"missing", "/nowhere"}, {"embed", "/embed/topics"},
	} {
		p.Scheme("light")
		p.Go(s.URL + look.path)
		if d.assets.echarts != "" && browsertest.Eval[bool](p, `!!document.querySelector("[data-echarts]")`) {
			p.Wait(`document.body.dataset.ready`)
		}
		for _, scheme := range []string{"light", "dark"} {
			p.Scheme(scheme)
			p.Shot(look.name + "-" + scheme)
			browsertest.Eval[bool](p, `(document.querySelectorAll("details").forEach(d=>d.open=true), true)`)
			accessible(t, p, look.name+" "+scheme)
		}
		quiet(t, p, s.URL)
		if over := browsertest.Eval[int](p, overflow); over > 0 {
			t.Errorf("%s scrolls sideways by %d pixels", look.name, over)
		}
	}
}

func TestPhoneDoesNotScrollSideways(t *testing.T) {
	d, s := serve(t, town())
	p := browsertest.Open(t)
	for _, width := range []int64{390, 360, 320} {
		p.Size(width, 844)
		for _, path := range []string{"/", "/councils?area=nation%3AWales", "/?weeks=52", "/items?kind=topic&term=open-data", "/sources", "/about"} {
			p.Go(s.URL + path)
			if path == "/" {
				drawn(t, d, p)
				if n := browsertest.Eval[int](p, `[...document.querySelector(".board tbody tr").cells].filter(c=>c.offsetWidth).length-1`); width == 390 && n != 16 {
					t.Errorf("a phone shows %d weeks, want 16", n)
				}
			}
			p.Shot(fmt.Sprintf("phone-%d-%s", width, strings.Trim(strings.NewReplacer("/", "", "?", "-", "=", "-", "%", "-").Replace(path), "-")))
			if over := browsertest.Eval[int](p, overflow); over > 0 {
				t.Errorf("%s at %d pixels scrolls sideways by %d", path, width, over)
			}
			if width == 390 && !strings.Contains(path, "weeks") {
				accessible(t, p, path+" on a phone")
			}
		}
	}
}

func TestScriptsOff(t *testing.T) {
	_, s := serve(t, town())
	p := browsertest.Open(t)
	p.Scripts(false)
	p.Go(s.URL + "/")
	p.Shot("front-no-script")
	p.Scripts(true) // only to look; the page's own scripts did not run
	cells := browsertest.Eval[int](p, `document.querySelectorAll(".board td a").length`)
	coloured := browsertest.Eval[int](p, `[...document.querySelectorAll(".board td a")].filter(a=>getComputedStyle(a.parentNode).backgroundColor!=="rgba(0, 0, 0, 0)").length`)
	if cells < 300 || coloured != cells {
		t.Errorf("%d cells, %d of them coloured", cells, coloured)
	}
	if browsertest.Eval[bool](p, `!!document.querySelector("canvas") || !document.getElementById("theme").hidden`) {
		t.Error("a script ran although scripts are off")
	}
	p.Scripts(false)
	p.Go(s.URL + "/?area=nation%3AWales&weeks=13")
	p.Scripts(true)
	if n := browsertest.Eval[int](p, `document.querySelectorAll(".board thead th").length`); n != 14 {
		t.Errorf("the form's address gives %d columns, want 13 weeks and the names", n)
	}
}

func TestColoursSwitchAndStay(t *testing.T) {
	d, s := serve(t, town())
	p := browsertest.Open(t)
	p.Scheme("light")
	p.Go(s.URL + "/")
	drawn(t, d, p)
	p.Click("#theme")
	dark := chart.Dark.Ground
	want := fmt.Sprintf("rgb(%d, %d, %d)", dark.R, dark.G, dark.B)
	const ground = `getComputedStyle(document.body).backgroundColor`
	if got := browsertest.Eval[string](p, ground); got != want {
		t.Errorf("after the button the ground is %s, want %s", got, want)
	}
	p.Go(s.URL + "/about")
	if got := browsertest.Eval[string](p, ground); got != want {
		t.Errorf("on the next page the ground is %s, want %s", got, want)
	}
	if got := browsertest.Eval[string](p, `document.cookie`); got != "" {
		t.Errorf("a cookie was set: %s", got)
	}
}

// reading opens the front page for a reader who hears of new charts.
func reading(t *testing.T) (*memory, *Dashboard, *browsertest.Page) {
	m := town()
	d, s := serve(t, m)
	p := browsertest.Open(t)
	p.Go(s.URL + "/")
	drawn(t, d, p)
	p.Wait(`document.getElementById("live").dataset.generation === "7"`)
	for d.hub.count() == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	return m, d, p
}

// renew announces the generation behind that of town.
func renew(m *memory, d *Dashboard) {
	m.generation = 8
	d.state.announce(8)
	d.hub.send(8)
}

func TestNewChartsArriveWithoutReloading(t *testing.T) {
	m, d, p := reading(t)
	const first = `document.querySelector(".board tbody tr td:last-child a").textContent`
	before := browsertest.Eval[string](p, first)
	browsertest.Eval[bool](p, `(document.querySelector(".board td.c5 a").focus(), window.kept = document.activeElement.getAttribute("href"), true)`)
	extra := m.rows[0]
	extra.ID = "https://town.example/new"
	extra.Topics, extra.Published = []string{slug(topicNames[0])}, now
	m.rows = append(m.rows, extra)
	renew(m, d)
	p.Wait(`document.getElementById("live").dataset.generation === "8" && document.querySelector(".canvas canvas")`)
	if after := browsertest.Eval[string](p, first); after == before {
		t.Errorf("the cell still says %s", after)
	}
	if !browsertest.Eval[bool](p, `document.activeElement.getAttribute("href") === window.kept`) {
		t.Error("the focus was lost")
	}
	p.Click("#pause")
	p.Wait(`document.getElementById("pause").getAttribute("aria-pressed") === "true"`)
	for d.hub.count() > 0 {
	}
}

// TestFocusBesideTheMapStays where new charts arrive while somebody reads the
// table below.
func TestFocusBesideTheMapStays(t *testing.T) {
	m, d, p := reading(t)
	browsertest.Eval[bool](p, `(document.getElementById("numbers").open = true, document.querySelector("#numbers td:last-child a").focus(), window.kept = document.activeElement.getAttribute("href"), true)`)
	renew(m, d)
	p.Wait(`document.getElementById("live").dataset.generation === "8"`)
	if !browsertest.Eval[bool](p, `window.kept && document.activeElement.getAttribute("href") === window.kept && !!document.activeElement.closest("#numbers")`) {
		t.Error("the focus was lost, or went into the map")
	}
}

// host serves pages of another site that frame ours.
func host(t *testing.T, base string) *httptest.Server {
	mux := http.NewServeMux()
	page := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><html lang=en><title>Blog</title><h1>A blog</h1>%s", body)
		})
	}
	// As WordPress writes it, with the essence of its wp-embed.js.
	page("/wordpress", fmt.Sprintf(`<blockquote class="wp-embedded-content" data-secret="AbC123xyz0"><a href="%[1]s/">Topics</a></blockquote>
<iframe class="wp-embedded-content" sandbox="allow-scripts" security="restricted" style="position:absolute;clip:rect(1px,1px,1px,1px)" title="Topics" src="%[1]s/embed/topics#?secret=AbC123xyz0" data-secret="AbC123xyz0" width="700" height="300" frameborder="0" scrolling="no"></iframe>
<script>window.heights=[];addEventListener("message",e=>{const d=e.data;if(!d||d.secret!=="AbC123xyz0"||/[^a-zA-Z0-9]/.test(d.secret))return;const f=document.querySelector("iframe");if(e.source!==f.contentWindow)return;
f.removeAttribute("style");document.querySelector("blockquote").style.display="none";if(d.message==="height"){window.heights.push([d.value,e.origin]);f.height=Math.min(1000,Math.max(200,parseInt(d.value,10)))}})</script>`, base))
	page("/plain", fmt.Sprintf(`<iframe sandbox="" src="%s/embed/topics" title="Topics" width="800" height="700"></iframe>`, base))
	page("/forbidden", fmt.Sprintf(`<iframe src="%s/" title="Topics" width="800" height="700"></iframe>`, base))
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestEmbedTellsWordPressItsHeight(t *testing.T) {
	_, s := serve(t, town())
	h := host(t, s.URL)
	p := browsertest.Open(t)
	p.Go(strings.Replace(h.URL, "127.0.0.1", "localhost", 1) + "/wordpress")
	p.Wait(`window.heights && window.heights.length && window.heights[window.heights.length-1][0] > 400`)
	p.Wait(`Number(document.querySelector("iframe").height) === Math.min(1000, window.heights[window.heights.length-1][0])`)
	p.Shot("embed-wordpress")
	if got := browsertest.Eval[string](p, `window.heights[0][1]`); got != "null" {
		t.Errorf("the sandboxed frame has the origin %q; it should have none", got)
	}
}

// TestSnippetGivesItsFrameTheTrueHeight pastes what the page offers into a
// page of another site.
func TestSnippetGivesItsFrameTheTrueHeight(t *testing.T) {
	_, s := serve(t, town())
	p := browsertest.Open(t)
	p.Go(s.URL + "/")
	code := browsertest.Eval[string](p, `document.getElementById("snippet").value`)
	blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Blog</title><p>Before</p>%s<p>After</p></html>`, code)
	}))
	t.Cleanup(blog.Close)
	p.Go(strings.Replace(blog.URL, "127.0.0.1", "localhost", 1))
	p.Wait(`parseInt(document.querySelector("iframe").style.height) > 500`)
	p.Shot("embed-snippet")
}

// TestNarrowEmbedShowsWhatMatters: the newest weeks, and of the topics of
// councils those with the most posts, of the same period on every screen.
func TestNarrowEmbedShowsWhatMatters(t *testing.T) {
	_, s := serve(t, town())
	for id, weeks := range map[string]bool{"topics": true, "councils": false} {
		if _, page := get(t, s.URL+"/embed/"+id); strings.Contains(page, "weeks=13") != weeks {
			t.Errorf("%s: a picture of 13 weeks for narrow screens: %t, want %t", id, !weeks, weeks)
		}
	}
	p := browsertest.Open(t)
	p.Size(420, 900)
	for id, want := range map[string][]int{"topics": {13, 25}, "councils": {0, 12}} {
		p.Go(s.URL + "/embed/" + id)
		p.Wait(`document.body.dataset.ready === "1"`)
		const option = `echarts.getInstanceByDom(document.querySelector(".draw")).getOption()`
		if got := browsertest.Eval[[]int](p, `(z => [z.startValue, z.endValue])(`+option+`.dataZoom[0])`); !slices.Equal(got, want) {
			t.Errorf("%s: columns %v, want %v", id, got, want)
		}
		if got := browsertest.Eval[string](p, option+`.tooltip[0].formatter({value: [0, 0, 1, 1, 1]})`); !strings.HasSuffix(got, "1 post, 1 publisher") {
			t.Errorf("%s: the tooltip says %q", id, got)
		}
	}
}

// listening serves the dashboard and remembers the paths that were asked for.
func listening(t *testing.T) (s *httptest.Server, asked func() []string) {
	d, _ := serve(t, town())
	paths := make(chan string, 1000)
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		d.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s, func() (list []string) {
		for len(paths) > 0 {
			list = append(list, <-paths)
		}
		return list
	}
}

func TestEmbedWithoutScriptsShowsPictureAndText(t *testing.T) {
	s, asked := listening(t)
	p := browsertest.Open(t)
	p.Go(host(t, s.URL).URL + "/plain")
	p.Shot("embed-no-script")
	if paths := asked(); !slices.Contains(paths, "/charts/topics.svg") {
		t.Errorf("the frame did not ask for the picture, but for %v", paths)
	}
	p.Go(s.URL + "/about")
	alt := browsertest.Eval[string](p, `fetch("/embed/topics").then(r=>r.text()).then(t=>new DOMParser().parseFromString(t,"text/html").querySelector("img").alt)`)
	if !strings.HasPrefix(alt, "Heat map of 20 topics by week, 25 May 2026 to 22 November 2026.") {
		t.Errorf("the picture's text is %q", alt)
	}
}

// TestPagesRefuseToBeFramed sees by the requests for the style sheet whether
// the browser went on to show the document in the frame.
func TestPagesRefuseToBeFramed(t *testing.T) {
	s, asked := listening(t)
	h := host(t, s.URL)
	p := browsertest.Open(t)
	styled := func(path string) bool { return strings.HasSuffix(path, "/style.css") }
	p.Go(h.URL + "/forbidden")
	if paths := asked(); !slices.Contains(paths, "/") || slices.ContainsFunc(paths, styled) {
		t.Errorf("the front page was shown in a frame: %v", paths)
	}
	p.Go(h.URL + "/plain")
	if paths := asked(); !slices.ContainsFunc(paths, styled) {
		t.Errorf("the embed page was not shown in a frame: %v", paths)
	}
}
