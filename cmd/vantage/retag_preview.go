package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"time"

	"vantage/pipeline"
	"vantage/pipeline/tag"
)

// previewAnswer is what `vantage retag -preview -json` prints.
type previewAnswer struct {
	Rules   string          `json:"rules"` // version that was tried
	Days    int             `json:"days"`
	Read    int             `json:"posts"`
	Changed int             `json:"changed"`
	Left    int             `json:"posts_not_read"` // because time ran out
	Terms   []previewChange `json:"terms"`          // only those that gain or lose a post
}

// previewChange is one term that would gain or lose posts.
type previewChange struct {
	Kind    string            `json:"kind"` // council, topic, tool, theme
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Before  int               `json:"before"`
	After   int               `json:"after"`
	Added   int               `json:"added"`
	Removed int               `json:"removed"`
	Gains   []pipeline.Sample `json:"gains"` // up to three posts
	Losses  []pipeline.Sample `json:"losses"`
}

// previewRetag shows what the vocabulary on disk, or another one, would change.
// It changes nothing, also not the vocabulary in use.
func (h *house) previewRetag(ctx context.Context, _ io.Reader, o url.Values, report func(string)) error {
	days, err := strconv.Atoi(o.Get("days"))
	if err != nil || days < 1 {
		return fmt.Errorf("retag: days %q must be a whole number from 1 on", o.Get("days"))
	}
	most, err := time.ParseDuration(o.Get("most"))
	if err != nil || most < 0 {
		return fmt.Errorf("retag: -most %q is not a time such as 2m", o.Get("most"))
	}
	cfg := h.cfg
	if name := o.Get("vocabulary"); name != "" {
		cfg.Vocabulary = name
	}
	v, t, err := h.rules.read(cfg)
	if err != nil {
		return fmt.Errorf("retag: nothing to preview: %w", err)
	}
	asJSON, last := o.Get("json") == "true", time.Now()
	p, err := pipeline.PreviewRetag(ctx, pipeline.PreviewConfig{
		Store: h.store, Tagger: t, Since: h.now().AddDate(0, 0, -days), Most: most,
		Progress: func(read, total int) {
			if !asJSON && time.Since(last) > 2*time.Second {
				report(fmt.Sprintf("%s of %s posts read", grouped(read), grouped(total)))
				last = time.Now()
			}
		},
	})
	if err != nil {
		return err
	}
	a := h.previewAnswer(p, v, days)
	if asJSON {
		b, err := json.Marshal(a)
		report(string(b))
		return err
	}
	a.report(report)
	return nil
}

// previewAnswer lists the terms by kind, the largest changes first.
func (h *house) previewAnswer(p pipeline.Preview, v *tag.Vocabulary, days int) previewAnswer {
	a := previewAnswer{Rules: p.Rules, Days: days, Read: p.Read, Changed: p.Changed, Left: max(0, p.Total-p.Read), Terms: []previewChange{}}
	for _, kind := range pipeline.PreviewKinds {
		from := len(a.Terms)
		for id, c := range p.Terms[kind] {
			if c.Added+c.Removed > 0 {
				a.Terms = append(a.Terms, previewChange{kind, id, h.termName(v, kind, id), c.Before, c.After, c.Added, c.Removed, c.Gains, c.Losses})
			}
		}
		slices.SortFunc(a.Terms[from:], func(a, b previewChange) int {
			return cmp.Or(-cmp.Compare(a.Added+a.Removed, b.Added+b.Removed), cmp.Compare(a.ID, b.ID))
		})
	}
	return a
}

func (h *house) termName(v *tag.Vocabulary, kind, id string) string {
	if kind == "council" {
		return h.register.AreaName(id)
	}
	if name := v.Name(kind, id); name != id {
		return name
	}
	return h.vocabulary.Load().Name(kind, id) // a term that the new vocabulary drops
}

var previewHeadings = map[string]string{"council": "Councils", "topic": "Topics", "tool": "Tools", "theme": "Themes"}

func (a previewAnswer) report(report func(string)) {
	report(fmt.Sprintf("%s of the last %d days read: %s would change", postCount(a.Read), a.Days, grouped(a.Changed)))
	if a.Left > 0 {
		report(fmt.Sprintf("time ran out before %s older posts; -most 0 reads them all", grouped(a.Left)))
	}
	kind := ""
	for _, c := range a.Terms {
		if c.Kind != kind {
			kind = c.Kind
			report(previewHeadings[kind])
		}
		report(fmt.Sprintf("  %s: %s now, %s after (+%s, -%s)", c.Name, postCount(c.Before), grouped(c.After), grouped(c.Added), grouped(c.Removed)))
		for _, s := range c.Gains {
			report("    + " + s.Title + " " + s.URL)
		}
		for _, s := range c.Losses {
			report("    - " + s.Title + " " + s.URL)
		}
	}
}

func postCount(n int) string {
	if n == 1 {
		return "1 post"
	}
	return grouped(n) + " posts"
}
