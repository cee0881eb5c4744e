package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/dashboards"
	"vantage/pipeline"
	"vantage/pipeline/store"
)

const optOutHelp = `Leaves out a domain, a person or a hashtag: nothing of it is collected from now
on, and what is stored already leaves every table, every number and the stream.
A person is kept as a code only, never by name. In a list and to remove an
opt-out of a person, use the code that the list shows, or the name again.

  vantage optout add example.org
  vantage optout add @name@server.example
  vantage optout add did:plc:abc123
  vantage optout add '#hashtag'
  vantage optout list
  vantage optout remove example.org
`

// optOut is an opt-out and how far the removal of what was stored has come.
type optOut struct {
	collectors.OptOut
	Added time.Time `json:"added"`
	Posts int       `json:"posts"` // taken out of the store so far
	Done  bool      `json:"done"`
}

func runOptOut(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "optout add|list|remove [WHAT]", optOutHelp)
	load := dataFlags(fs)
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	o := url.Values{}
	switch {
	case len(words) == 1 && words[0] == "list", len(words) == 2 && (words[0] == "add" || words[0] == "remove"):
		o.Set("do", words[0])
		o.Set("what", strings.Join(words[1:], " "))
	default:
		return errors.New("optout: say add, list or remove, and a domain, @handle@server, did:… or #hashtag; see vantage optout -h")
	}
	return operateTo(ctx, c, c.out, load, "optout", strings.NewReader(""), o)
}

// parseWords reads flags that stand before, between or behind the words of a
// command.
func parseWords(fs *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := fs.Parse(args); err != nil || fs.NArg() == 0 {
			return words, err
		}
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
}

func (h *house) optOutOperation(ctx context.Context, _ io.Reader, o url.Values, report func(string)) error {
	switch o.Get("do") {
	case "list":
		list, err := h.desk.OptOuts(ctx)
		if err != nil {
			return err
		}
		for _, v := range list {
			report(fmt.Sprintf("%-40s since %s, %s", v.What, v.Added.Format(time.DateOnly), v.Progress()))
		}
		return nil
	case "remove":
		return h.desk.Admit(ctx, o.Get("what"))
	}
	key, err := h.desk.leaveOut(ctx, o.Get("what"))
	if err != nil {
		return err
	}
	done, err := h.desk.waitRemoved(ctx, key)
	if err != nil {
		return err
	}
	report(fmt.Sprintf("%s is left out from now on; %s", done.OptOut, removedPosts(done.Posts)))
	counting, cancel := context.WithTimeout(ctx, countingTime)
	defer cancel()
	err = h.waitSettled(counting, func(string) {})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		report("the numbers are still being counted anew, as new posts keep coming")
		return nil
	}
	return err
}

// countingTime bounds the wait for the numbers after a removal: where posts
// come all the time, there is never a moment without any to count.
const countingTime = 30 * time.Second

func removedPosts(n int) string {
	if n == 1 {
		return "1 post was taken out of every table and the stream"
	}
	return fmt.Sprintf("%d posts were taken out of every table and the stream", n)
}

// leaveOut records an opt-out. One that is there already is gone through
// again.
func (d *desk) leaveOut(ctx context.Context, what string) (key string, err error) {
	o, err := collectors.ParseOptOut(what, d.policy.Keys().Root)
	if err != nil {
		return "", refusal("what", err.Error())
	}
	d.mu.Lock()
	rec := d.outs[o.Key()]
	d.mu.Unlock()
	rec.OptOut, rec.Done = o, false
	if rec.Added.IsZero() {
		rec.Added = d.now().UTC()
	}
	return o.Key(), save(ctx, d, d.optOuts, d.outs, o.Key(), rec)
}

// Admit removes an opt-out: what is new from then on comes in again.
func (d *desk) Admit(ctx context.Context, what string) error {
	key := what
	if o, err := collectors.ParseOptOut(what, d.policy.Keys().Root); err == nil {
		key = o.Key()
	}
	d.mu.Lock()
	for k, o := range d.outs {
		if o.String() == what {
			key = k
		}
	}
	_, found := d.outs[key]
	d.mu.Unlock()
	if !found {
		return refusal("what", fmt.Sprintf("%q is not on the list; `vantage optout list` shows it", what))
	}
	if err := d.optOuts.Delete(ctx, key); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.outs, key)
	d.decided()
	return nil
}

// OptOut leaves something out, and does not wait until nothing of it is stored.
func (d *desk) OptOut(ctx context.Context, what string) error {
	_, err := d.leaveOut(ctx, what)
	return err
}

// OptOuts lists what is left out.
func (d *desk) OptOuts(context.Context) ([]dashboards.OptOutView, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []dashboards.OptOutView
	for _, key := range slices.Sorted(maps.Keys(d.outs)) {
		o := d.outs[key]
		list = append(list, dashboards.OptOutView{Key: key, What: o.String(), Added: o.Added, Posts: o.Posts, Done: o.Done})
	}
	slices.SortStableFunc(list, func(a, b dashboards.OptOutView) int { return cmp.Compare(a.What, b.What) })
	return list, nil
}

// waitRemoved returns when nothing is stored any more of an opt-out.
func (d *desk) waitRemoved(ctx context.Context, key string) (optOut, error) {
	for {
		d.mu.Lock()
		o, found := d.outs[key]
		d.mu.Unlock()
		if !found || o.Done {
			return o, nil
		}
		select {
		case <-ctx.Done():
			return o, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// removeRetry is the pause after a removal failed.
const removeRetry = 15 * time.Second

// removeOptedOut takes out what is stored of each opt-out, one after the other,
// and goes on after a restart with those that were not done.
func (d *desk) removeOptedOut(ctx context.Context) error {
	for {
		wait := time.Hour
		for _, key := range d.undone() {
			if err := d.removeStored(ctx, key); err != nil && ctx.Err() == nil {
				d.log.Error("what was opted out cannot be taken out of the store; it is tried again", slog.Any("err", err))
				wait = removeRetry
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.work:
		case <-time.After(wait):
		}
	}
}

func (d *desk) undone() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var keys []string
	for key, o := range d.outs {
		if !o.Done {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (d *desk) removeStored(ctx context.Context, key string) error {
	d.mu.Lock()
	o, found := d.outs[key]
	d.mu.Unlock()
	if !found {
		return nil
	}
	note := func(posts int, done bool) error {
		if !d.stillOut(key) {
			return errNoLonger
		}
		o.Posts, o.Done = o.Posts+posts, done
		return save(ctx, d, d.optOuts, d.outs, key, o)
	}
	cfg := pipeline.RemoveConfig{Stream: d.stream, Store: d.store, Authors: d.policy.Refs(o.OptOut), Now: time.Now,
		Progress: func(posts int) error { return note(posts, false) }}
	switch o.Kind {
	case collectors.OptOutDomain:
		cfg.Left = store.Left{Domain: o.Value}
	case collectors.OptOutTag:
		cfg.Left = store.Left{Tag: o.Value}
	}
	err := pipeline.Remove(ctx, cfg)
	if err == nil {
		err = note(0, true)
	}
	if errors.Is(err, errNoLonger) {
		return nil
	}
	return err
}

// errNoLonger ends a removal whose opt-out was removed meanwhile.
var errNoLonger = errors.New("no longer opted out")

func (d *desk) stillOut(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, found := d.outs[key]
	return found
}
