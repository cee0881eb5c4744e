package collectors

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vantage/collectors/item"
)

func TestFailuresBackOffUpToADay(t *testing.T) {
	p := NewPoller(PollerConfig{})
	src := Source{Key: "x"}
	var last time.Duration
	for failures := 1; failures < 40; failures++ {
		wait := p.nextTry(src, &state{Status: Status{Failures: failures}}, today).Sub(today)
		if wait < last || wait > 27*time.Hour {
			t.Errorf("after %d failures %s, before %s", failures, wait, last)
		}
		last = wait
	}
	if last < 21*time.Hour {
		t.Errorf("at last %s, want about a day", last)
	}
	src.Interval = time.Second
	if wait := p.nextTry(src, &state{Status: Status{Failures: 1}}, today).Sub(today); wait > 2*time.Second {
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
		w.pass(30 * time.Hour)
		w.begin(p.source(), fresh.source())
		w.until(p.source(), func(s Status) bool { return s.Visits == 2 })
	})
}

func TestServerMayAskForLongerPauses(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	src := p.source()
	src.Interval = time.Hour
	const same = `"a"`
	answer := func(header, value, ttl string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set(header, value)
			rw.Header().Set("Date", "Sat, 21 Nov 2026 12:00:00 GMT")
			rw.Header().Set("ETag", same)
			if r.Header.Get("If-None-Match") == same {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			io.WriteString(rw, `<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>`+ttl+`</channel></rss>`)
		}
	}
	w.begin(src)
	w.until(src, visited)
	for _, c := range []struct {
		what          string
		h             http.HandlerFunc
		least, answer time.Duration // 0: as configured
	}{
		{"max-age", answer("Cache-Control", "public, max-age=36000", "<ttl>60</ttl>"), 10 * time.Hour, 200},
		{"max-age of an unchanged feed", answer("Cache-Control", "max-age=18000", ""), 5 * time.Hour, 304},
		{"Expires", answer("Expires", "Sat, 21 Nov 2026 16:00:00 GMT", ""), 4 * time.Hour, 304},
		{"max-age before Expires", answer("Cache-Control", "max-age=60", ""), 0, 304},
		{"ttl", body(`<rss><channel><title>t</title><ttl>300</ttl></channel></rss>`), 5 * time.Hour, 200},
		{"syndication module", body(`<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel></rss>`), 12 * time.Hour, 200},
		{"at most a day", body(`<rss><channel><title>t</title><ttl>99999</ttl></channel></rss>`), 24 * time.Hour, 200},
	} {
		p.fail(c.h)
		s := w.again(src)
		if c.least > 0 && !strings.HasSuffix(s.Pace, ": its server asks for it") || c.least == 0 && s.Pace != "read every hour, as configured" {
			t.Errorf("%s: %q", c.what, s.Pace)
		}
		if wait := s.NextVisit.Sub(today); wait < c.least || wait > max(c.least, time.Hour)*11/10 || s.HTTPStatus != int(c.answer) {
			t.Errorf("%s: next visit in %s, status %d", c.what, wait, s.HTTPStatus)
		}
	}
}

func TestSourceIsReadAtItsOwnPace(t *testing.T) {
	for _, c := range []struct {
		posts int // in the last four weeks
		want  time.Duration
		pace  string
	}{
		{0, 24 * time.Hour, "read every day, because it had no posts lately"},
		{2, 24 * time.Hour, "read every day, because it had about a post in 2 weeks"},
		{4, 24 * time.Hour, "read every day, because it had about a post a week"},
		{14, 12 * time.Hour, "read every 12 hours, because it had about 4 posts a week"},
		{28, 6 * time.Hour, "read every 6 hours, because it had about 7 posts a week"},
		{400, time.Hour, "read every hour, because it had about 14 posts a day"},
	} {
		w, p := newWorld(t), newFeedPeer(t)
		list := []post{{"old", "Old", today.Add(-300 * 24 * time.Hour)}}
		for i := range c.posts {
			list = append(list, post{fmt.Sprint(i), "x", today.Add(-4*week*time.Duration(i)/time.Duration(c.posts) - time.Second)})
		}
		p.show(list...)
		w.begin(p.source())
		s := w.until(p.source(), visited)
		if d := s.Interval - c.want; d.Abs() > c.want/20 || s.Pace != c.pace {
			t.Errorf("%d posts: %s, %q", c.posts, s.Interval, s.Pace)
		}
	}
}

