package collectors

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

func TestBrokenSourceExplainsItselfAndOthersGoOn(t *testing.T) {
	large := func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 1<<20); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"no server":   {func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "closed the connection"},
		"500":         {status(500), "500"},
		"404":         {status(404), "new address"},
		"403":         {status(403), "ask its owner"},
		"slow":        {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer came within 3s"},
		"stalled":     {func(w http.ResponseWriter, r *http.Request) { say(w, "<feed>"); <-r.Context().Done() }, "stalled"},
		"never-ends":  {drip, "still coming after 3s"},
		"announced":   {func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "104857600") }, "100.0 MiB"},
		"large":       {large, "MiB or more"},
		"bomb":        {bomb, "100 times"},
		"page":        {body("<html><head><link rel=alternate type='application/rss+xml' href='/rss'></head>hello"), "/rss"},
		"truncated":   {body("<rss><channel><item><title>x"), "breaks off"},
		"broken":      {body("<rss><channel></wrong></rss"), "breaks off"},
		"nothing":     {body(""), "empty"},
		"private":     {http.RedirectHandler("http://10.9.8.7/feed", http.StatusFound).ServeHTTP, "only public addresses"},
		"circle":      {http.RedirectHandler("/feed", http.StatusFound).ServeHTTP, "circle"},
		"not for web": {http.RedirectHandler("file:///etc/passwd", http.StatusFound).ServeHTTP, "not a web address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, other := newFeedPeer(t), newFeedPeer(t)
			p.fail(test.answer)
			other.show(first1)
			w.begin(p.source(), other.source())
			s := w.until(p.source(), visited)
			if s.State != StateFailing || s.Failures != 1 || !strings.Contains(s.Error, test.says) || strings.Contains(s.Error, "\n") {
				t.Errorf("status %+v, want it to say %q", s, test.says)
			}
			if !s.NextVisit.After(today) || s.NextVisit.After(today.Add(10*time.Minute)) {
				t.Errorf("next visit %s", s.NextVisit)
			}
			if o := w.until(other.source(), visited); o.State != StateOK {
				t.Errorf("the other source is %+v", o)
			}
			p.heal()
			p.show(second)
			if s := w.again(p.source()); s.State != StateOK || s.Error != "" || s.Failures != 0 {
				t.Errorf("after it was repaired: %+v", s)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

func body(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s) }
}

func say(w http.ResponseWriter, s string) {
	io.WriteString(w, s)
	w.(http.Flusher).Flush()
}

func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		say(w, "<rss>")
		time.Sleep(20 * time.Millisecond)
	}
}

var member = func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, 1<<20))
	z.Close()
	return b.Bytes()
}()

func bomb(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	for range 1000 {
		if _, err := w.Write(member); err != nil {
			return
		}
	}
}

func TestGoneSourceStopsForGoodAlsoAfterARestart(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.fail(status(410))
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if s.State != StateStopped || !s.NextVisit.IsZero() || !strings.Contains(s.Error, "gone for good") {
			t.Errorf("status %+v", s)
		}
		other := newFeedPeer(t)
		w.pass(48 * time.Hour)
		w.begin(p.source(), other.source())
		w.until(other.source(), visited)
		if p.requests() != 1 || w.status(p.source()).State != StateStopped {
			t.Errorf("%d requests, status %+v", p.requests(), w.status(p.source()))
		}
		p.heal()
		p.show(first1)
		if s := w.again(p.source()); s.State != StateOK {
			t.Errorf("when a person asks for it: %+v", s)
		}
	})
}

func TestPermanentRedirectIsBelievedTheSecondTime(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		switch p.(type) {
		case *apiPeer, *mastodonPeer:
			return // an API has one documented address, and its token goes nowhere else
		}
		target := peers[p.source().Kind](t)
		target.show(first1)
		p.moveTo(target, true)
		w.begin(p.source())
		w.until(p.source(), visited)
		s := w.again(p.source())
		if s.Address != target.source().URL || p.requests() != 2 {
			t.Errorf("after two visits: %d requests, status %+v", p.requests(), s)
		}
		w.begin(p.source())
		if s = w.again(p.source()); p.requests() != 2 || target.requests() != 3 || s.State != StateUnchanged {
			t.Errorf("third visit: %d and %d requests, status %+v", p.requests(), target.requests(), s)
		}
		if w.sink.count(item.Create) != 1 {
			t.Errorf("the move published %d items", w.sink.count(item.Create))
		}
		target.fail(status(404))
		w.again(p.source())
		p.heal()
		p.show(first1)
		if s = w.again(p.source()); s.State == StateFailing || s.Address != "" {
			t.Errorf("when the new address is lost the old one is asked again: %+v", s)
		}
	})
}

func TestTemporaryRedirectIsNotRemembered(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		target := peers[p.source().Kind](t)
		p.moveTo(target, false)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.again(p.source())
		if s := w.again(p.source()); s.Address != "" || p.requests() != 3 {
			t.Errorf("%d requests, status %+v", p.requests(), s)
		}
	})
}

func TestSameBytesAreNotParsedTwice(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.fail(body(`<rss><channel><title>t</title><item><title>x</title><guid>1</guid></item></channel></rss>`)) // no validators
	w.begin(p.source())
	w.until(p.source(), visited)
	w.end()
	// A memory without entries shows whether the feed is parsed: then its
	// entry would be new.
	s, err := loadState(w.store.values[cursorKey(p.source())], p.source().URL)
	if err != nil {
		t.Fatal(err)
	}
	clear(s.known)
	w.store.values[cursorKey(p.source())] = s.encode()
	w.begin(p.source())
	if s := w.again(p.source()); s.State != StateUnchanged || s.HTTPStatus != 200 || len(w.sink.puts) != 1 {
		t.Errorf("status %+v, %d items", s, len(w.sink.puts))
	}
}

func TestTruncatedFeedIsAskedForAgainAsAWhole(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	whole := `<rss><channel><title>t</title><item><title>One</title><guid>1</guid></item><item><title>Two</title><guid>2</guid></item></channel></rss>`
	shown := whole[:strings.Index(whole, "Two")]
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") == `"a"` {
			rw.WriteHeader(http.StatusNotModified)
			return
		}
		rw.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		io.WriteString(rw, shown)
		shown = whole
	})
	w.begin(p.source())
	if s := w.until(p.source(), visited); s.State != StateOK || !strings.Contains(s.Notice, "broke off") || w.sink.titles() != "One" {
		t.Errorf("status %+v, table %q", s, w.sink.titles())
	}
	if s := w.again(p.source()); s.Notice != "" || w.sink.titles() != "One,Two" {
		t.Errorf("status %+v, table %q", s, w.sink.titles())
	}
}

func TestGuidsThatAreNotUniqueAreGivenUpForGood(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	entry := func(n string) string {
		return `<item><title>` + n + `</title><guid>https://s.example/all</guid><link>https://s.example/` + n + `</link></item>`
	}
	p.fail(body(`<rss><channel><title>t</title>` + entry("1") + entry("2") + `</channel></rss>`))
	w.begin(p.source())
	w.until(p.source(), visited)
	p.fail(body(`<rss><channel><title>t</title>` + entry("2") + `</channel></rss>`))
	w.again(p.source())
	if w.sink.titles() != "1,2" || len(w.sink.puts) != 2 {
		t.Errorf("the table has %q after %d items", w.sink.titles(), len(w.sink.puts))
	}
}
