package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"vantage/collectors/item"
	"vantage/pipeline/radar"
)

// Scores is the stored radar of one kind.
type Scores struct {
	radar.Ranking
	Generation Generation
	Computed   time.Time // zero when nothing was ranked yet
}

const scoreColumns = "term, eligible, reason, lift, low, high, label, observed, expected, observed_sources, expected_sources, by_sources, items, sources, known, new"

// Scores returns the newest stored ranking of a kind whose AsOf is not after
// asOf, or the newest of all for the zero time. Before the first ranking
// Computed is zero and Enough is false.
func (s *Store) Scores(ctx context.Context, kind string, asOf time.Time) (Scores, error) {
	var out Scores
	generation, err := s.consistent(ctx, func() (err error) {
		out, err = s.readScores(ctx, kind, asOf)
		return err
	})
	if err != nil {
		return Scores{}, fmt.Errorf("store: scores of %ss: %w", kind, err)
	}
	out.Generation = generation
	return out, nil
}

// readScores asks for the scores of the week that most likely was ranked
// beside the ranking, which says whether it was.
func (s *Store) readScores(ctx context.Context, kind string, asOf time.Time) (Scores, error) {
	likely := asOf
	if asOf.IsZero() {
		asOf, likely = Never, item.Week(s.now())
	}
	var out Scores
	var list []radar.Score
	both, side := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		list, err = s.scoresOf(side, kind, likely)
		return err
	})
	both.Go(func() (err error) {
		out, err = s.ranking(side, kind, asOf)
		return err
	})
	err := both.Wait()
	if err == nil && out.Computed.IsZero() {
		return Scores{}, nil
	}
	if err == nil && !out.Window.AsOf.Equal(likely) {
		list, err = s.scoresOf(ctx, kind, out.Window.AsOf)
	}
	out.Scores = list
	return out, err
}

// ranking reads the head of the newest ranking not after asOf, without scores.
func (s *Store) ranking(ctx context.Context, kind string, asOf time.Time) (Scores, error) {
	const query = `SELECT as_of, computed, evidence_from, baseline_from, weeks, rules, feeds, cold, items, enough
		FROM rankings WHERE kind = {kind:String} AND as_of <= {as_of:Date32} ORDER BY as_of DESC LIMIT 1` + tiny
	var out Scores
	var weeks uint16
	var feeds, cold uint32
	w := &out.Window
	err := s.conn.QueryRow(ctx, query, text("kind", kind), day("as_of", asOf)).Scan(&w.AsOf, &out.Computed, &w.EvidenceFrom,
		&w.BaselineFrom, &weeks, &out.Rules, &feeds, &cold, &out.Items, (*bit)(&out.Enough))
	if errors.Is(err, sql.ErrNoRows) {
		return Scores{}, nil
	}
	if err != nil {
		return Scores{}, err
	}
	w.AsOf, w.EvidenceFrom, w.BaselineFrom = w.AsOf.UTC(), w.EvidenceFrom.UTC(), w.BaselineFrom.UTC()
	w.Weeks, out.Feeds, out.Cold = int(weeks), int(feeds), int(cold)
	return out, nil
}

func (s *Store) scoresOf(ctx context.Context, kind string, asOf time.Time) ([]radar.Score, error) {
	const query = `SELECT ` + scoreColumns + ` FROM scores
		WHERE as_of = {as_of:Date32} AND kind = {kind:String} ORDER BY place` + tiny
	rows, err := s.conn.Query(ctx, query, day("as_of", asOf), text("kind", kind))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []radar.Score
	for rows.Next() {
		var c radar.Score
		var label string
		if err := rows.Scan(&c.Term, (*bit)(&c.Eligible), &c.Reason, &c.Lift, &c.Low, &c.High, &label,
			&c.Observed, &c.Expected, &c.ObservedSources, &c.ExpectedSources, (*bit)(&c.BySources),
			&c.Items, &c.Sources, &c.Known, &c.New); err != nil {
			return nil, err
		}
		c.Label = radar.Label(label)
		list = append(list, c)
	}
	return list, rows.Err()
}
