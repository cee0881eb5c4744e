package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vantage/collectors/item"
)

// roundPosts is about how many posts one query of a retag reads: many enough
// that its start costs nothing, few enough that it ends within seconds, after
// which the run can be taken up again.
const roundPosts = 100_000

// ErrRetagging says that a retag runs already.
var ErrRetagging = errors.New("a retag runs already; wait until it is done, `vantage retag -status` says how far it is")

// RetagConfig says where Retag begins and whom it tells.
type RetagConfig struct {
	After   time.Time // the Monday up to which an earlier run came; zero: from the beginning
	Workers int       // goroutines that tag; 0: one for each processor
	Round   int       // posts of one query, in whole weeks; 0: 100,000
	Chunk   int       // posts between two inserts; 0: 5,000
	// Progress is called after each chunk was stored; its error ends the run.
	// nil: nobody is told.
	Progress func(Retagged) error
}

// Retagged says how far Retag is.
type Retagged struct {
	Read, Changed int
	Total         int       // posts that it will read, as of its beginning
	Done          time.Time // all weeks up to this Monday are done; zero: none
}

// Retag shows tag every live post whose text has not expired, week by week from
// the oldest on, and stores what it fills in where that changes anything that
// charts or pages show. tag is called from several goroutines; of what it does
// to a row only what retagged lists is kept.
//
// Batches are written meanwhile: a post that was written since it was read is
// read and tagged again before it is stored, so that no edit and no deletion is
// lost. Whoever writes must use the new rules already. The numbers follow by
// Refresh. A second Retag gets ErrRetagging.
func (s *Store) Retag(ctx context.Context, cfg RetagConfig, tag func(*Row)) (Retagged, error) {
	if !s.retagging.TryLock() {
		return Retagged{}, ErrRetagging
	}
	defer s.retagging.Unlock()
	done := Retagged{Done: cfg.After}
	rounds, total, err := s.rounds(ctx, cfg.After, cmp.Or(cfg.Round, roundPosts))
	if err != nil {
		return done, fmt.Errorf("store: retag: %w", err)
	}
	if done.Total = total; cfg.Progress == nil {
		cfg.Progress = func(Retagged) error { return nil }
	}
	for _, weeks := range rounds {
		last := weeks[len(weeks)-1]
		if err := s.retagWeeks(ctx, weeks, cfg, tag, &done); err != nil {
			return done, fmt.Errorf("store: retag the weeks from %s to %s: %w", weeks[0].Format(time.DateOnly), last.Format(time.DateOnly), err)
		}
		done.Done = last
		if err := cfg.Progress(done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// rounds cuts the weeks after one into stretches of at most so many posts, or of
// one week.
func (s *Store) rounds(ctx context.Context, after time.Time, most int) (rounds [][]time.Time, total int, err error) {
	const query = `SELECT week, count() FROM items
		WHERE week > {after:Date32} AND deleted = 0 AND expires > {now:DateTime('UTC')} GROUP BY week ORDER BY week`
	if after.Before(earliest) {
		after = addWeeks(item.Week(earliest), -1)
	}
	rows, err := s.conn.Query(ctx, query, day("after", after), second("now", s.now()))
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	sum := 0
	for rows.Next() {
		var week time.Time
		var n uint64
		if err := rows.Scan(&week, &n); err != nil {
			return nil, 0, err
		}
		if sum += int(n); len(rounds) == 0 || sum > most {
			rounds, sum = append(rounds, nil), int(n)
		}
		rounds[len(rounds)-1] = append(rounds[len(rounds)-1], week.UTC())
		total += int(n)
	}
	return rounds, total, rows.Err()
}

// retagWeeks is one round. What is written from now on is noted, before the
// first row is read.
func (s *Store) retagWeeks(ctx context.Context, weeks []time.Time, cfg RetagConfig, tag func(*Row), done *Retagged) error {
	s.noteWrites(true)
	defer s.noteWrites(false)
	c := comparison{weeks: weeks, workers: cfg.Workers, chunk: cfg.Chunk, tag: tag}
	return s.compare(ctx, c, func(posts []compared) error {
		changed, err := s.rewrite(ctx, posts, tag)
		if err != nil {
			return err
		}
		done.Read, done.Changed = done.Read+len(posts), done.Changed+changed
		return cfg.Progress(*done)
	})
}

func (s *Store) noteWrites(on bool) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.written = nil
	if on {
		s.written = map[uint64]struct{}{}
	}
}

// rewrite stores the posts whose tags changed, and returns how many.
func (s *Store) rewrite(ctx context.Context, posts []compared, tag func(*Row)) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	var fresh []record
	var stale []string
	for i := range posts {
		p := &posts[i]
		if !p.changed {
			continue
		}
		if _, ok := s.written[keyOf(p.ID)]; ok {
			stale = append(stale, p.ID)
			continue
		}
		p.revision++
		setTags(&p.Row, &p.tagged)
		fresh = append(fresh, p.record)
	}
	again, err := s.tagAgain(ctx, stale, tag)
	if err != nil {
		return 0, err
	}
	fresh = append(fresh, again...)
	weeks := weekSet{}
	now := s.now()
	for i := range fresh {
		hideExpired(&fresh[i].Row, now)
		weeks.add(fresh[i].Week)
	}
	if err := s.mark(ctx, weeks.sorted()); err != nil {
		return 0, err
	}
	return len(fresh), s.insert(ctx, fresh)
}

// tagAgain reads posts as they are now, while nobody else writes, and returns
// those that tag changes.
func (s *Store) tagAgain(ctx context.Context, ids []string, tag func(*Row)) ([]record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := s.lookUp(ctx, ids)
	if err != nil {
		return nil, err
	}
	var live []*entry
	for _, e := range entries {
		if e.known && !e.row.Deleted && e.row.Expires.After(s.now()) {
			e.changed = true
			live = append(live, e)
		}
	}
	if err := s.complete(ctx, live); err != nil {
		return nil, err
	}
	var changed []record
	for _, e := range live {
		tagged := e.row.Row
		if tag(&tagged); !sameTags(&e.row.Row, &tagged) {
			e.row.revision = e.revision + 1
			setTags(&e.row.Row, &tagged)
			changed = append(changed, e.row)
		}
	}
	return changed, nil
}

// RuleVersions lists the versions that the live posts whose text has not
// expired were tagged by, sorted.
func (s *Store) RuleVersions(ctx context.Context) ([]string, error) {
	const query = `SELECT arraySort(groupUniqArray(rules::String)) FROM items WHERE deleted = 0 AND expires > {now:DateTime('UTC')}`
	var versions []string
	if err := s.conn.QueryRow(ctx, query, second("now", s.now())).Scan(&versions); err != nil {
		return nil, fmt.Errorf("store: versions of rules: %w", err)
	}
	return versions, nil
}

// TaggedOtherwise counts the live posts whose text has not expired that were
// tagged by none of these versions of the rules.
func (s *Store) TaggedOtherwise(ctx context.Context, versions []string) (int, error) {
	const query = `SELECT count() FROM items FINAL WHERE rules NOT IN {versions:Array(String)} AND expires > {now:DateTime('UTC')}`
	var n uint64
	if err := s.conn.QueryRow(ctx, query, texts("versions", versions), second("now", s.now())).Scan(&n); err != nil {
		return 0, fmt.Errorf("store: posts by older rules: %w", err)
	}
	return int(n), nil
}
