package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vantage/collectors/item"
)

// retagChunk is how many posts are tagged while no batch can be written.
const retagChunk = 2000

// RetagConfig says where Retag begins and what it tells its caller.
type RetagConfig struct {
	After    string // cursor of an earlier run; empty: from the beginning
	Chunk    int    // posts between two commits; 0: 2,000
	DryRun   bool   // write nothing, only count what would change
	Progress func(Retagged) error
}

// Retagged says how far Retag is.
type Retagged struct {
	Read    int
	Changed int
	Cursor  string // everything up to here is done
}

// Retag shows fn every live post whose text has not expired, oldest week
// first, and stores the tags that it returns: topics, tools, councils, what was
// found, language, rules and signature. fn tells whether anything changed;
// other fields of its row are ignored. Batches are written between chunks, not
// within one. Progress is called after each chunk was stored; its error ends
// the run.
func (s *Store) Retag(ctx context.Context, cfg RetagConfig, fn func(Row) (Row, bool)) (Retagged, error) {
	done := Retagged{Cursor: cfg.After}
	if cfg.Chunk <= 0 {
		cfg.Chunk = retagChunk
	}
	for {
		n, err := s.retagChunk(ctx, cfg, &done, fn)
		if err != nil {
			return done, fmt.Errorf("store: retag after %q: %w", done.Cursor, err)
		}
		if n == 0 {
			return done, nil
		}
		if cfg.Progress != nil {
			if err := cfg.Progress(done); err != nil {
				return done, err
			}
		}
	}
}

// retagChunk does the posts of one week that follow the cursor, and returns
// how many it read.
func (s *Store) retagChunk(ctx context.Context, cfg RetagConfig, done *Retagged, fn func(Row) (Row, bool)) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	records, err := s.following(ctx, done.Cursor, cfg.Chunk)
	if err != nil || len(records) == 0 {
		return 0, err
	}
	var rewritten []record
	weeks := weekSet{}
	for _, r := range records {
		row, changed := fn(r.Row)
		if !changed {
			continue
		}
		setTags(&r.Row, row)
		r.revision++
		rewritten = append(rewritten, r)
		weeks.add(r.Week)
	}
	if !cfg.DryRun {
		if err := s.mark(ctx, weeks.sorted()); err != nil {
			return 0, err
		}
		if err := s.insert(ctx, rewritten); err != nil {
			return 0, err
		}
	}
	last := records[len(records)-1]
	done.Read, done.Changed = done.Read+len(records), done.Changed+len(rewritten)
	done.Cursor = last.Week.Format(time.DateOnly) + "/" + last.ID
	return len(records), nil
}

func setTags(r *Row, tagged Row) {
	r.Topics, r.Tools, r.Councils = union(tagged.Topics, nil), union(tagged.Tools, nil), union(tagged.Councils, nil)
	r.Found, r.Lang, r.Rules, r.Signature = tagged.Found, tagged.Lang, tagged.Rules, tagged.Signature
}

// following reads the next posts of the first week that has any.
func (s *Store) following(ctx context.Context, cursor string, limit int) ([]record, error) {
	week, id, err := parseCursor(cursor)
	if err != nil {
		return nil, err
	}
	const next = `SELECT week, groupArray(id) FROM (
			SELECT week, id FROM items FINAL
			WHERE week >= {week:Date32} AND (week > {week:Date32} OR id > {id:String}) AND expires > {now:DateTime('UTC')}
				AND week = (SELECT min(week) FROM items FINAL
					WHERE week >= {week:Date32} AND (week > {week:Date32} OR id > {id:String}) AND expires > {now:DateTime('UTC')})
			ORDER BY id LIMIT {limit:UInt64})
		GROUP BY week`
	rows, err := s.conn.Query(ctx, next, day("week", week), text("id", id), second("now", s.now()), number("limit", limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		if err := rows.Scan(&week, &ids); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return nil, err
	}
	return s.records(ctx, week, ids)
}

// records reads posts of one week whole, by id. The first and last id bound
// what is read; the list would not fit into an address.
func (s *Store) records(ctx context.Context, week time.Time, ids []string) ([]record, error) {
	slices.Sort(ids)
	const where = ` FROM items FINAL WHERE week = {week:Date32} AND id >= {first:String} AND id <= {last:String} AND expires > {now:DateTime('UTC')}`
	var list []record
	err := s.eachRecord(ctx, allFields, func(r record) { list = append(list, r) }, "SELECT "+names(allFields)+where+" ORDER BY id",
		day("week", week), text("first", ids[0]), text("last", ids[len(ids)-1]), second("now", s.now()))
	return list, err
}

func parseCursor(cursor string) (time.Time, string, error) {
	if cursor == "" {
		return item.Week(earliest), "", nil
	}
	date, id, ok := strings.Cut(cursor, "/")
	week, err := time.Parse(time.DateOnly, date)
	if !ok || err != nil {
		return week, "", fmt.Errorf("cursor %q is not a week, a slash and an id; begin with an empty one", cursor)
	}
	return week, id, nil
}
