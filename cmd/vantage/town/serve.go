package town

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/collectors/item"
)

// Keys of the feeds that show what goes wrong in real life.
const (
	brokenKey = "broken-gazette"
	slowKey   = "slow-gazette"
	goneKey   = "closed-diary"
	movedKey  = "moved-notebook"
)

// slowBy is how long the slow feed thinks before it answers.
const slowBy = 4 * time.Second

// feed is one body's feed; the town's lock guards it.
type feed struct {
	body  *body
	posts []post // newest first
	page  []byte // as served; nil when it has to be made anew
	etag  string
}

// maxShown is how many posts a feed shows at most: more than half a year has,
// so that only a town that runs for days lets its oldest posts drop out.
const maxShown = 400

func (f *feed) add(p post) {
	f.posts = append([]post{p}, f.posts[:min(len(f.posts), maxShown-1)]...)
	f.page = nil
}

// changed is when the feed last changed.
func (f *feed) changed() time.Time {
	var at time.Time
	for _, p := range f.posts {
		for _, u := range []time.Time{p.Published, p.Updated} {
			if u.After(at) {
				at = u
			}
		}
	}
	return at.Truncate(time.Second)
}

// serve opens one listener for each publisher, because a polite collector
// leaves a gap between visits to one host and port.
func (t *Town) serve(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{slug}/feed", t.answer)
	mux.HandleFunc("GET /"+brokenKey+"/feed", answerBroken)
	mux.HandleFunc("GET /"+slowKey+"/feed", t.answerSlow)
	mux.HandleFunc("GET /"+goneKey+"/feed", answerGone)
	mux.HandleFunc("GET /"+movedKey+"/feed", t.answerMoved)
	t.handleCommons(mux)
	mux.HandleFunc("GET /subscribe", t.answerSky)
	t.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog: slog.NewLogLogger(t.log.Handler(), slog.LevelWarn),
	}
	keys := []string{brokenKey, slowKey, goneKey, movedKey, commonsKey, quayKey, skyKey}
	for _, f := range t.feeds {
		keys = append(keys, f.body.slug)
	}
	for _, key := range keys {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("town: open a loopback port for %s: %w", key, err)
		}
		t.address[key] = "http://" + l.Addr().String()
		t.done.Add(1)
		go func() {
			defer t.done.Done()
			if err := t.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				t.log.Error("sample feed stopped", slog.String("source", key), slog.Any("err", err))
			}
		}()
	}
	t.done.Add(1)
	go func() {
		defer t.done.Done()
		<-ctx.Done()
		t.server.Close()
	}()
	return nil
}

func (t *Town) answer(w http.ResponseWriter, r *http.Request) {
	f, ok := t.bySlug[r.PathValue("slug")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	page, etag, changed, err := t.render(f)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("ETag", etag)
	w.Header().Set("Content-Type", mediaTypes[f.body.format])
	http.ServeContent(w, r, "", changed, strings.NewReader(page))
}

// render returns the feed as it is served, made anew only after a change.
func (t *Town) render(f *feed) (page, etag string, changed time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.page == nil {
		if f.page, err = formats[f.body.format](f); err != nil {
			return "", "", time.Time{}, fmt.Errorf("feed %s: %w", f.body.slug, err)
		}
		sum := sha256.Sum256(f.page)
		f.etag = `"` + hex.EncodeToString(sum[:8]) + `"`
	}
	return string(f.page), f.etag, f.changed(), nil
}

// answerBroken is what many a moved site answers: a page instead of a feed.
func answerBroken(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, "<!doctype html><title>Welcome</title><p>Our news have a new home. This is an invented sample page.</p>")
}

func answerGone(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "this sample feed has ended", http.StatusGone)
}

// answerSlow answers as the first press feed does, but late.
func (t *Town) answerSlow(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
		return
	case <-time.After(slowBy):
	}
	r.SetPathValue("slug", t.elsewhere(item.Press).slug)
	t.answer(w, r)
}

// answerMoved sends visitors on for good to the first blog.
func (t *Town) answerMoved(w http.ResponseWriter, r *http.Request) {
	to := t.elsewhere(item.Civic).slug
	http.Redirect(w, r, t.address[to]+"/"+to+"/feed", http.StatusMovedPermanently)
}

// elsewhere is the body whose posts the slow and the moved feed show.
func (t *Town) elsewhere(class item.Class) *body {
	for _, b := range t.bodies {
		if b.class == class {
			return b
		}
	}
	return t.fresh
}

// oddSources are the feeds with which something is the matter. The slow and
// the moved one show posts that stand in another feed as well, which are one
// item each with two channels.
func (t *Town) oddSources() []collectors.Source {
	var all []collectors.Source
	for key, b := range map[string]body{
		brokenKey: {Name: "Broken Gazette", slug: brokenKey, class: item.Press},
		slowKey:   *t.elsewhere(item.Press),
		goneKey:   {Name: "Closed Diary", slug: goneKey, class: item.Civic},
		movedKey:  *t.elsewhere(item.Civic),
	} {
		s := t.source(&b, key)
		s.Lang = "en"
		switch key {
		case slowKey:
			s.Name = b.Name + ", slow mirror (sample)"
		case movedKey:
			s.Name = b.Name + ", old address (sample)"
		}
		all = append(all, s)
	}
	sortSources(all)
	return all
}
