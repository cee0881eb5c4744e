package collectors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"

	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

// rounds visits until nothing is left to do at once.
func (w *world) rounds(src Source) Status {
	w.t.Helper()
	s := w.again(src)
	for s.NextVisit.Sub(w.clock()) <= 0 {
		s = w.again(src)
	}
	return s
}

// texts returns the texts in the table, sorted.
func (s *memorySink) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.table)
}

func postNo(n int) string { return fmt.Sprintf("Post %03d", n) }

func TestFirstWalkReachesTheHorizonInSeveralVisits(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	for i := range 500 { // one in nine hours: 364 of them within 26 weeks
		p.put(p.status(today.Add(-time.Duration(i)*12*time.Hour), i, postNo(i)))
	}
	w.begin(p.source())
	w.until(p.source(), visited)
	w.until(p.source(), func(s Status) bool { return s.NextVisit.After(today) })
	if n := w.sink.count(item.Create); n != 365 || w.sink.size() != 365 {
		t.Errorf("%d creates, %d posts; want 365", n, w.sink.size())
	}
	asked := p.paths()
	if len(asked) != 11 || asked[1] != "v1/timelines/tag/localgov" || !strings.Contains(asked[2], "max_id="+idOf(today.Add(-39*12*time.Hour), 39)) {
		t.Errorf("asked %d times: %q", len(asked), asked)
	}
	for _, it := range w.sink.puts {
		if it.Published.Before(today.Add(-horizon)) || it.Published.Equal(it.Seen) && !it.Published.Equal(today) {
			t.Fatalf("published %s, seen %s", it.Published, it.Seen)
		}
	}
}

// TestNothingIsLostOrTwiceHoweverOftenItIsKilled lets bursts of posts come in
// and loses the cursor after every other visit, as a kill between confirmation
// and saving does.
func TestNothingIsLostOrTwiceHoweverOftenItIsKilled(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	r := rand.New(rand.NewPCG(1, 2))
	n := 0
	src := p.source()
	for range 12 {
		for range r.IntN(130) {
			n++
			p.put(p.status(w.clock().Add(-time.Duration(r.IntN(3000))*time.Second), n, postNo(n)))
		}
		w.begin(src)
		if r.IntN(2) == 0 {
			w.store.losing("cursor.")
			w.again(src)
			w.store.losing("")
			w.begin(src)
		}
		w.pass(time.Hour)
		w.rounds(src)
	}
	if w.sink.size() != n {
		t.Errorf("%d posts of %d", w.sink.size(), n)
	}
	for _, it := range w.sink.puts {
		if it.Op == item.Delete {
			t.Fatalf("deleted %+v", it)
		}
	}
}

func TestLatePostIsFoundByASweep(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	p.put(p.status(today.Add(-time.Minute), 400, "One"))
	for i := range 99 { // more than a page
		p.put(p.status(today.Add(-7*time.Hour-time.Duration(i)*time.Minute), i, postNo(i)))
	}
	w.begin(src)
	w.until(src, visited)
	p.put(p.status(today.Add(-5*time.Hour), 200, "Five hours late"), p.status(today.Add(-20*time.Hour), 300, "A day late"))
	w.pass(10 * time.Minute)
	if w.again(src); w.sink.size() != 100 {
		t.Errorf("the table has %d posts: nothing newer came", w.sink.size())
	}
	w.pass(50 * time.Minute)
	if w.again(src); w.sink.size() != 101 || !strings.Contains(w.sink.titles(), "Five hours late") {
		t.Errorf("after the hourly sweep the table has %q", w.sink.titles())
	}
	w.pass(23 * time.Hour)
	if w.rounds(src); w.sink.size() != 102 || len(w.sink.puts) != 102 {
		t.Errorf("after the daily sweep the table has %d posts from %d items", w.sink.size(), len(w.sink.puts))
	}
}

