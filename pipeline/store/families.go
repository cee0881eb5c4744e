package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// voiceSQL is who counts as an independent publisher: the family of an item's
// publisher.
const voiceSQL = `if(family = '', publisher, family::String) AS voice`

func (s *Store) setFamilies(of func(publisher string) string) {
	if of == nil {
		of = func(publisher string) string { return publisher }
	}
	s.families.Store(&of)
}

// familyOf is what the column holds: nothing where a publisher is its own
// family.
func (s *Store) familyOf(publisher string) string {
	if family := (*s.families.Load())(publisher); family != publisher {
		return family
	}
	return ""
}

// nameFamilies fills in the families of what is about to be written.
func (s *Store) nameFamilies(records []record) {
	known := map[string]string{}
	for i := range records {
		r := &records[i]
		family, ok := known[r.Publisher]
		if !ok {
			family = s.familyOf(r.Publisher)
			known[r.Publisher] = family
		}
		r.Family = family
	}
}

// SetFamilies replaces the families, rewrites them where what is stored differs
// and marks the weeks in which such posts stand, so that the next Refresh
// counts them anew. It returns how many publishers changed their family. Called
// with the families of Config it makes good what an older program wrote. It
// reads two columns of all rows: some 50 ms over a million.
func (s *Store) SetFamilies(ctx context.Context, of func(publisher string) string) (int, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.setFamilies(of)
	moved, weeks, err := s.movedPublishers(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: families: %w", err)
	}
	if len(moved) == 0 {
		return 0, nil
	}
	if err := s.mark(ctx, weeks.sorted()); err != nil {
		return 0, fmt.Errorf("store: families: %w", err)
	}
	for publishers := range slices.Chunk(slices.Sorted(maps.Keys(moved)), movedAtOnce) {
		if err := s.moveFamilies(ctx, publishers, moved); err != nil {
			return 0, fmt.Errorf("store: families of %s and %d more: %w", publishers[0], len(publishers)-1, err)
		}
	}
	return len(moved), nil
}

// movedAtOnce bounds one rewrite; over HTTP the names travel in the address.
const movedAtOnce = 2000

// movedPublishers returns the publishers whose stored family is not theirs, with
// the right one, and the weeks that hold them.
func (s *Store) movedPublishers(ctx context.Context) (moved map[string]string, weeks weekSet, err error) {
	const query = `SELECT publisher, family::String, groupUniqArray(week) FROM items WHERE deleted = 0 GROUP BY publisher, family`
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	moved, weeks = map[string]string{}, weekSet{}
	for rows.Next() {
		var publisher, family string
		var in []time.Time
		if err := rows.Scan(&publisher, &family, &in); err != nil {
			return nil, nil, err
		}
		if right := s.familyOf(publisher); right != family {
			moved[publisher] = right
			for _, w := range in {
				weeks.add(w)
			}
		}
	}
	return moved, weeks, rows.Err()
}

// moveFamilies rewrites one column of the rows of these publishers, and waits
// for it. Revisions stay: nothing else about a row changed.
func (s *Store) moveFamilies(ctx context.Context, publishers []string, moved map[string]string) error {
	families := each(publishers, func(p string) string { return moved[p] })
	const command = `ALTER TABLE items UPDATE family = transform(publisher, {publishers:Array(String)}, {families:Array(String)}, family::String)
		WHERE publisher IN {publishers:Array(String)} SETTINGS mutations_sync = 1`
	return s.conn.Exec(ctx, command, texts("publishers", publishers), texts("families", families))
}
