package store

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// RankedHeat returns a heat map and the ranking of its terms, see Heat and
// Scores: both in one request where they are kept ready, else beside each other.
func (s *Store) RankedHeat(ctx context.Context, kind string, f Filter, asOf time.Time) (Heat, Scores, error) {
	h, scores, ready, err := s.readSpan(ctx, kind, f)
	if err != nil {
		return Heat{}, Scores{}, fmt.Errorf("store: %s heat map: %w", kind, err)
	}
	both, ctx := errgroup.WithContext(ctx)
	if !ready {
		both.Go(func() (err error) {
			h, err = s.countedHeat(ctx, kind, f)
			return err
		})
	}
	if !ready || !scores.Window.AsOf.Equal(asOf) {
		both.Go(func() (err error) {
			scores, err = s.Scores(ctx, ranked(kind), asOf)
			return err
		})
	}
	if err := both.Wait(); err != nil {
		return Heat{}, Scores{}, err
	}
	return h, scores, nil
}

// Heat returns the term x week matrix of a kind under a filter, all of it from
// one generation. A zero From or To is the first or last week with items.
func (s *Store) Heat(ctx context.Context, kind string, f Filter) (Heat, error) {
	h, _, ready, err := s.readSpan(ctx, kind, f)
	if err != nil {
		return Heat{}, fmt.Errorf("store: %s heat map: %w", kind, err)
	}
	if ready {
		return h, nil
	}
	return s.countedHeat(ctx, kind, f)
}

func (s *Store) countedHeat(ctx context.Context, kind string, f Filter) (h Heat, err error) {
	h.Generation, err = s.consistent(ctx, func() (err error) {
		h, err = s.countHeat(ctx, kind, f)
		return err
	})
	if err != nil {
		return Heat{}, fmt.Errorf("store: %s heat map: %w", kind, err)
	}
	return h, nil
}

// countHeat counts a heat map from the cells.
func (s *Store) countHeat(ctx context.Context, kind string, f Filter) (Heat, error) {
	f, err := s.period(ctx, f)
	h := emptyHeat(kind, f)
	if err != nil || f.From.IsZero() {
		return h, err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return s.readHeat(ctx, &h) })
	both.Go(func() (err error) {
		h.Gaps, err = s.gaps(ctx, f)
		return err
	})
	return h, both.Wait()
}

func emptyHeat(kind string, f Filter) Heat {
	h := Heat{Kind: kind, Filter: f, Heard: map[time.Time]Counts{}, Totals: map[string]Counts{}}
	if !f.From.IsZero() && !f.To.IsZero() {
		h.Weeks = mondays(f.From, f.To)
	}
	return h
}

// readHeat reads the cells of the area, or of the one council that was heard
// of several; only where more of them were, the posts are counted anew: one
// that names two of them counts once.
func (s *Store) readHeat(ctx context.Context, h *Heat) error {
	if len(h.Filter.Councils) == 0 {
		return s.readCells(ctx, h, h.Filter.Area)
	}
	heard, err := s.heard(ctx, h.Filter)
	switch {
	case err != nil || len(heard) == 0:
		return err
	case len(heard) == 1:
		return s.readCells(ctx, h, heard[0])
	}
	return s.countItems(ctx, h, heard)
}

func (s *Store) readCells(ctx context.Context, h *Heat, area string) error {
	const query = `SELECT kind, term::String, ` + heatColumns + `
		FROM cells AS c
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = {class:String} AND kind IN ('', {kind:String}) AND area = {area:String}
		GROUP BY kind, term ORDER BY term`
	f := h.Filter
	f.Area = area
	rows, err := s.conn.Query(ctx, query, filterArgs(h.Kind, f)...)
	if err != nil {
		return err
	}
	list, err := scanHeat(rows)
	if err != nil {
		return err
	}
	for _, r := range list {
		h.add(r)
	}
	return nil
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
