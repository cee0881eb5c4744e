package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/radar"
)

// Scores is the stored radar of one kind.
type Scores struct {
	radar.Ranking
	Computed time.Time // zero when nothing was ranked yet
}

// Scores returns the newest stored ranking of a kind whose AsOf is not after
// asOf, or the newest of all for the zero time. Before the first ranking
// Computed is zero and Enough is false. A ranking is one row, so that no swap
// can show half of it.
func (s *Store) Scores(ctx context.Context, kind string, asOf time.Time) (Scores, error) {
	likely := asOf
	if asOf.IsZero() {
		asOf, likely = Never, item.Week(s.now())
	}
	// The week that most likely was ranked needs no sorting, which costs as
	// much as the rest.
	const exact = `SELECT computed, ranking FROM rankings WHERE as_of = {as_of:Date32} AND kind = {kind:String}` + tiny
	out, err := s.ranking(ctx, exact, kind, likely)
	if errors.Is(err, sql.ErrNoRows) {
		const newest = `SELECT computed, ranking FROM rankings WHERE as_of <= {as_of:Date32} AND kind = {kind:String}
			ORDER BY as_of DESC LIMIT 1` + tiny
		out, err = s.ranking(ctx, newest, kind, asOf)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return Scores{}, nil
	}
	if err != nil {
		return Scores{}, fmt.Errorf("store: scores of %ss: %w", kind, err)
	}
	return out, nil
}

func (s *Store) ranking(ctx context.Context, query, kind string, asOf time.Time) (out Scores, err error) {
	var words string
	if err := s.conn.QueryRow(ctx, query, text("kind", kind), day("as_of", asOf)).Scan(&out.Computed, &words); err != nil {
		return Scores{}, err
	}
	return out, out.read(words, asOf)
}

// allScores returns the rankings of a week by kind.
func (s *Store) allScores(ctx context.Context, asOf time.Time) (map[string]Scores, error) {
	const query = `SELECT kind::String, computed, ranking FROM rankings WHERE as_of = {as_of:Date32}`
	rows, err := s.conn.Query(ctx, query, day("as_of", asOf))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]Scores{}
	for rows.Next() {
		var kind, words string
		var scores Scores
		if err := rows.Scan(&kind, &scores.Computed, &words); err != nil {
			return nil, err
		}
		if err := scores.read(words, asOf); err != nil {
			return nil, err
		}
		all[kind] = scores
	}
	return all, rows.Err()
}

// read takes the JSON of a ranking.
func (s *Scores) read(words string, asOf time.Time) error {
	if err := json.Unmarshal([]byte(words), &s.Ranking); err != nil {
		return fmt.Errorf("ranking of %s: %w", asOf.Format(time.DateOnly), err)
	}
	return nil
}
