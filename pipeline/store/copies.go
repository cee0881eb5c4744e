package store

import (
	"context"
	"fmt"
	"maps"
	"time"

	"vantage/pipeline/story"
)

// copyWeeks is how many weeks before its own a copy's original can stand in:
// story.Window is 21 days.
const copyWeeks = 3

// plan says what one round of Refresh rewrites.
type plan struct {
	cells  weekSet                         // weeks whose cells, mentions and channels are derived
	copies weekSet                         // weeks whose copies changed
	around weekSet                         // weeks that those cells look at for copies
	staged map[time.Time]map[string]string // copies of the weeks around
}

// plan finds the copies of the dirty weeks and of the three weeks after each,
// whose posts may repeat one of a dirty week. Cells change where items or
// copies did, and where a post became an original or is none any more: only
// an original's story stands in the set that is merged over weeks.
func (s *Store) plan(ctx context.Context, round []dirtyWeek) (plan, error) {
	p := plan{cells: weekSet{}, copies: weekSet{}}
	after := weekSet{}
	for _, d := range round {
		p.cells.add(d.week)
		for n := 0; n <= copyWeeks; n++ {
			after.add(addWeeks(d.week, n))
		}
	}
	p.around = widen(after, copyWeeks, copyWeeks)
	entries, err := s.entries(ctx, p.around)
	if err != nil {
		return p, err
	}
	if p.staged, err = s.storedCopies(ctx, p.around); err != nil {
		return p, err
	}
	for _, week := range after.sorted() {
		p.compare(week, copiesOf(week, entries), entries)
	}
	return p, nil
}

// widen adds the weeks before and after each.
func widen(weeks weekSet, before, after int) weekSet {
	wide := weekSet{}
	for w := range weeks {
		for n := -before; n <= after; n++ {
			wide.add(addWeeks(w, n))
		}
	}
	return wide
}

// copiesOf returns the copies among the week's items, compared with the three
// weeks before it.
func copiesOf(week time.Time, entries map[time.Time][]story.Entry) map[string]string {
	own := entries[week]
	if len(own) == 0 {
		return nil
	}
	var all []story.Entry
	for n := copyWeeks; n > 0; n-- {
		all = append(all, entries[addWeeks(week, -n)]...)
	}
	found := story.Copies(append(all, own...))
	copies := map[string]string{}
	for _, e := range own {
		if original, ok := found[e.ID]; ok {
			copies[e.ID] = original
		}
	}
	return copies
}

// compare notes what is new about a week's copies.
func (p *plan) compare(week time.Time, copies map[string]string, entries map[time.Time][]story.Entry) {
	old := p.staged[week]
	if maps.Equal(old, copies) {
		return
	}
	p.staged[week] = copies
	p.copies.add(week)
	p.cells.add(week)
	was, is := originals(old), originals(copies)
	for n := 0; n <= copyWeeks; n++ {
		for _, e := range entries[addWeeks(week, -n)] {
			if was[e.ID] != is[e.ID] {
				p.cells.add(addWeeks(week, -n))
				break
			}
		}
	}
}

func originals(copies map[string]string) map[string]bool {
	set := map[string]bool{}
	for _, original := range copies {
		set[original] = true
	}
	return set
}

// entries reads the signatures of the weeks' items.
func (s *Store) entries(ctx context.Context, weeks weekSet) (map[time.Time][]story.Entry, error) {
	const query = `SELECT week, id, published, signature FROM items FINAL WHERE week IN {weeks:Array(Date32)} AND signature != ''`
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks.sorted()))
	if err != nil {
		return nil, fmt.Errorf("read signatures: %w", err)
	}
	defer rows.Close()
	entries := map[time.Time][]story.Entry{}
	for rows.Next() {
		var week time.Time
		var e story.Entry
		if err := rows.Scan(&week, &e.ID, &e.Published, (*signature)(&e.Signature)); err != nil {
			return nil, fmt.Errorf("read signatures: %w", err)
		}
		week = week.UTC()
		entries[week] = append(entries[week], e)
	}
	return entries, rows.Err()
}

func (s *Store) storedCopies(ctx context.Context, weeks weekSet) (map[time.Time]map[string]string, error) {
	const query = `SELECT week, id, original FROM copies WHERE week IN {weeks:Array(Date32)}`
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks.sorted()))
	if err != nil {
		return nil, fmt.Errorf("read copies: %w", err)
	}
	defer rows.Close()
	copies := map[time.Time]map[string]string{}
	for rows.Next() {
		var week time.Time
		var id, original string
		if err := rows.Scan(&week, &id, &original); err != nil {
			return nil, fmt.Errorf("read copies: %w", err)
		}
		week = week.UTC()
		if copies[week] == nil {
			copies[week] = map[string]string{}
		}
		copies[week][id] = original
	}
	return copies, rows.Err()
}
