package store

import (
	"context"
	"fmt"
)

// ForgetAuthor withdraws every post of the author with a version up to
// version, stored or yet to come. The author's later posts are stored again.
// erase is given the stream messages of the stored posts while these still name
// their author: what a crash or an error cuts off is made good by the next call.
func (s *Store) ForgetAuthor(ctx context.Context, ref string, version uint64, erase func(context.Context, []Erasure) error) (Written, error) {
	w, err := s.forget(ctx, ref, version, erase)
	if err != nil {
		return Written{}, fmt.Errorf("store: forget author %s: %w", ref, err)
	}
	return w, nil
}

func (s *Store) forget(ctx context.Context, ref string, version uint64, erase func(context.Context, []Erasure) error) (Written, error) {
	if err := s.remember(ctx, ref, version); err != nil {
		return Written{}, err
	}
	var rows []Row
	var carried []Erasure
	err := s.eachRecord(ctx, small, func(r record) {
		rows = append(rows, Row{ID: r.ID, Version: version, Deleted: true})
		carried = append(carried, erasures(r.ID, version, r.Seqs)...)
	}, "SELECT "+names(small)+` FROM items FINAL WHERE author_ref = {ref:String} AND version <= {version:UInt64}`,
		text("ref", ref), number("version", version))
	if err != nil {
		return Written{}, err
	}
	if err := erase(ctx, carried); err != nil {
		return Written{}, err
	}
	w, err := s.Write(ctx, rows)
	w.Erase = nil
	return w, err
}

// remember notes the author before any post is touched, so that from then on
// none comes in.
func (s *Store) remember(ctx context.Context, ref string, version uint64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	version = max(version, s.forgotten[ref])
	const query = `INSERT INTO forgotten (author_ref, version) SELECT {ref:String}, {version:UInt64}`
	if err := s.conn.Exec(ctx, query, text("ref", ref), number("version", version)); err != nil {
		return err
	}
	s.forgotten[ref] = version
	return nil
}

// withdrawn tells whether the author has taken the post back.
func (s *Store) withdrawn(r *Row) bool {
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
