package collectors

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

func TestStreamFirstVisitTakesWhatIsSaidFromNowOn(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		p.says(anna, "old", "Said before we came #localgov")
		src := w.listen(p)
		p.says(anna, "1", "Bins by app #LocalGov")
		p.says(ben, "2", "No tag, no place here")
		p.says(ben, "3", "Another tag #gardening")
		w.holds("Bins by app #LocalGov")
		it := w.sink.puts[0]
		if it.Op != item.Create || it.Class != item.Person || it.AuthorKind != "person" || it.Lang != "en" || strings.Join(it.Hashtags, ",") != "localgov" {
			t.Errorf("the item is %+v", it)
		}
		if strings.Contains(it.ID+it.Publisher+it.AuthorRef, "plc") || it.Publisher != it.AuthorRef || it.ID == it.AuthorRef {
			t.Errorf("the person can be read in %q, %q, %q", it.ID, it.Publisher, it.AuthorRef)
		}
		if s := w.status(src); s.State != StateOK || !s.Following || s.HTTPStatus != 101 || s.Items != 1 {
			t.Errorf("status %+v", s)
		}
		asked, _ := url.ParseQuery(p.asked[len(p.asked)-1])
		if asked.Get("cursor") != "" || asked.Get("maxMessageSizeBytes") != "1048576" {
			t.Errorf("asked %v", asked)
		}
	})
}

func TestStreamEditsDeletesAndClosedAccounts(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		w.listen(p)
		p.says(anna, "1", "One #localgov")
		p.says(anna, "2", "Two #localgov")
		p.says(ben, "3", "Three #localgov")
		w.holds("One #localgov,Three #localgov,Two #localgov")
		p.edits(anna, "1", "One, without its tag") // an edit of a known post counts, whatever it says
		p.edits(anna, "9", "Tagged later #localgov")
		p.edits(anna, "8", "No concern of ours")
		p.removes(anna, "2")
		p.removes(anna, "7") // never published
		w.holds("One, without its tag,Tagged later #localgov,Three #localgov")
		p.closes(ben, "deactivated")
		p.closes("did:plc:stranger", "deleted")
		p.happen(anna, "account", map[string]any{"active": true, "did": anna, "seq": 2})
		p.happen(anna, "account", map[string]any{"active": false, "status": "throttled", "did": anna, "seq": 3})
		w.holds("One, without its tag,Tagged later #localgov")
		if w.events(item.Update) != 2 || w.events(item.Delete) != 1 || w.events(item.AuthorGone) != 1 {
			t.Errorf("%d edits, %d deletes, %d closed accounts, want 2, 1, 1", w.events(item.Update), w.events(item.Delete), w.events(item.AuthorGone))
		}
		p.says(ben, "4", "Back again #localgov")
		w.holds("Back again #localgov,One, without its tag,Tagged later #localgov")
	})
}

// TestStreamAccountThatClosesInTheMillisecondOfItsPost: versions count
// milliseconds, events come in microseconds.
func TestStreamOrderWithinAMillisecond(t *testing.T) {
	w := newWorld(t)
	p := newJetPeer(t, 1)
	w.listen(p)
	quick := func(us int64, kind string, body map[string]any) {
		p.locked(func() { p.log = append(p.log, jetEntry{us: us, v1: frameV1(anna, kind, us, body)}) })
	}
	commit := func(operation, text string) map[string]any {
		b := map[string]any{"operation": operation, "collection": postCollection, "rkey": "1"}
		if text != "" {
			b["record"] = map[string]any{"text": text}
		}
		return b
	}
	at := today.UnixMicro()
	quick(at, "commit", commit("create", "One #localgov"))
	quick(at+1, "commit", commit("update", "One, edited #localgov"))
	w.holds("One, edited #localgov")
	quick(at+2, "commit", commit("delete", ""))
	w.holds("")
	quick(at+3, "commit", commit("create", "One again #localgov"))
	w.holds("One again #localgov")
	quick(at+4, "account", map[string]any{"active": false, "status": "deleted"})
	w.waitFor("the closed account", func() bool { return w.events(item.AuthorGone) == 1 })
}

