package collectors

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

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
