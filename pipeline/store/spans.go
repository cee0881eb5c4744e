package store

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// spanWeeks are the lengths of the periods whose heat maps are kept ready: the
// one that pages open with, the running week included. Each costs a refresh
// some 60 ms of processor time over a million items, so the others are counted
// when somebody asks.
var spanWeeks = []int{26}

// spanKinds are the kinds of heat maps that pages open with.
var spanKinds = []string{Topics, Tools, Used, Themes}

// span is a heat map that is kept ready, with the ranking of its terms. It is
// stored as gob: a ranking of 214 terms is read in 0.4 ms, as JSON in 3.
type span struct {
	From, To time.Time
	Step     uint64 // of the generation, even
	Finished time.Time
	Rows     []heatRow // of all items and of the kind, by term
	Gaps     []Gap
	Scores   Scores
}

// spansSQL reads the cells as they will be once the staged months are in
// place, so that readers need not wait for it.
const spansSQL = `SELECT kind::String, term::String, ` + heatColumns + `
FROM (
    SELECT * FROM cells
    WHERE area = '' AND class = '' AND week >= {from:Date32} AND week <= {to:Date32} AND toString(toYYYYMM(week)) NOT IN {months:Array(String)}
    UNION ALL
    SELECT * FROM cells_staging
    WHERE area = '' AND class = '' AND week >= {from:Date32} AND week <= {to:Date32}
) AS c
GROUP BY kind, term ORDER BY term`

// deriveSpans makes the periods that end with the running week, by kind, of the
// generation that next will be; their rankings come later.
func (s *Store) deriveSpans(ctx context.Context, p plan, running time.Time, next state) (map[string][]span, error) {
	spans := map[string][]span{}
	swapped := months(p.cells.sorted())
	for _, n := range spanWeeks {
		f := Filter{From: addWeeks(running, 1-n), To: running}
		gaps, err := s.stagedGaps(ctx, f, swapped)
		if err != nil {
			return nil, fmt.Errorf("gaps: %w", err)
		}
		rows, err := s.stagedHeat(ctx, f, swapped)
		if err != nil {
			return nil, err
		}
		for _, kind := range spanKinds {
			own := slices.DeleteFunc(slices.Clone(rows), func(r heatRow) bool { return r.Kind != "" && r.Kind != kind })
			spans[kind] = append(spans[kind], span{From: f.From, To: f.To, Step: next.step, Finished: next.finished, Rows: own, Gaps: gaps})
		}
	}
	return spans, nil
}

func (s *Store) stagedHeat(ctx context.Context, f Filter, swapped []string) ([]heatRow, error) {
	rows, err := s.conn.Query(ctx, spansSQL, day("from", f.From), day("to", f.To), texts("months", swapped))
	if err != nil {
		return nil, err
	}
	return scanHeat(rows)
}

// stageSpans stores them beside the rankings of their terms, in one part.
func (s *Store) stageSpans(ctx context.Context, spans map[string][]span, scores map[string]Scores) error {
	if err := s.conn.Exec(ctx, "TRUNCATE TABLE spans_staging"); err != nil {
		return err
	}
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO spans_staging (kind, span)")
	if err != nil {
		return err
	}
	defer batch.Close()
	for kind, list := range spans {
		for _, sp := range list {
			sp.Scores = scores[ranked(kind)]
			var packed bytes.Buffer
			if err := gob.NewEncoder(&packed).Encode(sp); err != nil {
				return err
			}
			if err := batch.Append(kind, packed.String()); err != nil {
				return err
			}
		}
	}
	return batch.Send()
}

// ranked is the kind whose ranking orders the terms of a kind: the radar knows
// nothing of use.
func ranked(kind string) string {
	if kind == Used {
		return Tools
	}
	return kind
}

// readSpan reads a period that is kept ready; ok is false where there is none
// of this filter. It sees one generation without asking for it: the rows are of
// one part, which is put in place as a whole, and say which one they are.
//
// It reads the whole table, a row for each kind, and leaves the choice to Go:
// planning a condition costs the engine more.
func (s *Store) readSpan(ctx context.Context, kind string, f Filter) (h Heat, scores Scores, ok bool, err error) {
	h = emptyHeat(kind, f)
	if f.somewhere() || f.Class != "" || !slices.Contains(spanWeeks, len(h.Weeks)) {
		return Heat{}, Scores{}, false, nil
	}
	rows, err := s.conn.Query(ctx, "SELECT kind, span FROM spans"+tiny)
	if err != nil {
		return Heat{}, Scores{}, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var of, packed string
		if err := rows.Scan(&of, &packed); err != nil {
			return Heat{}, Scores{}, false, err
		}
		if of != kind || ok {
			continue
		}
		var sp span
		if err := gob.NewDecoder(strings.NewReader(packed)).Decode(&sp); err != nil {
			s.log.Warn("a heat map that another version of the program kept ready cannot be read; it is counted until the next change", slog.String("kind", kind), slog.Any("err", err))
			continue
		}
		if !sp.From.Equal(f.From) || !sp.To.Equal(f.To) {
			continue
		}
		sp.fill(&h)
		scores, ok = sp.Scores, len(h.Heard) > 0
	}
	return h, scores, ok, rows.Err()
}

// fill puts the numbers of the span into an empty heat map of its filter.
func (sp *span) fill(h *Heat) {
	h.Generation, h.Gaps = state{sp.Step, sp.Finished}.generation(), sp.Gaps
	h.Cells = make([]Cell, 0, len(sp.Rows)*len(h.Weeks))
	for _, r := range sp.Rows {
		h.add(r)
	}
}
