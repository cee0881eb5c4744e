package collectors

import (
	"encoding/json"
	"errors"
	"net/http"
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
	if len(peers)+len(followed) != len(Kinds()) {
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
		if wait := s.NextVisit.Sub(today); wait < s.Interval*9/10 || wait > s.Interval*11/10 || s.Interval < time.Hour || s.Interval > 24*time.Hour {
			t.Errorf("the next visit is in %s with an interval of %s, want a tenth around it", wait, s.Interval)
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
		if _, pages := p.(*mastodonPeer); pages && s.HTTPStatus == 200 {
			s.HTTPStatus = 304 // it is asked for what is newer, which is an empty page
		} else if p.full() != 1 {
			t.Errorf("%d bodies", p.full())
		}
		if s.State != StateUnchanged || s.HTTPStatus != 304 || len(w.sink.puts) != 1 {
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
		w.passLag(p)
		w.again(p.source())
		p.withdraw("1", "of another source", "x") // other bytes, the same deletes
		w.again(p.source())
		if w.sink.titles() != "Two" || w.sink.count(item.Delete) != 1 {
			t.Errorf("the table has %q after %d deletes", w.sink.titles(), w.sink.count(item.Delete))
		}
		p.withdraw()
		p.show(first1, second)
		w.passLag(p)
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
		w.passLag(p)
		w.store.losing("cursor.")
		if s := w.again(p.source()); s.State != StateFailing || !strings.Contains(s.Error, "fetched again") {
			t.Errorf("status %+v", s)
		}
		w.store.losing("")
		last := w.sink.table[w.sink.puts[0].ID].Version
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
		if again := w.sink.table[w.sink.puts[0].ID].Version; again <= last {
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

// member is a mebibyte of zeros as one gzip member; members may follow each

// other.

func TestAllAreVisitedNowButWhatHasEnded(t *testing.T) {
	w := newWorld(t)
	working := []peer{newFeedPeer(t), newFeedPeer(t), newFeedPeer(t), newFeedPeer(t)}
	gone, paused := newFeedPeer(t), newFeedPeer(t)
	gone.fail(status(410))
	waits := paused.source()
	waits.Paused = true
	sources := []Source{gone.source(), waits}
	for _, p := range working {
		p.show(first1)
		src := p.source()
		src.Group = "one at a time"
		sources = append(sources, src)
	}
	w.begin(sources...)
	for _, p := range append(working, gone) {
		w.until(p.source(), visited)
	}
	w.poller.VisitAll()
	w.poller.SetSources(sources) // some wait for their turn yet
	for _, p := range working {
		w.until(p.source(), func(s Status) bool { return s.Visits == 2 })
	}
	if gone.requests() != 1 || paused.requests() != 0 {
		t.Errorf("%d requests of the gone, %d of the paused", gone.requests(), paused.requests())
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
	w.store.values[shardKey(shardOf(p.source().Key))] = []byte("{")
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
