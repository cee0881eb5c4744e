package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"vantage/pipeline/radar"
)

// rankedKinds are the kinds of terms with a radar of their own.
var rankedKinds = []string{Topics, Tools, Themes}

// rankDue tells whether the running week has no ranking yet, or one that other
// constants made.
func (s *Store) rankDue(ctx context.Context, asOf time.Time) (bool, error) {
	const query = `SELECT count() FROM rankings WHERE as_of = {as_of:Date32} AND rules = {rules:String}`
	var n uint64
	err := s.conn.QueryRow(ctx, query, day("as_of", asOf), text("rules", radar.Rules)).Scan(&n)
	return n < uint64(len(rankedKinds)), err
}

// rankAll computes the rankings of the running week and puts them in place.
// Those of earlier weeks stay as they were when they were current.
func (s *Store) rankAll(ctx context.Context, asOf time.Time) error {
	if err := s.conn.Exec(ctx, "TRUNCATE TABLE rankings_staging"); err != nil {
		return err
	}
	feeds, err := s.feeds(ctx, asOf)
	if err != nil {
		return fmt.Errorf("radar: feeds: %w", err)
	}
	counts, err := s.counts(ctx, asOf)
	if err != nil {
		return fmt.Errorf("radar: counts: %w", err)
	}
	terms, err := s.terms(ctx, asOf)
	if err != nil {
		return fmt.Errorf("radar: terms: %w", err)
	}
	rankings := make([]radar.Ranking, len(rankedKinds))
	for i, kind := range rankedKinds {
		rankings[i] = radar.Rank(radar.Input{AsOf: asOf, Feeds: feeds, Counts: counts[kind], Terms: terms[kind]})
	}
	if err := s.stageRankings(ctx, rankings); err != nil {
		return fmt.Errorf("radar: store: %w", err)
	}
	return s.replace(ctx, "rankings", "'"+asOf.Format(time.DateOnly)+"'")
}

// feeds returns every channel's volume in the windows. A channel that carries
// several classes of publishers goes by the one with most items.
func (s *Store) feeds(ctx context.Context, asOf time.Time) ([]radar.Feed, error) {
	const query = `SELECT source, argMax(class, (n, class)), min(first), sumForEach(units)
		FROM (
			SELECT source, class, sum(m.items) AS n, min(week) AS first,
				sumForEach(arrayMap(u -> if(week = {as_of:Date32} - 7 * (u + 1), m.items, 0), range({units:UInt8}))) AS units
			FROM mentions AS m WHERE kind = '' AND week < {as_of:Date32} GROUP BY source, class
		)
		GROUP BY source ORDER BY source`
	rows, err := s.conn.Query(ctx, query, day("as_of", asOf), number("units", radar.Units))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []radar.Feed
	for rows.Next() {
		var f radar.Feed
		var units []uint64
		if err := rows.Scan(&f.Key, &f.Class, &f.First, &units); err != nil {
			return nil, err
		}
		f.First = f.First.UTC()
		copy(f.Items[:], units)
		list = append(list, f)
	}
	return list, rows.Err()
}

// counts returns what each channel said of each term, by kind of term.
func (s *Store) counts(ctx context.Context, asOf time.Time) (map[string][]radar.Count, error) {
	const query = `SELECT kind::String, term, source, groupArray(unit), groupArray(n), groupArray(publishers)
		FROM (
			SELECT kind, term, source, toUInt8(dateDiff('day', week, {as_of:Date32}) / 7 - 1) AS unit, sum(items) AS n, uniqExact(publisher) AS publishers
			FROM mentions
			WHERE kind IN {kinds:Array(String)} AND week < {as_of:Date32} AND week >= {as_of:Date32} - 7 * {units:UInt8}
			GROUP BY kind, term, source, week
		)
		GROUP BY kind, term, source ORDER BY kind, term, source`
	rows, err := s.conn.Query(ctx, query, texts("kinds", rankedKinds), day("as_of", asOf), number("units", radar.Units))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := map[string][]radar.Count{}
	for rows.Next() {
		var kind string
		var c radar.Count
		var units []uint8
		var items, publishers []uint64
		if err := rows.Scan(&kind, &c.Term, &c.Feed, &units, &items, &publishers); err != nil {
			return nil, err
		}
		for i, u := range units {
			c.Items[u], c.Sources[u] = items[i], publishers[i]
		}
		list[kind] = append(list[kind], c)
	}
	return list, rows.Err()
}

// terms returns the facts of eligibility, by kind of term. A publisher is known when a post of
// it is older than the evidence weeks.
func (s *Store) terms(ctx context.Context, asOf time.Time) (map[string][]radar.Term, error) {
	const query = `SELECT kind::String, term, sum(items), sumIf(items, week = {as_of:Date32} - 7), uniqExact(publisher),
			uniqExactIf(publisher, publisher IN (
				SELECT publisher FROM mentions WHERE kind = '' AND week < {as_of:Date32} - 7 * {weeks:UInt8}))
		FROM mentions
		WHERE kind IN {kinds:Array(String)} AND week < {as_of:Date32} AND week >= {as_of:Date32} - 7 * {weeks:UInt8}
		GROUP BY kind, term ORDER BY kind, term`
	rows, err := s.conn.Query(ctx, query, texts("kinds", rankedKinds), day("as_of", asOf), number("weeks", radar.EvidenceWeeks))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := map[string][]radar.Term{}
	for rows.Next() {
		var kind string
		var t radar.Term
		if err := rows.Scan(&kind, &t.ID, &t.Items28, &t.Items7, &t.Sources, &t.Known); err != nil {
			return nil, err
		}
		list[kind] = append(list[kind], t)
	}
	return list, rows.Err()
}

// stageRankings stores the rankings in the order of rankedKinds.
func (s *Store) stageRankings(ctx context.Context, rankings []radar.Ranking) error {
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO rankings_staging (as_of, kind, computed, rules, ranking)")
	if err != nil {
		return err
	}
	defer batch.Close()
	computed := s.now().UTC()
	for i, r := range rankings {
		words, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if err := batch.Append(r.Window.AsOf, rankedKinds[i], computed, r.Rules, string(words)); err != nil {
			return err
		}
	}
	return batch.Send()
}
