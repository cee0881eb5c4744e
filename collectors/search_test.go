package collectors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors/item"
)

func apiPeers() map[string]peerAPI {
	return map[string]peerAPI{"govuk": govukPeer, "hackernews": hackerNewsPeer, "github": topicsPeer, "releases": releasesPeer}
}

// eachSearch runs a test for every kind of search, releases among them.
func eachSearch(t *testing.T, test func(t *testing.T, w *world, p *apiPeer)) {
	for name, api := range apiPeers() {
		t.Run(name, func(t *testing.T) { test(t, newWorld(t), newAPIPeer(t, api)) })
	}
}

// drain visits until nothing is left to be read at once, as the poller would
// while the budget fills.
func (w *world) drain(src Source) {
	w.t.Helper()
	w.until(src, visited)
	for range 400 {
		if s := w.status(src); s.NextVisit.Sub(w.clock()) > 20*time.Minute && s.State != StateFailing {
			return
		}
		w.pass(5 * time.Minute)
		w.poller.Visit(src.Key)
		w.again(src)
	}
	w.t.Fatal("the walk does not end")
}

// flood is n posts over the last days, most of them in one busy hour.
func flood(n, days int) []post {
	r := rand.New(rand.NewPCG(1, 2))
	busy := today.Add(-50 * time.Hour)
	var out []post
	for i := range n {
		at := today.Add(-time.Duration(r.IntN(days*24*3600)) * time.Second)
		if i%2 == 0 {
			at = busy.Add(time.Duration(r.IntN(3600)) * time.Second)
		}
		out = append(out, post{fmt.Sprint(1000 + i), fmt.Sprint("Post ", 1000+i), at})
	}
	return out
}

func TestFirstWalkIsCutIntoStretchesThatFit(t *testing.T) {
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		posts := flood(2600, 90)
		p.show(posts...)
		w.begin(p.source())
		w.drain(p.source())
		if n := len(w.sink.table); n != len(posts) || w.sink.count(item.Create) != len(posts) || w.sink.count(item.Update) != 0 {
			t.Errorf("%d posts in the table after %d creates and %d updates, want %d", n, w.sink.count(item.Create), w.sink.count(item.Update), len(posts))
		}
		if w.sink.count(item.Gap) != 0 || w.sink.count(item.Delete) != 0 {
			t.Error("a walk without holes published a gap or a delete")
		}
	})
}

func TestKilledAnywhereInTheWalkLosesNothing(t *testing.T) {
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		posts := flood(2600, 60)
		r := rand.New(rand.NewPCG(3, 4))
		late := 0
		p.show(posts...)
		w.begin(p.source())
		w.until(p.source(), visited)
		for round := range 12 {
			if r.IntN(2) == 0 {
				w.store.losing("cursor.")
			}
			w.pass(5 * time.Minute)
			w.again(p.source())
			w.store.losing("")
			w.begin(p.source())
			late++
			posts = append(posts, post{fmt.Sprint(9000 + round), fmt.Sprint("Late ", round), w.clock().Add(-time.Hour)})
			p.show(posts...)
		}
		w.drain(p.source())
		w.pass(time.Hour)
		w.drain(p.source())
		if n := len(w.sink.table); n != len(posts) {
			t.Errorf("%d posts in the table, want %d", n, len(posts))
		}
	})
}

func TestLateAndEditedPostsOfTheOverlapAreFound(t *testing.T) {
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		p.show(flood(200, 30)...)
		w.begin(p.source())
		w.drain(p.source())
		w.pass(6 * time.Hour)
		late := post{"7", "Late", today.Add(-20 * time.Hour)}
		p.show(append(flood(200, 30), late)...)
		w.drain(p.source())
		if !strings.Contains(w.sink.titles(), "Late") || len(w.sink.table) != 201 {
			t.Errorf("%d posts in the table, want 201 with the late one", len(w.sink.table))
		}
	})
}

func TestBudgetHoldsAlsoAfterARestart(t *testing.T) {
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		p.fail(status(500)) // costs as much as an answer
		overspent := func(s Status) bool {
			w.poller.Visit(p.source().Key)
			return strings.Contains(s.Notice, "budget")
		}
		w.until(p.source(), overspent)
		asked := p.requests()
		if asked > 25 {
			t.Errorf("%d requests at one moment", asked)
		}
		w.begin(p.source())
		w.until(p.source(), overspent)
		if p.requests() != asked {
			t.Error("a restart filled the budget")
		}
		p.heal()
		w.pass(time.Hour)
		if s := w.again(p.source()); s.State != StateUnchanged {
			t.Errorf("status %+v", s)
		}
	})
}

