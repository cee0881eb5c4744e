package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/collectors/item"
	"vantage/dashboards"
	"vantage/pipeline/council"
)

// classOf says what sort of body publishes under a domain.
type classOf func(domain string) item.Class

// sourceChange is what an operator decided about one source. The
// configuration file wins where it knows the key.
type sourceChange struct {
	Source  *collectors.Source `json:"source,omitempty"` // added here; nil for one of the configuration
	Paused  bool               `json:"paused,omitempty"`
	Removed bool               `json:"removed,omitempty"` // of one of the configuration
	Visit   time.Time          `json:"visit,omitzero"`    // when a visit was asked for
	At      time.Time          `json:"at"`
}

// effective are the sources that are listened to, those of the configuration
// first. d.mu is held.
func (d *desk) effective() []collectors.Source {
	list := make([]collectors.Source, 0, len(d.cfg.Sources)+len(d.changed))
	configured := make(map[string]bool, len(d.cfg.Sources))
	for _, s := range slices.Concat(d.cfg.Sources, d.listed()) {
		configured[s.Key] = true
		list = append(list, d.withChange(s))
	}
	for _, key := range slices.Sorted(maps.Keys(d.changed)) {
		if c := d.changed[key]; c.Source != nil && !configured[key] {
			list = append(list, d.withChange(c.Source.Complete()))
		}
	}
	return list
}

func (d *desk) withChange(s collectors.Source) collectors.Source {
	c := d.changed[s.Key]
	s.Paused = s.Paused || c.Paused || c.Removed || d.refusesSource(s)
	return s
}

// refusesSource says that whoever publishes the source opted out: then it is
// not even visited.
func (d *desk) refusesSource(s collectors.Source) bool {
	u, err := url.Parse(s.URL)
	return d.policy.RefusesHost(s.Publisher) || err == nil && d.policy.RefusesHost(u.Hostname())
}

// sources are those in force.
func (d *desk) sources() []collectors.Source {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.effective()
}

// why says in a sentence why a source is paused.
func (d *desk) why(s collectors.Source) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, configured, file := d.changed[s.Key], d.configured(s.Key) != nil, d.cfg.origin(s.Key)
	list, left := d.listOf(s.Key)
	file = cmp.Or(list, file)
	switch {
	case d.refusesSource(s):
		return "its publisher asked not to be listened to"
	case c.Removed:
		return fmt.Sprintf("it was removed here, but still stands in %s; take it out there too", file)
	case c.Paused:
		return "it was paused here; resume it when you want"
	case list != "":
		return left
	case configured:
		return fmt.Sprintf("%s says so", file)
	}
	return ""
}

// configured returns the source of that key in the configuration or in one of
// its lists. d.mu is held.
func (d *desk) configured(key string) *collectors.Source {
	all := slices.Concat(d.cfg.Sources, d.listed())
	i := slices.IndexFunc(all, func(s collectors.Source) bool { return s.Key == key })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// everySource stands for all sources where a visit is asked for; no source has
// such a key.
const everySource = "=all"

// Change pauses, resumes, removes or visits a source. Without a key it visits
// all of them.
func (d *desk) Change(ctx context.Context, key, do string) error {
	d.mu.Lock()
	visit, visits := d.visit, d.visits
	d.mu.Unlock()
	if key == "" && do == dashboards.VisitSource {
		if visits != nil {
			visits()
		}
		return save(ctx, d, d.changes, d.changed, everySource, sourceChange{Visit: time.Now().UTC(), At: d.now().UTC()})
	}
	d.mu.Lock()
	c, changed := d.changed[key]
	own := d.configured(key)
	list, _ := d.listOf(key)
	file := cmp.Or(list, d.cfg.origin(key))
	d.mu.Unlock()
	if own == nil && (!changed || c.Source == nil) {
		return refusal("key", fmt.Sprintf("there is no source %q; `vantage sources list` shows them", key))
	}
	c.At = d.now().UTC()
	switch do {
	case dashboards.PauseSource:
		c.Paused = true
	case dashboards.ResumeSource:
		if own != nil && own.Paused {
			return refusal("key", fmt.Sprintf("source %s is paused in %s; change it there", key, file))
		}
		c.Paused, c.Removed = false, false
	case dashboards.VisitSource:
		c.Visit = time.Now().UTC()
		if visit != nil {
			visit(key)
		}
	case dashboards.RemoveSource:
		if own == nil {
			return d.forgetSource(ctx, key)
		}
		c.Removed = true
	default:
		return refusal("do", fmt.Sprintf("%q is not one of pause, resume, visit, remove", do))
	}
	return save(ctx, d, d.changes, d.changed, key, c)
}

func (d *desk) forgetSource(ctx context.Context, key string) error {
	if err := d.changes.Delete(ctx, key); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.changed, key)
	d.decided()
	return nil
}

// Add listens to a new source from now on.
func (d *desk) Add(ctx context.Context, in dashboards.NewSource) (key string, err error) {
	s, err := newSource(in)
	if err != nil {
		return "", err
	}
	if s.Class == item.Unknown {
		s.Class = d.class(s.Publisher)
	}
	if err := collectors.CheckSources([]collectors.Source{s}); err != nil {
		return "", refusal("url", errors.Unwrap(err).Error()) // without the number in a list of one
	}
	if err := checkCouncilCodes([]collectors.Source{s}); err != nil {
		return "", refusal("council", err.Error())
	}
	if d.refusesSource(s) {
		return "", refusal("url", fmt.Sprintf("%s asked not to be listened to", s.Publisher))
	}
	for _, old := range d.sources() {
		if sameSource(old, s) {
			return "", refusal("url", fmt.Sprintf("source %s is there already (%s)", old.Key, old.Name))
		}
	}
	return s.Key, save(ctx, d, d.changes, d.changed, s.Key, sourceChange{Source: &s, At: d.now().UTC()})
}

// Find looks for what can be listened to at an address. Hashtags on Bluesky
// have no address of their own; Add takes them.
func (d *desk) Find(ctx context.Context, address string) ([]dashboards.Candidate, error) {
	found, err := discoverer(d.client, council.Load(), d.now).Find(ctx, address)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return nil, refusal("url", e.Sentence)
	} else if err != nil {
		return nil, refusal("url", err.Error())
	}
	var list []dashboards.Candidate
	for _, f := range found {
		c := dashboards.Candidate{Kind: f.Kind, URL: f.URL, Title: f.Title, Posts: f.Items, Newest: f.Newest, Publisher: f.Source.Publisher, Class: string(f.Source.Class)}
		if f.Source.Class == item.Unknown {
			c.Class = string(d.class(c.Publisher))
		}
		switch {
		case f.Kind == "mastodon" && len(f.Source.Tags) == 1:
			c.URL += "/tags/" + f.Source.Tags[0]
		case len(f.Source.Tags) > 0:
			continue
		}
		list = append(list, c)
	}
	return list, nil
}

// hear acts on what another process was asked to visit.
func (d *desk) hear(key string, before, now sourceChange) {
	switch {
	case d.visit == nil || !now.Visit.After(d.began) || !now.Visit.After(before.Visit):
	case key == everySource:
		d.visits()
	default:
		d.visit(key)
	}
}

// origin says where a source is configured.
func (c *Config) origin(key string) string { return cmp.Or(c.origins[key], "the configuration") }
