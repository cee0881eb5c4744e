package store

import (
	"context"
	"fmt"
	"time"
)

// The step counts the beginnings and ends of swaps: it is odd while partitions
// are being exchanged. A reader that saw the same even step before and after
// its queries has seen one generation.

const (
	// patience is how long a reader waits for a swap to end; one takes some
	// 10 ms a week. A swap that lasts longer was cut off: the reader is then
	// given what there is, marked Torn, until the next Refresh makes it good.
	patience = 5 * time.Second
	// pause is the wait between two looks.
	pause = 20 * time.Millisecond
	// attempts bounds how often a read is repeated because a generation ended
	// meanwhile.
	attempts = 10
)

// state is the generation as the table holds it.
type state struct {
	step     uint64
	finished time.Time
}

func (g state) swapping() bool { return g.step%2 == 1 }

func (g state) generation() Generation {
	return Generation{Number: g.step / 2, Time: g.finished, Torn: g.swapping()}
}

// Generation returns the newest finished generation. Time is zero before the
// first.
func (s *Store) Generation(ctx context.Context) (Generation, error) {
	g, err := s.settled(ctx)
	if err != nil {
		return Generation{}, fmt.Errorf("store: generation: %w", err)
	}
	return g.generation(), nil
}

// Pending counts the weeks that changed since they were last derived.
func (s *Store) Pending(ctx context.Context) (int, error) {
	const query = `SELECT uniqExact(week) FROM dirty FINAL WHERE done = 0`
	var n uint64
	if err := s.conn.QueryRow(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("store: weeks to derive: %w", err)
	}
	return int(n), nil
}

// state takes the newest of the rows that are not merged yet.
func (s *Store) state(ctx context.Context) (state, error) {
	rows, err := s.conn.Query(ctx, "SELECT step, finished FROM generation"+tiny)
	if err != nil {
		return state{}, err
	}
	defer rows.Close()
	var newest state
	for rows.Next() {
		var g state
		if err := rows.Scan(&g.step, (*zeroable)(&g.finished)); err != nil {
			return state{}, err
		}
		if g.step > newest.step {
			newest = g
		}
	}
	if err := rows.Err(); err != nil {
		return state{}, err
	}
	s.seen.Store(&newest)
	return newest, nil
}

// settled waits for a swap to end, up to patience.
func (s *Store) settled(ctx context.Context) (state, error) {
	for waited := time.Duration(0); ; waited += pause {
		g, err := s.state(ctx)
		if err != nil || !g.swapping() || waited >= patience || s.torn.is(g.step) {
			return g, err
		}
		select {
		case <-ctx.Done():
			return g, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// consistent runs read until it has seen one generation, and returns that. The
// step before the first attempt is the last one that anybody saw: steps only
// grow, so one that still stands afterwards stood all the while, and the usual
// read needs no look before it.
func (s *Store) consistent(ctx context.Context, read func() error) (Generation, error) {
	before := s.seen.Load()
	for range attempts {
		if before == nil || before.swapping() {
			g, err := s.settled(ctx)
			if err != nil {
				return Generation{}, err
			}
			if before = &g; g.swapping() {
				s.torn.set(g.step)
			}
		}
		if err := read(); err != nil {
			return Generation{}, err
		}
		after, err := s.state(ctx)
		if err != nil {
			return Generation{}, err
		}
		if after.step == before.step {
			return after.generation(), nil
		}
		before = &after
	}
	return Generation{}, fmt.Errorf("the numbers changed during each of %d attempts to read them; try again", attempts)
}

// next is the state that the round in hand will end in. A swap that was cut off
// leaves out its number, so that no two generations share one.
func (s *Store) next(ctx context.Context) (state, error) {
	g, err := s.state(ctx)
	return state{step: g.step + 2 + g.step%2, finished: cut(s.now())}, err
}

// begin opens a swap and returns its odd step. A swap that was cut off is
// simply overtaken.
func (s *Store) begin(ctx context.Context) (uint64, error) {
	g, err := s.state(ctx)
	if err != nil {
		return 0, err
	}
	step := g.step + 1 + g.step%2
	return step, s.setStep(ctx, step, g.finished)
}

func (s *Store) setStep(ctx context.Context, step uint64, finished time.Time) error {
	if finished.IsZero() {
		finished = epoch
	}
	const query = `INSERT INTO generation (name, step, finished) SELECT 'charts', {step:UInt64}, {finished:DateTime64(3, 'UTC')}`
	return s.conn.Exec(ctx, query, number("step", step), instant("finished", finished))
}
