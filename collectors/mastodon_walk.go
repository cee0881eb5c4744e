package collectors

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

const (
	// horizon is how far the first walk back goes: half a year, which is what
	// the front page shows.
	horizon = 26 * 7 * 24 * time.Hour
	// A post that arrives late from another server gets an id made of its own
	// date (lib/mastodon/snowflake.rb), so it never shows up behind the newest
	// one. Sweeps look for such posts.
	sweepShort, sweepLong = 6 * time.Hour, 48 * time.Hour
	everyShort, everyLong = time.Hour, 24 * time.Hour
	// settle is how long after it was written a post may be missing from a
	// timeline without doubt that it stands.
	settle = 5 * time.Minute
)

// forward reads what is newer than the newest, oldest page first, so that a
// crash leaves no hole. It never uses since_id, which skips to the newest page.
func (t *mastodonTurn) forward(ctx context.Context, l *lane) error {
	for l.Round != t.state.head.Round {
		if l.Newest == "" {
			return t.begin(ctx, l)
		}
		p, err := t.timeline(ctx, l, "min_id", l.Newest)
		if unknownID(err) {
			l.restart()
			continue
		}
		if err != nil {
			return err
		}
		t.take(l, p.posts)
		if len(p.posts) == 0 || p.newer == l.Newest {
			l.Read, l.Round = t.now, t.state.head.Round
			return nil
		}
		l.Newest, l.NewestAt, t.moved = p.newer, maxTime(l.NewestAt, p.last), true
	}
	return nil
}

// begin reads the newest page; the walk back follows.
func (t *mastodonTurn) begin(ctx context.Context, l *lane) error {
	p, err := t.timeline(ctx, l, "", "")
	if err != nil {
		return err
	}
	t.take(l, p.posts)
	l.Read, l.Round = t.now, t.state.head.Round
	if len(p.posts) == 0 {
		return nil
	}
	if l.Lost.IsZero() {
		l.BackTo, l.LastHour, l.LastDay = t.now.Add(-horizon), t.now, t.now
	}
	l.Newest, l.NewestAt, l.Back, l.BackAt, t.moved = p.newer, p.last, p.older, p.first, true
	t.reached(l)
	return nil
}

// unknownID says that the server does not know the id that a page was to
// begin at: it was set up anew, or its ids changed.
func unknownID(err error) bool {
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity}, e.Status)
}

// restart reads from the newest post back to where the lane was. A walk back
// that is not done goes to where it was to end, since nothing before is sure.
func (l *lane) restart() {
	if l.Back == "" {
		l.Lost, l.BackTo = l.NewestAt, l.NewestAt.Add(-sweepLong)
	}
	l.Newest, l.Back, l.Sweep, l.SweepTo = "", "", "", time.Time{}
}

// back walks to the horizon, once.
func (t *mastodonTurn) back(ctx context.Context, l *lane) error {
	for l.Back != "" {
		p, err := t.timeline(ctx, l, "max_id", l.Back)
		if err != nil {
			return err
		}
		t.take(l, since(p.posts, l.BackTo))
		if p.older == l.Back {
			p.older = "" // the server does not page
		}
		l.Back, t.moved = p.older, true
		if len(p.posts) > 0 && p.first.Before(l.BackAt) {
			l.BackAt = p.first
		}
		t.reached(l)
	}
	return nil
}

// reached ends the walk back where it is far enough. Where the server shows
// nothing older although it should, there is a gap.
func (t *mastodonTurn) reached(l *lane) {
	switch {
	case l.BackAt.Before(l.BackTo):
		l.Back = ""
	case l.Back != "":
		return
	case !l.Lost.IsZero() && l.BackAt.After(l.Lost):
		t.gap(l.Lost, l.BackAt)
	}
	l.Lost, l.BackAt = time.Time{}, time.Time{}
}

// since returns the posts that are not older.
func since(posts []mastodonPost, at time.Time) []mastodonPost {
	var out []mastodonPost
	for _, p := range posts {
		if !p.created.Before(at) {
			out = append(out, p)
		}
	}
	return out
}

// gap publishes that hours are missing for good.
func (t *mastodonTurn) gap(from, to time.Time) {
	from, to = from.UTC(), to.UTC()
	t.v.Items = append(t.v.Items, item.Item{
		Schema: item.Schema, Op: item.Gap, Kind: t.src.Kind, Source: t.src.Key, Via: []string{t.src.Key},
		Version: item.NextVersion(0, t.stamp), GapFrom: &from, GapTo: &to,
	})
}

// sweep looks again at the last hours, every hour, and at the last days, every
// day. What should be there and is not is asked after.
func (t *mastodonTurn) sweep(ctx context.Context, l *lane) error {
	if l.Newest == "" || l.Back != "" {
		return nil
	}
	if l.SweepTo.IsZero() && !l.dueSweep(t.now) {
		return nil
	}
	for !l.SweepTo.IsZero() {
		key := "max_id"
		if l.Sweep == "" {
			key = ""
		}
		p, err := t.timeline(ctx, l, key, l.Sweep)
		if err != nil {
			return err
		}
		t.take(l, p.posts)
		t.moved = true
		if len(p.posts) > 0 && p.older != "" && p.older != l.Sweep && !p.first.Before(l.SweepTo) {
			l.Sweep = p.older
			continue
		}
		t.doubt(l)
		l.Sweep, l.SweepTo = "", time.Time{}
	}
	return nil
}

// dueSweep begins a sweep where one is due.
func (l *lane) dueSweep(now time.Time) bool {
	switch {
	case now.Sub(l.LastDay) >= everyLong:
		l.SweepTo, l.LastDay = now.Add(-sweepLong), now
	case now.Sub(l.LastHour) >= everyShort:
		l.SweepTo = now.Add(-sweepShort)
	default:
		return false
	}
	l.LastHour, l.SweepAt, l.Sweep = now, now, ""
	return true
}

// doubt marks the posts of the lane that the sweep should have met and did
// not. They are asked after one by one: a timeline may hide a post that stands.
func (t *mastodonTurn) doubt(l *lane) {
	number := t.number(l)
	from, to, began := unix(l.SweepTo), unix(l.SweepAt.Add(-settle)), unix(l.SweepAt)
	for id, k := range t.state.posts {
		if k.lane == number && k.hash != 0 && k.made >= from && k.made < to && k.last < began {
			k.last = 0
			t.state.posts[id] = k
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
