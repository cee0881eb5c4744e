package store

import (
	"context"
	"slices"
	"time"
)

// spanWeeks are the lengths of the periods whose heat maps are kept ready: the
// one that pages open with, the running week included. Each costs a refresh
// some 60 ms of processor time over a million items, so the others are counted
// when somebody asks.
var spanWeeks = []int{26}

const spanColumns = `groupArray(week), groupArray(c.items), groupArray(c.publishers), groupArray(c.stories),
	sum(c.items), uniqExactArray(who), sum(solo) + uniqExactArray(shared)`

// spansSQL reads the cells as they will be once the staged months are in
// place, so that readers need not wait for it.
const spansSQL = `INSERT INTO spans_staging (first, last, kind, term, weeks, items, publishers, stories, all_items, all_publishers, all_stories)
SELECT {from:Date32} AS first, {to:Date32} AS last, kind, term, ` + spanColumns + `
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

// stageSpans derives the periods that end with the running week.
func (s *Store) stageSpans(ctx context.Context, p plan, running time.Time) error {
	if err := s.conn.Exec(ctx, "TRUNCATE TABLE spans_staging"); err != nil {
		return err
	}
	swapped := texts("months", months(p.cells.sorted()))
	for _, n := range spanWeeks {
		if err := s.fillStaging(ctx, spansSQL, day("from", addWeeks(running, 1-n)), day("to", running), swapped); err != nil {
			return err
		}
	}
	return nil
}

// readSpan fills h from a period that is kept ready. It reports false where
// there is none of this filter.
func (s *Store) readSpan(ctx context.Context, h *Heat) (bool, error) {
	if h.Filter.Area != "" || h.Filter.Class != "" || !slices.Contains(spanWeeks, len(h.Weeks)) {
		return false, nil
	}
	const query = `SELECT kind, term, weeks, items, publishers, stories, all_items, all_publishers, all_stories
		FROM spans
		WHERE last = {to:Date32} AND first = {from:Date32} AND kind IN ('', {kind:String})` + tiny
	err := s.scanHeat(ctx, h, query, day("from", h.Filter.From), day("to", h.Filter.To), text("kind", h.Kind))
	return len(h.Heard) > 0, err
}
