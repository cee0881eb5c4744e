package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
)

const (
	listEvery = 24 * time.Hour
	listRetry = time.Hour // after a failure
	// maxListed keeps a list below the size of a message of the stream.
	maxListed = 2000
)

// sourceList is an OPML list at an address (source_files), as it was read
// last. What left it is kept and paused: its posts stay, and a list that is
// cut short by mistake does no harm.
type sourceList struct {
	URL          string              `json:"url"`
	ETag         string              `json:"etag,omitempty"`
	LastModified string              `json:"last_modified,omitempty"`
	Read         time.Time           `json:"read,omitzero"`  // when it was had last
	Tried        time.Time           `json:"tried,omitzero"` // when it was asked for last
	Error        string              `json:"error,omitempty"`
	Sources      []collectors.Source `json:"sources"`
}

// isAddress says that an entry of source_files is to be read from the web.
func isAddress(name string) bool {
	return strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://")
}

// listKey is the key of a list in its bucket.
func listKey(address string) string { return collectors.KeyOf("opml", address) }

// listed are the sources of the lists that the configuration still names and
// that stand nowhere else. d.mu is held.
func (d *desk) listed() []collectors.Source {
	type place struct{ kind, url string }
	keys, places := map[string]bool{}, map[place]bool{}
	for _, s := range d.cfg.Sources {
		keys[s.Key], places[place{s.Kind, s.URL}] = true, true
	}
	var out []collectors.Source
	for _, address := range d.cfg.lists {
		for _, s := range d.lists[listKey(address)].Sources {
			at := place{s.Kind, s.URL}
			if keys[s.Key] || places[at] {
				continue
			}
			keys[s.Key], places[at] = true, true
			out = append(out, s)
		}
	}
	return out
}

// readLists reads every list once a day until ctx ends. One that cannot be
// read stays as it was.
func (d *desk) readLists(ctx context.Context) error {
	for {
		next := d.now().Add(listEvery)
		for _, address := range d.cfg.lists {
			d.mu.Lock()
			l := d.lists[listKey(address)]
			d.mu.Unlock()
			if !d.now().Before(l.due()) {
				l = d.readList(ctx, address, l)
			}
			if at := l.due(); at.Before(next) {
				next = at
			}
		}
		timer := time.NewTimer(max(time.Second, next.Sub(d.now())))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// due is when a list is to be read.
func (l sourceList) due() time.Time {
	switch {
	case l.Tried.IsZero():
		return time.Time{}
	case l.Error != "":
		return l.Tried.Add(listRetry)
	}
	return l.Tried.Add(listEvery)
}

// readList asks for a list and puts it to use.
func (d *desk) readList(ctx context.Context, address string, l sourceList) sourceList {
	l.URL, l.Tried, l.Error = address, d.now().UTC(), ""
	res, err := d.client.Get(ctx, fetch.Request{URL: address, ETag: l.ETag, LastModified: l.LastModified, Accept: "text/x-opml, application/xml;q=0.9, */*;q=0.5"})
	if err == nil && !res.NotModified {
		err = l.take(res, d.now())
	}
	if ctx.Err() != nil {
		return l
	}
	if err != nil {
		l.Error = err.Error()
		d.log.Warn("a list of sources cannot be read; it stays as it was", slog.String("list", address), slog.Any("err", err))
	} else {
		l.Read = l.Tried
	}
	if err := save(ctx, d, d.listBucket, d.lists, listKey(address), l); err != nil && ctx.Err() == nil {
		d.log.Error("a list of sources cannot be saved", slog.String("list", address), slog.Any("err", err))
	}
	return l
}

// take makes the list like what came.
func (l *sourceList) take(res *fetch.Response, now time.Time) error {
	fresh, err := collectors.ParseOPML(bytes.NewReader(res.Body))
	if err != nil {
		return err
	}
	if res.Truncated {
		return fmt.Errorf("%s: the list broke off; it is asked for again", l.URL)
	}
	usable := slices.DeleteFunc(fresh, func(s collectors.Source) bool { return collectors.CheckSources([]collectors.Source{s}) != nil })
	if len(usable) == 0 {
		return fmt.Errorf("%s: the list names no feed", l.URL)
	}
	if len(usable) > maxListed {
		return fmt.Errorf("%s: the list names %d feeds, and at most %d are taken from one; split it", l.URL, len(usable), maxListed)
	}
	l.Sources = mergeList(l.Sources, usable, now)
	l.ETag, l.LastModified = res.ETag, res.LastModified
	return nil
}

// mergeList is a list as it stands now, behind it what left it, paused.
func mergeList(old, fresh []collectors.Source, now time.Time) []collectors.Source {
	here := map[string]bool{}
	for _, s := range fresh {
		here[s.Key] = true
	}
	out := slices.Clone(fresh)
	for _, s := range old {
		if here[s.Key] || len(out) >= maxListed {
			continue
		}
		if !strings.HasPrefix(s.Note, leftList) {
			s.Note = leftList + now.UTC().Format("2 January 2006")
		}
		s.Paused = true
		out = append(out, s)
	}
	return out
}

const leftList = "it left its list on "

// listOf returns the address of the list that a source comes from, and why it
// is paused there. d.mu is held.
func (d *desk) listOf(key string) (address, why string) {
	for _, address := range d.cfg.lists {
		for _, s := range d.lists[listKey(address)].Sources {
			if s.Key == key {
				return address, cmp.Or(s.Note, "the list "+address+" says so")
			}
		}
	}
	return "", ""
}
