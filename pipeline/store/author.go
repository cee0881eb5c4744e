package store

import (
	"context"
	"fmt"
)

// ForgetAuthor withdraws every post of the author with a version up to
// version, stored or yet to come. The author's later posts are stored again.
// Written.Erase holds all stream messages of these posts, also when the call is
// repeated after a crash.
func (s *Store) ForgetAuthor(ctx context.Context, ref string, version uint64) (Written, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	w, err := s.forget(ctx, ref, version)
	if err != nil {
		return Written{}, fmt.Errorf("store: forget author %s: %w", ref, err)
	}
	return w, nil
}

func (s *Store) forget(ctx context.Context, ref string, version uint64) (Written, error) {
	var ids []string
	var w Written
	err := s.eachRecord(ctx, small, func(r record) {
		ids = append(ids, r.ID)
		w.Erase = append(w.Erase, r.Seqs...)
	}, "SELECT "+names(small)+` FROM items FINAL WHERE author_ref = {ref:String} AND version <= {version:UInt64}`,
		text("ref", ref), number("version", version))
	if err != nil {
		return w, err
	}
	if w.Erase, err = s.remember(ctx, ref, version, w.Erase); err != nil {
		return w, err
	}
	rows := make([]Row, len(ids))
	for i, id := range ids {
		rows[i] = Row{ID: id, Version: version, Deleted: true}
	}
	removed, err := s.write(ctx, rows)
	removed.Erase = union(w.Erase, removed.Erase)
	return removed, err
}

// remember notes the author before any post is touched, with the messages
// that must go, and returns these together with those noted before.
func (s *Store) remember(ctx context.Context, ref string, version uint64, seqs []uint64) ([]uint64, error) {
	var before []uint64
	const query = `SELECT groupUniqArrayArray(seqs) FROM forgotten WHERE author_ref = {ref:String}`
	if err := s.conn.QueryRow(ctx, query, text("ref", ref)).Scan(&before); err != nil {
		return nil, err
	}
	all := union(seqs, before)
	version = max(version, s.forgotten[ref])
	// As a batch: the messages of a busy author are more than an address holds.
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO forgotten (author_ref, version, seqs)")
	if err != nil {
		return nil, err
	}
	defer batch.Close()
	if err := batch.Append(ref, version, nonNil(all)); err != nil {
		return nil, err
	}
	if err := batch.Send(); err != nil {
		return nil, err
	}
	s.forgotten[ref] = version
	return all, nil
}

// withdrawn tells whether the author has taken the post back.
func (s *Store) withdrawn(r Row) bool {
	return !r.Deleted && r.AuthorRef != "" && r.Version <= s.forgotten[r.AuthorRef]
}

func (s *Store) loadForgotten(ctx context.Context) error {
	rows, err := s.conn.Query(ctx, "SELECT author_ref, max(version) FROM forgotten GROUP BY author_ref")
	if err != nil {
		return err
	}
	defer rows.Close()
	s.forgotten = map[string]uint64{}
	for rows.Next() {
		var ref string
		var version uint64
		if err := rows.Scan(&ref, &version); err != nil {
			return err
		}
		s.forgotten[ref] = version
	}
	return rows.Err()
}
