package town

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// handleCommons answers for both servers, each at its own address, as Mastodon
// 4.5 does.
func (t *Town) handleCommons(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v2/instance", t.forServer(t.answerInstance))
	mux.HandleFunc("GET /api/v1/timelines/tag/{tag}", t.forServer(t.signed(t.answerTimeline)))
	mux.HandleFunc("GET /api/v1/statuses", t.forServer(t.signed(t.answerStatuses)))
	mux.HandleFunc("GET /api/v1/statuses/{id}", t.forServer(t.signed(t.answerStatuses)))
	mux.HandleFunc("GET /api/v1/streaming", t.forServer(t.signed(t.answerStream)))
	mux.HandleFunc("GET /{folder}/{id}", t.forServer(t.answerPage)) // /statuses/ID
}

// serverAnswer answers for the server with this key.
type serverAnswer func(w http.ResponseWriter, r *http.Request, key string)

// forServer finds out which server is meant.
func (t *Town) forServer(answer serverAnswer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, key := range []string{commonsKey, quayKey} {
			if "http://"+r.Host == t.address[key] {
				answer(w, r, key)
				return
			}
		}
		http.NotFound(w, r)
	}
}

// signed asks for the token where the server wants one.
func (t *Town) signed(answer serverAnswer) serverAnswer {
	return func(w http.ResponseWriter, r *http.Request, key string) {
		if key == quayKey && r.Header.Get("Authorization") != "Bearer "+t.commons.secret {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":"This method requires an authenticated user"}`)
			return
		}
		answer(w, r, key)
	}
}

func (t *Town) answerInstance(w http.ResponseWriter, _ *http.Request, key string) {
	access := "public"
	if key == quayKey {
		access = "authenticated"
	}
	answerJSON(w, map[string]any{
		"domain": hostName(key), "title": "An invented server", "version": "4.5.0", "api_versions": map[string]int{"mastodon": 7},
		"configuration": map[string]any{
			"urls":             map[string]any{"streaming": strings.Replace(t.address[key], "http:", "ws:", 1)},
			"timelines_access": map[string]any{"hashtag_feeds": map[string]any{"local": access, "remote": access}},
		},
	})
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(v)
}

// answerTimeline answers one page of posts with one of the hashtags.
func (t *Town) answerTimeline(w http.ResponseWriter, r *http.Request, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := r.URL.Query()
	limit, _ := strconv.Atoi(q.Get("limit"))
	limit = min(max(limit, 20), 40)
	tags := append([]string{r.PathValue("tag")}, q["any[]"]...)
	page := t.commons.page(key, tags, number(q.Get("min_id")), number(q.Get("max_id")), limit)
	out := []map[string]any{}
	for _, p := range page {
		out = append(out, p.status(key))
	}
	if len(page) > 0 { // any[] is left out, as Mastodon does
		at := t.address[key] + r.URL.Path
		w.Header().Set("Link", fmt.Sprintf(`<%s?max_id=%s>; rel="next", <%s?min_id=%s>; rel="prev"`, at, page[len(page)-1].id(key), at, page[0].id(key)))
	}
	w.Header().Set("X-RateLimit-Limit", "300")
	w.Header().Set("X-RateLimit-Remaining", "299")
	w.Header().Set("X-RateLimit-Reset", time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339Nano))
	answerJSON(w, out)
}