func TestStreamGoesOnWhereItEndedAlsoAfterARestart(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		p.says(ben, "2", "Two #localgov")
		w.holds("One #localgov,Two #localgov")
		w.settled(p, src)
		w.end()
		p.bustles(20)
		p.says(anna, "3", "Three, while nobody listened #localgov")
		p.removes(ben, "2")
		p.bustles(20)
		w.listen(p)
		w.holds("One #localgov,Three, while nobody listened #localgov")
		w.settled(p, src)
		if n := len(w.sink.puts); n != 4 {
			t.Errorf("%d items were published, want 4: nothing twice", n)
		}
		if w.events(item.Gap) != 0 {
			t.Error("a gap was told where nothing was missed")
		}
	})
}

func TestStreamKilledBetweenPutAndSave(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		p.says(ben, "2", "Two #localgov")
		w.holds("One #localgov,Two #localgov")
		w.settled(p, src)
		w.store.losing("cursor.") // what is published from here on is not saved
		p.says(anna, "3", "Three #localgov")
		p.edits(anna, "1", "One, edited #localgov")
		p.removes(ben, "2")
		p.says(ben, "4", "Four #localgov")
		w.waitFor("a save that is lost", func() bool { return strings.Contains(w.status(src).Error, "fetched again") })
		w.end()
		w.store.losing("")
		p.closes(ben, "takendown")
		w.listen(p)
		w.holds("One, edited #localgov,Three #localgov")
		w.settled(p, src)
		want := map[item.Op]int{item.Create: 4, item.Update: 1, item.Delete: 1, item.AuthorGone: 1}
		for op, n := range want {
			if got := w.events(op); got != n {
				t.Errorf("%s: %d different messages, want %d", op, got, n)
			}
		}
	})
}

func TestStreamSavesNothingUntilTheSinkConfirms(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.bustles(3)
		w.settled(p, src)
		w.sink.breakDown(errors.New("the stream is full"))
		p.says(anna, "1", "One #localgov")
		s := w.until(src, func(s Status) bool { return s.State == StateFailing })
		if !strings.Contains(s.Error, "the stream is full") || s.Failures != 0 {
			t.Errorf("status %+v", s)
		}
		w.sink.breakDown(nil)
		w.poller.Visit(src.Key)
		w.holds("One #localgov")
	})
}

func TestStreamThatBreaksLosesNothing(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		p.locked(func() { p.cut = 97 })
		w.listen(p)
		var want []string
		for i := range 200 {
			p.says(anna, fmt.Sprint(i), fmt.Sprintf("Post %03d #localgov", i))
			want = append(want, fmt.Sprintf("Post %03d #localgov", i))
			if i%10 == 0 {
				p.bustles(1)
			}
		}
		w.holds(strings.Join(want, ","))
		if w.events(item.Create) != 200 {
			t.Errorf("%d different messages for 200 posts", w.events(item.Create))
		}
		if p.requests() < 3 {
			t.Errorf("%d connections; the stream never broke", p.requests())
		}
	})
}

// TestStreamForgetsAndAGapIsTold: what the server no longer had is a gap, from
// the last event before to the first after it.
func TestStreamThatForgotIsAGap(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		p.bustles(5)
		w.settled(p, src)
		var last time.Time
		p.locked(func() { last = p.clock })
		w.end()
		p.says(anna, "2", "Two, which the server forgot #localgov")
		p.locked(func() { p.clock = p.clock.Add(40 * time.Hour); p.oldest = p.clock.UnixMicro() })
		w.pass(40 * time.Hour)
		p.says(anna, "3", "Three #localgov")
		w.listen(p)
		w.holds("One #localgov,Three #localgov")
		if w.events(item.Gap) != 1 {
			t.Fatalf("%d gaps, want 1", w.events(item.Gap))
		}
		gap := w.sink.puts[1]
		if gap.Op != item.Gap || !gap.GapFrom.Equal(last) || !gap.GapTo.Equal(last.Add(40*time.Hour+2*time.Second)) || gap.Source != src.Key {
			t.Errorf("the gap is %s to %s of %+v, want from %s", gap.GapFrom, gap.GapTo, gap, last)
		}
		w.settled(p, src)
		w.listen(p)
		w.settled(p, src)
		if w.events(item.Gap) != 1 {
			t.Errorf("%d gaps after a restart, want 1", w.events(item.Gap))
		}
		if lull := w.skyCursor(src).head.Lull; lull > skyHole {
			t.Errorf("the gap counts as a silence of %d s, which would hide the next one", lull/1e6)
		}
	})
}

