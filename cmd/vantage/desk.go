package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/pipeline/store"
	"vantage/pipeline/stream"
)

// desk is where an operator decides: what is listened to, what was opted out,
// and which nominations are taken. Its decisions lie in buckets of the stream,
// so that all processes follow them at once and they survive a restart.
type desk struct {
	cfg    Config
	log    *slog.Logger
	now    func() time.Time
	stream *stream.Stream
	store  *store.Store
	policy *collectors.Policy
	client *fetch.Client
	class  classOf

	optOuts, changes, nominations, listBucket *stream.Bucket

	mu      sync.Mutex
	outs    map[string]optOut
	changed map[string]sourceChange
	lists   map[string]sourceList
	apply   func([]collectors.Source) // tells the poller; nil where none runs
	visit   func(key string) bool
	visits  func()        // of all sources
	began   time.Time     // of this process, by the machine's clock
	work    chan struct{} // there may be an opt-out whose posts are still stored
	saving  sync.Mutex    // one nomination at a time, so that none is lost between reading and writing
}

func (h *house) openDesk(ctx context.Context) error {
	keys, err := openKeys(h.cfg.keyFile())
	if err != nil {
		return err
	}
	d := &desk{
		cfg: h.cfg, log: h.log, now: h.now, stream: h.stream, store: h.store, class: publisherClasses(h.register, h.cfg.Sources),
		outs: map[string]optOut{}, changed: map[string]sourceChange{}, lists: map[string]sourceList{}, began: time.Now(), work: make(chan struct{}, 1),
	}
	d.policy = collectors.NewPolicy(collectors.PolicyConfig{Keys: keys, Class: d.class, Known: h.store.Known, Log: h.log})
	d.client = h.newClient()
	h.onClose(func() error { d.client.Close(); return nil })
	h.desk = d
	return d.load(ctx)
}

// newClient visits hosts as the configuration says.
func (h *house) newClient() *fetch.Client {
	gap := time.Duration(h.cfg.Collect.HostGap)
	if gap == 0 {
		gap = -1 // none
	}
	return fetch.New(fetch.Config{
		Version: programVersion(), Contact: h.cfg.Site.Contact, AllowLoopback: h.cfg.Collect.AllowLoopback, Gap: gap, Now: h.now,
	})
}

// load reads every decision before the first post is published or stored.
func (d *desk) load(ctx context.Context) (err error) {
	for name, b := range map[string]**stream.Bucket{"optouts": &d.optOuts, "operator": &d.changes, "nominations": &d.nominations, "lists": &d.listBucket} {
		if *b, err = d.stream.Bucket(ctx, name); err != nil {
			return err
		}
	}
	if err := loadAll(ctx, d.optOuts, d.outs); err != nil {
		return err
	}
	if err := loadAll(ctx, d.changes, d.changed); err != nil {
		return err
	}
	if err := loadAll(ctx, d.listBucket, d.lists); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.decided()
	return nil
}

func loadAll[T any](ctx context.Context, b *stream.Bucket, into map[string]T) error {
	all, err := b.All(ctx)
	if err != nil {
		return err
	}
	for key, value := range all {
		var v T
		if err := json.Unmarshal(value, &v); err != nil {
			return fmt.Errorf("the decision %q of the operator is damaged: %w; delete it from its bucket", key, err)
		}
		into[key] = v
	}
	return nil
}

// run follows the decisions of all processes, and takes out what was opted
// out, until ctx ends.
func (d *desk) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.followKeys(ctx) })
	g.Go(func() error { return d.removeOptedOut(ctx) })
	g.Go(func() error { return watch(ctx, d, d.optOuts, d.outs, nil) })
	g.Go(func() error { return watch(ctx, d, d.changes, d.changed, d.hear) })
	g.Go(func() error { return watch(ctx, d, d.listBucket, d.lists, nil) })
	return g.Wait()
}

// direct lets the poller follow the decisions from now on.
func (d *desk) direct(p *collectors.Poller) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.apply, d.visit, d.visits = p.SetSources, p.Visit, p.VisitAll
	d.decided()
}

// watch keeps a map like its bucket, and tells hear what was and what is.
func watch[T any](ctx context.Context, d *desk, b *stream.Bucket, into map[string]T, hear func(key string, before, now T)) error {
	ready := false // what is there at first was loaded already
	return b.Watch(ctx, func(key string, value []byte) {
		d.mu.Lock()
		defer d.mu.Unlock()
		var v T
		switch {
		case value == nil:
			delete(into, key)
		case json.Unmarshal(value, &v) != nil:
			d.log.Error("a decision of the operator is damaged and left out", slog.String("key", key))
			return
		default:
			if hear != nil {
				hear(key, into[key], v)
			}
			into[key] = v
		}
		if ready {
			d.decided()
		}
	}, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		ready = true
		d.decided()
	})
}

// decided puts the decisions to use. d.mu is held.
func (d *desk) decided() {
	list := make([]collectors.OptOut, 0, len(d.outs))
	for _, o := range d.outs {
		list = append(list, o.OptOut)
	}
	d.policy.SetOptOuts(list)
	if d.apply != nil {
		d.apply(d.effective())
	}
	select {
	case d.work <- struct{}{}:
	default:
	}
}

// save writes a decision and puts it to use here at once; the other processes
// hear of it by the bucket.
func save[T any](ctx context.Context, d *desk, b *stream.Bucket, into map[string]T, key string, v T) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := b.Save(ctx, key, value); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	into[key] = v
	d.decided()
	return nil
}
