package store

import (
	"context"
	"fmt"
	"time"

	"vantage/collectors/item"
)

// SourceWeeks returns how many posts each channel showed in each of the last n
// weeks up to that of until, oldest first, as of the newest generation.
// Channels without any post are missing.
func (s *Store) SourceWeeks(ctx context.Context, until time.Time, n int) (map[string][]uint64, error) {
	last := item.Week(until)
	first := addWeeks(last, 1-n)
	var counts map[string][]uint64
	_, err := s.consistent(ctx, func() (err error) {
		counts, err = s.readSourceWeeks(ctx, first, last, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: weeks by source: %w", err)
	}
	return counts, nil
}

func (s *Store) readSourceWeeks(ctx context.Context, first, last time.Time, n int) (map[string][]uint64, error) {
	const query = `SELECT source::String, groupArray(toUInt16(intDiv(toInt32(week) - toInt32({first:Date32}), 7))), groupArray(c.items) FROM channels AS c
		WHERE week >= {first:Date32} AND week <= {last:Date32} GROUP BY source`
	rows, err := s.conn.Query(ctx, query, day("first", first), day("last", last))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string][]uint64{}
	for rows.Next() {
		var source string
		var weeks []uint16
		var items []uint64
		if err := rows.Scan(&source, &weeks, &items); err != nil {
			return nil, err
		}
		line := make([]uint64, n)
		for i, w := range weeks {
			line[w] += items[i]
		}
		counts[source] = line
	}
	return counts, rows.Err()
}
