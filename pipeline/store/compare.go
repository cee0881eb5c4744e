package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"vantage/collectors/item"
)

// compareChunk is how many posts are handed on at once: some 12 MB, and an
// insert of a size that costs the engine little for each row.
const compareChunk = 5000

// compared is a post as it is stored, and as the tagger would have it.
type compared struct {
	record
	tagged  Row
	changed bool
}

// Compared is a post as Compare shows it.
type Compared struct{ Stored, Tagged *Row }

// Compare shows fn every live post of the weeks from since on whose text has
// not expired, newest weeks first: as it is stored, and as tag would have it.
// It changes nothing. tag is called from several goroutines, fn from one; when
// fn returns false, that is the end.
func (s *Store) Compare(ctx context.Context, since time.Time, tag func(*Row), fn func(c Compared, done Retagged) bool) (Retagged, error) {
	rounds, total, err := s.rounds(ctx, addWeeks(item.Week(since), -1), roundPosts)
	done := Retagged{Total: total}
	slices.Reverse(rounds)
	for _, weeks := range rounds {
		if err = s.compare(ctx, comparison{weeks: weeks, tag: tag}, func(posts []compared) error { return done.show(posts, fn) }); err != nil {
			break
		}
	}
	if err != nil && !errors.Is(err, errEnough) {
		return done, fmt.Errorf("store: compare tags: %w", err)
	}
	return done, nil
}

// errEnough ends a comparison early.
var errEnough = errors.New("enough")

func (r *Retagged) show(posts []compared, fn func(Compared, Retagged) bool) error {
	for i := range posts {
		p := &posts[i]
		if r.Read++; p.changed {
			r.Changed++
		}
		if !fn(Compared{&p.Row, &p.tagged}, *r) {
			return errEnough
		}
	}
	return nil
}

// comparison says what compare reads and how.
type comparison struct {
	weeks   []time.Time
	workers int // 0: one for each processor
	chunk   int // 0: compareChunk
	tag     func(*Row)
}

// compare reads the posts of the weeks, tags them, and hands them on in chunks:
// the next chunk is read and tagged while the last is stored.
func (s *Store) compare(ctx context.Context, c comparison, take func([]compared) error) error {
	g, ctx := errgroup.WithContext(ctx)
	read, ready := make(chan []compared, 1), make(chan []compared, 1)
	g.Go(func() error {
		defer close(read)
		return s.readPosts(ctx, c.weeks, cmp.Or(c.chunk, compareChunk), func(posts []compared) { handOn(ctx, read, posts) })
	})
	g.Go(func() error {
		defer close(ready)
		for posts := range read {
			c.tagPosts(posts)
			handOn(ctx, ready, posts)
		}
		return ctx.Err()
	})
	g.Go(func() error {
		for posts := range ready {
			if err := take(posts); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

func handOn(ctx context.Context, to chan<- []compared, posts []compared) {
	select {
	case to <- posts:
	case <-ctx.Done():
	}
}

// readPosts reads without the engine's FINAL and in no order, which takes it a
// quarter of the time (6 against 24 us a post): rows that a newer one replaces
// are few, and left out here.
func (s *Store) readPosts(ctx context.Context, weeks []time.Time, chunk int, take func([]compared)) error {
	newest, err := s.newest(ctx, weeks)
	if err != nil {
		return err
	}
	posts := make([]compared, 0, chunk)
	const where = ` FROM items WHERE week IN {weeks:Array(Date32)} AND deleted = 0 AND expires > {now:DateTime('UTC')} SETTINGS max_threads = 1`
	err = s.eachRecord(ctx, allFields, func(r record) {
		if revision, ok := newest[weekKey{r.Week.Unix(), keyOf(r.ID)}]; ok && r.revision != revision {
			return
		}
		if posts = append(posts, compared{record: r}); len(posts) == chunk {
			take(posts)
			posts = make([]compared, 0, chunk)
		}
	}, "SELECT "+names(allFields)+where, days("weeks", weeks), second("now", s.now()))
	if err == nil && len(posts) > 0 {
		take(posts)
	}
	return err
}

// weekKey is a row of the table, whatever its revision: the Monday in Unix
// seconds, and the key of the id.
type weekKey struct {
	week int64
	key  uint64
}

// newest returns the revision that counts of the rows that were rewritten and
// not merged yet.
func (s *Store) newest(ctx context.Context, weeks []time.Time) (map[weekKey]uint64, error) {
	const query = `SELECT week, key, max(revision) FROM items WHERE week IN {weeks:Array(Date32)} GROUP BY week, key HAVING count() > 1`
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	newest := map[weekKey]uint64{}
	for rows.Next() {
		var week time.Time
		var key, revision uint64
		if err := rows.Scan(&week, &key, &revision); err != nil {
			return nil, err
		}
		newest[weekKey{week.Unix(), key}] = revision
	}
	return newest, rows.Err()
}

// tagPosts tags in shares small enough to even out long texts.
func (c *comparison) tagPosts(posts []compared) {
	const share = 64
	var next atomic.Int64
	var wg sync.WaitGroup
	for range cmp.Or(c.workers, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for from := int(next.Add(share)) - share; from < len(posts); from = int(next.Add(share)) - share {
				for i := from; i < min(from+share, len(posts)); i++ {
					p := &posts[i]
					p.tagged = p.Row
					c.tag(&p.tagged)
					p.changed = !sameTags(&p.Row, &p.tagged)
				}
			}
		})
	}
	wg.Wait()
}