func TestLimitOfTheAPIIsObeyedAlsoAfterARestart(t *testing.T) {
	reset := today.Add(40 * time.Minute)
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		p.show(first1)
		p.fail(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-RateLimit-Limit", "30")
			rw.Header().Set("X-RateLimit-Remaining", "0")
			rw.Header().Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
			rw.WriteHeader(http.StatusForbidden)
		})
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if s.State != StateFailing || s.NextVisit.Before(reset) {
			t.Errorf("status %+v, want no visit before %s", s, reset)
		}
		p.heal()
		asked := p.requests()
		for range 3 {
			w.begin(p.source())
			w.poller.Visit(p.source().Key)
			time.Sleep(20 * time.Millisecond)
			w.pass(10 * time.Minute)
		}
		if p.requests() != asked {
			t.Errorf("%d requests before the reset", p.requests()-asked)
		}
		w.pass(15 * time.Minute)
		w.begin(p.source())
		if s := w.again(p.source()); s.State == StateFailing || w.sink.count(item.Create) != 1 {
			t.Errorf("after the reset: %+v", s)
		}
	})
}

func TestAFifthOfTheLimitIsLeftToOthers(t *testing.T) {
	w, p := newWorld(t), newAPIPeer(t, topicsPeer)
	p.show(first1)
	p.header.Set("X-RateLimit-Limit", "30")
	p.header.Set("X-RateLimit-Remaining", "6")
	p.header.Set("X-RateLimit-Reset", fmt.Sprint(today.Add(2*time.Hour).Unix()))
	w.begin(p.source())
	if s := w.until(p.source(), visited); s.NextVisit.Before(today.Add(2 * time.Hour)) {
		t.Errorf("status %+v", s)
	}
}

func TestOutageLongerThanTheHorizonIsAGap(t *testing.T) {
	for _, name := range []string{"govuk", "hackernews", "github"} {
		w, p := newWorld(t), newAPIPeer(t, apiPeers()[name])
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(400 * oneDay)
		p.fail(status(500))
		w.again(p.source())
		if n := w.sink.count(item.Gap); n != 0 {
			t.Errorf("%s: a visit that failed published %d gaps", name, n)
		}
		p.heal()
		w.pass(time.Hour)
		w.again(p.source())
		w.pass(time.Hour)
		w.again(p.source())
		i := slices.IndexFunc(w.sink.puts, func(it item.Item) bool { return it.Op == item.Gap })
		if i < 0 || w.sink.count(item.Gap) != 1 {
			t.Fatalf("%s: %d gaps", name, w.sink.count(item.Gap))
		}
		if g := w.sink.puts[i]; !g.GapFrom.Equal(today) || !g.GapTo.Equal(today.Add(280*oneDay+time.Hour)) {
			t.Errorf("%s: the gap is %s to %s", name, g.GapFrom, g.GapTo)
		}
	}
}

func TestOutageInsideTheHorizonIsMadeUpFor(t *testing.T) {
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(60 * oneDay)
		posts := []post{first1}
		for i := range 59 {
			posts = append(posts, post{fmt.Sprint(100 + i), fmt.Sprint("Day ", i), today.Add(time.Duration(i) * oneDay)})
		}
		p.show(posts...)
		w.again(p.source())
		w.drain(p.source())
		if len(w.sink.table) != 60 || w.sink.count(item.Gap) != 0 {
			t.Errorf("%d posts and %d gaps, want 60 and none", len(w.sink.table), w.sink.count(item.Gap))
		}
	})
}

func TestWithdrawnPostIsLookedUpBeforeItIsDeleted(t *testing.T) {
	eachSearch(t, func(t *testing.T, w *world, p *apiPeer) {
		third := post{"3", "Three", today.Add(-30 * time.Hour)}
		p.show(first1, second, third)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(time.Hour)
		p.withdraw("1")
		p.show(second) // 1 is withdrawn, 3 only ceased to match
		p.withdraw("1")
		w.again(p.source())
		w.pass(time.Hour)
		w.again(p.source())
		if strings.ReplaceAll(w.sink.titles(), "planner ", "") != "Three,Two" || w.sink.count(item.Delete) != 1 || p.lookUps() != 2 {
			t.Errorf("the table has %q after %d deletes and %d look-ups", w.sink.titles(), w.sink.count(item.Delete), p.lookUps())
		}
	})
}

