package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// dirtyWeek is a week that changed, with the tokens of the writes that said so.
type dirtyWeek struct {
	week   time.Time
	tokens []uint64
}

// mark notes the weeks as changed, under a token of this write, before any row
// is touched: a crash after it costs one needless derivation, never a number.
// A week whose last token was not read yet needs no other: whoever reads that
// one derives these rows too. The caller holds s.writing until its rows are
// stored.
func (s *Store) mark(ctx context.Context, weeks []time.Time) error {
	weeks = slices.DeleteFunc(slices.Clone(weeks), func(w time.Time) bool { return s.marked[w.UTC()] })
	if len(weeks) == 0 {
		return nil
	}
	s.marks.Add(1)
	const query = `INSERT INTO dirty (week, token, done)
		SELECT arrayJoin({weeks:Array(Date32)}), {token:UInt64}, 0`
	if err := s.conn.Exec(ctx, query, days("weeks", weeks), number("token", newToken())); err != nil {
		return fmt.Errorf("mark %d changed weeks: %w", len(weeks), err)
	}
	for _, w := range weeks {
		s.marked.add(w)
	}
	return nil
}

// newToken is random, so that no clock and no restart can repeat one.
func newToken() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}

// dirtyWeeks are the weeks to derive, newest first. It waits for the write in
// hand, so that the rows behind each token are stored.
func (s *Store) dirtyWeeks(ctx context.Context) ([]dirtyWeek, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.marked = weekSet{}
	const query = `SELECT week, groupArray(token) FROM dirty FINAL WHERE done = 0 GROUP BY week ORDER BY week DESC`
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []dirtyWeek
	for rows.Next() {
		var d dirtyWeek
		if err := rows.Scan(&d.week, &d.tokens); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// clean marks exactly the tokens that were seen before the weeks were derived;
// a write that came since keeps its week dirty.
func (s *Store) clean(ctx context.Context, list []dirtyWeek) error {
	if len(list) == 0 {
		return nil
	}
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO dirty (week, token, done)")
	if err != nil {
		return err
	}
	defer batch.Close()
	for _, d := range list {
		for _, token := range d.tokens {
			if err := batch.Append(d.week, token, uint8(1)); err != nil {
				return err
			}
		}
	}
	return batch.Send()
}

// forgetLimit is how many rows of finished work the list may hold.
const forgetLimit = 20_000

// prune empties the list when nothing in it is left to do. No write can add to
// it meanwhile.
func (s *Store) prune(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var rows, open uint64
	const query = `SELECT (SELECT count() FROM dirty), (SELECT count() FROM dirty FINAL WHERE done = 0)`
	if err := s.conn.QueryRow(ctx, query).Scan(&rows, &open); err != nil {
		return err
	}
	if rows < forgetLimit || open > 0 {
		return nil
	}
	return s.conn.Exec(ctx, "TRUNCATE TABLE dirty")
}
