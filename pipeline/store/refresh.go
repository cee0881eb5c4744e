package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/collectors/item"
)

// A round, which is one call of Refresh, holds as many weeks as cost some
// seconds, so that an archive of 600 weeks does not keep today's items waiting;
// but no fewer, because each costs some 300 ms of processor time whatever it
// derives.
const (
	weeksPerRound = 104
	itemsPerRound = 250_000
)

// Refreshed says what one call of Refresh did.
type Refreshed struct {
	Weeks      []time.Time // rewritten, oldest first; empty when nothing was to do
	Left       int         // weeks that still wait
	Ranked     bool        // whether the radar was computed anew
	Generation uint64
}

// Refresh derives the weeks that changed anew, newest first and not too many at
// once, and swaps them in as one new generation. It is safe to call
// while rows are written, and to be cut off at any point: weeks are marked
// clean last. Calls wait for each other.
func (s *Store) Refresh(ctx context.Context) (Refreshed, error) {
	return s.RefreshNewest(ctx, weeksPerRound)
}

// RefreshNewest is Refresh of at most so many weeks, for when the machine has
// other work to do.
func (s *Store) RefreshNewest(ctx context.Context, weeks int) (Refreshed, error) {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	r, err := s.refresh(ctx, min(weeks, weeksPerRound))
	if err != nil {
		return Refreshed{}, fmt.Errorf("store: refresh: %w", err)
	}
	return r, nil
}

// rested is what a Refresh saw that found nothing to do. Until something is
// marked or a week is over the next one need not look.
type rested struct {
	marks      uint64
	asOf       time.Time // zero: look
	generation uint64
}

func (s *Store) refresh(ctx context.Context, weeks int) (Refreshed, error) {
	marks, asOf := s.marks.Load(), item.Week(s.now().UTC())
	if r := s.rested; r.marks == marks && r.asOf.Equal(asOf) {
		return Refreshed{Generation: r.generation}, nil
	}
	s.rested = rested{}
	dirty, err := s.dirtyWeeks(ctx)
	if err != nil {
		return Refreshed{}, err
	}
	rank, err := s.rankDue(ctx, asOf)
	if err != nil {
		return Refreshed{}, err
	}
	current, err := s.state(ctx)
	if err != nil {
		return Refreshed{}, err
	}
	round, err := s.round(ctx, dirty, weeks)
	if err != nil {
		return Refreshed{}, err
	}
	empty := current.step == 0 // nothing was ever derived: there is nothing to rank
	if len(round) == 0 && (!rank || empty) && !current.swapping() {
		s.rested = rested{marks, asOf, current.step / 2}
		return Refreshed{Generation: current.step / 2}, nil
	}
	left := len(dirty) - len(round)
	if current.swapping() {
		round = withNeighbours(round)
	}
	return s.derive(ctx, round, left, asOf, rank)
}

// withNeighbours adds the weeks whose cells follow from copies in those of the
// round. A swap that was cut off may have left cells and copies of two
// generations, so that what is new about the copies does not name these weeks.
func withNeighbours(round []dirtyWeek) []dirtyWeek {
	weeks := weekSet{}
	for _, d := range round {
		weeks.add(d.week)
	}
	round = slices.Clip(round)
	for w := range widen(weeks, copyWeeks, copyWeeks) {
		if !weeks[w] {
			round = append(round, dirtyWeek{week: w})
		}
	}
	return round
}

// round takes as many of the dirty weeks, newest first, as one round may hold.
func (s *Store) round(ctx context.Context, dirty []dirtyWeek, weeks int) ([]dirtyWeek, error) {
	if len(dirty) < 2 {
		return dirty, nil
	}
	dirty = dirty[:min(len(dirty), weeks)]
	size, err := s.sizes(ctx, each(dirty, func(d dirtyWeek) time.Time { return d.week }))
	if err != nil {
		return nil, err
	}
	return firstOf(dirty, size), nil
}

// firstOf returns as many of the weeks as together hold itemsPerRound, at least
// one.
func firstOf(dirty []dirtyWeek, size map[time.Time]uint64) []dirtyWeek {
	var sum uint64
	for i, d := range dirty {
		if sum += size[d.week.UTC()]; i > 0 && sum > itemsPerRound {
			return dirty[:i]
		}
	}
	return dirty
}

// derive runs one round to its end.
func (s *Store) derive(ctx context.Context, round []dirtyWeek, left int, asOf time.Time, rank bool) (Refreshed, error) {
	p, err := s.plan(ctx, round)
	if err != nil {
		return Refreshed{}, err
	}
	if err := s.stage(ctx, p); err != nil {
		return Refreshed{}, err
	}
	next, err := s.next(ctx)
	if err != nil {
		return Refreshed{}, err
	}
	spans, err := s.deriveSpans(ctx, p, asOf, next)
	if err != nil {
		return Refreshed{}, fmt.Errorf("periods: %w", err)
	}
	weeks := p.cells.sorted()
	rank = rank || len(weeks) > 0 && weeks[0].Before(asOf)
	if _, err := s.begin(ctx); err != nil {
		return Refreshed{}, err
	}
	if err := s.exchange(ctx, p); err != nil {
		return Refreshed{}, err
	}
	if err := s.exchangeSpans(ctx, spans, asOf, rank); err != nil {
		return Refreshed{}, err
	}
	if err := s.setStep(ctx, next.step, next.finished); err != nil {
		return Refreshed{}, err
	}
	if err := s.clean(ctx, round); err != nil {
		return Refreshed{}, err
	}
	s.log.Debug("derived weeks", slog.Int("weeks", len(weeks)), slog.Int("left", left), slog.Bool("ranked", rank))
	return Refreshed{Weeks: weeks, Left: left, Ranked: rank, Generation: next.step / 2}, s.prune(ctx)
}

// exchange is what readers wait for, but for those of spans and rankings, whose
// rows say what they are.
func (s *Store) exchange(ctx context.Context, p plan) error {
	parts, err := s.partitions(ctx)
	if err != nil {
		return err
	}
	for _, table := range derivedTables {
		weeks := p.cells
		if table == "copies" {
			weeks = p.copies
		}
		if err := s.swap(ctx, table, parts, months(weeks.sorted())); err != nil {
			return err
		}
	}
	return nil
}

// exchangeSpans comes last, so that no page is ahead of the items behind its
// numbers, and because rankings are made of what exchange put in place.
func (s *Store) exchangeSpans(ctx context.Context, spans map[string][]span, asOf time.Time, rank bool) error {
	if rank {
		if err := s.rankAll(ctx, asOf); err != nil {
			return err
		}
	}
	scores, err := s.allScores(ctx, asOf)
	if err != nil {
		return err
	}
	if err := s.stageSpans(ctx, spans, scores); err != nil {
		return fmt.Errorf("periods: %w", err)
	}
	return s.replace(ctx, "spans", "tuple()") // it has one partition
}

func (s *Store) fillStaging(ctx context.Context, query string, args ...any) error {
	return s.conn.Exec(manyPartitions(ctx), query, args...)
}

// manyPartitions lifts the limit of 100 partitions an insert; a round stays
// well under it, but an archive's years need not.
func manyPartitions(ctx context.Context) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_partitions_per_insert_block": 0}))
}
