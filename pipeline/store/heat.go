package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Heat returns the term x week matrix of a kind under a filter, all of it from
// one generation. A zero From or To is the first or last week with items.
func (s *Store) Heat(ctx context.Context, kind string, f Filter) (Heat, error) {
	var h Heat
	generation, err := s.consistent(ctx, func() (err error) {
		h = emptyHeat(kind)
		if h.Filter, err = s.period(ctx, f); err != nil || h.Filter.From.IsZero() {
			return err
		}
		h.Weeks = mondays(h.Filter.From, h.Filter.To)
		both, ctx := errgroup.WithContext(ctx)
		both.Go(func() error { return s.readHeat(ctx, &h) })
		both.Go(func() (err error) {
			h.Gaps, err = s.gaps(ctx, h.Filter)
			return err
		})
		return both.Wait()
	})
	if err != nil {
		return Heat{}, fmt.Errorf("store: %s heat map: %w", kind, err)
	}
	h.Generation = generation
	return h, nil
}

func emptyHeat(kind string) Heat {
	return Heat{Kind: kind, Heard: map[time.Time]Counts{}, Totals: map[string]Counts{}}
}

func (s *Store) readHeat(ctx context.Context, h *Heat) error {
	if ready, err := s.readSpan(ctx, h); ready || err != nil {
		return err
	}
	const query = `SELECT kind, term, ` + spanColumns + `
		FROM cells AS c
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = {class:String} AND kind IN ('', {kind:String}) AND area = {area:String}
		GROUP BY kind, term`
	return s.scanHeat(ctx, h, query, filterArgs(h.Kind, h.Filter)...)
}

// scanHeat reads one line for each term: its cells side by side, and what the
// period makes of them.
func (s *Store) scanHeat(ctx context.Context, h *Heat, query string, args ...any) error {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var kind, term string
		var weeks []time.Time
		var items, publishers, stories []uint64
		var total Counts
		if err := rows.Scan(&kind, &term, &weeks, &items, &publishers, &stories, &total.Items, &total.Publishers, &total.Stories); err != nil {
			return err
		}
		for i, week := range weeks {
			counts := Counts{Items: items[i], Publishers: publishers[i], Stories: stories[i]}
			if kind == "" {
				h.Heard[week.UTC()] = counts
			} else {
				h.Cells = append(h.Cells, Cell{Week: week.UTC(), Term: term, Counts: counts})
			}
		}
		if kind == "" {
			h.All = total
		} else {
			h.Totals[term] = total
		}
	}
	slices.SortFunc(h.Cells, func(a, b Cell) int { return cmp.Or(strings.Compare(a.Term, b.Term), a.Week.Compare(b.Week)) })
	return rows.Err()
}

func filterArgs(kind string, f Filter) []any {
	return []any{text("kind", kind), text("area", f.Area), text("class", f.Class), day("from", f.From), day("to", f.To)}
}

// period fills in an open end by the first or last week with items. From stays
// zero where there are none at all.
func (s *Store) period(ctx context.Context, f Filter) (Filter, error) {
	if !f.From.IsZero() && !f.To.IsZero() {
		f.From, f.To = f.From.UTC(), f.To.UTC()
		return f, nil
	}
	const query = `SELECT count(), min(week), max(week) FROM cells WHERE class = '' AND kind = '' AND area = ''`
	var n uint64
	var first, last time.Time
	if err := s.conn.QueryRow(ctx, query).Scan(&n, &first, &last); err != nil {
		return f, err
	}
	if n == 0 {
		return f, nil
	}
	if f.From.IsZero() {
		f.From = first.UTC()
	}
	if f.To.IsZero() {
		f.To = last.UTC()
	}
	return f, nil
}
