package collectors

import (
	"context"
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

	"github.com/coder/websocket"
)

func init() { peers["mastodon"] = func(t *testing.T) peer { return newMastodonPeer(t) } }

// toot is a status of the peer, as JSON.
type toot map[string]any

// mastodonPeer is a Mastodon server with one timeline, true to what the real
// one does: ids made of dates, pages with Link headers that leave any[] out,
// limits, streams.
type mastodonPeer struct {
	t      *testing.T
	server *httptest.Server
	token  string // file of the source; "" without

	mu       sync.Mutex
	instance map[string]any
	toots    map[string]toot // by id
	hidden   map[string]bool // stands, but in no timeline
	failing  http.HandlerFunc
	noRSS    bool
	secret   string // that is asked for; "" for none
	asked    []string
	turns    int // visits that came so far: requests for the newest page, or refused at once
	sent     int
	limit    int // announced
	left     int
	reset    time.Time
	streams  map[*websocket.Conn]bool
	subs     []string
}

func newMastodonPeer(t *testing.T) *mastodonPeer {
	p := &mastodonPeer{t: t, toots: map[string]toot{}, hidden: map[string]bool{}, streams: map[*websocket.Conn]bool{}}
	p.server = httptest.NewServer(p)
	p.instance = map[string]any{"domain": "social.example", "version": "4.5.2"}
	p.open("public", "public")
	t.Cleanup(func() { p.hangUp(); p.server.CloseClientConnections(); p.server.Close() })
	return p
}

// open sets who may read hashtags.
func (p *mastodonPeer) open(local, remote string) {
	p.instance["configuration"] = map[string]any{
		"urls":             map[string]any{"streaming": strings.Replace(p.server.URL, "http:", "ws:", 1)},
		"timelines_access": map[string]any{"hashtag_feeds": map[string]any{"local": local, "remote": remote}},
	}
}

