package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vantage/collectors/item"
)

// AddGap notes hours that a source is known to have missed, and marks the
// newest week of them, so that a new generation shows them. Adding it twice is
// fine. Hours that no week can hold are cut off.
func (s *Store) AddGap(ctx context.Context, g Gap) error {
	if g.Source == "" || !g.From.Before(g.To) {
		return fmt.Errorf("store: gap of source %q from %s to %s: it needs a source and from before to",
			g.Source, g.From.Format(time.RFC3339), g.To.Format(time.RFC3339))
	}
	if g.From.Before(epoch) {
		g.From = epoch
	}
	if g.To.After(Never) {
		g.To = Never
	}
	if !g.From.Before(g.To) {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	week := item.Week(g.To.Add(-time.Millisecond))
	if running := item.Week(s.now()); week.After(running) {
		week = running
	}
	if err := s.mark(ctx, []time.Time{week}); err != nil {
		return fmt.Errorf("store: gap of source %s: %w", g.Source, err)
	}
	const query = `INSERT INTO gaps (source, start, stop)
		SELECT {source:String}, {from:DateTime64(3, 'UTC')}, {to:DateTime64(3, 'UTC')}`
	if err := s.conn.Exec(ctx, query, text("source", g.Source), instant("from", g.From), instant("to", g.To)); err != nil {
		return fmt.Errorf("store: gap of source %s: %w", g.Source, err)
	}
	return nil
}

// gaps returns those that a chart under the filter must show, oldest first,
// those of one source that overlap as one: all that touch the period, and of a
// narrow filter those of sources that carried posts which it counts.
func (s *Store) gaps(ctx context.Context, f Filter) ([]Gap, error) {
	list, err := s.gapsIn(ctx, f)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	heard, err := s.volumes(ctx, f, list)
	if err != nil {
		return nil, fmt.Errorf("what sources with gaps usually give: %w", err)
	}
	if f.somewhere() || f.Class != "" {
		list = slices.DeleteFunc(list, func(g Gap) bool { return heard[g.Source].items == 0 })
	}
	return s.rated(f, list, heard), nil
}

// stagedGaps is gaps of everybody, weighed by the numbers as they will be once
// the staged months are in place.
func (s *Store) stagedGaps(ctx context.Context, f Filter, swapped []string) ([]Gap, error) {
	list, err := s.gapsIn(ctx, f)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	heard, err := s.readVolumes(ctx, stagedVolumesSQL, append(filterArgs("", f), texts("sources", sourcesOf(list)), texts("months", swapped))...)
	if err != nil {
		return nil, err
	}
	return s.rated(f, list, heard), nil
}

// gapsIn returns the gaps that touch the period. One row in any case: an empty
// answer costs the embedded engine a second query.
func (s *Store) gapsIn(ctx context.Context, f Filter) ([]Gap, error) {
	const query = `SELECT groupArray(source::String), groupArray(start), groupArray(stop) FROM gaps
		WHERE start < {to:DateTime64(3, 'UTC')} AND stop > {from:DateTime64(3, 'UTC')}` + tiny
	var sources []string
	var from, to []time.Time
	row := s.conn.QueryRow(ctx, query, instant("from", item.WeekStart(f.From)), instant("to", item.WeekStart(addWeeks(f.To, 1))))
	if err := row.Scan(&sources, &from, &to); err != nil {
		return nil, err
	}
	list := make([]Gap, len(sources))
	for i := range list {
		list[i] = Gap{Source: sources[i], From: from[i].UTC(), To: to[i].UTC()}
	}
	return joined(list), nil
}

// joined makes one of the gaps of a source that overlap or touch.
func joined(list []Gap) []Gap {
	slices.SortFunc(list, func(a, b Gap) int { return cmp.Or(strings.Compare(a.Source, b.Source), a.From.Compare(b.From)) })
	var out []Gap
	for _, g := range list {
		if n := len(out) - 1; n >= 0 && out[n].Source == g.Source && !g.From.After(out[n].To) {
			if g.To.After(out[n].To) {
				out[n].To = g.To
			}
			continue
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Gap) int { return cmp.Or(a.From.Compare(b.From), strings.Compare(a.Source, b.Source)) })
	return out
}

func sourcesOf(list []Gap) []string {
	set := map[string]bool{}
	for _, g := range list {
		set[g.Source] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// volume is what a source gave in a period, and the first week in which it
// gave anything.
type volume struct {
	items uint64
	first time.Time
}

// What sources gave, without near-duplicates: a copy that is missed costs
// nothing that is not heard elsewhere.
const volumesSQL = `SELECT source::String, sum(m.items), min(week) FROM mentions AS m
	WHERE week >= {from:Date32} AND week <= {to:Date32} AND kind = '' AND source IN {sources:Array(String)}
		AND ({class:String} = '' OR class = {class:String})
	GROUP BY source`

const stagedVolumesSQL = `SELECT source::String, sum(m.items), min(week)
	FROM (
		SELECT * FROM mentions WHERE toString(toYYYYMM(week)) NOT IN {months:Array(String)}
		UNION ALL SELECT * FROM mentions_staging
	) AS m
	WHERE week >= {from:Date32} AND week <= {to:Date32} AND kind = '' AND source IN {sources:Array(String)} GROUP BY source`

// areaVolumesSQL counts from the items, because no derived table holds source
// and area together: some 50 ms over a million items, of which ten sources
// wrote a third.
const areaVolumesSQL = `SELECT source::String, count(), min(week) FROM items FINAL
	WHERE week >= {from:Date32} AND week <= {to:Date32} AND source IN {sources:Array(String)}
		AND ({class:String} = '' OR class = {class:String}) AND hasAny(councils, {councils:Array(String)})
		AND id NOT IN (SELECT id FROM copies WHERE week >= {from:Date32} AND week <= {to:Date32})
	GROUP BY source`

// volumes returns what the sources of the gaps gave that the filter counts.
func (s *Store) volumes(ctx context.Context, f Filter, list []Gap) (map[string]volume, error) {
	args := append(filterArgs("", f), texts("sources", sourcesOf(list)))
	if !f.somewhere() {
		return s.readVolumes(ctx, volumesSQL, args...)
	}
	councils, err := s.councilsIn(ctx, f)
	if err != nil || len(councils) == 0 {
		return nil, err
	}
	return s.readVolumes(ctx, areaVolumesSQL, append(args, texts("councils", councils))...)
}

func (s *Store) readVolumes(ctx context.Context, query string, args ...any) (map[string]volume, error) {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]volume{}
	for rows.Next() {
		var source string
		var v volume
		if err := rows.Scan(&source, &v.items, &v.first); err != nil {
			return nil, err
		}
		out[source] = v
	}
	return out, rows.Err()
}

// leastListening is how long a source must have been listened to before its
// usual rate is known.
const leastListening = 24 * time.Hour

// rated gives every gap the usual rate of its source: its items over the hours
// in which it was listened to, from its first week in the period until now.
func (s *Store) rated(f Filter, list []Gap, heard map[string]volume) []Gap {
	end := item.WeekStart(addWeeks(f.To, 1))
	if now := s.now(); now.Before(end) {
		end = now
	}
	missed := map[string]time.Duration{}
	for _, g := range list {
		missed[g.Source] += g.Within(item.WeekStart(heard[g.Source].first), end)
	}
	for i, g := range list {
		v := heard[g.Source]
		if listened := end.Sub(item.WeekStart(v.first)) - missed[g.Source]; listened >= leastListening {
			list[i].Rate = float64(v.items) / listened.Hours()
		}
	}
	return list
}

// Within is how much of the gap lies between from and to.
func (g Gap) Within(from, to time.Time) time.Duration {
	if g.From.After(from) {
		from = g.From
	}
	if g.To.Before(to) {
		to = g.To
	}
	return max(0, to.Sub(from))
}
