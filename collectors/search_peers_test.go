package collectors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors/item"
)

func init() {
	peers["govuk"] = func(t *testing.T) peer { return newAPIPeer(t, govukPeer) }
	peers["hackernews"] = func(t *testing.T) peer { return newAPIPeer(t, hackerNewsPeer) }
	peers["github"] = func(t *testing.T) peer { return newAPIPeer(t, topicsPeer) }
}

// apiPeer is a server of one of the search APIs, in the shapes that these
// document. It knows every post that was ever shown.
type apiPeer struct {
	mu      sync.Mutex
	server  *httptest.Server
	api     peerAPI
	token   string // file; "" for none
	robots  string // robots.txt; "" for none
	posts   []post
	ever    map[string]post
	gone    map[string]bool
	failing http.HandlerFunc
	asked   int
	looked  int
	sent    int
	queries []url.Values
	header  http.Header // of every answer
}

// peerAPI is what differs.
type peerAPI struct {
	path   string // of the search, with the parameters of the source
	kind   string
	signed bool
	// inside reports that a post is in the stretch that q asks for; an error
	// refuses the request with 422 or 400.
	inside func(q url.Values, p post) (bool, error)
	body   func(posts []post, total int) any
	page   func(q url.Values) (start, count int)
	lookID func(path string) (id string, ok bool)
	look   func(p post) any
	most   int // results that a search shows; 0: no limit
}

func newAPIPeer(t *testing.T, api peerAPI) *apiPeer {
	p := &apiPeer{api: api, ever: map[string]post{}, gone: map[string]bool{}, header: http.Header{}}
	p.server = httptest.NewServer(p)
	t.Cleanup(func() { p.server.CloseClientConnections(); p.server.Close() })
	if api.signed {
		p.token = filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(p.token, []byte("a-token\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *apiPeer) source() Source {
	return Source{Kind: p.api.kind, URL: p.server.URL + p.api.path, Publisher: "oakshire.example", Class: item.Council, TokenFile: p.token}.Complete()
}

func (p *apiPeer) locked(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *apiPeer) show(posts ...post) {
	p.locked(func() {
		p.posts = nil
		for _, x := range posts {
			if x.date.IsZero() {
				x.date = today // these APIs date everything themselves
			}
			p.posts, p.ever[x.id] = append(p.posts, x), x
			delete(p.gone, x.id)
		}
	})
}

func (p *apiPeer) withdraw(ids ...string) {
	p.locked(func() {
		p.gone = map[string]bool{}
		for _, id := range ids {
			p.gone[id] = true
		}
	})
}

func (p *apiPeer) fail(h http.HandlerFunc) { p.locked(func() { p.failing = h }) }
func (p *apiPeer) heal()                   { p.fail(nil) }
func (p *apiPeer) requests() (n int)       { p.locked(func() { n = p.asked }); return n }
func (p *apiPeer) lookUps() (n int)        { p.locked(func() { n = p.looked }); return n }
func (p *apiPeer) full() (n int)           { p.locked(func() { n = p.sent }); return n }

func (p *apiPeer) moveTo(other peer, forGood bool) {
	status := http.StatusFound
	if forGood {
		status = http.StatusMovedPermanently
	}
	to := other.(*apiPeer)
	p.fail(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to.server.URL+r.URL.RequestURI(), status)
	})
}

func (p *apiPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path == "/robots.txt" {
		if p.robots == "" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, p.robots)
		return
	}
	for name, values := range p.header {
		w.Header()[name] = values
	}
	if id, ok := p.api.lookID(r.URL.Path); id == "owner" {
		json.NewEncoder(w).Encode(object{"full_name": "oakshire/planner", "private": false, "owner": object{"login": "oakshire", "type": "Organization"}})
		return
	} else if ok {
		p.looked++
		p.answerLook(w, id)
		return
	}
	p.asked++
	p.queries = append(p.queries, r.URL.Query())
	if failing := p.failing; failing != nil {
		p.mu.Unlock()
		failing(w, r)
		p.mu.Lock()
		return
	}
	if p.api.signed && r.Header.Get("Authorization") != "Bearer a-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	p.answer(w, r)
}

func (p *apiPeer) answerLook(w http.ResponseWriter, id string) {
	x, known := p.ever[id]
	switch {
	case p.gone[id]:
		w.WriteHeader(http.StatusGone)
	case !known:
		w.WriteHeader(http.StatusNotFound)
	default:
		json.NewEncoder(w).Encode(p.api.look(x))
	}
}

func (p *apiPeer) answer(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []post
	for _, x := range p.posts {
		in, err := p.api.inside(q, x)
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, err)
			return
		}
		if in && !p.gone[x.id] {
			found = append(found, x)
		}
	}
	slices.SortStableFunc(found, func(a, b post) int { return b.date.Compare(a.date) })
	start, count := p.api.page(q)
	total, shown := len(found), found
	if p.api.most > 0 {
		shown = shown[:min(len(shown), p.api.most)]
	}
	shown = shown[min(start, len(shown)):]
	body, _ := json.Marshal(p.api.body(shown[:min(count, len(shown))], total))
	tag := `"` + hash(string(body)) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.sent++
	w.Write(body)
}

func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

type object = map[string]any

