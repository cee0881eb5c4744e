package collectors

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// wire is a stream that a test steers: every function sent to it runs inside
// Follow.
type wire struct {
	deps  Deps
	steps chan step

	mu     sync.Mutex
	opened []string // cursors that the stream was opened with
	open   int
	most   int
}

type step func(src Source, emit func(Visit) error) error

func (w *wire) Follows(src Source) bool { return src.Query != "visited" }

func (w *wire) Visit(context.Context, Source, []byte) (Visit, error) {
	return Visit{Status: 200, Unchanged: true}, nil
}

func (w *wire) Follow(ctx context.Context, src Source, cursor []byte, emit func(Visit) error) error {
	w.mu.Lock()
	w.opened = append(w.opened, string(cursor))
	w.open++
	w.most = max(w.most, w.open)
	w.mu.Unlock()
	defer func() { w.mu.Lock(); w.open--; w.mu.Unlock() }()
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-w.steps:
			if err := s(src, emit); err != nil {
				return err
			}
		}
	}
}

func (w *wire) counts() (opened []string, open, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.opened...), w.open, w.most
}

// newWire registers a kind "wire" for one test.
func newWire(t *testing.T) (*wire, Source) {
	w := &wire{steps: make(chan step)}
	kinds["wire"] = Kind{New: func(d Deps) Collector { w.deps = d; return w }}
	t.Cleanup(func() { delete(kinds, "wire") })
	return w, Source{Kind: "wire", URL: "http://127.0.0.1:1/stream", Publisher: "oakshire.example", Class: item.Council}.Complete()
}

// tell emits posts with a cursor that names the last of them.
func tell(posts ...post) step {
	return func(src Source, emit func(Visit) error) error {
		v := Visit{Status: 101, Unchanged: len(posts) == 0}
		for _, x := range posts {
			it := item.Item{
				Schema: item.Schema, Op: item.Create, ID: x.id, Version: 1, Kind: src.Kind, Source: src.Key,
				Publisher: src.Publisher, Class: src.Class, Title: x.title, Published: x.date, Seen: today,
			}
			v.Items, v.Cursor = append(v.Items, it), []byte(x.id)
		}
		return emit(v)
	}
}

func breakOff(err error) step { return func(Source, func(Visit) error) error { return err } }

func (w *world) waitFor(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("%s did not happen", what)
		}
	}
}

func TestStreamPublishesThenSavesAndGoesOnAfterARestart(t *testing.T) {
	w := newWorld(t)
	s, src := newWire(t)
	w.begin(src)
	s.steps <- tell(first1)
	got := w.until(src, visited)
	if got.State != StateOK || !got.Following || got.Items != 1 || !got.LastVisit.Equal(today) || !got.NextVisit.IsZero() || got.HTTPStatus != 101 {
		t.Errorf("status %+v", got)
	}
	w.pass(time.Minute)
	s.steps <- tell()
	w.until(src, func(s Status) bool { return s.State == StateUnchanged && s.LastVisit.Equal(today.Add(time.Minute)) })
	w.begin(src)
	s.steps <- tell(second)
	w.until(src, func(s Status) bool { return s.Items == 2 })
	w.end()
	opened, open, most := s.counts()
	if strings.Join(opened, ",") != ",1" || open != 0 || most != 1 || w.sink.titles() != "One,Two" {
		t.Errorf("opened with %q, %d left open, %d at a time, table %q", opened, open, most, w.sink.titles())
	}
	if st := w.status(src); st.Following || st.Failures != 0 {
		t.Errorf("after the end %+v", st)
	}
}

func TestStreamSavesNothingThatTheSinkRefused(t *testing.T) {
	w := newWorld(t)
	s, src := newWire(t)
	w.begin(src)
	w.sink.breakDown(errors.New("the stream is full"))
	s.steps <- tell(first1)
	got := w.until(src, func(s Status) bool { return s.State == StateFailing })
	if wait := got.NextVisit.Sub(today); wait != sinkRetry || got.Failures != 0 || !strings.Contains(got.Error, "the stream is full") {
		t.Errorf("status %+v", got)
	}
	w.sink.breakDown(nil)
	w.poller.Visit(src.Key)
	s.steps <- tell(first1)
	w.until(src, func(s Status) bool { return s.Items == 1 && s.Error == "" })
	if opened, _, _ := s.counts(); strings.Join(opened, ",") != "," {
		t.Errorf("opened with %q", opened)
	}
}