func TestRefusalsOfAnAPIExplainThemselves(t *testing.T) {
	for _, test := range []struct {
		kind   string
		answer http.HandlerFunc
		says   string
	}{
		{"govuk", status(422), "does not know a filter"},
		{"govuk", body("<html>maintenance</html>"), "not that of the search of GOV.UK"},
		{"govuk", body(`{"results":[]}`), "not that of the search of GOV.UK"},
		{"hackernews", body(`{"hits":[{"objectID":7}]}`), "not that of the search of Hacker News"},
		{"hackernews", status(503), "not available"},
		{"github", status(401), "it needs no rights"},
		{"github", status(422), "does not understand the search"},
		{"github", body(`[]`), "not that of GitHub's search"},
		{"releases", status(404), "no public repository"},
		{"releases", body(`{"message":"x"}`), "GitHub"},
		{"github", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer came"},
		{"hackernews", drip, "still coming"},
	} {
		w, p := newWorld(t), newAPIPeer(t, apiPeers()[test.kind])
		p.show(first1)
		p.fail(test.answer)
		w.begin(p.source())
		if s := w.until(p.source(), visited); s.State != StateFailing || !strings.Contains(s.Error, test.says) {
			t.Errorf("%s: %+v, want it to say %q", test.kind, s, test.says)
		}
		p.heal()
		w.pass(time.Hour)
		if s := w.again(p.source()); s.State != StateOK || !strings.HasSuffix(w.sink.titles(), "One") {
			t.Errorf("%s: when it was repaired: %+v", test.kind, s)
		}
	}
}

func TestSearchThatGaveUpIsAskedAgain(t *testing.T) {
	w, p := newWorld(t), newAPIPeer(t, topicsPeer)
	p.show(first1, second)
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		json.NewEncoder(rw).Encode(object{"total_count": 2, "incomplete_results": true, "items": []object{topicsRepo(second)}})
	})
	w.begin(p.source())
	s := w.until(p.source(), visited)
	if s.State != StateOK || s.NextVisit.After(today.Add(20*time.Minute)) || !strings.Contains(s.Notice, "gave up") || w.sink.titles() != "Two" {
		t.Errorf("status %+v, table %q", s, w.sink.titles())
	}
	p.heal()
	w.pass(15 * time.Minute)
	if s = w.again(p.source()); s.Notice != "" || w.sink.titles() != "One,Two" || w.sink.count(item.Delete) != 0 {
		t.Errorf("status %+v, table %q", s, w.sink.titles())
	}
}

func TestRobotsBindWhoBringsNoToken(t *testing.T) {
	for _, signed := range []bool{false, true} {
		api := topicsPeer
		api.signed = signed
		w, p := newWorld(t), newAPIPeer(t, api)
		p.robots = "User-agent: *\nDisallow: /\n"
		p.show(first1)
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if refused := strings.Contains(s.Error, "robots.txt"); refused == signed || (p.requests() == 0) == signed {
			t.Errorf("with a token: %t; %d requests, status %+v", signed, p.requests(), s)
		}
	}
}

func TestPersonsOfTheAPIsStayHidden(t *testing.T) {
	hn := newAPIPeer(t, hackerNewsPeer)
	w := newWorld(t)
	hn.show(first1)
	w.begin(hn.source())
	w.until(hn.source(), visited)
	src := Source{Kind: "github", Tags: []string{"localgov"}}.Complete()
	answer, err := readTopics(src, "", []byte(`{"total_count":3,"items":[
	 {"id":1,"name":"jane-site","full_name":"Jane-Doe/jane-site","owner":{"login":"Jane-Doe","type":"User"},"html_url":"https://github.com/Jane-Doe/jane-site","homepage":"https://jane-doe.example","description":"Planning by @Jane-Doe and mail@oakshire.example","created_at":"2026-01-01T00:00:00Z","pushed_at":"2026-11-01T00:00:00Z"},
	 {"id":2,"name":"jane-doe.github.io","full_name":"Jane-Doe/jane-doe.github.io","owner":{"login":"Jane-Doe","type":"User"},"description":"A page","created_at":"2026-01-01T00:00:00Z","pushed_at":"2026-11-01T00:00:00Z"},
	 {"id":3,"name":"secret","full_name":"Oakshire/secret","private":true,"owner":{"login":"Oakshire","type":"Organization"},"pushed_at":"2026-11-01T00:00:00Z"}]}`))
	if err != nil || len(answer.results) != 2 {
		t.Fatalf("%+v, %v", answer.results, err)
	}
	releases, err := readReleases(Source{Kind: "github", Query: "Jane-Doe/planner"}.Complete(), "person",
		[]byte(`[{"id":5,"tag_name":"v1","name":"","html_url":"https://github.com/Jane-Doe/planner/releases/v1","body":"New by @jane-doe\nFixed","published_at":"2026-11-01T00:00:00Z"}]`))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(w.sink.puts)
	for _, r := range append(answer.results, releases.results...) {
		all = append(all, r.hidden([]byte("key")))
	}
	out, err := ParseOptOut("@jane_doe@news.ycombinator.com", nil)
	if err != nil || out.Value != w.sink.puts[0].AuthorRef {
		t.Errorf("an opt-out of %+v does not fit %s (%v)", out, w.sink.puts[0].AuthorRef, err)
	}
	out, err = ParseOptOut("Jane-Doe@github.com", []byte("key"))
	if err != nil || out.Value != releases.results[0].hidden([]byte("key")).AuthorRef {
		t.Errorf("an opt-out of %+v does not fit a release (%v)", out, err)
	}
	for _, it := range all {
		b, _ := it.Encode()
		if text := strings.ToLower(string(b)); strings.Contains(text, "jane-doe") || strings.Contains(text, "jane_doe") {
			t.Errorf("a person is named in %s", b)
		}
		if it.Class != item.Person || !strings.HasPrefix(it.ID, "person:") || it.AuthorRef == "" {
			t.Errorf("got %+v", it)
		}
	}
	if first := answer.results[0].Item; first.Title != "jane-site" || !strings.Contains(first.Text, "mail@oakshire.example") {
		t.Errorf("got %+v", first)
	}
}

