package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Totals counts everything that is stored, as of the newest generation.
func (s *Store) Totals(ctx context.Context) (Totals, error) {
	var t Totals
	_, err := s.consistent(ctx, func() error {
		const query = `SELECT sum(c.items), uniqExactArray(who),
				(SELECT uniqExact(source) FROM channels), (SELECT min(oldest) FROM channels), (SELECT max(newest) FROM channels)
			FROM cells AS c WHERE class = '' AND kind = '' AND area = ''`
		return s.conn.QueryRow(ctx, query).Scan(&t.Items, &t.Publishers, &t.Sources, (*zeroable)(&t.Oldest), (*zeroable)(&t.Newest))
	})
	if err != nil {
		return Totals{}, fmt.Errorf("store: totals: %w", err)
	}
	return t, nil
}

// SourceCounts returns what each channel showed, by its key, as of the newest
// generation. A post that two channels showed counts at both.
func (s *Store) SourceCounts(ctx context.Context) (map[string]SourceCount, error) {
	var counts map[string]SourceCount
	_, err := s.consistent(ctx, func() (err error) {
		counts, err = s.readSourceCounts(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: items by source: %w", err)
	}
	return counts, nil
}

func (s *Store) readSourceCounts(ctx context.Context) (map[string]SourceCount, error) {
	const query = `SELECT source::String, sum(c.items), min(c.oldest), max(c.newest) FROM channels AS c GROUP BY source`
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]SourceCount{}
	for rows.Next() {
		var c SourceCount
		if err := rows.Scan(&c.Source, &c.Items, &c.Oldest, &c.Newest); err != nil {
			return nil, err
		}
		c.Oldest, c.Newest = c.Oldest.UTC(), c.Newest.UTC()
		counts[c.Source] = c
	}
	return counts, rows.Err()
}

// AddGap notes hours that a source is known to have missed. Adding it twice is
// fine.
func (s *Store) AddGap(ctx context.Context, g Gap) error {
	if g.Source == "" || !g.From.Before(g.To) {
		return fmt.Errorf("store: gap of source %q from %s to %s: it needs a source and from before to",
			g.Source, g.From.Format(time.RFC3339), g.To.Format(time.RFC3339))
	}
	const query = `INSERT INTO gaps (source, start, stop)
		SELECT {source:String}, {from:DateTime64(3, 'UTC')}, {to:DateTime64(3, 'UTC')}`
	if err := s.conn.Exec(ctx, query, text("source", g.Source), instant("from", g.From), instant("to", g.To)); err != nil {
		return fmt.Errorf("store: gap of source %s: %w", g.Source, err)
	}
	return nil
}

// gaps returns those that touch the period, oldest first. One that was added
// twice stands twice in the table until its parts are merged.
func (s *Store) gaps(ctx context.Context, f Filter) ([]Gap, error) {
	const query = `SELECT source, start, stop FROM gaps
		WHERE start < {to:DateTime64(3, 'UTC')} AND stop > {from:DateTime64(3, 'UTC')}` + tiny
	rows, err := s.conn.Query(ctx, query, instant("from", f.From), instant("to", addWeeks(f.To, 1)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Gap
	for rows.Next() {
		var g Gap
		if err := rows.Scan(&g.Source, &g.From, &g.To); err != nil {
			return nil, err
		}
		g.From, g.To = g.From.UTC(), g.To.UTC()
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b Gap) int {
		return cmp.Or(a.From.Compare(b.From), strings.Compare(a.Source, b.Source), a.To.Compare(b.To))
	})
	return slices.Compact(list), rows.Err()
}
