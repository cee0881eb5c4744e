package collectors

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

func TestMastodonServerThatRefusesSaysWhatToDo(t *testing.T) {
	page := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>Back soon</title>")
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		signed bool
		says   string
	}{
		"401":          {status(401), false, "token_file"},
		"401 signed":   {status(401), true, "does not take the token"},
		"403":          {status(403), false, "ask its owner"},
		"403 signed":   {status(403), true, "scope read"},
		"404":          {status(404), false, "front page"},
		"418":          {status(418), false, "ask its owner"},
		"422":          {status(422), false, "hashtags"},
		"503":          {status(503), false, "not available"},
		"maintenance":  {page, false, "maintenance"},
		"empty":        {body(""), false, "maintenance"},
		"deep":         {body(`{"a":` + strings.Repeat("[", 5000)), false, "64 deep"},
		"not an array": {body(`{"version":"4.5.0"}`), false, "maintenance"},
		"too many":     {many, false, "500 posts at once"},
		"robots":       {forbidding, false, "X-Robots-Tag"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newWorld(t), newMastodonPeer(t)
			if c.signed {
				p.ask("secret")
			}
			p.fail(c.answer)
			w.begin(p.source())
			s := w.until(p.source(), func(s Status) bool { return s.Error != "" })
			if s.State != StateFailing || !strings.Contains(s.Error, c.says) || strings.Contains(s.Error, "\n") {
				t.Errorf("status %+v, want it to say %q", s, c.says)
			}
		})
	}
}

func instanceOr(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "instance") {
			io.WriteString(w, `{"version":"4.5.0"}`)
			return
		}
		answer(w, r)
	}
}

var many = instanceOr(func(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "["+strings.Repeat(`{"id":"1"},`, 499)+`{"id":"1"}]`)
})

var forbidding = instanceOr(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Robots-Tag", "noindex, noai")
	io.WriteString(w, "[]")
})

func TestOneUnreadablePostCostsOnlyItself(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	good := p.status(today.Add(-time.Hour), 1, "One")
	p.put(good)
	p.put(toot{"id": idOf(today.Add(-2*time.Hour), 2), "visibility": "public", "content": []int{1}, "created_at": "2026-11-21T10:00:00Z"})
	huge := p.status(today.Add(-3*time.Hour), 3, strings.Repeat("word ", 200_000))
	p.put(huge)
	w.begin(p.source())
	s := w.until(p.source(), visited)
	if s.State != StateOK || !strings.Contains(s.Notice, "1 of 3 posts") || len(w.sink.puts) != 2 {
		t.Errorf("status %+v, %d items", s, len(w.sink.puts))
	}
	for _, it := range w.sink.puts {
		if len(it.Text) > item.MaxText {
			t.Errorf("a text of %d bytes", len(it.Text))
		}
	}
}

// TestServerThatPagesInCirclesDoesNotHoldUsUp answers the same page to
// everything.
func TestServerThatPagesInCirclesDoesNotHoldUsUp(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	s := p.status(today.Add(-time.Hour), 1, "One")
	p.fail(instanceOr(func(rw http.ResponseWriter, r *http.Request) { answerJSON(rw, []toot{s}) }))
	w.begin(p.source())
	w.until(p.source(), visited)
	w.pass(time.Hour)
	st := w.again(p.source())
	if !st.NextVisit.After(w.clock()) || w.sink.size() != 1 || len(p.paths()) > 8 {
		t.Errorf("status %+v, %d posts", st, w.sink.size())
	}
}

func TestLimitIsLeftToOthersAndObeyedAfterARestart(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	for i := range 400 {
		p.put(p.status(today.Add(-time.Duration(i)*time.Hour), i, postNo(i)))
	}
	p.limit, p.left, p.reset = 20, 8, today.Add(4*time.Minute)
	src := p.source()
	w.begin(src)
	s := w.until(src, visited)
	asked := len(p.paths())
	if asked != 5 || !s.NextVisit.Equal(p.reset) { // 7, 6, 5, 4 left, then 3 < a fifth of 20
		t.Errorf("%d requests, next visit %s", asked, s.NextVisit)
	}
	w.pass(3 * time.Minute)
	w.begin(src)
	w.poller.Visit(src.Key)
	w.until(src, func(s Status) bool { return s.Notice != "" })
	if n := len(p.paths()); n != 0 {
		t.Errorf("%d requests before the reset", n)
	}
	p.locked(func() { p.left = 1000 })
	w.pass(2 * time.Minute)
	w.rounds(src)
	if w.sink.size() != 400 || len(w.sink.puts) != 400 {
		t.Errorf("%d posts from %d items", w.sink.size(), len(w.sink.puts))
	}
}

func TestTooManyRequestsWaitForTheReset(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	p.put(p.status(today.Add(-time.Hour), 1, "One"))
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("X-RateLimit-Limit", "300")
		rw.Header().Set("X-RateLimit-Remaining", "0")
		rw.Header().Set("X-RateLimit-Reset", "2026-11-21T12:20:00.000000Z")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	w.begin(src)
	s := w.until(src, visited)
	if want := today.Add(20 * time.Minute); !s.NextVisit.Equal(want) {
		t.Errorf("next visit %s, want %s", s.NextVisit, want)
	}
}