// ask makes the peer ask for a token and gives it to the source.
func (p *mastodonPeer) ask(secret string) {
	p.secret, p.token = secret, filepath.Join(p.t.TempDir(), "token")
	if err := os.WriteFile(p.token, []byte(secret+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *mastodonPeer) source() Source {
	return Source{Kind: "mastodon", URL: p.server.URL, Tags: []string{"localgov"}, TokenFile: p.token}.Complete()
}

func (p *mastodonPeer) locked(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// idOf makes an id of a date, as Mastodon does, with a number behind it.
func idOf(at time.Time, n int) string { return strconv.FormatInt(at.UnixMilli()<<16|int64(n), 10) }

// status makes a public post of a person who agrees.
func (p *mastodonPeer) status(at time.Time, n int, content string) toot {
	id := idOf(at, n)
	return toot{
		"id": id, "uri": "https://social.example/users/robin/statuses/" + id, "url": "https://social.example/@robin/" + id,
		"created_at": at.UTC().Format(time.RFC3339Nano), "visibility": "public", "content": "<p>" + content + "</p>",
		"language": "en", "reblog": nil, "account": toot{"acct": "robin", "indexable": true, "noindex": false},
		"tags": []toot{{"name": "LocalGov"}}, "mentions": []toot{},
	}
}

func (p *mastodonPeer) put(all ...toot) {
	p.locked(func() {
		for _, s := range all {
			p.toots[s["id"].(string)] = s
		}
	})
}

// show is for the suite: what is not shown any more stands, but is nowhere
// listed. An undated post is of today.
func (p *mastodonPeer) show(posts ...post) {
	p.locked(func() {
		for id := range p.toots {
			p.hidden[id] = true
		}
	})
	for _, x := range posts {
		if x.date.IsZero() {
			x.date = today
		}
		n, _ := strconv.Atoi(x.id)
		s := p.status(x.date, n, x.title)
		p.put(s)
		p.locked(func() { delete(p.hidden, s["id"].(string)) })
	}
}

func (p *mastodonPeer) withdraw(ids ...string) {
	p.locked(func() {
		for id := range p.toots {
			n, _ := strconv.ParseInt(id, 10, 64)
			if slices.Contains(ids, strconv.FormatInt(n&0xffff, 10)) {
				delete(p.toots, id)
			}
		}
	})
}

func (p *mastodonPeer) fail(h http.HandlerFunc) { p.locked(func() { p.failing = h }) }
func (p *mastodonPeer) heal()                   { p.fail(nil) }
func (p *mastodonPeer) requests() (n int)       { p.locked(func() { n = p.turns }); return n }
func (p *mastodonPeer) full() (n int)           { p.locked(func() { n = p.sent }); return n }

// passLag lets the time pass in which the kind of a peer may not notice that an
// old post was edited or deleted.
func (w *world) passLag(p peer) {
	if _, ok := p.(*mastodonPeer); ok {
		w.pass(checkAfter)
	}
}

func (p *mastodonPeer) moveTo(other peer, forGood bool) {
	status := http.StatusFound
	if forGood {
		status = http.StatusMovedPermanently
	}
	to := other.(*mastodonPeer)
	p.fail(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to.server.URL+r.URL.RequestURI(), status)
	})
}

func (p *mastodonPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, r.URL.RequestURI())
	failing, secret := p.failing, p.secret
	newest := strings.Contains(r.URL.Path, "/timelines/") && r.URL.Query().Get("max_id") == ""
	if newest {
		p.turns++
	}
	p.announce(w)
	p.mu.Unlock()
	switch {
	case strings.Contains(r.URL.RawQuery, "since_id"), strings.Contains(r.URL.String(), "token"):
		p.t.Errorf("asked for %s", r.URL)
	case r.Header.Get("User-Agent") == "":
		w.WriteHeader(http.StatusTeapot)
		return
	}
	switch {
	case failing != nil:
		seen := &statusWriter{ResponseWriter: w}
		failing(seen, r)
		if seen.status >= 400 && !newest {
			p.locked(func() { p.turns++ })
		}
	case r.URL.Path == "/api/v2/instance":
		p.mu.Lock()
		defer p.mu.Unlock()
		answerJSON(w, p.instance)
	case secret != "" && strings.HasPrefix(r.URL.Path, "/api/") && r.Header.Get("Authorization") != "Bearer "+secret:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"This method requires an authenticated user"}`)
	case strings.HasPrefix(r.URL.Path, "/api/v1/timelines/tag/"):
		p.timeline(w, r)
	case r.URL.Path == "/api/v1/statuses":
		p.byID(w, r.URL.Query()["id[]"])
	case strings.HasPrefix(r.URL.Path, "/api/v1/statuses/"):
		p.one(w, strings.TrimPrefix(r.URL.Path, "/api/v1/statuses/"))
	case strings.HasPrefix(r.URL.Path, "/tags/"):
		p.rss(w)
	case r.URL.Path == "/api/v1/streaming":
		p.stream(w, r)
	default:
		http.NotFound(w, r)
	}
}

// announce writes what is left of the limit. p.mu is held.
func (p *mastodonPeer) announce(w http.ResponseWriter) {
	if p.limit == 0 {
		return
	}
	p.left = max(0, p.left-1)
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(p.limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(p.left))
	w.Header().Set("X-RateLimit-Reset", p.reset.Format("2006-01-02T15:04:05.000000Z07:00"))
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(v)
}

// listed returns the posts of the timeline, the newest first. Local ids order
// as numbers.
func (p *mastodonPeer) listed() []toot {
	var all []toot
	for id, s := range p.toots {
		if !p.hidden[id] && s["visibility"] == "public" {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b toot) int { return compareIDs(b["id"].(string), a["id"].(string)) })
	return all
}

func compareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func (p *mastodonPeer) timeline(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	page := slices.DeleteFunc(p.listed(), func(s toot) bool {
		id := s["id"].(string)
		return q.Get("max_id") != "" && compareIDs(id, q.Get("max_id")) >= 0 || q.Get("min_id") != "" && compareIDs(id, q.Get("min_id")) <= 0
	})
	if len(page) > limit && q.Get("min_id") != "" {
		page = page[len(page)-limit:]
	}
	page = page[:min(limit, len(page))]
	if len(page) > 0 {
		at := p.server.URL + r.URL.Path + "?limit=" + q.Get("limit")
		w.Header().Set("Link", fmt.Sprintf(`<%s&max_id=%s>; rel="next", <%s&min_id=%s>; rel="prev"`,
			at, page[len(page)-1]["id"], at, page[0]["id"]))
		p.sent++
	}
	if page == nil {
		page = []toot{}
	}
	answerJSON(w, page)
}

func (p *mastodonPeer) byID(w http.ResponseWriter, ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := []toot{}
	for _, id := range ids {
		if s := p.toots[id]; s != nil {
			found = append(found, s)
		}
	}
	answerJSON(w, found)
}

func (p *mastodonPeer) one(w http.ResponseWriter, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.toots[id]
	if s == nil {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"Record not found"}`)
		return
	}
	answerJSON(w, s)
}