func number(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

// page is what a timeline shows between two ids, the newest first: behind
// after the oldest of them, else the newest. Zero bounds nothing.
func (c *commons) page(key string, tags []string, after, before int64, limit int) []*toot {
	var found []*toot
	for _, p := range slices.Backward(c.toots) {
		n := number(p.id(key))
		if p.gone || n <= after || before > 0 && n >= before || !p.tagged(tags) {
			continue
		}
		found = append(found, p)
		if len(found) == limit && after == 0 {
			break
		}
	}
	if after > 0 && len(found) > limit {
		found = found[len(found)-limit:]
	}
	return found
}

func (p *toot) tagged(tags []string) bool {
	return slices.ContainsFunc(p.tags, func(t string) bool { return slices.Contains(tags, t) })
}

// answerStatuses answers one post or several by id.
func (t *Town) answerStatuses(w http.ResponseWriter, r *http.Request, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids, one := r.URL.Query()["id[]"], r.PathValue("id")
	if one != "" {
		ids = []string{one}
	}
	found := []map[string]any{}
	for _, p := range t.commons.toots {
		if !p.gone && slices.Contains(ids, p.id(key)) {
			found = append(found, p.status(key))
		}
	}
	switch {
	case one == "":
		answerJSON(w, found)
	case len(found) == 1:
		answerJSON(w, found[0])
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":"Record not found"}`)
	}
}

// answerPage shows one post to people: links to posts of persons lead here.
func (t *Town) answerPage(w http.ResponseWriter, r *http.Request, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.commons.toots {
		if !p.gone && r.PathValue("folder") == "statuses" && p.id(key) == r.PathValue("id") {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><title>A sample post</title>%s<p><em>%s</em></p>", p.html, Note)
			return
		}
	}
	http.NotFound(w, r)
}

// status is the post as a server shows it.
func (p *toot) status(key string) map[string]any {
	acct := p.by.name
	if p.by.home != key {
		acct += "@" + hostName(p.by.home)
	}
	content, tags := p.html+"<p>", []map[string]string{}
	for _, tag := range p.tags {
		content += fmt.Sprintf(`<a href="https://%s/tags/%s" class="mention hashtag" rel="tag">#<span>%s</span></a> `, hostName(key), tag, tag)
		tags = append(tags, map[string]string{"name": tag})
	}
	s := map[string]any{
		"id": p.id(key), "uri": p.uri(), "url": "https://" + hostName(p.by.home) + "/@" + p.by.name + "/" + p.id(p.by.home),
		"created_at": p.at.Format(time.RFC3339Nano), "edited_at": nil, "visibility": "public", "language": "en", "reblog": nil,
		"sensitive": false, "spoiler_text": "", "content": content + "</p><p><em>" + Note + "</em></p>", "tags": tags, "mentions": []any{},
		"account": map[string]any{
			"username": p.by.name, "acct": acct, "note": "<p>" + p.by.note + "</p>", "bot": p.by.bot,
			"indexable": p.by.indexable, "noindex": false, "discoverable": true,
		},
	}
	if !p.edited.IsZero() {
		s["edited_at"] = p.edited.UTC().Format(time.RFC3339Nano)
	}
	return s
}

// listener is one open stream. What it is too slow for is lost to it, as on
// any server without a memory.
type listener struct {
	key    string
	tags   map[string]bool // guarded by the town's lock
	events chan []byte
}

// answerStream serves a WebSocket until either side ends it.
func (t *Town) answerStream(w http.ResponseWriter, r *http.Request, key string) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	l := &listener{key: key, tags: map[string]bool{}, events: make(chan []byte, 64)}
	t.mu.Lock()
	t.commons.streams[l] = true
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		delete(t.commons.streams, l)
		t.mu.Unlock()
	}()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		defer cancel()
		t.subscribe(ctx, conn, l)
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-l.events:
			if conn.Write(ctx, websocket.MessageText, e) != nil {
				return
			}
		}
	}
}

// subscribe hears which hashtags are wanted.
func (t *Town) subscribe(ctx context.Context, conn *websocket.Conn, l *listener) {
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var ask struct{ Type, Stream, Tag string }
		if json.Unmarshal(b, &ask) == nil && ask.Type == "subscribe" && ask.Stream == "hashtag" {
			t.mu.Lock()
			l.tags[ask.Tag] = true
			t.mu.Unlock()
		}
	}
}

// tell sends what happened to everybody who listens for one of the hashtags.
func (c *commons) tell(p *toot, kind string) {
	for l := range c.streams {
		for _, tag := range p.tags {
			if !l.tags[tag] {
				continue
			}
			payload := p.id(l.key)
			if kind != "delete" {
				b, _ := json.Marshal(p.status(l.key))
				payload = string(b)
			}
			e, _ := json.Marshal(map[string]any{"stream": []string{"hashtag", tag}, "event": kind, "payload": payload})
			select {
			case l.events <- e:
			default:
			}
			break
		}
	}
}
