package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// CouncilHeat returns the council x term matrix of a kind under a filter,
// counted over its whole period: publishers and stories are distinct over the
// weeks. Filter.Area narrows it to the councils of an area, or to one council.
func (s *Store) CouncilHeat(ctx context.Context, kind string, f Filter) (CouncilHeat, error) {
	var h CouncilHeat
	generation, err := s.consistent(ctx, func() (err error) {
		h = CouncilHeat{Kind: kind, Heard: map[string]Counts{}}
		if h.Filter, err = s.period(ctx, f); err != nil || h.Filter.From.IsZero() {
			return err
		}
		both, side := errgroup.WithContext(ctx)
		both.Go(func() error { return s.readCouncilHeat(side, &h) })
		both.Go(func() (err error) {
			h.Gaps, err = s.gaps(side, h.Filter)
			return err
		})
		return both.Wait()
	})
	if err != nil {
		return CouncilHeat{}, fmt.Errorf("store: %s by council: %w", kind, err)
	}
	h.Generation = generation
	return h, nil
}

func (s *Store) readCouncilHeat(ctx context.Context, h *CouncilHeat) error {
	councils, err := s.councilsIn(ctx, h.Filter)
	if err != nil || len(councils) == 0 {
		return err
	}
	const query = `SELECT area::String, kind, term::String, sum(c.items), uniqExactArray(who), sum(solo) + uniqExactArray(shared)
		FROM cells AS c
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = {class:String} AND kind IN ('', {kind:String})
			AND area IN {councils:Array(String)}
		GROUP BY area, kind, term ORDER BY area, kind, term`
	rows, err := s.conn.Query(ctx, query, append(filterArgs(h.Kind, h.Filter), texts("councils", councils))...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var c CouncilCell
		if err := rows.Scan(&c.Council, &kind, &c.Term, &c.Items, &c.Publishers, &c.Stories); err != nil {
			return err
		}
		if kind == "" {
			h.Heard[c.Council] = c.Counts
		} else {
			h.Cells = append(h.Cells, c)
		}
	}
	return rows.Err()
}

// councilsIn lists the councils of the filter's area that the cells of its
// period know.
func (s *Store) councilsIn(ctx context.Context, f Filter) ([]string, error) {
	if f.Area != "" && !isWide(f.Area) {
		return []string{f.Area}, nil
	}
	const query = `SELECT DISTINCT area::String AS id FROM cells
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = '' AND kind = '' AND area != '' ORDER BY id`
	rows, err := s.conn.Query(ctx, query, day("from", f.From), day("to", f.To))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if !isWide(id) && (f.Area == "" || slices.Contains(s.areas(id), f.Area)) {
			list = append(list, id)
		}
	}
	return list, rows.Err()
}

// isWide tells a nation or region from a council id, which has no colon.
func isWide(area string) bool { return strings.Contains(area, ":") }