// releasesPeer lists the releases of one repository.
var releasesPeer = peerAPI{
	kind: "github", path: "/repos/oakshire/planner/releases", signed: true,
	inside: func(q url.Values, p post) (bool, error) { return true, nil },
	page:   topicsPeer.page,
	body: func(posts []post, total int) any {
		list := []object{}
		for _, x := range posts {
			list = append(list, releaseOf(x))
		}
		return list
	},
	lookID: func(path string) (string, bool) {
		if path == "/repos/oakshire/planner" {
			return "owner", true
		}
		return strings.CutPrefix(path, "/repos/oakshire/planner/releases/1")
	},
	look: func(p post) any { return releaseOf(p) },
}

func releaseOf(x post) object {
	return object{
		"id": number("1"+x.id, 1), "tag_name": "v" + x.id, "name": x.title, "draft": false, "prerelease": false, "body": "Planner " + x.id,
		"html_url": "https://github.com/oakshire/planner/releases/tag/v" + x.id, "author": object{"login": "jane_doe", "type": "User"},
		"created_at": x.date.Format(time.RFC3339), "published_at": x.date.Format(time.RFC3339),
	}
}

// One post that cannot be asked after must not keep the others from it.
func TestPostThatCannotBeLookedUpDoesNotHoldUpTheOthers(t *testing.T) {
	for name, c := range map[string]struct{ link, asked string }{
		"outside GOV.UK":     {"https://elsewhere.example/a", ""},
		"refused every time": {"/shut", "/api/content/shut"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var mu sync.Mutex
			links, looked := []string{c.link, "/gone"}, []string{}
			s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				switch r.URL.Path {
				case "/robots.txt":
					rw.WriteHeader(http.StatusNotFound)
				case "/api/search.json":
					results := []object{}
					for _, link := range links {
						results = append(results, object{"title": link, "link": link, "public_timestamp": first1.date})
					}
					json.NewEncoder(rw).Encode(object{"results": results, "total": len(results)})
				case "/api/content/gone":
					looked = append(looked, r.URL.Path)
					rw.WriteHeader(http.StatusGone)
				default:
					looked = append(looked, r.URL.Path)
					rw.WriteHeader(http.StatusUnavailableForLegalReasons)
				}
			}))
			t.Cleanup(s.Close)
			src := Source{Kind: "govuk", URL: s.URL + "/api/search.json?q=x"}.Complete()
			w.begin(src)
			w.until(src, visited)
			mu.Lock()
			links = nil
			mu.Unlock()
			for range 3 {
				w.pass(time.Hour)
				w.again(src)
			}
			if w.sink.count(item.Delete) != 1 || c.asked != "" && !slices.Contains(looked, c.asked) {
				t.Errorf("%d deletes after look-ups of %q", w.sink.count(item.Delete), looked)
			}
		})
	}
}

func TestListThatNeverEndsIsReadUpToItsLastPage(t *testing.T) {
	kind := *gitHubReleases()
	kind.pages = 3
	s := &searchVisit{searchKind: &kind, state: &searchState{}, now: today}
	full := searchAnswer{results: []searchHit{{at: today}}, got: gitHubPage, total: gitHubPage, more: true}
	pages := 0
	for at := s.state.next(&kind, today); len(s.state.Todo) > 0 && pages < 10; pages++ {
		s.rest(at, full)
		if len(s.state.Todo) > 0 {
			at = s.state.Todo[0]
		}
	}
	if pages != 3 {
		t.Errorf("%d pages were read, want 3", pages)
	}
}