func TestRequestsToOneServerAreSpreadOverTime(t *testing.T) {
	for _, c := range []struct {
		limit int
		here  bool
		want  time.Duration
	}{{300, false, 10 * time.Second}, {0, false, 10 * time.Second}, {30, false, 40 * time.Second}, {30, true, 0}} {
		if got := costOf(c.limit, c.here); got != c.want {
			t.Errorf("limit %d, here %v: %s, want %s", c.limit, c.here, got, c.want)
		}
	}
	p := &mastodonPace{free: map[string]time.Time{}}
	p.spend("a:443", 8, 10*time.Second, today)
	p.spend("b:443", 0, 10*time.Second, today)
	if !p.ready("a:443").Equal(today.Add(80*time.Second)) || !p.ready("b:443").IsZero() {
		t.Errorf("free %v", p.free)
	}
}

func TestAccessIsReadBeforeHashtagsAreAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		local, remote string
		signed        bool
		asks, says    string
	}{
		"open":            {"public", "public", false, "v1/timelines/tag/localgov", ""},
		"its own only":    {"public", "authenticated", false, "v1/timelines/tag/localgov?local=true", "only posts of its own members"},
		"sign in":         {"authenticated", "authenticated", false, "/tags/localgov.rss", "token_file"},
		"off":             {"disabled", "disabled", false, "/tags/localgov.rss", "token_file"},
		"with a token":    {"authenticated", "disabled", true, "v1/timelines/tag/localgov", ""},
		"an older server": {"", "", false, "v1/timelines/tag/localgov", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newWorld(t), newMastodonPeer(t)
			p.open(c.local, c.remote)
			if c.signed {
				p.ask("secret")
				p.instance["configuration"].(map[string]any)["urls"] = map[string]any{}
			}
			p.put(p.status(today.Add(-time.Hour), 1, "One"))
			w.begin(p.source())
			s := w.until(p.source(), func(s Status) bool { return s.Items > 0 })
			if asked := p.paths(); len(asked) < 2 || asked[1] != c.asks || c.says == "" && s.Notice != "" && !c.signed || !strings.Contains(s.Notice, c.says) {
				t.Errorf("asked %q, status %+v", asked, s)
			}
		})
	}
}

func TestFeedOfAHashtagIsTheSamePostsAndNamesItsGaps(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	p.open("authenticated", "authenticated")
	src := p.source()
	for i := range 5 {
		p.put(p.status(today.Add(-time.Duration(i+1)*time.Minute), i, postNo(i)))
	}
	w.begin(src)
	w.until(src, visited)
	p.withdraw("2")
	w.pass(time.Hour)
	w.again(src)
	if got := w.sink.titles(); got != "Post 000,Post 001,Post 003,Post 004" {
		t.Errorf("the table has %q", got)
	}
	for i := range 30 {
		p.put(p.status(w.clock().Add(time.Duration(i-40)*time.Minute), 10+i, postNo(10+i)))
	}
	w.again(src)
	i := slices.IndexFunc(w.sink.puts, func(it item.Item) bool { return it.Op == item.Gap })
	if i < 0 || !w.sink.puts[i].GapFrom.Equal(today.Add(-time.Minute)) || !w.sink.puts[i].GapTo.Equal(w.clock().Add(-30*time.Minute)) || w.sink.size() != 24 {
		t.Fatalf("%d posts, gap at %d", w.sink.size(), i)
	}
	before := w.sink.count(item.Delete)
	p.locked(func() { p.open("public", "public") }) // the server opened up: what was read as RSS is read over
	w.pass(serverAge)
	w.rounds(src)
	if w.sink.size() != 34 || w.sink.count(item.Delete) != before {
		t.Errorf("%d posts after %d deletes: the same post has two ids", w.sink.size(), w.sink.count(item.Delete)-before)
	}
	p.locked(func() { p.open("authenticated", "authenticated"); p.noRSS = true })
	w.pass(serverAge)
	if s := w.again(src); !strings.Contains(s.Error, "has no RSS") {
		t.Errorf("status %+v", s)
	}
}

func TestInstanceDocuments(t *testing.T) {
	cases := map[string]mastodonServer{
		`{"domain":"a.example","version":"4.5.0","configuration":{"urls":{"streaming":"wss://s.a.example"}}}`:                 {Domain: "a.example", Version: "4.5.0", Stream: "https://s.a.example", Any: true, Lots: true, Routes: true},
		`{"uri":"https://a.example","version":"3.5.19","urls":{"streaming_api":"wss://a.example/"}}`:                          {Domain: "a.example", Version: "3.5.19", Stream: "https://a.example", Any: true},
		`{"uri":"a.example","version":"4.3.1+glitch"}`:                                                                        {Domain: "a.example", Version: "4.3.1+glitch", Any: true, Lots: true, Routes: true},
		`{"version":"2.7.2 (compatible; Pleroma 2.6.0)","urls":{"streaming_api":"javascript:alert(1)"}}`:                      {Domain: "front.example", Version: "2.7.2 (compatible; Pleroma 2.6.0)", Any: true},
		`{"domain":"a.example","version":"0.19.1","source_url":"https://codeberg.org/superseriousbusiness/gotosocial"}`:       {Domain: "a.example", Version: "0.19.1"},
		`{"domain":7,"version":"4.4.0","configuration":{"urls":{"streaming":"wss://user:pass@evil.example"}},"rules":[[[]]]}`: {Domain: "front.example", Version: "4.4.0", Any: true, Lots: true, Routes: true},
	}
	for doc, want := range cases {
		want.Local, want.Remote = "public", "public"
		got, err := readInstance([]byte(doc), "https://front.example")
		if err != nil || got != want {
			t.Errorf("%s\ngot  %+v, %v\nwant %+v", doc, got, err, want)
		}
	}
}

