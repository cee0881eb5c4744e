package collectors

import (
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// site is a feed server that shows what the test wants it to.
type site struct {
	t      *testing.T
	body   atomic.Pointer[string]
	src    Source
	kind   Collector
	cursor []byte
	now    time.Time
	table  map[string]item.Item
	ops    map[item.Op]int
}

func newSite(t *testing.T) *site {
	s := &site{t: t, now: today, table: map[string]item.Item{}, ops: map[item.Op]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, *s.body.Load()) }))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
	t.Cleanup(client.Close)
	s.src = Source{Key: "site", Kind: "feed", URL: server.URL + "/feed", Publisher: "site.example", Class: item.Civic}.Complete()
	clock := func() time.Time { return s.now }
	s.kind = kinds["feed"].New(Deps{Client: client, Now: clock, Stamp: clock})
	return s
}

// visit reads the feed an hour later and does with the items what the store does.
func (s *site) visit(body string) Visit {
	s.t.Helper()
	s.body.Store(&body)
	s.now = s.now.Add(time.Hour)
	v, err := s.kind.Visit(s.t.Context(), s.src, s.cursor)
	if err != nil {
		s.t.Fatal(err)
	}
	if v.Cursor != nil {
		s.cursor = v.Cursor
	}
	for _, it := range v.Items {
		if err := it.Check(); err != nil {
			s.t.Fatal(err)
		}
		s.ops[it.Op]++
		if old, ok := s.table[it.ID]; ok && it.Version <= old.Version {
			s.t.Fatalf("version %d of %s after %d", it.Version, it.ID, old.Version)
		}
		if s.table[it.ID] = it; it.Op == item.Delete {
			delete(s.table, it.ID)
		}
	}
	return v
}

