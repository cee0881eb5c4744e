package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"vantage/collectors"
	"vantage/pipeline/story"
)

const familiesHelp = `Says which publishers count as one independent publisher: a newsroom's many
sites, a council's main site and its blogs. Without names it lists those of the
configured sources that belong to another.

  vantage families
  vantage families www.example-live.co.uk news.example.gov.uk
  vantage families -apply    after a change of the file: count everything anew
`

func runFamilies(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "families [flags] [PUBLISHER …]", familiesHelp)
	load := dataFlags(fs)
	apply := fs.Bool("apply", false, "let the numbers follow the file as it is now, also in a running vantage")
	publishers, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	if *apply && len(publishers) > 0 {
		return fmt.Errorf("families: -apply counts all publishers anew, not only %q; leave it out", publishers[0])
	}
	if *apply {
		return operate(ctx, c, load, "families", strings.NewReader(""), url.Values{})
	}
	cfg, err := load(c)
	if err != nil {
		return err
	}
	f, err := loadFamilies(&cfg)
	if err != nil {
		return err
	}
	if len(publishers) == 0 {
		publishers = ofOthers(f, cfg.Sources)
	}
	for _, p := range publishers {
		family := f.Of(p)
		fmt.Fprintf(c.out, "%-40s %-30s %s\n", p, family, f.Name(family))
	}
	return nil
}

// ofOthers lists the publishers of sources that are not their own family.
func ofOthers(f *story.Families, sources []collectors.Source) []string {
	var list []string
	for _, s := range sources {
		if f.Of(s.Publisher) != s.Publisher {
			list = append(list, s.Publisher)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// loadFamilies reads the configured file over the built-in one, and what
// sources say of their publishers over both.
func loadFamilies(cfg *Config) (*story.Families, error) {
	read := story.DefaultFamilies
	if cfg.Families != "" {
		read = func() (*story.Families, error) { return story.LoadFamilies(cfg.path(cfg.Families)) }
	}
	f, err := read()
	if err != nil {
		return nil, err
	}
	said := map[string]string{}
	for _, s := range cfg.Sources {
		if s.Family == "" {
			continue
		}
		if !story.FamilyForm.MatchString(s.Family) {
			return nil, fmt.Errorf("source %s: family %q must be the owner's domain, such as example.org", s.Key, s.Family)
		}
		if other, ok := said[s.Publisher]; ok && other != s.Family {
			return nil, fmt.Errorf("source %s: family %q of publisher %s is %q at another of its sources; give both the same", s.Key, s.Family, s.Publisher, other)
		}
		said[s.Publisher] = s.Family
	}
	return f.With(said), nil
}

func (c *Config) checkFamilies() error {
	_, err := loadFamilies(c)
	return err
}

// regroup puts the families to use as they are on disk now. An error in them
// keeps the old ones.
func (h *house) regroup(ctx context.Context, _ io.Reader, _ url.Values, report func(string)) error {
	f, err := loadFamilies(&h.cfg)
	if err != nil {
		return fmt.Errorf("families: the old ones stay in use: %w", err)
	}
	moved, err := h.store.SetFamilies(ctx, f.Of)
	if err != nil {
		return err
	}
	h.families.Store(f)
	report(fmt.Sprintf("%d publishers changed their family", moved))
	return h.waitSettled(ctx, report)
}

// followFamilies makes good what was stored under other families.
func (h *house) followFamilies(ctx context.Context) error {
	moved, err := h.store.SetFamilies(ctx, h.families.Load().Of)
	if err == nil && moved > 0 {
		h.log.Info("publishers changed their family; the weeks are counted anew", slog.Int("publishers", moved))
	}
	return err
}

// familyName is what pages call the family of a publisher; empty where it is
// its own.
func (h *house) familyName(family string) string { return h.families.Load().Name(family) }
