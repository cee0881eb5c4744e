package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vantage/pipeline"
	"vantage/pipeline/store"
	"vantage/pipeline/tag"
)

const retagHelp = `Reads the vocabulary anew and tags again what is stored; the numbers follow. It
works in the Vantage that runs on the data folder, beside the collection, or in
the folder itself when none runs. One that was interrupted goes on where it
stopped. Posts whose text has expired keep their tags.

  vantage retag -preview
  vantage retag
`

func runRetag(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "retag [flags]", retagHelp)
	load := dataFlags(fs)
	preview := fs.Bool("preview", false, "only show what would change")
	days := fs.Int("days", 90, "with -preview: how many days to look back")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *days < 1 {
		return fmt.Errorf("retag: -days %d must be at least 1", *days)
	}
	options := url.Values{"preview": {strconv.FormatBool(*preview)}, "days": {strconv.Itoa(*days)}}
	return operate(ctx, c, load, "retag", strings.NewReader(""), options)
}

// retag puts the vocabulary to use as it is on disk now. An error in it keeps
// the old one.
func (h *house) retag(ctx context.Context, _ io.Reader, o url.Values, report func(string)) error {
	v, err := loadVocabulary(h.cfg)
	if err != nil {
		return fmt.Errorf("retag: the old vocabulary stays in use: %w", err)
	}
	t, err := tag.Compile(v, h.register)
	if err != nil {
		return fmt.Errorf("retag: the old vocabulary stays in use: %w", err)
	}
	if o.Get("preview") == "true" {
		return h.previewRetag(ctx, t, v, o, report)
	}
	h.vocabulary.Store(v)
	h.pipeline.SetTagger(t)
	cursors, err := h.stream.Bucket(ctx, "retag")
	if err != nil {
		return err
	}
	last := time.Now()
	done, err := pipeline.Retag(ctx, pipeline.RetagConfig{Store: h.store, Tagger: t, Cursors: cursors, Progress: func(r store.Retagged) {
		if time.Since(last) > 2*time.Second {
			report(fmt.Sprintf("%d posts read, %d changed", r.Read, r.Changed))
			last = time.Now()
		}
	}})
	if err != nil {
		return err
	}
	report(fmt.Sprintf("%d posts read, %d changed", done.Read, done.Changed))
	if err := h.waitSettled(ctx, report); err != nil {
		return err
	}
	report("stored and counted")
	return nil
}

func (h *house) previewRetag(ctx context.Context, t *tag.Tagger, v *tag.Vocabulary, o url.Values, report func(string)) error {
	days, err := strconv.Atoi(o.Get("days"))
	if err != nil || days < 1 {
		return errors.New("retag: days must be a whole number from 1 on")
	}
	p, err := pipeline.PreviewRetag(ctx, pipeline.PreviewConfig{Store: h.store, Tagger: t, Since: h.now().AddDate(0, 0, -days)})
	if err != nil {
		return err
	}
	report(fmt.Sprintf("%d posts of the last %d days: %d would change", p.Read, days, p.Changed))
	for _, kind := range []string{store.Topics, store.Tools, "council"} {
		for _, id := range slices.Sorted(maps.Keys(p.Terms[kind])) {
			if c := p.Terms[kind][id]; c.Added+c.Removed > 0 {
				reportChange(kind, h.termName(v, kind, id), c, report)
			}
		}
	}
	return nil
}

func reportChange(kind, name string, c *pipeline.Change, report func(string)) {
	report(fmt.Sprintf("%-8s %s: %d posts, would be %d (+%d, -%d)", kind, name, c.Before, c.After, c.Added, c.Removed))
	for _, s := range c.Gains {
		report("         + " + s.Title + " " + s.URL)
	}
	for _, s := range c.Losses {
		report("         - " + s.Title + " " + s.URL)
	}
}

func (h *house) termName(v *tag.Vocabulary, kind, id string) string {
	if kind == "council" {
		return h.register.AreaName(id)
	}
	return v.Name(kind, id)
}