// TestQuietStreamIsNoGap: a small server may be silent for longer than a
// minute.
func TestQuietStreamIsNoGap(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		for i := range 5 {
			p.locked(func() { p.clock = p.clock.Add(20 * time.Minute) })
			w.pass(20 * time.Minute)
			p.says(anna, fmt.Sprint(i), "Now and then #localgov")
		}
		w.settled(p, src)
		w.end()
		p.locked(func() { p.clock = p.clock.Add(40 * time.Minute) })
		w.pass(40 * time.Minute)
		p.says(anna, "6", "At last #localgov")
		w.listen(p)
		w.settled(p, src)
		if w.events(item.Gap) != 0 || w.events(item.Create) != 6 {
			t.Errorf("%d gaps, %d posts, want 0 and 6", w.events(item.Gap), w.events(item.Create))
		}
	})
}

// ahead lets the server date what f says in the future.
func (p *jetPeer) ahead(f func()) {
	const wrong = 30_000 * time.Hour
	p.locked(func() { p.clock = p.clock.Add(wrong) })
	f()
	p.locked(func() { p.clock = p.clock.Add(-wrong) })
}

func TestEventFromTheFutureDoesNotMoveTheStream(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		p.ahead(func() { p.says(anna, "2", "Two, years ahead #localgov") })
		p.says(anna, "3", "Three #localgov")
		p.ahead(func() { p.edits(anna, "1", "One, edited #localgov") })
		p.removes(anna, "3")
		p.ahead(func() { p.says(anna, "5", "Five #localgov") })
		w.holds("Five #localgov,One, edited #localgov,Two, years ahead #localgov")
		p.removes(anna, "5")
		w.holds("One, edited #localgov,Two, years ahead #localgov")
		w.settled(p, src)
		w.end()
		p.says(anna, "4", "Four, while nobody listened #localgov")
		p.removes(anna, "2")
		w.listen(p)
		w.holds("Four, while nobody listened #localgov,One, edited #localgov")
		if w.events(item.Gap) != 0 {
			t.Errorf("%d gaps", w.events(item.Gap))
		}
	})
}

func TestStreamWhoseFirstEventIsFromTheFutureShowsItsGap(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		w.settled(p, src)
		w.end()
		p.locked(func() { p.clock = p.clock.Add(40 * time.Hour); p.oldest = p.clock.UnixMicro() })
		w.pass(40 * time.Hour)
		p.ahead(func() { p.says(anna, "2", "Two #localgov") })
		p.says(anna, "3", "Three #localgov")
		w.listen(p)
		w.holds("One #localgov,Three #localgov,Two #localgov")
		if w.events(item.Gap) != 1 {
			t.Fatalf("%d gaps, want 1", w.events(item.Gap))
		}
		for _, it := range w.sink.puts {
			if it.Op == item.Gap && it.GapTo.After(p.clock) {
				t.Errorf("the gap ends at %s", it.GapTo)
			}
		}
	})
}

func TestStreamComesBackFromAPlaceInTheFuture(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		w.settled(p, src)
		w.end()
		s := w.skyCursor(src)
		s.head.Time = today.AddDate(3, 0, 0).UnixMicro()
		if err := w.store.Save(t.Context(), cursorKey(src), s.encode()); err != nil {
			t.Fatal(err)
		}
		p.locked(func() { p.clock = today })
		w.listen(p)
		p.says(anna, "2", "Two #localgov")
		w.holds("One #localgov,Two #localgov")
		w.settled(p, src)
	})
}

