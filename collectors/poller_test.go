package collectors

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// everyKind runs a test against a peer of each kind.
func everyKind(t *testing.T, test func(t *testing.T, w *world, p peer)) {
	t.Helper()
	if len(peers) != len(Kinds()) {
		t.Errorf("%d kinds, but %d of them in the suite", len(Kinds()), len(peers))
	}
	for kind, newPeer := range peers {
		t.Run(kind, func(t *testing.T) { test(t, newWorld(t), newPeer(t)) })
	}
}

var (
	first1 = post{"1", "One", today.Add(-48 * time.Hour)}
	second = post{"2", "Two", today.Add(-24 * time.Hour)}
)

func TestFirstVisitPublishesEverythingAtOnce(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1, second)
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if w.sink.titles() != "One,Two" || w.sink.count(item.Create) != 2 {
			t.Errorf("the table has %q", w.sink.titles())
		}
		if s.State != StateOK || s.Items != 2 || !s.Newest.Equal(second.date) || s.HTTPStatus != 200 || s.Error != "" {
			t.Errorf("status %+v", s)
		}
		if wait := s.NextVisit.Sub(today); wait < 54*time.Minute || wait > 66*time.Minute {
			t.Errorf("the next visit is in %s, want an hour and a tenth around it", wait)
		}
	})
}

func TestUnchangedSourceIsNotReadAgain(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(time.Hour)
		s := w.again(p.source())
		if s.State != StateUnchanged || s.HTTPStatus != 304 || p.full() != 1 || len(w.sink.puts) != 1 {
			t.Errorf("status %+v, %d bodies, %d items", s, p.full(), len(w.sink.puts))
		}
	})
}

func TestNewAndEditedPostsArePublishedOnce(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(time.Hour)
		p.show(second, first1)
		w.again(p.source())
		w.pass(time.Hour)
		edited := first1
		edited.title = "One, edited"
		p.show(second, edited)
		w.again(p.source())
		w.pass(time.Hour)
		p.show(second) // the window moved on: no delete
		w.again(p.source())
		if w.sink.titles() != "One, edited,Two" || w.sink.count(item.Create) != 2 || w.sink.count(item.Update) != 1 || w.sink.count(item.Delete) != 0 {
			t.Errorf("the table has %q after %+v", w.sink.titles(), w.sink.puts)
		}
		edit := w.sink.puts[2]
		if edit.Version <= w.sink.puts[0].Version || edit.Updated == nil || !edit.Seen.Equal(today) || !edit.Published.Equal(first1.date) {
			t.Errorf("the edit is %+v", edit)
		}
	})
}

func TestUndatedPostKeepsItsFirstDay(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		undated := post{"1", "One", time.Time{}}
		p.show(undated)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(9 * 24 * time.Hour)
		p.show(undated, second)
		w.again(p.source())
		if n := w.sink.count(item.Update); n != 0 {
			t.Errorf("%d edits of a post that did not change", n)
		}
		w.pass(24 * time.Hour)
		undated.title = "One, edited"
		p.show(undated, second)
		w.again(p.source())
		if edit := w.sink.puts[len(w.sink.puts)-1]; edit.Op != item.Update || !edit.Published.Equal(today) {
			t.Errorf("the edit is %+v, want it published at %s", edit, today)
		}
	})
}

func TestDeletedPostIsWithdrawnOnceAndMayComeBack(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1, second)
		w.begin(p.source())
		w.until(p.source(), visited)
		p.show(second)
		p.withdraw("1", "of another source")
		w.again(p.source())
		p.withdraw("1", "of another source", "x") // other bytes, the same deletes
		w.again(p.source())
		if w.sink.titles() != "Two" || w.sink.count(item.Delete) != 1 {
			t.Errorf("the table has %q after %d deletes", w.sink.titles(), w.sink.count(item.Delete))
		}
		p.withdraw()
		p.show(first1, second)
		w.again(p.source())
		if w.sink.titles() != "One,Two" {
			t.Errorf("the table has %q after the post came back", w.sink.titles())
		}
	})
}

func TestKilledBetweenPutAndSave(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		edited := first1
		edited.title = "One, edited"
		p.show(edited, second)
		w.store.losing("cursor.")
		if s := w.again(p.source()); s.State != StateFailing || !strings.Contains(s.Error, "fetched again") {
			t.Errorf("status %+v", s)
		}
		w.store.losing("")
		last := w.sink.puts[1].Version
		edited.title = "One, edited again"
		p.show(edited, second)
		time.Sleep(2 * time.Millisecond) // a restart takes longer than the unit of versions
		w.begin(p.source())
		w.again(p.source())
		if w.sink.titles() != "One, edited again,Two" {
			t.Errorf("the table has %q; the edit after the crash was lost", w.sink.titles())
		}
		if n := len(w.sink.table); n != 2 {
			t.Errorf("%d posts in the table, want 2", n)
		}
		if again := w.sink.puts[len(w.sink.puts)-2].Version; again <= last {
			t.Errorf("version %d after %d", again, last)
		}
	})
}