// titles returns what the table holds, sorted.
func (s *site) titles() string {
	var out []string
	for _, it := range s.table {
		out = append(out, it.Title)
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// told is one post as a feed shows it.
type told struct{ guid, link, title, date, text string }

func channel(posts ...told) string {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Site</title><link>https://site.example/</link>`)
	for _, p := range posts {
		b.WriteString("<item>")
		for _, field := range [][2]string{{"guid", p.guid}, {"link", p.link}, {"title", p.title}, {"pubDate", p.date}, {"description", p.text}} {
			if field[1] != "" {
				fmt.Fprintf(&b, "<%s>%s</%s>", field[0], html.EscapeString(field[1]), field[0])
			}
		}
		b.WriteString("</item>")
	}
	return b.String() + "</channel></rss>"
}

// numbered makes posts from to to-1, the newest first, with guids of round.
func numbered(from, to int, guid func(n int) string) (posts []told) {
	for n := to - 1; n >= from; n-- {
		posts = append(posts, told{guid: guid(n), link: fmt.Sprintf("https://site.example/%d", n), title: fmt.Sprintf("post %d", n),
			date: manyStart.Add(time.Duration(n) * time.Hour).Format(time.RFC1123Z), text: fmt.Sprintf("text of %d", n)})
	}
	return posts
}

func reissuedIn(round int) func(int) string {
	return func(n int) string { return fmt.Sprintf("{%d-%d}", round, n) }
}

// TestSpellingOfALinkDoesNotChangeIdentity: what says how a reader came, and the
// case of a host, are no other page.
func TestSpellingOfALinkDoesNotChangeIdentity(t *testing.T) {
	date := manyStart.Format(time.RFC1123Z)
	pages := func(form string) (posts []told) {
		for n := range 4 {
			posts = append(posts, told{link: fmt.Sprintf(form, n), title: fmt.Sprintf("post %d", n), date: date})
		}
		return posts
	}
	for name, c := range map[string]struct {
		posts  []told
		titles string
		want   useless
	}{
		"one guid, tracked": {
			[]told{{guid: "1", link: "https://site.example/1?utm_source=rss", title: "One", date: date}, {guid: "1", link: "https://SITE.example/1", title: "One", date: date}},
			"One", useless{},
		},
		"one guid, two pages": {
			[]told{{guid: "1", link: "https://site.example/1", title: "One", date: date}, {guid: "1", link: "https://site.example/2", title: "Two", date: date}},
			"One,Two", useless{GUIDs: true},
		},
		"one guid, two parts of a page": {
			[]told{{guid: "1", link: "https://site.example/log#1", title: "One", date: date}, {guid: "1", link: "https://site.example/log#2", title: "Two", date: date}},
			"One", useless{}, // two may be one post and its edited self, see twice
		},
		"one page, tracked":        {pages("https://site.example/news?utm_content=%d"), "post 0,post 1,post 2,post 3", useless{Links: true}},
		"one page, many parts":     {pages("https://site.example/news#%d"), "post 0,post 1,post 2,post 3", useless{Links: true}},
		"home, tracked, two posts": {pages("https://Site.example?utm_content=%d")[:2], "post 0,post 1", useless{Links: true}},
		"many pages":               {pages("https://site.example/%d"), "post 0,post 1,post 2,post 3", useless{}},
	} {
		s := newSite(t)
		s.visit(channel(c.posts...))
		if s.titles() != c.titles {
			t.Errorf("%s: the table has %q, want %q", name, s.titles(), c.titles)
		}
		if state, err := loadHead(s.cursor, s.src.URL); err != nil || state.head.useless != c.want {
			t.Errorf("%s: %+v, %v, want %+v", name, state.head.useless, err, c.want)
		}
	}
}

func TestGuidsThatAreNewAtEachVisitPublishNothingTwice(t *testing.T) {
	s := newSite(t)
	for round := range 6 {
		if v := s.visit(channel(numbered(round, round+10, reissuedIn(round))...)); !v.Slid.IsZero() {
			t.Errorf("visit %d: a gap from %s", round, v.Slid)
		}
	}
	if len(s.table) != 15 || s.ops[item.Create] != 15 || s.ops[item.Update] != 0 {
		t.Errorf("%d posts of 15, %v", len(s.table), s.ops)
	}
	edited := numbered(5, 15, reissuedIn(9))
	edited[0].title, edited[9].text = "post 14, edited", "text of 5, edited"
	if v := s.visit(channel(edited...)); len(v.Items) != 2 || v.Items[0].Op != item.Update || v.Items[1].Op != item.Update {
		t.Errorf("edits came as %+v", v.Items)
	}
	if len(s.table) != 15 || !strings.Contains(s.titles(), "post 14, edited") {
		t.Errorf("after the edits: %s", s.titles())
	}
	stable := func(n int) string { return fmt.Sprint("stable-", n) }
	if v := s.visit(channel(numbered(5, 15, stable)...)); len(v.Items) != 2 || len(s.table) != 15 { // the edits are taken back
		t.Errorf("the feed did not stay with its links: %+v", v.Items)
	}
}

func TestFewGuidsThatChangeAreNewPosts(t *testing.T) {
	s := newSite(t)
	stable := func(n int) string { return fmt.Sprint("g", n) }
	s.visit(channel(numbered(0, 10, stable)...))
	moved := numbered(0, 10, stable)
	moved[3].guid, moved[4].guid = "another", "and another"
	if v := s.visit(channel(moved...)); len(v.Items) != 2 || len(s.table) != 12 {
		t.Errorf("%d items, %d posts", len(v.Items), len(s.table))
	}
}

func TestOneLinkForEveryPostIsNotIdentity(t *testing.T) {
	s := newSite(t)
	one := func(n int) told {
		return told{guid: fmt.Sprint("g", n), link: "https://site.example/status", title: fmt.Sprint("status ", n)}
	}
	for n := range 5 {
		s.visit(channel(one(n)))
	}
	if len(s.table) != 5 {
		t.Errorf("with guids: %s", s.titles())
	}
	s = newSite(t)
	for n := range 5 {
		var posts []told
		for i := n; i < n+4; i++ {
			posts = append(posts, told{link: "https://site.example/", title: fmt.Sprint("notice ", i), date: "Mon, 02 Nov 2026 10:00:00 GMT"})
		}
		s.visit(channel(posts...))
	}
	if len(s.table) != 8 || s.ops[item.Create] != 8 {
		t.Errorf("without guids: %s, %v", s.titles(), s.ops)
	}
}

func TestGuidsThatAreSharedDoNotHidePosts(t *testing.T) {
	s := newSite(t)
	s.visit(channel(numbered(0, 3, func(n int) string { return fmt.Sprint("g", n) })...))
	s.visit(channel(numbered(0, 6, func(int) string { return "the same" })...))
	if len(s.table) != 6 || s.ops[item.Create] != 6 {
		t.Errorf("%s, %v", s.titles(), s.ops)
	}
	s = newSite(t)
	var posts []told
	for n := range 4 {
		posts = append(posts, told{guid: "0", link: "https://site.example/", title: fmt.Sprint("alert ", n)})
	}
	s.visit(channel(posts...))
	if len(s.table) != 4 {
		t.Errorf("guid and link shared: %s", s.titles())
	}
}

func TestFeedThatGetsGuidsOrMovesToHTTPSRepeatsNothing(t *testing.T) {
	s := newSite(t)
	none := func(int) string { return "" }
	s.visit(channel(numbered(0, 8, none)...))
	s.visit(channel(numbered(0, 9, reissuedIn(1))...))
	if len(s.table) != 9 || s.ops[item.Update] != 0 {
		t.Errorf("with guids: %s, %v", s.titles(), s.ops)
	}
	s = newSite(t)
	s.visit(strings.ReplaceAll(channel(numbered(0, 8, none)...), "https://", "http://www."))
	s.visit(channel(numbered(0, 8, none)...))
	if len(s.table) != 8 || s.ops[item.Create] != 8 {
		t.Errorf("after the move: %s, %v", s.titles(), s.ops)
	}
}

func TestSingleEntryIsReissuedOnlyIfNothingElseChanged(t *testing.T) {
	s := newSite(t)
	p := told{guid: "a", link: "https://site.example/x", title: "Weekly note", date: "Mon, 02 Nov 2026 10:00:00 GMT"}
	s.visit(channel(p))
	p.guid, p.date = "b", "Mon, 09 Nov 2026 10:00:00 GMT"
	s.visit(channel(p))
	if len(s.table) != 2 {
		t.Errorf("a new post under an old link and title: %s", s.titles())
	}
	p.guid = "c"
	if v := s.visit(channel(p)); len(v.Items) != 0 {
		t.Errorf("the same post under a new guid: %+v", v.Items)
	}
}

// TestIdentityHoldsOverManyVisits lets feeds of every habit slide, edit and
// withdraw at random: there must be one item for each post, in its last state.
func TestIdentityHoldsOverManyVisits(t *testing.T) {
	habits := map[string]func(round, n int) told{
		"guid": func(_, n int) told {
			return told{guid: fmt.Sprint("g", n), link: fmt.Sprint("https://site.example/", n)}
		},
		"tag":      func(_, n int) told { return told{guid: fmt.Sprint("tag:site.example,2026:", n)} },
		"link":     func(_, n int) told { return told{link: fmt.Sprint("https://site.example/?id=", n)} },
		"reissued": func(r, n int) told { return told{guid: fmt.Sprint(r, n), link: fmt.Sprint("https://site.example/", n)} },
		"late": func(r, n int) told { // the guids become bad later
			return told{guid: fmt.Sprint(max(0, r-6), "-", n), link: fmt.Sprint("https://site.example/", n)}
		},
		"permalink": func(_, n int) told { return told{guid: fmt.Sprint("https://site.example/", n)} },
	}
	for name, habit := range habits {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) {
				s := newSite(t)
				random := rand.New(rand.NewPCG(seed, 7))
				texts := map[int]string{}
				newestPost := 5 + random.IntN(10)
				for round := range 12 {
					var posts []told
					for n := newestPost; n > max(0, newestPost-12); n-- {
						p := habit(round, n)
						if _, ok := texts[n]; !ok || random.IntN(20) == 0 {
							texts[n] = fmt.Sprintf("text %d of round %d", n, round)
						}
						p.title, p.text, p.date = fmt.Sprint("post ", n), texts[n], manyStart.Add(time.Duration(n)*time.Hour).Format(time.RFC1123Z)
						posts = append(posts, p)
					}
					if random.IntN(3) == 0 {
						random.Shuffle(len(posts), func(i, j int) { posts[i], posts[j] = posts[j], posts[i] })
					}
					s.visit(channel(posts...))
					newestPost += random.IntN(4)
				}
				if len(s.table) != len(texts) || s.ops[item.Create] != len(texts) {
					t.Fatalf("%d items for %d posts: %v", len(s.table), len(texts), s.ops)
				}
				for _, it := range s.table {
					var n int
					fmt.Sscanf(it.Title, "post %d", &n)
					if it.Text != texts[n] {
						t.Errorf("%s: %q, want %q", it.Title, it.Text, texts[n])
					}
				}
			})
		}
	}
}

func TestCutFeedIsReadAgainUntilItStaysTheSame(t *testing.T) {
	s := newSite(t)
	whole := channel(numbered(0, 4, func(n int) string { return fmt.Sprint("g", n) })...)
	cut := whole[:strings.LastIndex(whole, "text of")+4]
	if v := s.visit(cut); len(v.Items) != 4 || !strings.Contains(v.Notice, "broke off") {
		t.Errorf("cut: %d items, %q", len(v.Items), v.Notice)
	}
	if v := s.visit(cut); !v.Unchanged || len(v.Items) != 0 || !strings.Contains(v.Notice, "broke off") {
		t.Errorf("the same again: %+v", v)
	}
	if v := s.visit(whole); len(v.Items) != 1 || v.Items[0].Op != item.Update || v.Items[0].Text != "text of 0" || v.Notice != "" {
		t.Errorf("whole: %+v, %q", v.Items, v.Notice)
	}
}
