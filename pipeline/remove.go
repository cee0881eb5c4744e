package pipeline

import (
	"context"
	"fmt"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/store"
	"vantage/pipeline/stream"
)

// removeBatch is how many posts are withdrawn, and counted, at a time.
const removeBatch = 1000

// RemoveConfig says what to take out of the store for good.
type RemoveConfig struct {
	Stream *stream.Stream
	Store  *store.Store
	Left   store.Left
	// Authors are pseudonyms whose every post goes.
	Authors []string
	Now     func() time.Time
	// Progress is told how many posts more were withdrawn, after the stream
	// confirmed it; its error ends the run.
	Progress func(posts int) error
}

// Remove withdraws everything that is stored of an opt-out: deletes go through
// the same stream as posts, and the pipeline takes the posts out of every table
// and erases their messages. It returns when a search after all of that finds
// none left. It may be repeated at any time, and after a crash; a pipeline whose
// Refuse knows of the opt-out must run beside it.
func Remove(ctx context.Context, cfg RemoveConfig) error {
	if err := waitStored(ctx, cfg.Stream); err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	for {
		n, err := removeRound(ctx, cfg)
		if err != nil {
			return fmt.Errorf("remove: %w", err)
		}
		if n == 0 {
			return nil
		}
		if err := waitStored(ctx, cfg.Stream); err != nil {
			return fmt.Errorf("remove: %w", err)
		}
	}
}

// removeRound withdraws some posts, and returns how many.
func removeRound(ctx context.Context, cfg RemoveConfig) (int, error) {
	var out []item.Item
	n := 0
	for _, ref := range cfg.Authors {
		count, version, err := cfg.Store.ByAuthor(ctx, ref)
		if err != nil {
			return 0, err
		}
		if count > 0 {
			n += int(count)
			out = append(out, item.Item{Schema: item.Schema, Op: item.AuthorGone, AuthorRef: ref, Kind: "optout", Source: "optouts",
				Version: item.NextVersion(int64(version), cfg.Now())})
		}
	}
	posts, err := cfg.Store.Left(ctx, cfg.Left, removeBatch)
	if err != nil {
		return 0, err
	}
	for _, p := range posts {
		out = append(out, item.Item{Schema: item.Schema, Op: item.Delete, ID: p.ID, Kind: p.Kind, Source: p.Source,
			Version: item.NextVersion(int64(p.Version), cfg.Now())})
	}
	n += len(posts)
	if n == 0 {
		return 0, nil
	}
	if err := cfg.Stream.Put(ctx, out); err != nil {
		return 0, err
	}
	return n, cfg.Progress(n)
}

// waitStored returns when everything that is on the stream now is stored.
func waitStored(ctx context.Context, s *stream.Stream) error {
	first, err := s.State(ctx)
	if err != nil {
		return err
	}
	for st := first; st.Pending+uint64(st.Unacked) > 0 && st.Stored < first.LastSeq; {
		if !pause(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
		if st, err = s.State(ctx); err != nil {
			return err
		}
	}
	return nil
}