func TestNothingIsSavedUntilTheSinkConfirms(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1)
		w.sink.breakDown(errors.New("the stream is full"))
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if s.State != StateFailing || s.Items != 0 || !strings.Contains(s.Error, "the stream is full") || s.Failures != 0 {
			t.Errorf("status %+v", s)
		}
		if wait := s.NextVisit.Sub(today); wait != sinkRetry {
			t.Errorf("the next try is in %s, want %s", wait, sinkRetry)
		}
		w.sink.breakDown(nil)
		if s := w.again(p.source()); s.State != StateOK || s.Error != "" || w.sink.titles() != "One" {
			t.Errorf("status %+v, table %q", s, w.sink.titles())
		}
	})
}

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
		"entities":    {body("<!DOCTYPE x [<!ENTITY a 'b'>]><rss/>"), "internal subset"},
		"nothing":     {body(""), "empty"},
		"private":     {http.RedirectHandler("http://10.9.8.7/feed", 302).ServeHTTP, "only public addresses"},
		"circle":      {http.RedirectHandler("/feed", 302).ServeHTTP, "circle"},
		"not for web": {http.RedirectHandler("file:///etc/passwd", 302).ServeHTTP, "not a web address"},
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

// member is a mebibyte of zeros as one gzip member; members may follow each
// other.
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

func TestFailuresBackOffUpToADay(t *testing.T) {
	p := NewPoller(PollerConfig{})
	src := Source{Key: "x"}
	var last time.Duration
	for failures := 1; failures < 40; failures++ {
		wait := p.nextTry(src, failures, today).Sub(today)
		if wait < last || wait > 27*time.Hour {
			t.Errorf("after %d failures %s, before %s", failures, wait, last)
		}
		last = wait
	}
	if last < 21*time.Hour {
		t.Errorf("at last %s, want about a day", last)
	}
	src.Interval = time.Second
	if wait := p.nextTry(src, 1, today).Sub(today); wait > 2*time.Second {
		t.Errorf("a source of every second is tried again after %s", wait)
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

func TestRateLimitIsObeyedAlsoAfterARestart(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.fail(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Retry-After", "7200")
			rw.WriteHeader(http.StatusTooManyRequests)
		})
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if want := today.Add(2 * time.Hour); !s.NextVisit.Equal(want) || !strings.Contains(s.Error, "14:00 UTC") {
			t.Errorf("status %+v, want the next visit at %s", s, want)
		}
		p.heal()
		p.show(first1)
		w.pass(time.Hour)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.poller.Visit(p.source().Key) // not even when a person asks
		w.until(p.source(), func(s Status) bool { return strings.Contains(s.Notice, "asked for a pause") })
		if p.requests() != 1 {
			t.Errorf("%d requests before the pause was over", p.requests())
		}
		w.pass(61 * time.Minute)
		if s := w.again(p.source()); s.State != StateOK || p.requests() != 2 || s.Notice != "" {
			t.Errorf("%d requests, status %+v", p.requests(), s)
		}
	})
}

func TestStartVisitsOnlyWhatIsDue(t *testing.T) {
	everyKind(t, func(t *testing.T, w *world, p peer) {
		p.show(first1)
		w.begin(p.source())
		w.until(p.source(), visited)
		w.pass(10 * time.Minute)
		fresh := peers[p.source().Kind](t)
		w.begin(p.source(), fresh.source())
		w.until(fresh.source(), visited)
		if p.requests() != 1 {
			t.Errorf("%d requests: a source that was not due was visited", p.requests())
		}
		if s := w.status(p.source()); s.State != StateOK || s.Items != 1 || s.LastVisit.IsZero() {
			t.Errorf("the status did not survive: %+v", s)
		}
		w.pass(2 * time.Hour)
		w.begin(p.source(), fresh.source())
		w.until(p.source(), func(s Status) bool { return s.Visits == 2 })
	})
}

