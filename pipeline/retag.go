package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/store"
	"vantage/pipeline/tag"
)

// RetagConfig says what to tag anew and with what.
type RetagConfig struct {
	Store  *store.Store
	Tagger *tag.Tagger
	// Cursors keeps the position, so that a retag that was interrupted goes on
	// where it stopped; nil: it begins anew.
	Cursors Cursors
	// Progress is called after each chunk was stored; nil: nobody is told.
	Progress func(store.Retagged)
}

// Retag tags anew what is stored and writes the rows whose tags changed.
// Posts whose text has expired keep their tags. It runs beside the pipeline,
// which must use the tagger already (Pipeline.SetTagger), or posts that arrive
// meanwhile would keep old tags. The numbers follow by Refresh.
func Retag(ctx context.Context, cfg RetagConfig) (store.Retagged, error) {
	key := "retag/" + cfg.Tagger.Version()
	sc := store.RetagConfig{Progress: func(done store.Retagged) error {
		if cfg.Progress != nil {
			cfg.Progress(done)
		}
		return saveCursor(ctx, cfg.Cursors, key, done.Cursor)
	}}
	if cfg.Cursors != nil {
		b, err := cfg.Cursors.Load(ctx, key)
		if err != nil {
			return store.Retagged{}, fmt.Errorf("retag: %w", err)
		}
		sc.After = string(b)
	}
	done, err := cfg.Store.Retag(ctx, sc, func(r store.Row) (store.Row, bool) {
		before := r
		retag(cfg.Tagger, &r)
		return r, !sameTags(&before, &r)
	})
	if err != nil {
		return done, fmt.Errorf("retag: %w", err)
	}
	return done, saveCursor(ctx, cfg.Cursors, key, "") // the next one begins anew
}

func saveCursor(ctx context.Context, c Cursors, key, cursor string) error {
	if c == nil {
		return nil
	}
	if err := c.Save(ctx, key, []byte(cursor)); err != nil {
		return fmt.Errorf("retag: %w", err)
	}
	return nil
}

// sameTags compares what charts and pages show; a row that differs only in the
// version of its rules is left as it is.
func sameTags(a, b *store.Row) bool {
	return sameSet(a.Topics, b.Topics) && sameSet(a.Tools, b.Tools) && sameSet(a.Councils, b.Councils) &&
		slices.EqualFunc(byID(a.Found), byID(b.Found), sameCouncil)
}

func sameCouncil(a, b store.Council) bool {
	const rounding = 0.005 // a confidence is shown with two digits
	return a.ID == b.ID && a.Sense == b.Sense && abs(a.Confidence-b.Confidence) < rounding
}

func abs(x float32) float32 { return max(x, -x) }

func byID(list []store.Council) []store.Council {
	return slices.SortedFunc(slices.Values(list), func(a, b store.Council) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
}

func sameSet(a, b []string) bool { return slices.Equal(sorted(a), sorted(b)) }

func sorted(list []string) []string {
	if slices.IsSorted(list) {
		return list
	}
	return slices.Sorted(slices.Values(list))
}

// PreviewConfig says what to look at before a retag.
type PreviewConfig struct {
	Store   *store.Store
	Tagger  *tag.Tagger
	Since   time.Time // posts of the weeks from Since on
	Samples int       // posts shown for each term; 0: 3
}

// Preview says what a retag would change.
type Preview struct {
	Read, Changed int
	// Terms by kind ("topic", "tool", "council") and id.
	Terms map[string]map[string]*Change
}

// Change is what would happen to one term.
type Change struct {
	Before, After  int // posts that have the term
	Added, Removed int
	Gains, Losses  []Sample // the first few
}

// Sample is a post that would gain or lose a term.
type Sample struct{ ID, Title, URL string }

// PreviewRetag counts what Retag would change, and changes nothing.
func PreviewRetag(ctx context.Context, cfg PreviewConfig) (Preview, error) {
	if cfg.Samples <= 0 {
		cfg.Samples = 3
	}
	p := Preview{Terms: map[string]map[string]*Change{"topic": {}, "tool": {}, "council": {}}}
	sc := store.RetagConfig{DryRun: true}
	if !cfg.Since.IsZero() {
		sc.After = item.Week(cfg.Since).Format(time.DateOnly) + "/"
	}
	done, err := cfg.Store.Retag(ctx, sc, func(r store.Row) (store.Row, bool) {
		before := r
		retag(cfg.Tagger, &r)
		p.compare("topic", before.Topics, r.Topics, &r, cfg.Samples)
		p.compare("tool", before.Tools, r.Tools, &r, cfg.Samples)
		p.compare("council", before.Councils, r.Councils, &r, cfg.Samples)
		return r, !sameTags(&before, &r)
	})
	if err != nil {
		return p, fmt.Errorf("preview of a retag: %w", err)
	}
	p.Read, p.Changed = done.Read, done.Changed
	return p, nil
}

func (p *Preview) compare(kind string, before, after []string, r *store.Row, samples int) {
	for _, id := range before {
		c := p.change(kind, id)
		c.Before++
		if !slices.Contains(after, id) {
			c.Removed++
			c.Losses = sampled(c.Losses, r, samples)
		}
	}
	for _, id := range after {
		c := p.change(kind, id)
		c.After++
		if !slices.Contains(before, id) {
			c.Added++
			c.Gains = sampled(c.Gains, r, samples)
		}
	}
}

func (p *Preview) change(kind, id string) *Change {
	c := p.Terms[kind][id]
	if c == nil {
		c = &Change{}
		p.Terms[kind][id] = c
	}
	return c
}

func sampled(list []Sample, r *store.Row, most int) []Sample {
	if len(list) == most {
		return list
	}
	return append(list, Sample{ID: r.ID, Title: r.Title, URL: r.URL})
}