var govukPeer = peerAPI{
	kind: "govuk", path: "/api/search.json?q=%22digital+planning%22",
	inside: func(q url.Values, p post) (bool, error) {
		for name := range q {
			if !slices.Contains([]string{"q", "count", "start", "order", "fields", "filter_public_timestamp", "filter_organisations"}, name) {
				return false, fmt.Errorf(`{"error":"Unexpected parameters: %s"}`, name)
			}
		}
		from, to := time.Time{}, today.AddDate(10, 0, 0)
		for part := range strings.SplitSeq(q.Get("filter_public_timestamp"), ",") {
			name, date, _ := strings.Cut(part, ":")
			at, err := time.Parse(time.DateOnly, date)
			switch {
			case err != nil:
				return false, fmt.Errorf("invalid date %q", date)
			case name == "from":
				from = at
			default:
				to = at.Add(24*time.Hour - time.Minute) // as documented: 23:59
			}
		}
		return !p.date.Before(from) && !p.date.After(to), nil
	},
	page: func(q url.Values) (int, int) { return number(q.Get("start"), 0), min(number(q.Get("count"), 10), 1500) },
	body: func(posts []post, total int) any {
		results := []object{}
		for _, x := range posts {
			results = append(results, object{
				"title": x.title, "description": "About " + x.id, "link": "/government/news/" + x.id,
				"content_id": "0000-" + x.id, "public_timestamp": x.date.Format("2006-01-02T15:04:05.000-07:00"),
				"organisations":               []object{{"slug": "oakshire-office", "title": "Oakshire Office", "link": "/government/organisations/oakshire-office"}},
				"content_store_document_type": "news_story", "index": "govuk", "es_score": nil, "_id": "/government/news/" + x.id,
				"elasticsearch_type": "edition", "document_type": "edition",
			})
		}
		return object{"results": results, "total": total, "start": 0, "aggregates": object{}, "suggested_queries": []string{}}
	},
	lookID: func(path string) (string, bool) { return strings.CutPrefix(path, "/api/content/government/news/") },
	look: func(p post) any {
		return object{"base_path": "/government/news/" + p.id, "document_type": "news_story", "withdrawn_notice": object{}}
	},
}

var hackerNewsPeer = peerAPI{
	kind: "hackernews", path: "/api/v1/search_by_date?query=&tags=story", most: 1000,
	inside: func(q url.Values, p post) (bool, error) {
		for part := range strings.SplitSeq(q.Get("numericFilters"), ",") {
			switch at := p.date.Unix(); {
			case strings.HasPrefix(part, "created_at_i>="):
				if at < int64(number(part[14:], 0)) {
					return false, nil
				}
			case strings.HasPrefix(part, "created_at_i<"):
				if at >= int64(number(part[13:], 0)) {
					return false, nil
				}
			default:
				return false, fmt.Errorf("invalid filter %q", part)
			}
		}
		return true, nil
	},
	page: func(q url.Values) (int, int) {
		count := number(q.Get("hitsPerPage"), 20)
		return count * number(q.Get("page"), 0), count
	},
	body: func(posts []post, total int) any {
		hits := []object{}
		for _, x := range posts {
			hits = append(hits, object{
				"objectID": x.id, "title": x.title, "url": "https://elm.example/" + x.id, "author": "jane_doe",
				"created_at": x.date.Format(time.RFC3339), "created_at_i": x.date.Unix(), "points": 3, "num_comments": 0,
				"_tags": []string{"story", "author_jane_doe", "story_" + x.id},
			})
		}
		return object{"hits": hits, "nbHits": total, "page": 0, "nbPages": 1, "hitsPerPage": 500, "exhaustiveNbHits": true}
	},
	lookID: func(path string) (string, bool) { return strings.CutPrefix(path, "/api/v1/items/") },
	look:   func(p post) any { return object{"id": p.id, "type": "story", "title": p.title} },
}

var topicsPeer = peerAPI{
	kind: "github", path: "/search/repositories?q=topic%3Alocalgov", signed: true, most: 1000,
	inside: func(q url.Values, p post) (bool, error) {
		topic, dates, ok := strings.Cut(q.Get("q"), " pushed:")
		if !ok || topic != "topic:localgov" {
			return false, fmt.Errorf("the search %q is not understood", q.Get("q"))
		}
		if from, open := strings.CutPrefix(dates, ">="); open {
			at, err := time.Parse(time.RFC3339, from)
			return !p.date.Before(at), err
		}
		first, last, _ := strings.Cut(dates, "..")
		from, err := time.Parse(time.RFC3339, first)
		to, err2 := time.Parse(time.RFC3339, last)
		if err != nil || err2 != nil {
			return false, fmt.Errorf("the dates %q are not understood", dates)
		}
		return !p.date.Before(from) && !p.date.After(to), nil
	},
	page: func(q url.Values) (int, int) {
		count := min(number(q.Get("per_page"), 30), 100)
		return count * (number(q.Get("page"), 1) - 1), count
	},
	body: func(posts []post, total int) any {
		items := []object{}
		for _, x := range posts {
			items = append(items, topicsRepo(x))
		}
		return object{"total_count": total, "incomplete_results": false, "items": items}
	},
	lookID: func(path string) (string, bool) {
		id, ok := strings.CutPrefix(path, "/repositories/100")
		return id, ok
	},
	look: func(p post) any { return topicsRepo(p) },
}

// topicsRepo is a repository of an organisation. Its name is the title of the
// post, because that is what an edit changes.
func topicsRepo(x post) object {
	return object{
		"id": number("100"+x.id, 1), "name": "r" + x.id, "full_name": x.title, "private": false,
		"owner":    object{"login": "Oakshire", "type": "Organization", "id": 7},
		"html_url": "https://github.com/Oakshire/r" + x.id, "description": "Repository " + x.id, "fork": false,
		"created_at": x.date.Format(time.RFC3339), "updated_at": x.date.Format(time.RFC3339), "pushed_at": x.date.Format(time.RFC3339),
		"homepage": nil, "topics": []string{"localgov"}, "archived": false,
	}
}
