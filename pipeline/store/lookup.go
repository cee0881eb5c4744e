package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// lookUpSize is how many ids one look-up asks for; over HTTP they travel in
// the address, of which a server takes 1 MiB.
const lookUpSize = 5000

// Rows of all revisions come back: the highest of a week counts, which saves a
// FINAL over the whole table.
var (
	lookUpSQL  = "SELECT " + names(small) + " FROM items PREWHERE key IN {keys:Array(UInt64)}"
	contentSQL = "SELECT " + names(concat(small[:3], contentFields)) +
		" FROM items PREWHERE key IN {keys:Array(UInt64)} WHERE week IN {weeks:Array(Date32)}"
	contentFields = concat(content, signs)
)

// lookUp returns an entry for every id, filled with what is stored of it.
func (s *Store) lookUp(ctx context.Context, ids []string) (map[string]*entry, error) {
	entries, keys := newEntries(ids)
	return entries, s.load(ctx, keys, entries)
}

// newEntries returns an empty entry for every id, and the keys to look up.
func newEntries(ids []string) (entries map[string]*entry, keys []uint64) {
	entries = make(map[string]*entry, len(ids))
	keys = make([]uint64, 0, len(ids))
	all := make([]entry, len(ids))
	for i, id := range ids {
		if entries[id] == nil {
			entries[id] = &all[i]
			keys = append(keys, keyOf(id))
		}
	}
	return entries, keys
}

// load fills the entries of these keys with what is stored.
func (s *Store) load(ctx context.Context, keys []uint64, entries map[string]*entry) error {
	for some := range slices.Chunk(keys, lookUpSize) {
		err := s.eachRecord(ctx, small, func(r record) {
			if e := entries[r.ID]; e != nil {
				e.load(r)
			}
		}, lookUpSQL, numbers("keys", some))
		if err != nil {
			return fmt.Errorf("look up %d ids: %w", len(some), err)
		}
	}
	return nil
}

// complete loads the content of entries that changed without bringing any.
func (s *Store) complete(ctx context.Context, entries []*entry) error {
	byID := map[string]*entry{}
	weeks := weekSet{}
	var keys []uint64
	for _, e := range entries {
		if e.changed && !e.whole {
			byID[e.row.ID] = e
			keys = append(keys, keyOf(e.row.ID))
			weeks.add(e.row.Week)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	fields := concat(small[:3], contentFields) // week, id, revision
	take := func(r record) {
		e := byID[r.ID]
		if e == nil || !e.row.Week.Equal(r.Week) || e.revision != r.revision {
			return
		}
		e.whole = true
		e.row.Title, e.row.Text, e.row.URL, e.row.Links = r.Title, r.Text, r.URL, r.Links
		e.row.Hashtags, e.row.Signature = r.Hashtags, r.Signature
	}
	if err := s.eachRecord(ctx, fields, take, contentSQL, numbers("keys", keys), days("weeks", weeks.sorted())); err != nil {
		return fmt.Errorf("read %d posts again: %w", len(keys), err)
	}
	for _, e := range byID {
		if !e.whole {
			return fmt.Errorf("post %s of revision %d is gone from the table: does another process write it?", e.row.ID, e.revision)
		}
	}
	return nil
}

// eachRecord runs a query that yields the columns of fields, in their order.
func (s *Store) eachRecord(ctx context.Context, fields []field, take func(record), query string, args ...any) error {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanRecords(rows, fields, take)
}

func scanRecords(rows driver.Rows, fields []field, take func(record)) error {
	for rows.Next() {
		var r record
		if err := rows.Scan(targets(fields, &r)...); err != nil {
			return err
		}
		take(r)
	}
	return rows.Err()
}
