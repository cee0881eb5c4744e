package collectors

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

// listening begins a world that follows the peer, and waits for the stream.
func listening(t *testing.T) (*world, *mastodonPeer, Source) {
	w, p := newWorld(t), newMastodonPeer(t)
	p.ask("a-secret-token")
	src := p.source()
	p.put(p.status(today.Add(-time.Hour), 1, "One"))
	w.begin(src)
	w.open(p, src)
	return w, p, src
}

// open waits until the peer is listened to and was asked for what came before.
func (w *world) open(p *mastodonPeer, src Source) {
	w.t.Helper()
	w.until(src, func(s Status) bool { return s.Following && p.listeners() == 1 && p.subscribed() != "" })
	w.until(src, func(Status) bool {
		asked := 0
		p.locked(func() {
			for _, a := range p.asked {
				if strings.Contains(a, "min_id") {
					asked++
				}
			}
		})
		return asked > 0
	})
}

// shows waits until the table has these titles.
func (w *world) shows(src Source, titles string) {
	w.t.Helper()
	w.until(src, func(Status) bool { return w.sink.titles() == titles })
}

func TestHashtagStreamBringsPostsEditsAndDeletes(t *testing.T) {
	w, p, src := listening(t)
	if got := p.subscribed(); got != "hashtag localgov" {
		t.Errorf("subscribed to %q", got)
	}
	two := p.status(today.Add(-time.Minute), 2, "Two")
	p.tell("update", two)
	w.shows(src, "One,Two")
	two["content"] = "<p>Two, edited</p>"
	p.tell("status.update", two)
	p.tell("status.update", p.status(today.Add(-40*24*time.Hour), 3, "Edit of an unknown post"))
	p.tell("notification", toot{"id": "1"})
	p.tell("update", "not JSON")
	p.send([]byte(`{"stream":[[[`))
	p.tell("update", p.status(today.Add(-40*24*time.Hour), 4, "Late or lying"))
	w.shows(src, "Edit of an unknown post,Late or lying,One,Two, edited")
	for _, it := range w.sink.puts {
		switch it.Text {
		case "Edit of an unknown post":
			if it.Op != item.Create || !it.Published.Equal(today.Add(-40*24*time.Hour)) {
				t.Errorf("the edit of an unknown post is %+v", it)
			}
		case "Late or lying":
			if !it.Published.Equal(today) {
				t.Errorf("an old date that came over the stream is believed: %s", it.Published)
			}
		case "Two, edited":
			if it.Op != item.Update || it.Updated == nil {
				t.Errorf("the edit is %+v", it)
			}
		}
	}
	p.tell("delete", two["id"])
	p.tell("delete", "99")
	w.shows(src, "Edit of an unknown post,Late or lying,One")
	if w.sink.count(item.Delete) != 1 {
		t.Errorf("%d deletes", w.sink.count(item.Delete))
	}
}

// TestHashtagStreamThatBreaksLosesNothing publishes while nobody listens.
func TestHashtagStreamThatBreaksLosesNothing(t *testing.T) {
	w, p, src := listening(t)
	for i := range 3 {
		p.hangUp()
		p.put(p.status(today.Add(-time.Duration(30-i)*time.Second), 10+i, postNo(i)))
		w.until(src, func(s Status) bool { return !s.Following })
		p.locked(func() { p.asked, p.subs = nil, nil })
		w.begin(src)
		w.poller.Visit(src.Key)
		w.open(p, src)
	}
	w.shows(src, "One,Post 000,Post 001,Post 002")
	if len(w.sink.puts) != 4 {
		t.Errorf("%d items", len(w.sink.puts))
	}
}

func TestStreamedPostIsNotTakenTwice(t *testing.T) {
	w, p, src := listening(t)
	two := p.status(today.Add(-time.Minute), 2, "Two")
	p.put(two)
	p.tell("update", two)
	w.shows(src, "One,Two")
	p.locked(func() { p.asked, p.subs = nil, nil })
	w.begin(src)
	w.open(p, src)
	if len(w.sink.puts) != 2 {
		t.Errorf("%d items", len(w.sink.puts))
	}
}

func TestRefusedStreamSaysWhyAndMissingOneIsDoneWithout(t *testing.T) {
	w, p := newWorld(t), newMastodonPeer(t)
	p.ask("a-secret-token")
	src := p.source()
	p.put(p.status(today.Add(-time.Hour), 1, "One"))
	refuse := func(code int) {
		p.fail(func(rw http.ResponseWriter, r *http.Request) {
			switch {
			case strings.Contains(r.URL.Path, "streaming"):
				rw.WriteHeader(code)
			case strings.Contains(r.URL.Path, "instance"):
				answerJSON(rw, p.instance)
			default:
				p.timeline(rw, r)
			}
		})
	}
	refuse(http.StatusUnauthorized)
	w.begin(src)
	s := w.until(src, func(s Status) bool { return s.Error != "" })
	if !strings.Contains(s.Error, "does not take the token") || strings.Contains(s.Error, "a-secret-token") {
		t.Errorf("status %+v", s)
	}
	refuse(http.StatusNotFound)
	w.poller.Visit(src.Key)
	s = w.until(src, func(s Status) bool { return s.Following && s.Notice != "" })
	if !strings.Contains(s.Notice, "does not stream hashtags (404)") || w.sink.titles() != "One" {
		t.Errorf("status %+v", s)
	}
}

func TestStreamHostComesFromTheInstance(t *testing.T) {
	w, p, elsewhere := newWorld(t), newMastodonPeer(t), newMastodonPeer(t)
	p.ask("a-secret-token")
	elsewhere.secret = "a-secret-token"
	p.instance["configuration"] = elsewhere.instance["configuration"]
	src := p.source()
	w.begin(src)
	w.until(src, func(s Status) bool { return s.Following && elsewhere.listeners() == 1 })
	if p.listeners() != 0 || slices.ContainsFunc(p.paths(), func(s string) bool { return strings.Contains(s, "streaming") }) {
		t.Error("the front page was asked for the stream")
	}
}
