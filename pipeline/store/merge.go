package store

import (
	"slices"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// entry is all that is known of one id while a batch is written.
//
// The rules make the result independent of the order in which versions and
// channels arrive: content belongs to the highest version, the publisher to
// the channel whose key sorts first, and a deletion holds for every version up
// to its own.
type entry struct {
	stored   []record // the counting row of each week, tombstones among them
	row      record   // what counts for the id: the row of the highest revision
	known    bool
	whole    bool // row came with its content columns
	changed  bool // row must be written
	listed   bool // the batch's order names it
	revision uint64
}

// outcome says what a write did with one row.
type outcome int

const (
	unchanged outcome = iota
	changed
	stale
	deleted
)

// load takes in one row of the table. Rows of one week replace each other by
// revision.
func (e *entry) load(r record) {
	i := slices.IndexFunc(e.stored, func(s record) bool { return s.Week.Equal(r.Week) })
	switch {
	case i < 0:
		e.stored = append(e.stored, r)
	case e.stored[i].revision < r.revision:
		e.stored[i] = r
	}
	if !e.known || r.revision > e.row.revision {
		e.row = r
	}
	e.known, e.revision = true, max(e.revision, r.revision)
}

// apply takes in one row of the batch, which it may change, and returns the
// stream messages that must be erased because of it, as far as they carry what
// is buried.
func (e *entry) apply(in *Row) (outcome, []uint64) {
	switch {
	case in.Deleted:
		return e.remove(in)
	case in.Version <= e.row.buried:
		return stale, in.Seqs
	case !e.known || e.row.Deleted:
		in.Seqs = union(in.Seqs, e.row.Seqs) // of a tombstone: erasing them may have failed
		e.take(in)
		return changed, nil
	case newer(in, &e.row.Row):
		return e.replace(in), nil
	}
	before := e.row.Row
	join(&e.row.Row, in)
	e.changed = e.changed || !sameChannels(&before, &e.row.Row)
	if in.Version < before.Version {
		return stale, nil
	}
	return unchanged, nil
}

// newer tells whether in's content counts. Two channels may have read a post
// in the same millisecond; then the hash decides, so that the order does not.
func newer(in, old *Row) bool {
	return in.Version > old.Version || in.Version == old.Version && in.ContentHash > old.ContentHash
}

func (e *entry) take(in *Row) {
	e.row.Row, e.known, e.whole, e.changed = *in, true, true, true
}

// replace puts a newer version in place. The same content read again counts as
// unchanged and keeps its expiry, but takes the new version: otherwise an older
// edit that arrives late would win over it.
func (e *entry) replace(in *Row) outcome {
	old, result := &e.row.Row, changed
	if in.ContentHash == old.ContentHash && in.Published.Equal(old.Published) {
		result = unchanged
		if old.Expires.Before(in.Expires) {
			in.Expires = old.Expires
		}
	}
	join(in, old)
	e.take(in)
	return result
}

// remove turns the entry into a tombstone. A deletion that is delivered again
// returns the messages again, because erasing them may have failed. One that
// is older than what is stored only takes still older versions away.
func (e *entry) remove(in *Row) (outcome, []uint64) {
	again := e.known && in.Version <= e.row.buried
	e.changed = e.changed || !again
	e.row.buried = max(e.row.buried, in.Version)
	switch {
	case e.known && in.Version < e.row.Version:
		return stale, e.row.Seqs
	case again:
		return deleted, e.row.Seqs
	}
	week, seqs := item.Week(epoch), e.row.Seqs
	if e.known {
		week = e.row.Week
	}
	buried := tombstone(week, in.ID, in.Version, seqs)
	e.take(&buried)
	return deleted, seqs
}

// tombstone keeps nothing of a post but its id and the numbers of the stream
// messages that carried it.
func tombstone(week time.Time, id string, version uint64, seqs []uint64) Row {
	return Row{Week: week, ID: id, Version: version, Deleted: true,
		Published: epoch, Seen: epoch, Expires: Never, Seqs: seqs}
}

// join adds to r what another version of the post says about channels: who
// showed it, when it was first seen and which messages carried it.
func join(r, other *Row) {
	r.Via = union(r.Via, other.Via)
	r.Seqs = union(r.Seqs, other.Seqs)
	if other.Seen.Before(r.Seen) {
		r.Seen = other.Seen
	}
	if r.AuthorRef == "" {
		r.AuthorRef, r.AuthorKind = other.AuthorRef, other.AuthorKind
	}
	if other.Source < r.Source {
		moveCouncil(r, other)
		r.Source, r.Kind, r.Publisher, r.Class = other.Source, other.Kind, other.Publisher, other.Class
	}
}

// moveCouncil replaces the council that r has by default, from its channel, by
// that of the other's channel. Councils named in the text stay.
func moveCouncil(r, other *Row) {
	if r.FeedCouncil == other.FeedCouncil {
		return
	}
	isFeeds := func(c Council) bool { return c.ID == r.FeedCouncil && c.Sense == council.SenseFeed }
	if slices.ContainsFunc(r.Found, isFeeds) {
		r.Councils = slices.DeleteFunc(slices.Clone(r.Councils), func(id string) bool { return id == r.FeedCouncil })
		r.Found = slices.DeleteFunc(slices.Clone(r.Found), isFeeds)
	}
	r.FeedCouncil = other.FeedCouncil
	has := func(c Council) bool { return c.ID == other.FeedCouncil }
	if i := slices.IndexFunc(other.Found, has); i >= 0 && !slices.ContainsFunc(r.Found, has) {
		r.Found = append(slices.Clone(r.Found), Council{ID: other.FeedCouncil, Confidence: other.Found[i].Confidence, Sense: council.SenseFeed})
		if slices.Contains(other.Councils, other.FeedCouncil) {
			r.Councils = append(slices.Clone(r.Councils), other.FeedCouncil)
		}
	}
}

// sameChannels tells whether join changed nothing.
func sameChannels(a, b *Row) bool {
	return a.Source == b.Source && a.AuthorRef == b.AuthorRef && a.Seen.Equal(b.Seen) &&
		len(a.Via) == len(b.Via) && len(a.Seqs) == len(b.Seqs)
}

// union returns the sorted values of both lists, each once: a itself where that
// is what it holds. It never writes into either, nor may the caller.
func union[T ~string | ~uint64](a, b []T) []T {
	if ascending(a) && !slices.ContainsFunc(b, func(v T) bool { return !slices.Contains(a, v) }) {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// ascending reports whether a list is sorted and holds nothing twice.
func ascending[T ~string | ~uint64](list []T) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// rows appends what must be written: first the row that counts, then tombstones
// for the other weeks that still hold the id. The row that counts keeps a
// higher revision than any tombstone of another week, and is inserted before
// them, so that a crash between the two leaves a post twice rather than
// nowhere; the redelivered batch mends that.
func (e *entry) rows(counting, left []record) (c, l []record) {
	if e.changed {
		e.row.revision = e.revision + 2
		counting = append(counting, e.row)
	}
	for _, s := range e.stored {
		if s.Deleted || s.Week.Equal(e.row.Week) {
			continue
		}
		version := e.row.Version
		if !e.row.Deleted {
			version = max(version-1, s.Version)
		}
		left = append(left, record{tombstone(s.Week, s.ID, version, e.row.Seqs), s.revision + 1, s.buried})
	}
	return counting, left
}

// addWeeks adds every week in which the post counts or counted.
func (e *entry) addWeeks(weeks weekSet) {
	for _, s := range e.stored {
		if !s.Deleted {
			weeks.add(s.Week)
		}
	}
	if !e.row.Deleted {
		weeks.add(e.row.Week)
	}
}