func TestDeletedPostsAreTakenBack(t *testing.T) {
	for name, version := range map[string]string{"in lots": "4.5.2", "one by one": "4.2.9"} {
		t.Run(name, func(t *testing.T) {
			w, p := newWorld(t), newMastodonPeer(t)
			src := p.source()
			p.instance["version"] = version
			for i := range 5 {
				p.put(p.status(today.Add(-time.Duration(i)*50*time.Hour-10*time.Minute), i, postNo(i)))
			}
			w.begin(src)
			w.until(src, visited)
			p.withdraw("0", "3")
			p.locked(func() { p.hidden[idOf(today.Add(-50*time.Hour-10*time.Minute), 1)] = true }) // stands, but is not listed
			w.pass(time.Hour)
			w.rounds(src)
			if got := w.sink.titles(); got != "Post 001,Post 002,Post 003,Post 004" {
				t.Errorf("after an hour the table has %q: the young one is missed by the sweep", got)
			}
			w.pass(checkAfter)
			w.rounds(src)
			if got := w.sink.titles(); got != "Post 001,Post 002,Post 004" || w.sink.count(item.Delete) != 2 {
				t.Errorf("after a day the table has %q", got)
			}
		})
	}
}

// TestEmptyLotIsNotBelievedAtOnce has a server that answers nothing to a
// question for several posts, although they stand.
func TestEmptyLotIsNotBelievedAtOnce(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	for i := range 3 {
		p.put(p.status(today.Add(-time.Duration(100+i)*time.Hour), i, postNo(i)))
	}
	w.begin(src)
	w.until(src, visited)
	w.pass(checkAfter)
	p.show() // no timeline lists them, so they are asked after
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/api/v1/statuses":
			fmt.Fprint(rw, "[]")
		case strings.HasPrefix(r.URL.Path, "/api/v1/statuses/"):
			p.one(rw, strings.TrimPrefix(r.URL.Path, "/api/v1/statuses/"))
		case strings.Contains(r.URL.Path, "instance"):
			answerJSON(rw, p.instance)
		default:
			p.timeline(rw, r)
		}
	})
	w.rounds(src)
	if w.sink.size() != 3 || w.sink.count(item.Delete) != 0 {
		t.Errorf("%d posts after %d deletes", w.sink.size(), w.sink.count(item.Delete))
	}
}

func TestAuthorWhoRefusesLaterIsTakenBackWhole(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	one, two := p.status(today.Add(-time.Hour), 1, "One"), p.status(today.Add(-90*24*time.Hour), 2, "Two")
	other := p.status(today.Add(-2*time.Hour), 3, "Three")
	other["account"] = toot{"acct": "wren", "indexable": true}
	p.put(one, two, other)
	w.begin(src)
	w.until(src, visited)
	p.put(toot{"id": one["id"], "uri": one["uri"], "created_at": one["created_at"], "visibility": "public", "content": one["content"],
		"account": toot{"acct": "robin", "indexable": false}})
	w.pass(time.Hour)
	w.rounds(src)
	if w.sink.titles() != "Three" || w.sink.count(item.AuthorGone) != 1 {
		t.Errorf("the table has %q after %d withdrawals of an author", w.sink.titles(), w.sink.count(item.AuthorGone))
	}
	w.pass(time.Hour)
	w.rounds(src)
	if w.sink.count(item.AuthorGone) != 1 {
		t.Error("it is said again and again")
	}
}

func TestWhatMayNotBeKeptIsNotKept(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	account := func(edit toot) func(toot) {
		return func(s toot) {
			a := toot{"acct": "robin", "indexable": true}
			for k, v := range edit {
				a[k] = v
			}
			s["account"] = a
		}
	}
	refused := []func(toot){
		func(s toot) { s["visibility"] = "unlisted" }, func(s toot) { s["visibility"] = "private" },
		func(s toot) { s["visibility"] = "direct" }, func(s toot) { delete(s, "visibility") },
		func(s toot) { s["local_only"] = true }, func(s toot) { s["reblog"] = toot{"id": "1"} },
		func(s toot) { s["content"] = `<p class="quote-inline">RE: <a href="https://a.example/@b/1">x</a></p>` },
		func(s toot) { s["uri"], s["url"] = "", "" }, func(s toot) { s["created_at"] = "soon" },
		account(toot{"indexable": false}), account(toot{"noindex": true}), account(toot{"limited": true}), account(toot{"suspended": true}),
		account(toot{"note": "<p>I like tea. <a href='/tags/nobot'>#<span>NoBot</span></a></p>"}), account(toot{"note": "#nobots"}),
		account(toot{"fields": []toot{{"name": "robots", "value": "#noindex"}}}),
	}
	for i, edit := range refused {
		s := p.status(today.Add(-time.Duration(i)*time.Minute), i, "No "+postNo(i))
		edit(s)
		p.toots[s["id"].(string)] = s
	}
	unknown := p.status(today.Add(-time.Hour), 99, "Unknown")
	unknown["account"] = toot{"acct": "robin"}
	p.put(unknown)
	w.begin(src)
	w.until(src, visited)
	if w.sink.titles() != "Unknown" || w.sink.puts[0].Consent != "unknown" {
		t.Errorf("the table has %q", w.sink.titles())
	}
}