func TestStreamThatBreaksAtOnceIsOpenedLessAndLess(t *testing.T) {
	w := newWorld(t)
	s, src := newWire(t)
	w.begin(src)
	var last time.Duration
	for failures := 1; failures < 15; failures++ {
		s.steps <- tell()
		s.steps <- breakOff(errors.New("connection lost"))
		got := w.until(src, func(s Status) bool { return s.Failures == failures })
		wait := got.NextVisit.Sub(today)
		if wait < last || got.State != StateFailing || got.Following || got.Error != "connection lost" {
			t.Fatalf("failure %d: %+v after %s", failures, got, last)
		}
		last = time.Duration(float64(wait) * 0.9)
		w.poller.Visit(src.Key)
	}
	if last < 40*time.Minute || last > 66*time.Minute {
		t.Errorf("at last %s, want about the interval of an hour", last)
	}
}

func TestStreamObeysThePauseOfItsHostAlsoAfterARestart(t *testing.T) {
	w := newWorld(t)
	s, src := newWire(t)
	w.begin(src)
	until := today.Add(2 * time.Hour)
	s.steps <- breakOff(&fetch.Error{Kind: fetch.Refused, Status: 429, Until: until, Sentence: "too many"})
	got := w.until(src, func(s Status) bool { return s.Failures == 1 })
	if !got.NextVisit.Equal(until) || got.HTTPStatus != 429 {
		t.Errorf("status %+v", got)
	}
	w.pass(time.Hour)
	w.begin(src)
	if got := w.status(src); !got.NextVisit.Equal(until) {
		t.Errorf("after the restart %+v", got)
	}
	select {
	case s.steps <- tell(first1):
		t.Error("the stream was opened before the pause was over")
	case <-time.After(50 * time.Millisecond):
	}
	w.pass(61 * time.Minute)
	w.begin(src)
	s.steps <- tell(first1)
	w.until(src, func(s Status) bool { return s.Items == 1 })
}

func TestStreamThatIsGoneIsNotOpenedAgain(t *testing.T) {
	for name, last := range map[string]step{
		"said by the source": func(_ Source, emit func(Visit) error) error { return emit(Visit{Gone: true}) },
		"answered with 410":  breakOff(&fetch.Error{Kind: fetch.Refused, Status: http.StatusGone, Sentence: "gone"}),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s, src := newWire(t)
			w.begin(src)
			s.steps <- last
			w.until(src, func(s Status) bool { return s.State == StateStopped && !s.Following })
			w.begin(src)
			if got := w.status(src); got.State != StateStopped {
				t.Errorf("after the restart %+v", got)
			}
			if opened, _, _ := s.counts(); len(opened) != 1 {
				t.Errorf("opened %d times", len(opened))
			}
		})
	}
}

func TestStreamEndsWhenItsSourceIsPausedRemovedOrChanged(t *testing.T) {
	w := newWorld(t)
	s, src := newWire(t)
	w.begin(src)
	is := func(n int) func() bool { return func() bool { _, open, _ := s.counts(); return open == n } }
	w.waitFor("the stream to open", is(1))
	paused := src
	paused.Paused = true
	w.poller.SetSources([]Source{paused})
	w.waitFor("the stream to close", is(0))
	w.poller.SetSources([]Source{src})
	w.waitFor("the stream to open again", is(1))
	changed := src
	changed.Tags = []string{"localgov"}
	w.poller.SetSources([]Source{changed})
	got := make(chan Source, 1)
	w.waitFor("the changed source", func() bool {
		select {
		case s.steps <- func(src Source, _ func(Visit) error) error { got <- src; return nil }:
			return len((<-got).Tags) == 1
		default:
			return false
		}
	})
	changed.Query = "visited"
	w.poller.SetSources([]Source{changed})
	w.until(changed, func(s Status) bool { return s.HTTPStatus == 200 })
	w.poller.SetSources(nil)
	w.waitFor("the stream to close", is(0))
	if _, _, most := s.counts(); most != 1 {
		t.Errorf("%d streams of one source at a time", most)
	}
}

func TestStreamsTakeNoSlotOfTheVisits(t *testing.T) {
	w := newWorld(t)
	s, src := newWire(t)
	p := newFeedPeer(t)
	p.show(first1)
	var sources []Source
	for i := range DefaultConcurrency + 4 {
		one := src
		one.Key, one.URL = "s"+strconv.Itoa(i), p.source().URL // the same host as the feed
		sources = append(sources, one)
	}
	w.begin(append(sources, p.source())...)
	w.until(p.source(), visited)
	w.waitFor("all streams to open", func() bool { _, open, _ := s.counts(); return open == len(sources) })
}