func TestMastodonCursorIsReadAsItWasWritten(t *testing.T) {
	s, _ := loadMastodon(nil, "https://a.example")
	s.head.Server = mastodonServer{Read: today, Domain: "a.example", Any: true}
	s.head.Lanes = []lane{{Tags: []string{"localgov"}, Newest: "117", NewestAt: today, Round: 3}}
	for i := range 2 * maxPosts {
		k := knownPost{item: pseudonym(nil, fmt.Sprint(i)), hash: uint64(i + 1), version: int64(i), made: uint32(i), seen: unix(today), last: 7, late: i%2 == 0, lane: uint8(i)}
		if i%3 == 0 {
			k.item, k.foreign = "https://oakshire.gov.uk/"+fmt.Sprint(i), true
		}
		s.posts[fmt.Sprint(i)] = k
	}
	s.forget(today)
	b := s.encode()
	again, err := loadMastodon(b, "https://a.example")
	if err != nil || len(again.posts) != maxPosts || len(b) > 400<<10 {
		t.Fatalf("%d posts in %d bytes, %v", len(again.posts), len(b), err)
	}
	for id, k := range s.posts {
		if again.posts[id] != k {
			t.Fatalf("%s: %+v, want %+v", id, again.posts[id], k)
		}
	}
	if _, old := s.posts["0"]; old || string(again.encode()) != string(b) {
		t.Error("the oldest stayed, or the same state gives other bytes")
	}
	if other, err := loadMastodon(b, "https://b.example"); err != nil || len(other.posts) != 0 {
		t.Error("ids of one server are used for another")
	}
	if _, err := loadMastodon(b[:len(b)-1], "https://a.example"); err == nil {
		t.Error("a cursor that breaks off is taken for whole")
	}
	if _, err := loadMastodon([]byte("nonsense"), "https://a.example"); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("error %v", err)
	}
}

func TestHandlesAreHidden(t *testing.T) {
	hide := hider([]mastodonMention{{Acct: "news@social.oakshire.gov.uk"}, {Acct: "robin@social.oakshire.gov.uk"}, {Acct: "robin@a.example"}})
	for in, want := range map[string]string{
		"": "", "at @ five": "at @ five", "@": "@", "@@": "@@", "@robin": "@…", "(@robin)": "(@…)", "@robin.": "@….", "@robin, @wren!": "@…, @…!",
		"@robin@a.example hi": "@… hi", "mail robin.finch+x@a.example now": "mail @… now", "@Zoë.": "@….", "@robin@": "@…@",
		"@news says": "@news says", "@news@social.oakshire.gov.uk": "@news@social.oakshire.gov.uk", "@robin says": "@… says",
		"https://a.example/@robin/1": "https://a.example/@…/1", "5 @ £3": "5 @ £3", "\xff@robin": "\xff@…",
	} {
		if got := hide.text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzMastodonAnswers(f *testing.F) {
	f.Add([]byte(`[{"id":"1","uri":"https://a.example/1","created_at":"2026-11-21T10:00:00Z","visibility":"public","content":"<p>@robin</p>","account":{"acct":"robin"}}]`), `<https://a.example/x?max_id=1>; rel="next"`)
	f.Add([]byte(`[[[[`), `,;,<>;rel="prev"`)
	f.Fuzz(func(t *testing.T, b []byte, link string) {
		posts, _, err := readPosts(b)
		if _, ierr := readInstance(b, "https://a.example"); ierr == nil && err == nil && len(posts) > 0 {
			t.Error("one body is both posts and a server")
		}
		p := timelinePage{posts: posts}
		p.frame([]string{link})
		s, _ := loadMastodon(nil, "https://a.example")
		s.lanes([]string{"x"}, 4)
		turn := &mastodonTurn{src: Source{Kind: "mastodon", Key: "k", Tags: []string{"x"}}, base: "https://a.example", state: s, now: today, stamp: today, refusers: map[string]bool{}}
		turn.take(&s.head.Lanes[0], posts)
		for _, it := range turn.v.Items {
			if err := it.Check(); err != nil {
				t.Error(err)
			}
		}
		if again, err := loadMastodon(s.encode(), "https://a.example"); err != nil || len(again.posts) != len(s.posts) {
			t.Errorf("cursor: %v", err)
		}
		_, _ = loadMastodon(append([]byte("VM1\x02{}"), b...), "")
	})
}