// TestServerWhoseClockIsWrong: the place in the stream goes with our clock, and
// one warning is enough.
func TestServerWhoseClockIsWrong(t *testing.T) {
	now, log := today, &bytes.Buffer{}
	b := newBluesky(Deps{Now: func() time.Time { return now }, Key: []byte("k"), Log: slog.New(slog.NewTextHandler(log, nil))}).(*bluesky)
	state, _ := loadSky(nil)
	f := newSkyFollow(b, Source{Kind: "bluesky", Tags: []string{"localgov"}}.Complete(), state, &jetConn{}, nil)
	for _, claim := range []int64{now.AddDate(1, 0, 0).UnixMicro(), math.MaxInt64, now.AddDate(1, 0, 0).UnixMicro()} {
		if claim == math.MaxInt64 {
			now = now.Add(time.Minute)
		}
		before := state.head.Time
		frame := frameV1(anna, "identity", claim, map[string]any{"did": anna, "seq": 1})
		if err := f.take([]byte(frame), true); err != nil {
			t.Fatal(err)
		}
		if at := state.head.Time; at <= before || at < now.UnixMicro() || at > now.Add(time.Second).UnixMicro() {
			t.Errorf("at %s the stream stands at %s", now, time.UnixMicro(at).UTC())
		}
	}
	if n := strings.Count(log.String(), "in the future"); n != 1 {
		t.Errorf("%d warnings: %s", n, log)
	}
	frame := frameV1(anna, "identity", -5, map[string]any{"did": anna, "seq": 1})
	if before := state.head.Time; f.take([]byte(frame), true) != nil || state.head.Time != before || f.garbage != 1 {
		t.Errorf("a negative time moved the stream to %d from %d", state.head.Time, before)
	}
}

func TestStreamRefusedAtTheDoor(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		for status, want := range map[int]string{401: "does not let us", 403: "does not let us", 429: "fewer visits", 503: "not available", 500: "error"} {
			p.fail(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) })
			src, w := p.source(), newWorld(t)
			w.begin(src)
			s := w.until(src, func(s Status) bool { return s.Failures > 0 })
			if s.State != StateFailing || s.HTTPStatus != status || !strings.Contains(s.Error, want) {
				t.Errorf("%d: status %+v", status, s)
			}
		}
		p.fail(nil)
		w.listen(p)
		p.says(anna, "1", "One #localgov")
		w.holds("One #localgov")
	})
}

func TestStreamObeysThePauseAlsoAfterARestart(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		p.fail(func(rw http.ResponseWriter, _ *http.Request) {
			p.locked(func() { p.restarts++ })
			rw.Header().Set("Retry-After", "3600")
			rw.WriteHeader(http.StatusTooManyRequests)
		})
		src := p.source()
		w.begin(src)
		w.until(src, func(s Status) bool { return s.Failures > 0 })
		w.begin(src)
		w.poller.Visit(src.Key)
		s := w.until(src, func(s Status) bool { return strings.Contains(s.Notice, "pause") || s.Failures > 1 })
		if !s.NextVisit.Equal(today.Add(time.Hour)) || p.restarts != 1 {
			t.Errorf("%d requests inside the hour; status %+v", p.restarts, s)
		}
	})
}

func TestGoneStreamStops(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		p.fail(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusGone) })
		src := p.source()
		w.begin(src)
		if s := w.until(src, func(s Status) bool { return s.State != StateWaiting }); s.State != StateStopped {
			t.Errorf("status %+v", s)
		}
	})
}

func TestAddressWithoutAJetstreamSaysSo(t *testing.T) {
	w, p := newWorld(t), newJetPeer(t, 1)
	p.fail(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == jetPathV1 {
			fmt.Fprint(rw, "<h1>Welcome</h1>")
			return
		}
		http.NotFound(rw, r)
	})
	src := p.source()
	w.begin(src)
	if s := w.until(src, func(s Status) bool { return s.Failures > 0 }); !strings.Contains(s.Error, "no Jetstream at this address") {
		t.Errorf("status %+v", s)
	}
}