func (p *mastodonPeer) rss(w http.ResponseWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.noRSS {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>Sign in</title>")
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	fmt.Fprint(w, `<rss version="2.0"><channel><title>#localgov</title>`)
	all := p.listed()
	for _, s := range all[:min(20, len(all))] {
		at, _ := time.Parse(time.RFC3339Nano, s["created_at"].(string))
		fmt.Fprintf(w, `<item><guid isPermaLink="true">%s</guid><link>%s</link><pubDate>%s</pubDate><description>%s</description><category>localgov</category></item>`,
			s["url"], s["url"], at.Format(time.RFC1123Z), strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(s["content"].(string)))
	}
	fmt.Fprint(w, `</channel></rss>`)
}

// stream serves the WebSocket until it is hung up.
func (p *mastodonPeer) stream(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	p.locked(func() { p.streams[conn] = true })
	for {
		_, b, err := conn.Read(context.Background())
		if err != nil {
			p.locked(func() { delete(p.streams, conn) })
			return
		}
		var ask struct{ Type, Stream, Tag string }
		if json.Unmarshal(b, &ask) == nil && ask.Type == "subscribe" {
			p.locked(func() { p.subs = append(p.subs, ask.Stream+" "+ask.Tag) })
		}
	}
}

// tell sends an event to every stream. payload is text, or JSON that becomes
// text.
func (p *mastodonPeer) tell(kind string, payload any) {
	text, ok := payload.(string)
	if !ok {
		b, _ := json.Marshal(payload)
		text = string(b)
	}
	b, _ := json.Marshal(toot{"stream": []string{"hashtag", "localgov"}, "event": kind, "payload": text})
	p.send(b)
}

func (p *mastodonPeer) send(b []byte) {
	p.locked(func() {
		for conn := range p.streams {
			conn.Write(context.Background(), websocket.MessageText, b)
		}
	})
}

func (p *mastodonPeer) listeners() (n int) { p.locked(func() { n = len(p.streams) }); return n }

func (p *mastodonPeer) subscribed() (s string) {
	p.locked(func() { s = strings.Join(p.subs, ",") })
	return s
}

func (p *mastodonPeer) hangUp() {
	p.locked(func() {
		for conn := range p.streams {
			conn.CloseNow()
		}
		clear(p.streams)
	})
}

// paths returns what was asked for since the last call, without the limit.
func (p *mastodonPeer) paths() []string {
	var out []string
	p.locked(func() {
		for _, a := range p.asked {
			u, _ := url.Parse(a)
			q := u.Query()
			q.Del("limit")
			line := strings.TrimPrefix(u.Path, "/api/")
			if len(q) > 0 {
				line += "?" + q.Encode()
			}
			out = append(out, line)
		}
		p.asked = nil
	})
	return out
}

// statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) Flush() { w.ResponseWriter.(http.Flusher).Flush() }