// TestNoHandleLeavesTheCollector looks at everything that is published and
// saved, as bytes.
func TestNoHandleLeavesTheCollector(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	s := p.status(today.Add(-time.Hour), 1, `Thanks <span class="h-card"><a href="https://a.example/@wren" class="u-url mention">@<span>wren</span></a></span>, @finch@birds.example and robin@social.example (see https://b.example/@finch/7) and <a href="https://blog.example/@wren/post">a post</a>, <a href="https://www.linkedin.com/in/wren">me</a>, <a href="https://x.com/wren">x</a>; <a href="https://social.example/tags/localgov" class="mention hashtag">#localgov</a> at <a href="https://www.oakshire.gov.uk/news?utm_source=m">the council</a>`)
	s["card"] = toot{"url": "https://medium.example/@wren/x"}
	s["mentions"] = []toot{{"username": "wren", "acct": "wren@a.example"}, {"username": "finch", "acct": "finch@birds.example"}}
	p.put(s)
	w.begin(src)
	w.until(src, visited)
	it := w.sink.puts[0]
	if want := "Thanks @…, @… and @… (see https://b.example/@…/7) and a post, me, x; #localgov at the council"; it.Text != want {
		t.Errorf("text  %q\nwant %q", it.Text, want)
	}
	if len(it.Links) != 1 || it.Links[0] != "https://www.oakshire.gov.uk/news" || !slices.Equal(it.Hashtags, []string{"localgov"}) {
		t.Errorf("links %q, tags %q", it.Links, it.Hashtags)
	}
	all, _ := json.Marshal(w.sink.puts)
	for _, b := range w.store.values {
		all = append(all, b...)
	}
	for _, name := range []string{"robin", "wren", "finch"} {
		if strings.Contains(strings.ToLower(string(all)), name) {
			t.Errorf("%q stands in %s", name, all)
		}
	}
	if it.Class != item.Person || it.AuthorKind != "person" || it.AuthorRef != it.Publisher || !innerForm.MatchString(it.ID) {
		t.Errorf("item %+v", it)
	}
}

