package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// spanWeeks are the lengths of the periods whose heat maps are kept ready: the
// one that pages open with, the running week included. Each costs a refresh
// some 60 ms of processor time over a million items, so the others are counted
// when somebody asks.
var spanWeeks = []int{26}

// spansSQL reads the cells as they will be once the staged months are in
// place, so that readers need not wait for it.
const spansSQL = `INSERT INTO spans_staging (first, last, step, finished, kind, term, counts, all_items, all_publishers, all_stories)
SELECT {from:Date32} AS first, {to:Date32} AS last, {step:UInt64}, {finished:DateTime64(3, 'UTC')}, kind, term, ` + heatColumns + `
FROM (
    SELECT * FROM cells
    WHERE area = '' AND class = '' AND week >= {from:Date32} AND week <= {to:Date32} AND toString(toYYYYMM(week)) NOT IN {months:Array(String)}
    UNION ALL
    SELECT * FROM cells_staging
    WHERE area = '' AND class = '' AND week >= {from:Date32} AND week <= {to:Date32}
) AS c
GROUP BY kind, term`

// spanPartition is the value of the one partition of a table that has none.
const spanPartition = "tuple()"

// stageSpans derives the periods that end with the running week, as rows of
// the generation that next will be.
func (s *Store) stageSpans(ctx context.Context, p plan, running time.Time, next state) error {
	if err := s.conn.Exec(ctx, "TRUNCATE TABLE spans_staging"); err != nil {
		return err
	}
	swapped := months(p.cells.sorted())
	for _, n := range spanWeeks {
		f := Filter{From: addWeeks(running, 1-n), To: running}
		if err := s.fillStaging(ctx, spansSQL, day("from", f.From), day("to", f.To), number("step", next.step),
			instant("finished", next.finished), texts("months", swapped)); err != nil {
			return err
		}
		if err := s.stageGaps(ctx, f, swapped, next); err != nil {
			return fmt.Errorf("gaps: %w", err)
		}
	}
	return nil
}

// gapKind is the kind of the row that holds the gaps of a period. A period
// without gaps has none.
const gapKind = "gap"

// stageGaps sends them as a batch: there can be more than an address holds.
func (s *Store) stageGaps(ctx context.Context, f Filter, swapped []string, next state) error {
	gaps, err := s.stagedGaps(ctx, f, swapped)
	if err != nil || len(gaps) == 0 {
		return err
	}
	words, err := json.Marshal(gaps)
	if err != nil {
		return err
	}
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO spans_staging (first, last, step, finished, kind, gaps)")
	if err != nil {
		return err
	}
	defer batch.Close()
	if err := batch.Append(f.From, f.To, next.step, next.finished, gapKind, string(words)); err != nil {
		return err
	}
	return batch.Send()
}

// readSpan reads a period that is kept ready; ok is false where there is none
// of this filter. It sees one generation without asking for it: the rows are of
// one part, which is put in place as a whole, and say which one they are.
//
// It reads the whole table, some 500 rows, and leaves the choice to Go: with
// conditions the engine takes 9 ms, most of them for planning, without 6.
func (s *Store) readSpan(ctx context.Context, kind string, f Filter) (h Heat, ok bool, err error) {
	h = emptyHeat(kind, f)
	if f.somewhere() || f.Class != "" || !slices.Contains(spanWeeks, len(h.Weeks)) {
		return Heat{}, false, nil
	}
	const query = `SELECT first, last, kind, term, counts, all_items, all_publishers, all_stories, step, finished, gaps FROM spans` + tiny
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return Heat{}, false, err
	}
	defer rows.Close()
	h.Cells = make([]Cell, 0, 128*len(h.Weeks)) // room for the terms of most kinds
	var g state
	for rows.Next() {
		var r heatRow
		var first, last time.Time
		var gaps string
		if err := rows.Scan(slices.Concat([]any{&first, &last}, r.places(), []any{&g.step, (*zeroable)(&g.finished), &gaps})...); err != nil {
			return Heat{}, false, err
		}
		if !first.Equal(f.From) || !last.Equal(f.To) {
			continue
		}
		switch r.kind {
		case gapKind:
			err = json.Unmarshal([]byte(gaps), &h.Gaps)
		case "", kind:
			err = h.add(r)
		}
		if err != nil {
			return Heat{}, false, fmt.Errorf("period kept ready: %w", err)
		}
	}
	h.Generation = g.generation()
	return h, len(h.Heard) > 0, rows.Err()
}
