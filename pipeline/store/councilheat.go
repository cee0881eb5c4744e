package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"vantage/pipeline/council"
)

// CouncilHeat returns the council x term matrix of a kind under a filter,
// counted over its whole period: publishers and stories are distinct over the
// weeks. The filter's area or councils are those that the posts name; roll
// says for which councils they count (nil: for these).
func (s *Store) CouncilHeat(ctx context.Context, kind string, f Filter, roll *council.Rollup) (CouncilHeat, error) {
	var h CouncilHeat
	generation, err := s.consistent(ctx, func() (err error) {
		h = CouncilHeat{Kind: kind, Heard: map[string]Mentioned{}, Unit: roll.Unit()}
		if h.Filter, err = s.period(ctx, f); err != nil || h.Filter.From.IsZero() {
			return err
		}
		both, side := errgroup.WithContext(ctx)
		both.Go(func() error { return s.readCouncilHeat(side, &h, roll) })
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

func (s *Store) readCouncilHeat(ctx context.Context, h *CouncilHeat, roll *council.Rollup) error {
	councils, err := s.councilsIn(ctx, h.Filter)
	if err != nil || len(councils) == 0 {
		return err
	}
	sum := newRolled(roll)
	if err := s.eachCouncilCell(ctx, h.Kind, h.Filter, councils, sum.add); err != nil {
		return err
	}
	if mixed := sum.mixed(); len(mixed) > 0 {
		if err := s.countMixed(ctx, h.Kind, h.Filter, sum, mixed); err != nil {
			return fmt.Errorf("councils that several count for: %w", err)
		}
	}
	sum.fill(h)
	return nil
}

// eachCouncilCell calls take with every term of every council, and with the
// term "" for all its items.
func (s *Store) eachCouncilCell(ctx context.Context, kind string, f Filter, councils []string, take func(council, term string, c Counts)) error {
	const query = `SELECT area::String, kind, term::String, sum(c.items), uniqExactArray(who), sum(solo) + uniqExactArray(shared)
		FROM cells AS c
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = {class:String} AND kind IN ('', {kind:String})
			AND area IN {councils:Array(String)}
		GROUP BY area, kind, term`
	rows, err := s.conn.Query(ctx, query, append(filterArgs(kind, f), texts("councils", councils))...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, kind, term string
		var c Counts
		if err := rows.Scan(&id, &kind, &term, &c.Items, &c.Publishers, &c.Stories); err != nil {
			return err
		}
		take(id, term, c)
	}
	return rows.Err()
}

// place is a term at a council; the term "" stands for all items.
type place struct{ council, term string }

// rolled sums up the counts of councils for those that they count for.
// Mentions add up; posts, publishers and stories do not, because a post may
// name two councils that count for one.
type rolled struct {
	roll  *council.Rollup
	sums  map[place]Mentioned
	named map[string]bool
	from  map[string][]string // by council: those heard whose posts count for it
}

func newRolled(roll *council.Rollup) *rolled {
	return &rolled{roll: roll, sums: map[place]Mentioned{}, named: map[string]bool{}, from: map[string][]string{}}
}

func (r *rolled) add(id, term string, c Counts) {
	first := !r.named[id]
	r.named[id] = true
	for _, share := range r.roll.Shares(id) {
		at := place{share.Council, term}
		r.sums[at] = Mentioned{r.sums[at].Mentions + share.Parts*c.Items, c}
		if first {
			r.from[share.Council] = append(r.from[share.Council], id)
		}
	}
}

// mixed lists the councils for which several of those heard count; the Counts
// of all others are right already.
func (r *rolled) mixed() []string {
	var ids []string
	for id, from := range r.from {
		if len(from) > 1 {
			ids = append(ids, id)
		}
	}
	return ids
}

func (r *rolled) fill(h *CouncilHeat) {
	h.Named = slices.Sorted(maps.Keys(r.named))
	for at, c := range r.sums {
		if at.term == "" {
			h.Heard[at.council] = c
		} else {
			h.Cells = append(h.Cells, CouncilCell{at.council, at.term, c})
		}
	}
	slices.SortFunc(h.Cells, func(a, b CouncilCell) int {
		return cmp.Or(strings.Compare(a.Council, b.Council), strings.Compare(a.Term, b.Term))
	})
}

// councilsIn lists the councils of the filter that the cells of its period
// know.
func (s *Store) councilsIn(ctx context.Context, f Filter) ([]string, error) {
	switch {
	case len(f.Councils) > 0:
		return f.Councils, nil
	case f.Area != "" && !isWide(f.Area):
		return []string{f.Area}, nil
	}
	heard, err := s.heard(ctx, f)
	return slices.DeleteFunc(heard, func(id string) bool { return f.Area != "" && !slices.Contains(s.areas(id), f.Area) }), err
}

// heard lists the councils that the cells of the filter's period know, of its
// councils where it names some.
func (s *Store) heard(ctx context.Context, f Filter) ([]string, error) {
	const query = `SELECT DISTINCT area::String AS id FROM cells
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = '' AND kind = '' AND area != ''
			AND (empty({councils:Array(String)}) OR area IN {councils:Array(String)}) ORDER BY id`
	rows, err := s.conn.Query(ctx, query, day("from", f.From), day("to", f.To), texts("councils", f.Councils))
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
		if !isWide(id) {
			list = append(list, id)
		}
	}
	return list, rows.Err()
}

// isWide tells a nation or region from a council id, which has no colon.
func isWide(area string) bool { return strings.Contains(area, ":") }
