package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"vantage/pipeline/store"
	"vantage/pipeline/tag"
)

// RetagConfig says what to tag anew and with what.
type RetagConfig struct {
	Store *store.Store
	// Tagger returns the one in use (Pipeline.Tagger). When it changes, what was
	// done so far is worth nothing, and Retag begins anew.
	Tagger func() *tag.Tagger
	// Cursors keeps the position, so that a retag that was interrupted goes on
	// where it stopped; nil: it begins anew.
	Cursors Cursors
	// Progress is called after each chunk was stored; nil: nobody is told.
	Progress func(RetagState)
	// Gently leaves most of the machine to others: one goroutine tags, and after
	// each chunk it rests as long as that took.
	Gently bool
	Round  int // posts after which the position is kept, in whole weeks; 0: 100,000
	Now    func() time.Time
	Log    *slog.Logger
}

// RetagState says how far a retag is, or how the last one ended.
type RetagState struct {
	Rules   string    `json:"rules"`            // version that it tags by
	Done    time.Time `json:"done,omitzero"`    // all weeks up to this Monday are done
	Read    int       `json:"read"`             // posts, over all parts of the run
	Changed int       `json:"changed"`          // of these, posts with other tags than before
	Total   int       `json:"total"`            // posts to read, as of the beginning
	Began   time.Time `json:"began"`            // of the first part
	Ended   time.Time `json:"ended,omitzero"`   // zero: it runs, or was interrupted
	Before  []string  `json:"before,omitempty"` // versions of the posts when it began: what it left as it was
}

// Over says whether everything was read.
func (s RetagState) Over() bool { return !s.Ended.IsZero() }

// retagKey is where the state lies among the cursors.
const retagKey = "state"

// errOtherRules says that the vocabulary changed during a retag.
var errOtherRules = errors.New("the vocabulary changed")

// Retag tags anew what is stored and writes the rows whose tags changed.
// Posts whose text has expired keep their tags. It runs beside the pipeline,
// which must use the tagger already (Pipeline.SetTagger), or posts that arrive
// meanwhile would keep old tags. The numbers follow by Refresh.
func Retag(ctx context.Context, cfg RetagConfig) (RetagState, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	for {
		t := cfg.Tagger()
		state, err := retagBy(ctx, cfg, t)
		if !errors.Is(err, errOtherRules) {
			return state, err
		}
		cfg.Log.Info("the vocabulary changed during a retag; it begins anew", slog.String("rules", cfg.Tagger().Version()))
	}
}

// retagBy is a run with one version of the rules.
func retagBy(ctx context.Context, cfg RetagConfig, t *tag.Tagger) (RetagState, error) {
	state, err := beginRetag(ctx, cfg, t.Version())
	if err != nil {
		return state, fmt.Errorf("retag: %w", err)
	}
	before, last := state, time.Now()
	sc := store.RetagConfig{After: state.Done, Round: cfg.Round, Progress: func(r store.Retagged) error {
		if cfg.Tagger() != t {
			return errOtherRules
		}
		moved := !state.Done.Equal(r.Done)
		state.Done, state.Read, state.Changed, state.Total = r.Done, before.Read+r.Read, before.Changed+r.Changed, before.Read+r.Total
		if cfg.Progress != nil {
			cfg.Progress(state)
		}
		if moved {
			return saveRetag(ctx, cfg.Cursors, state)
		}
		if cfg.Gently {
			pause(ctx, time.Since(last))
		}
		last = time.Now()
		return ctx.Err()
	}}
	if cfg.Gently {
		sc.Workers = 1
	}
	if _, err := cfg.Store.Retag(ctx, sc, func(r *store.Row) { understand(t, r) }); err != nil {
		return state, fmt.Errorf("retag: %w", err)
	}
	state.Ended, state.Total = cfg.Now().UTC(), state.Read
	return state, saveRetag(ctx, cfg.Cursors, state)
}

// beginRetag returns the state of a run by these rules that was interrupted, or
// that of a new one.
func beginRetag(ctx context.Context, cfg RetagConfig, rules string) (RetagState, error) {
	if old, err := LastRetag(ctx, cfg.Cursors); err != nil || old.Rules == rules && !old.Over() {
		return old, err
	}
	versions, err := cfg.Store.RuleVersions(ctx)
	if err != nil {
		return RetagState{}, err
	}
	state := RetagState{Rules: rules, Began: cfg.Now().UTC(), Before: versions}
	return state, saveRetag(ctx, cfg.Cursors, state)
}

// LastRetag returns the state of the retag that runs or ran last; its zero
// value where there was none, or where it cannot be read any more: to begin
// again is never wrong.
func LastRetag(ctx context.Context, c Cursors) (state RetagState, err error) {
	if c == nil {
		return state, nil
	}
	b, err := c.Load(ctx, retagKey)
	if err != nil || b == nil {
		return state, err
	}
	if json.Unmarshal(b, &state) != nil {
		return RetagState{}, nil
	}
	return state, nil
}

func saveRetag(ctx context.Context, c Cursors, state RetagState) error {
	if c == nil {
		return nil
	}
	b, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if err := c.Save(ctx, retagKey, b); err != nil {
		return fmt.Errorf("keep the position: %w", err)
	}
	return nil
}

// OlderPosts counts the posts that a retag by these rules would look at and
// that no retag by them has looked at.
func OlderPosts(ctx context.Context, s *store.Store, last RetagState, rules string) (int, error) {
	settled := []string{rules}
	if last.Rules == rules && last.Over() {
		settled = append(settled, last.Before...)
	}
	return s.TaggedOtherwise(ctx, settled)
}
