package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vantage/pipeline/store"
	"vantage/pipeline/tag"
)

// PreviewConfig says what to look at before a retag.
type PreviewConfig struct {
	Store   *store.Store
	Tagger  *tag.Tagger   // of the rules to try
	Since   time.Time     // posts of the weeks from Since on
	Samples int           // posts shown for each term; 0: 3
	Most    time.Duration // after which it stops and says so; 0: no end
	// Progress is told how many posts were read, and of how many; nil: nobody is.
	Progress func(read, total int)
}

// The kinds of terms in a Preview, in the order in which people read them.
var PreviewKinds = []string{"council", "topic", "tool", "theme"}

// Preview says what a retag would change.
type Preview struct {
	Rules   string // version of the rules that were tried
	Read    int
	Changed int
	Total   int // posts of the time asked for; more than Read where time ran out
	// Terms by kind and id; only those that some post has, before or after.
	Terms map[string]map[string]*Change
}

// Cut says that time ran out before all posts were read.
func (p Preview) Cut() bool { return p.Read < p.Total }

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
	p := Preview{Rules: cfg.Tagger.Version(), Terms: map[string]map[string]*Change{}}
	for _, kind := range PreviewKinds {
		p.Terms[kind] = map[string]*Change{}
	}
	began := time.Now()
	done, err := cfg.Store.Compare(ctx, cfg.Since, func(r *store.Row) { understand(cfg.Tagger, r) }, func(c store.Compared, done store.Retagged) bool {
		p.note(c, cfg.Samples)
		if done.Read%previewEvery != 0 {
			return true
		}
		if cfg.Progress != nil {
			cfg.Progress(done.Read, done.Total)
		}
		return cfg.Most <= 0 || time.Since(began) < cfg.Most
	})
	if err != nil {
		return p, fmt.Errorf("preview of a retag: %w", err)
	}
	p.Read, p.Changed, p.Total = done.Read, done.Changed, done.Total
	return p, nil
}

func (p *Preview) note(c store.Compared, samples int) {
	for _, part := range []struct {
		kind          string
		before, after []string
	}{{"council", c.Stored.Councils, c.Tagged.Councils}, {"topic", c.Stored.Topics, c.Tagged.Topics},
		{"tool", c.Stored.Tools, c.Tagged.Tools}, {"theme", c.Stored.Themes, c.Tagged.Themes}} {
		p.compare(part.kind, part.before, part.after, c.Stored, samples)
	}
}

func (p *Preview) compare(kind string, before, after []string, r *store.Row, samples int) {
	for _, id := range before {
		c := p.change(kind, id)
		if c.Before++; !slices.Contains(after, id) {
			c.Removed++
			c.Losses = sampled(c.Losses, r, samples)
		}
	}
	for _, id := range after {
		c := p.change(kind, id)
		if c.After++; !slices.Contains(before, id) {
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

// previewEvery is how many posts lie between two reports of progress.
const previewEvery = 1000