func TestServerMayAskForLongerPauses(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "max-age=36000")
		rw.Header().Set("ETag", `"a"`)
		io.WriteString(rw, `<rss><channel><title>t</title><ttl>60</ttl></channel></rss>`)
	})
	w.begin(p.source())
	if s := w.until(p.source(), visited); !s.NextVisit.Equal(today.Add(10 * time.Hour)) {
		t.Errorf("max-age: next visit %s", s.NextVisit)
	}
	p.fail(body(`<rss><channel><title>t</title><ttl>300</ttl></channel></rss>`))
	if s := w.again(p.source()); !s.NextVisit.Equal(today.Add(5 * time.Hour)) {
		t.Errorf("ttl: next visit %s", s.NextVisit)
	}
	p.fail(body(`<rss><channel><title>t</title><ttl>99999</ttl></channel></rss>`))
	if s := w.again(p.source()); !s.NextVisit.Equal(today.Add(24 * time.Hour)) {
		t.Errorf("a day is the longest: next visit %s", s.NextVisit)
	}
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

func TestSourcesAreReplacedWhileRunning(t *testing.T) {
	w := newWorld(t)
	a, b := newFeedPeer(t), newFeedPeer(t)
	a.show(first1)
	b.show(second)
	w.begin(a.source())
	w.until(a.source(), visited)
	paused := a.source()
	paused.Paused = true
	w.poller.SetSources([]Source{paused, b.source()})
	w.until(b.source(), visited)
	if s := w.status(a.source()); s.State != StatePaused || s.Items != 1 {
		t.Errorf("status %+v", s)
	}
	w.poller.SetSources([]Source{b.source()})
	if n := len(w.poller.Statuses()); n != 1 {
		t.Errorf("%d statuses, want 1", n)
	}
	moved := a.source()
	moved.Key = b.source().Key // the same source at a new address
	w.poller.SetSources([]Source{moved})
	w.until(moved, func(s Status) bool { return s.Visits == 1 && s.State == StateOK })
	if w.sink.titles() != "One,Two" {
		t.Errorf("the table has %q", w.sink.titles())
	}
}

func TestChangedIntervalCounts(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	src := p.source()
	src.Interval = 20 * time.Hour
	w.begin(src)
	w.until(src, visited)
	src.Interval = 10 * time.Minute
	w.pass(time.Hour)
	w.begin(src)
	w.until(src, func(s Status) bool { return s.Visits == 2 })
	src.Interval = 20 * time.Hour
	w.poller.SetSources([]Source{src})
	if next := w.status(src).NextVisit; next.Before(today.Add(18 * time.Hour)) {
		t.Errorf("next visit %s", next)
	}
}

func TestClockThatWasSetBackDoesNotStopVisits(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	w.begin(p.source())
	w.until(p.source(), visited)
	w.pass(-400 * 24 * time.Hour)
	w.begin(p.source())
	w.until(p.source(), func(s Status) bool { return s.Visits == 2 })
}

func TestStopDoesNotCountAsAFailure(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	began := make(chan struct{}, 1)
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		began <- struct{}{}
		<-r.Context().Done()
	})
	w.begin(p.source())
	<-began
	w.end()
	if s := w.status(p.source()); s.State != StateWaiting || s.Failures != 0 || s.Visits != 0 {
		t.Errorf("status %+v", s)
	}
}

func TestDamagedStateStartsAfreshAndDamagedCursorSaysSo(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.show(first1)
	w.store.values[stateKey(p.source())] = []byte("{")
	w.store.values[cursorKey(p.source())] = []byte("nonsense")
	w.begin(p.source())
	if s := w.until(p.source(), visited); s.State != StateFailing || !strings.Contains(s.Error, "delete it") {
		t.Errorf("status %+v", s)
	}
}

func TestMetricsCountVisitsItemsAndBytes(t *testing.T) {
	p := newFeedPeer(t)
	p.show(first1, second)
	w, registry := newWorld(t), prometheus.NewRegistry()
	client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
	w.poller = NewPoller(PollerConfig{Sources: []Source{p.source()}, Sink: w.sink, Cursors: w.store, Client: client, Metrics: registry})
	go w.poller.Run(t.Context())
	w.until(p.source(), visited)
	w.again(p.source())
	got := gather(t, registry)
	for name, want := range map[string]float64{
		"vantage_collector_visits_total feed ok": 1, "vantage_collector_visits_total feed unchanged": 1,
		"vantage_collector_items_total feed create": 2, "vantage_collector_visits_running": 0,
	} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v in %v", name, got[name], want, got)
		}
	}
	if got["vantage_collector_bytes_total feed"] < 300 {
		t.Errorf("bytes: %v", got)
	}
}

// gather returns the counters and gauges by name and label values.
func gather(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return out
}

func TestStatusIsPlainJSON(t *testing.T) {
	b, err := json.Marshal(Status{Source: "x", State: StateWaiting})
	if err != nil || string(b) != `{"source":"x","state":"waiting"}` {
		t.Errorf("%s, %v", b, err)
	}
}