func TestOrganisationsAreNamedByTheirServerOnly(t *testing.T) {
	server := mastodonServer{Domain: "social.example"}
	mixed := Source{Kind: "mastodon", Class: item.Unknown, Publisher: "social.example"}
	own := Source{Kind: "mastodon", Class: item.Council, Publisher: "oakshire.example", Council: "E07000001"}
	cases := []struct {
		name string
		src  Source
		a    mastodonAccount
		want author
	}{
		{"a person", mixed, mastodonAccount{Acct: "Robin"}, author{"robin@social.example", "robin@social.example", item.Person, "person", ""}},
		{"from elsewhere", mixed, mastodonAccount{Acct: "robin@a.example"}, author{"robin@a.example", "robin@a.example", item.Person, "person", ""}},
		{"public sector", mixed, mastodonAccount{Acct: "news@social.oakshire.gov.uk"}, author{"news@social.oakshire.gov.uk", "social.oakshire.gov.uk", item.Unknown, "org", ""}},
		{"looks like it", mixed, mastodonAccount{Acct: "news@oakshire-gov.uk"}, author{"news@oakshire-gov.uk", "news@oakshire-gov.uk", item.Person, "person", ""}},
		{"its own server", own, mastodonAccount{Acct: "news"}, author{"news@social.example", "oakshire.example", item.Council, "org", "E07000001"}},
		{"guest there", own, mastodonAccount{Acct: "robin@a.example"}, author{"robin@a.example", "robin@a.example", item.Person, "person", ""}},
		{"bot", mixed, mastodonAccount{Acct: "bot", Bot: true}, author{"bot@social.example", "bot@social.example", item.Person, "bot", ""}},
		{"group", mixed, mastodonAccount{Acct: "club", Group: true}, author{"club@social.example", "club@social.example", item.Person, "unknown", ""}},
	}
	for _, c := range cases {
		if got := server.author(&c.a, c.src); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestOnePostOnTwoServersIsOneItem(t *testing.T) {
	w, p, q := newWorld(t), newMastodonPeer(t), newMastodonPeer(t)
	q.instance["domain"] = "other.example"
	s := p.status(today.Add(-time.Hour), 1, "One")
	p.put(s)
	q.put(toot{"id": "01HQELSEWHERE", "uri": s["uri"], "url": s["url"], "created_at": s["created_at"], "visibility": "public",
		"content": "<p>One</p>", "account": toot{"acct": "robin@social.example", "indexable": true}})
	w.begin(p.source(), q.source())
	w.until(p.source(), visited)
	w.until(q.source(), visited)
	if len(w.sink.puts) != 2 || w.sink.size() != 1 || w.sink.puts[0].Publisher != w.sink.puts[1].Publisher {
		t.Errorf("%d posts of %+v", w.sink.size(), w.sink.puts)
	}
}

func TestOptOutByHandleIsHeard(t *testing.T) {
	key := []byte("root")
	o, err := ParseOptOut("@Robin@social.example", key)
	server := mastodonServer{Domain: "social.example"}
	name := server.author(&mastodonAccount{Acct: "robin"}, Source{}).name
	if err != nil || o.Value != pseudonym(key, "mastodon", name) {
		t.Errorf("%+v, %v: not that of %s", o, err, name)
	}
}

func TestManyHashtagsTakeSeveralRequests(t *testing.T) {
	tags := []string{"localgov", "ukgovcamp", "opendata", "govdesign", "planning"}
	for name, c := range map[string]struct {
		version, source string
		want            []string
	}{
		"mastodon":   {"4.5.2", "https://github.com/mastodon/mastodon", []string{"v1/timelines/tag/localgov?any%5B%5D=ukgovcamp&any%5B%5D=opendata&any%5B%5D=govdesign", "v1/timelines/tag/planning"}},
		"akkoma":     {"2.7.2 (compatible; Akkoma 3.10)", "", []string{"v1/timelines/tag/localgov?any%5B%5D=ukgovcamp&any%5B%5D=opendata&any%5B%5D=govdesign", "v1/timelines/tag/planning"}},
		"gotosocial": {"0.19.1", "https://codeberg.org/superseriousbusiness/gotosocial", []string{"v1/timelines/tag/localgov", "v1/timelines/tag/ukgovcamp", "v1/timelines/tag/opendata", "v1/timelines/tag/govdesign", "v1/timelines/tag/planning"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newWorld(t), newMastodonPeer(t)
			p.instance["version"], p.instance["source_url"] = c.version, c.source
			src := Source{Kind: "mastodon", URL: p.server.URL + "/", Tags: tags}.Complete()
			w.begin(src)
			w.until(src, visited)
			if got := p.paths()[1:]; !slices.Equal(got, c.want) {
				t.Errorf("asked for %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestServerThatForgotItsIdsIsReadAfreshAndTheGapNamed(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	src := p.source()
	p.put(p.status(today.Add(-time.Hour), 1, "One"))
	w.begin(src)
	w.until(src, visited)
	w.pass(72 * time.Hour)
	p.withdraw("1")
	p.put(p.status(w.clock().Add(-2*time.Hour), 2, "Two"))
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("min_id") != "":
			rw.WriteHeader(http.StatusNotFound)
		case strings.Contains(r.URL.Path, "instance"):
			answerJSON(rw, p.instance)
		default:
			p.timeline(rw, r)
		}
	})
	w.again(src)
	var gap *item.Item
	for i := range w.sink.puts {
		if w.sink.puts[i].Op == item.Gap {
			gap = &w.sink.puts[i]
		}
	}
	if gap == nil || !gap.GapFrom.Equal(today.Add(-time.Hour)) || !gap.GapTo.Equal(today.Add(70*time.Hour)) || !strings.Contains(w.sink.titles(), "Two") {
		t.Errorf("gap %+v, table %q", gap, w.sink.titles())
	}
}

func TestMastodonSourceIsOneLine(t *testing.T) {
	cases := []struct {
		src       Source
		url, tags string
		wants     string
	}{
		{Source{URL: "https://mastodon.social/tags/localgov"}, "https://mastodon.social", "localgov", ""},
		{Source{URL: "https://mastodon.social/tags/LocalGov.rss"}, "https://mastodon.social", "localgov", ""},
		{Source{URL: "https://mastodon.social/web/tags/localgov", Tags: []string{"#OpenData"}}, "https://mastodon.social", "opendata localgov", ""},
		{Source{URL: "https://mastodon.social/", Tags: []string{"#localgov", "LocalGov", "ukgovcamp"}}, "https://mastodon.social", "localgov ukgovcamp", ""},
		{Source{URL: "https://mastodon.social"}, "https://mastodon.social", "", "tags is empty"},
		{Source{URL: "https://mastodon.social/@robin", Tags: []string{"localgov"}}, "https://mastodon.social/@robin", "localgov", "is not that of a server"},
		{Source{URL: "https://mastodon.social", Tags: []string{"2027"}}, "https://mastodon.social", "2027", "is not a hashtag"},
		{Source{URL: "https://mastodon.social", Tags: strings.Fields(strings.Repeat("tag ", 41))}, "https://mastodon.social", "tag", ""},
	}
	keys := map[string]bool{}
	for _, c := range cases {
		c.src.Kind = "mastodon"
		s := c.src.Complete()
		err := CheckSources([]Source{s})
		if s.URL != c.url || strings.Join(s.Tags, " ") != c.tags || (err == nil) != (c.wants == "") || err != nil && !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%+v: url %q, tags %q, error %v", c.src, s.URL, s.Tags, err)
		}
		keys[s.Key] = true
		if again := s.Complete(); again.Key != s.Key || again.URL != s.URL {
			t.Errorf("completed twice it is %+v", again)
		}
	}
	if len(keys) != 6 { // the first two are the same, and two have no hashtag
		t.Errorf("%d keys", len(keys))
	}
}

func TestOptedOutServerIsHeardNoMore(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	w.policy = NewPolicy(PolicyConfig{Keys: NewKeys()})
	src := p.source()
	stays, goes := p.status(today.Add(-time.Minute), 1, "Stays"), p.status(today.Add(-time.Hour), 2, "Goes")
	goes["account"] = toot{"acct": "wren@quiet.example", "indexable": true}
	p.put(stays, goes)
	w.begin(src)
	w.until(src, visited)
	if got := w.sink.titles(); got != "Goes,Stays" {
		t.Fatalf("the table has %q", got)
	}
	w.policy.SetOptOuts([]OptOut{{Kind: OptOutDomain, Value: "quiet.example"}})
	w.pass(time.Hour)
	w.rounds(src)
	if got := w.sink.titles(); got != "Stays" {
		t.Errorf("after its server opted out the table has %q", got)
	}
}

// A server that loses its ids again before the first walk back is done must
// not make that walk end early, nor the hole of the first time be forgotten.
func TestSecondRestartKeepsWhereTheFirstWasToEnd(t *testing.T) {
	lost := today.Add(-72 * time.Hour)
	l := lane{Newest: "9", NewestAt: today, Back: "5", Lost: lost, BackTo: lost.Add(-sweepLong)}
	l.restart()
	if !l.Lost.Equal(lost) || !l.BackTo.Equal(lost.Add(-sweepLong)) || l.Newest != "" || l.Back != "" {
		t.Errorf("of a hole: %+v", l)
	}
	l = lane{Newest: "9", NewestAt: today, Back: "5", BackTo: today.Add(-horizon)}
	l.restart()
	if !l.Lost.IsZero() || !l.BackTo.Equal(today.Add(-horizon)) {
		t.Errorf("of the first walk: %+v", l)
	}
}