func TestPaceFollowsWhatCame(t *testing.T) {
	now := today
	s := &state{}
	s.LastOK = now
	came := func(n int) []item.Item {
		var out []item.Item
		for range n {
			out = append(out, item.Item{Op: item.Create, Published: now.Add(-time.Hour)})
		}
		return out
	}
	visit := func(n int, after time.Duration) {
		now = now.Add(after)
		s.learnRate(came(n), now)
		s.LastOK = now
	}
	for range 70 {
		visit(2, 24*time.Hour)
	}
	if s.Rate < 12 || s.Rate > 16 {
		t.Errorf("two posts a day for ten weeks: %.1f a week", s.Rate)
	}
	for range 28 {
		visit(0, 24*time.Hour)
	}
	if s.Rate < 1 || s.Rate > 3 {
		t.Errorf("then nothing for four weeks: %.1f a week", s.Rate)
	}
	visit(40, time.Hour)
	if s.Rate < 18 {
		t.Errorf("then forty posts in an hour: %.1f a week", s.Rate)
	}
	old := item.Item{Op: item.Create, Published: now.Add(-100 * 24 * time.Hour)}
	before := s.Rate
	s.learnRate([]item.Item{old, old, {Op: item.Update, Published: now}}, now)
	if s.Rate > before {
		t.Error("old posts and edits count as new ones")
	}
}

func TestConfiguredIntervalIsKept(t *testing.T) {
	p := NewPoller(PollerConfig{Interval: 45 * time.Second})
	s := &state{Status: Status{LastOK: today, Rate: 1}}
	if got := p.interval(Source{Kind: "feed"}, s); got != 45*time.Second {
		t.Errorf("for all sources: %s", got)
	}
	if got := p.interval(Source{Kind: "feed", Interval: 3 * time.Hour}, s); got != 3*time.Hour {
		t.Errorf("for one: %s", got)
	}
}

func TestIntervalsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		15 * time.Second: "every 15 seconds", time.Minute: "every minute", 20 * time.Minute: "every 20 minutes",
		time.Hour: "every hour", 90 * time.Minute: "every 90 minutes", 6*time.Hour + 3*time.Minute: "every 6 hours",
		24 * time.Hour: "every day", 48 * time.Hour: "every 2 days",
	} {
		if got := every(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestRatesInWords(t *testing.T) {
	for rate, want := range map[float64]string{
		0: "no posts lately", 0.3: "about a post in 3 weeks", 0.66: "about a post in 2 weeks", 0.7: "about a post a week",
		1.4: "about a post a week", 2: "about 2 posts a week", 70: "about 10 posts a day",
	} {
		if got := posts(rate); got != want {
			t.Errorf("%v: %q, want %q", rate, got, want)
		}
	}
}

func TestExcludedHoursAndDaysAreLeftOut(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t) // today is a Saturday, noon
	src := p.source()
	src.Interval = time.Hour
	p.fail(body(`<rss><channel><title>t</title><skipHours><hour>12</hour><hour>13</hour><hour>14</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays></channel></rss>`))
	w.begin(src)
	s := w.until(src, visited)
	if at := s.NextVisit.Sub(today); at < 3*time.Hour || at > 3*time.Hour+15*time.Minute || !strings.Contains(s.Pace, "excludes") {
		t.Errorf("next visit %s, %q", s.NextVisit, s.Pace)
	}
	skip := parseSkip([]string{"23", " 0 ", "25", "x"}, []string{"sunday", "Someday"})
	for at, want := range map[string]string{
		"2026-11-21T22:59:00Z": "2026-11-21T22:59:00Z", // Saturday
		"2026-11-21T23:10:00Z": "2026-11-23T01:00:00Z", // over Sunday and midnight
	} {
		from, _ := time.Parse(time.RFC3339, at)
		if got := skip.after(from).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	var all []string
	for h := range 24 {
		all = append(all, fmt.Sprint(h))
	}
	if !parseSkip(all, nil).none() {
		t.Error("a feed that excludes all hours is never read")
	}
	if got := (Skip{Hours: allHours, Days: allDays}).after(today); !got.Equal(today) {
		t.Errorf("%s", got)
	}
}

func TestMissingSourceFadesOut(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.fail(http.NotFound)
	w.begin(p.source())
	s := w.until(p.source(), visited)
	visits := 1
	for ; s.State == StateFailing; visits++ {
		wait := s.NextVisit.Sub(w.clock())
		if wait > 8*24*time.Hour || wait <= 0 || visits > 40 {
			t.Fatalf("visit %d: the next in %s", visits, wait)
		}
		w.pass(wait)
		s = w.again(p.source())
	}
	if s.State != StateStopped || w.clock().Sub(today) < missingEnd || !strings.Contains(s.Error, "nothing at this address for 30 days") {
		t.Errorf("after %s and %d visits: %+v", w.clock().Sub(today), visits, s)
	}
	p.heal()
	p.show(first1)
	if s := w.again(p.source()); s.State != StateOK {
		t.Errorf("asked for by a person: %+v", s)
	}
	p.fail(http.NotFound)
	if s := w.again(p.source()); s.State != StateFailing {
		t.Errorf("it begins afresh: %+v", s)
	}
}

func TestGroupWaitsForOneOfItsHosts(t *testing.T) {
	w, a, b := newWorld(t), newFeedPeer(t), newFeedPeer(t)
	one, other := a.source(), b.source()
	one.Group, other.Group = "hoster.example", "hoster.example"
	w.begin(other)
	w.until(other, visited)
	a.fail(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "600000")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	w.poller.SetSources([]Source{one, other})
	s := w.until(one, visited)
	if got := w.status(other); !got.NextVisit.Equal(s.NextVisit) || s.NextVisit.Sub(today) < 160*time.Hour {
		t.Errorf("%s and %s", got.NextVisit, s.NextVisit)
	}
}

func TestCoverageIsTheShareOfVisitsThatWorked(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	w.begin(p.source())
	w.until(p.source(), visited)
	w.again(p.source())
	p.fail(http.NotFound)
	w.again(p.source())
	if s := w.again(p.source()); s.Coverage != 0.5 || !s.Since.Equal(today) {
		t.Errorf("coverage %v since %s", s.Coverage, s.Since)
	}
	p.heal()
	w.pass(4 * week)
	if s := w.again(p.source()); s.Coverage != 1 || !s.Since.Equal(today) {
		t.Errorf("four weeks later: coverage %v since %s", s.Coverage, s.Since)
	}
}

func TestWindowThatSlidPastDuringAnOutageIsAGap(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	at := func(hours int) time.Time { return today.Add(time.Duration(hours) * time.Hour) }
	p.show(post{"1", "One", at(-30)}, post{"2", "Two", at(-20)})
	w.begin(p.source())
	w.until(p.source(), visited)
	w.pass(10 * time.Hour)
	p.show(post{"2", "Two", at(-20)}, post{"3", "Three", at(5)}) // the window moved on, with an overlap
	w.again(p.source())
	w.end() // our own outage
	w.pass(90 * time.Hour)
	p.show(post{"8", "Eight", at(80)}, post{"9", "Nine", at(90)})
	w.begin(p.source())
	w.until(p.source(), func(s Status) bool { return s.Visits == 3 })
	if w.sink.count(item.Gap) != 1 {
		t.Fatalf("%d gaps", w.sink.count(item.Gap))
	}
	gap := w.sink.puts[len(w.sink.puts)-1]
	if gap.Op != item.Gap || !gap.GapFrom.Equal(at(10)) || !gap.GapTo.Equal(at(80)) || gap.Source != p.source().Key {
		t.Errorf("%+v", gap)
	}
	p.fail(http.NotFound) // theirs
	w.pass(24 * time.Hour)
	w.again(p.source())
	p.heal()
	w.again(p.source())
	if n := w.sink.count(item.Gap); n != 1 {
		t.Errorf("%d gaps after an outage that hid nothing", n)
	}
	w.pass(time.Hour)
	p.show(post{"A", "A", at(124)}, post{"B", "B", at(124)}) // a short list that is made afresh, in time
	w.again(p.source())
	if n := w.sink.count(item.Gap); n != 1 {
		t.Errorf("%d gaps after a short list was made afresh", n)
	}
	w.pass(time.Hour)
	var many []post
	for i := range surelySlid {
		many = append(many, post{fmt.Sprint("m", i), "Many", at(125).Add(time.Duration(i) * time.Minute)})
	}
	p.show(many...) // more than the feed can hold came at once
	w.again(p.source())
	if n := w.sink.count(item.Gap); n != 2 {
		t.Errorf("%d gaps after a flood", n)
	}
}

func TestNewIDsForOldPostsAreNoGap(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.show(first1, second)
	w.begin(p.source())
	w.until(p.source(), visited)
	w.pass(90 * time.Hour)
	again, later := first1, second
	again.id, later.id = "n1", "n2"
	p.show(again, later)
	w.again(p.source())
	if n := w.sink.count(item.Gap); n != 0 {
		t.Errorf("%d gaps", n)
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

func TestVisitsBeginInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoller(PollerConfig{})
		time.Sleep(1234 * time.Millisecond)
		for _, wait := range []time.Duration{-time.Minute, 0, time.Second, stepsFrom - 1} {
			if got := time.Until(p.inStep(wait)); got != wait {
				t.Errorf("a wait of %s became %s", wait, got)
			}
		}
		at := map[time.Time]int{}
		for wait := stepsFrom; wait < stepsFrom+4*visitStep; wait += 100 * time.Millisecond {
			due := p.inStep(wait)
			if late := time.Until(due) - wait; late < 0 || late >= visitStep {
				t.Errorf("a wait of %s ends %s late", wait, late)
			}
			at[due]++
		}
		if len(at) > 5 {
			t.Errorf("visits of 20 seconds begin at %d moments", len(at))
		}
	})
}

// A machine that was switched off for a month, and has no network at first,
// knows nothing new about a source that was once not found.
func TestOtherFailureDoesNotEndASourceThatWasOnceMissing(t *testing.T) {
	w, p := newWorld(t), newFeedPeer(t)
	p.fail(http.NotFound)
	w.begin(p.source())
	w.until(p.source(), visited)
	w.pass(missingEnd + time.Hour)
	p.fail(func(rw http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(rw).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	})
	if s := w.again(p.source()); s.State != StateFailing {
		t.Errorf("status %+v", s)
	}
}
