package store

import (
	"context"
	"fmt"
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
