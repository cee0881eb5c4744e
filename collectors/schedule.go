package collectors

import (
	"cmp"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
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
)

// interval is the pause between two visits to a source.
func (p *Poller) interval(src Source) time.Duration { return cmp.Or(src.Interval, p.cfg.Interval) }

// nextVisit returns when a source is due after a visit that worked: after its
// interval, moved by up to a tenth so that sources which started together
// drift apart, but never before what its server wished, up to a day.
func (p *Poller) nextVisit(src Source, wish time.Duration, now time.Time) time.Time {
	return now.Add(max(spreadOut(src, p.interval(src), now), min(wish, maxInterval)))
}

// nextTry returns when to try again after failures in a row: five minutes (or
// the interval, if shorter), doubled each time up to a day. A stream is opened
// again after five seconds at first and an interval at last.
func (p *Poller) nextTry(src Source, failures int, now time.Time) time.Time {
	interval := p.interval(src)
	wait, longest := min(firstRetry, interval), max(maxInterval, interval)
	if p.follower(src) != nil {
		wait, longest = min(firstReopen, interval), interval
	}
	for range min(failures, 32) - 1 {
		wait = min(2*wait, longest)
	}
	return now.Add(spreadOut(src, wait, now))
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
