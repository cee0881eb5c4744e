package collectors

import (
	"cmp"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
)

// Limits of the schedule.
const (
	DefaultInterval = time.Hour
	maxInterval     = 24 * time.Hour
	firstRetry      = 5 * time.Minute
	sinkRetry       = 15 * time.Second // the stream refused the items
	storeRetry      = 15 * time.Second // the state could not be loaded
	// spread is the part of the interval by which visits are moved apart.
	spread = 0.1
	// Visits begin in steps, so that those of the same few seconds are made one
	// after the other with warm caches instead of one by one out of a sleep, at
	// half the processor time (0.25 instead of 0.57 s for 500 unchanged feeds,
	// BenchmarkFiveHundredFeeds). Waits under stepsFrom are kept to the moment.
	visitStep = 5 * time.Second
	stepsFrom = 30 * time.Second

	week = 7 * 24 * time.Hour
	// visitsAPost is how often a source that goes its own pace is visited for
	// each post that it usually has, so that a post waits an eighth of the
	// usual pause between posts, and at most half a day, on average.
	visitsAPost = 4
	// rateMemory is the time after which a post counts 1/e as much in the rate.
	rateMemory = 2 * week

	// A source that is not found (404) is asked for less and less, at last
	// weekly, and no more after a month.
	missingInterval = week
	missingEnd      = 30 * 24 * time.Hour
)

// interval is the pause between two visits to a source that asks for nothing:
// as configured, else at its own pace where its kind goes so, else an hour.
func (p *Poller) interval(src Source, s *state) time.Duration {
	if fixed := cmp.Or(src.Interval, p.cfg.Interval); fixed > 0 {
		return fixed
	}
	if !kinds[src.Kind].OwnPace || s.LastOK.IsZero() {
		return DefaultInterval
	}
	own := maxInterval
	if s.Rate > 0 {
		own = time.Duration(min(float64(week)/(visitsAPost*s.Rate), float64(maxInterval)))
	}
	return max(own, DefaultInterval)
}

// setPace writes the interval in force into the state, and why it is so.
func (p *Poller) setPace(src Source, s *state) {
	s.Interval = p.interval(src, s)
	wish := min(s.Wish, maxInterval)
	reason := ""
	switch {
	case p.follower(src) != nil:
		s.Interval, s.Pace = 0, "followed as a stream"
		return
	case wish > s.Interval:
		s.Interval, reason = wish, ": its server asks for it"
	case src.Interval > 0 || p.cfg.Interval > 0:
		reason = ", as configured"
	case kinds[src.Kind].OwnPace && !s.LastOK.IsZero():
		reason = ", because it had " + posts(s.Rate)
	}
	s.Pace = "read " + every(s.Interval) + reason
	if !s.Skip.none() {
		s.Pace += "; not in the hours and days that it excludes"
	}
}

// posts is a rate in words.
func posts(aWeek float64) string {
	switch n := math.Round(aWeek); {
	case aWeek < 0.2:
		return "no posts lately"
	case aWeek < 2.0/3:
		return "about a post in " + fmt.Sprint(math.Round(1/aWeek)) + " weeks"
	case n <= 1:
		return "about a post a week"
	case n < 28:
		return fmt.Sprintf("about %.0f posts a week", n)
	default:
		return fmt.Sprintf("about %.0f posts a day", n/7)
	}
}

// every is an interval in words.
func every(d time.Duration) string {
	amount := func(n float64, unit string) string {
		if n == 1 {
			return "every " + unit
		}
		return fmt.Sprintf("every %.0f %ss", n, unit)
	}
	switch {
	case d < time.Minute:
		return amount(max(1, math.Round(d.Seconds())), "second")
	case d < 100*time.Minute && d.Round(time.Minute) != time.Hour:
		return amount(math.Round(d.Minutes()), "minute")
	case d < 23*time.Hour:
		return amount(math.Round(d.Hours()), "hour")
	default:
		return amount(math.Round(d.Hours()/24), "day")
	}
}

// nextVisit returns when a source is due after a visit that worked: after the
// interval in force, moved by up to a tenth so that sources which started
// together drift apart, but never before what its server wished, up to a day,
// nor in hours that it excludes.
func (p *Poller) nextVisit(src Source, s *state, now time.Time) time.Time {
	next := now.Add(max(spreadOut(src, s.Interval, now), min(s.Wish, maxInterval)))
	if after := s.Skip.after(next); after.After(next) {
		return after.Add(time.Duration(math.Abs(jitter(src.Key, now)) * float64(time.Hour/4)))
	}
	return next
}

// nextTry returns when to try again after failures in a row: five minutes (or
// the interval, if shorter), doubled each time up to a day, or a week where
// nothing is found. A stream is opened again after five seconds at first and
// an hour at last.
func (p *Poller) nextTry(src Source, s *state, now time.Time) time.Time {
	interval := p.interval(src, s)
	wait, longest := min(firstRetry, interval), max(maxInterval, interval)
	switch {
	case p.follower(src) != nil:
		wait, longest = min(firstReopen, interval), interval
	case !s.Missing.IsZero():
		longest = max(missingInterval, interval)
	}
	for range min(s.Failures, 32) - 1 {
		wait = min(2*wait, longest)
	}
	return now.Add(spreadOut(src, wait, now))
}

// learnRate brings the posts a week of a source up to date with a visit that
// worked: at first from the dates of what it shows, up to four weeks back, then
// from what came since the last such visit, older visits fading out.
func (s *state) learnRate(items []item.Item, now time.Time) {
	first := s.LastOK.IsZero()
	from := s.LastOK.Add(-2 * 24 * time.Hour) // a post may be dated before it is shown
	if first {
		from = now.Add(-4 * week)
	}
	oldest, n := now, 0.0
	for i := range items {
		if it := &items[i]; it.Op == item.Create && it.Published.After(from) && !it.Published.After(now) {
			n++
			if it.Published.Before(oldest) {
				oldest = it.Published
			}
		}
	}
	if first {
		if int(n) < len(items) {
			oldest = from // it shows older posts too, so all of four weeks
		}
		s.Rate = n * float64(week) / float64(max(now.Sub(oldest), 24*time.Hour))
		return
	}
	past := float64(max(now.Sub(s.LastOK), 0))
	s.Rate = s.Rate*math.Exp(-past/float64(rateMemory)) + n*float64(week)/float64(rateMemory)
}

func spreadOut(src Source, wait time.Duration, now time.Time) time.Duration {
	return time.Duration(float64(wait) * (1 + spread*jitter(src.Key, now)))
}

// jitter is a number in -1 to 1 that depends on the source and the hour, so
// that it needs no random numbers and a test can repeat it.
func jitter(key string, now time.Time) float64 {
	h := xxhash.Sum64String(key + now.UTC().Format("2006010215"))
	return float64(h>>11)/float64(1<<52) - 1
}

// stamps returns a function for Deps.Stamp.
func stamps() func() time.Time {
	var last atomic.Int64
	return func() time.Time {
		for {
			before := last.Load()
			next := max(before+1, time.Now().UnixMilli())
			if last.CompareAndSwap(before, next) {
				return time.UnixMilli(next).UTC()
			}
		}
	}
}
