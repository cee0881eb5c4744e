package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	collector "vantage/collectors"
	"vantage/pipeline"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
	"vantage/pipeline/store/engine"
	"vantage/pipeline/story"
	"vantage/pipeline/stream"
	"vantage/pipeline/tag"
)

// house is everything between the collectors and the pages: stream, tagger,
// database, and the work that goes on between them.
type house struct {
	cfg Config
	log *slog.Logger
	now func() time.Time

	metrics    *prometheus.Registry
	register   *council.Register
	vocabulary atomic.Pointer[tag.Vocabulary]
	tagger     *tag.Tagger
	families   atomic.Pointer[story.Families]
	engine     *engine.Engine // nil where a ClickHouse server is configured
	store      *store.Store
	stream     *stream.Stream
	desk       *desk
	rules      *rulebook
	operator   string            // token of the operator's page
	poller     *collector.Poller // nil unless this process collects
	pipeline   *pipeline.Pipeline
	refresher  *pipeline.Refresher

	closers []func() error // in the order of opening
}

// openHouse takes the data folder and opens everything in the order of the
// flow. Close gives it back, also after an error here.
func openHouse(ctx context.Context, cfg Config, log *slog.Logger, now func() time.Time) (_ *house, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(startPercent))
	h := &house{cfg: cfg, log: log, now: now, metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close())
		}
	}()
	h.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, open := range []func(context.Context) error{h.lock, h.openTagger, h.openStream, h.openStore, h.openDesk, h.openRules, h.openPipeline} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *house) lock(context.Context) error {
	f, err := lockData(h.cfg.Data)
	if err != nil {
		return err
	}
	h.onClose(f.Close)
	// A process that was killed leaves its run file; commands would go to where
	// nobody, or somebody else, listens.
	if err := os.Remove(filepath.Join(h.cfg.Data, runFileName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run file: %w", err)
	}
	return nil
}

func (h *house) openTagger(context.Context) error {
	h.register = council.Load()
	v, err := loadVocabulary(h.cfg)
	if err != nil {
		return err
	}
	h.vocabulary.Store(v)
	h.tagger, err = tag.Compile(v, h.register)
	return err
}

// loadVocabulary reads the configured vocabulary or the built-in one.
func loadVocabulary(cfg Config) (*tag.Vocabulary, error) {
	if cfg.Vocabulary == "" {
		return tag.Default()
	}
	return tag.Load(cfg.path(cfg.Vocabulary))
}

func (h *house) openStream(ctx context.Context) (err error) {
	h.stream, err = stream.Open(ctx, stream.Config{
		URL: string(h.cfg.NATS.URL), Dir: filepath.Join(h.cfg.Data, "stream"), Credentials: h.cfg.path(h.cfg.NATS.Credentials),
		MaxBytes: int64(h.cfg.NATS.MaxBytes), MaxAge: time.Duration(h.cfg.Retention.Stream), Replicas: h.cfg.NATS.Replicas,
		Log: h.log,
	})
	if err != nil {
		return err
	}
	h.onClose(h.stream.Close)
	return nil
}

func (h *house) openStore(ctx context.Context) error {
	families, err := loadFamilies(&h.cfg)
	if err != nil {
		return err
	}
	h.families.Store(families)
	cfg := store.Config{DSN: string(h.cfg.ClickHouse.DSN), Families: families.Of, Areas: h.register.Areas, Now: h.now, Log: h.log}
	if cfg.DSN == "" {
		e, err := engine.Start(ctx, engine.Config{
			Binary: h.cfg.path(h.cfg.ClickHouse.Binary), Library: h.cfg.path(h.cfg.ClickHouse.Library), Dir: filepath.Join(h.cfg.Data, "clickhouse"),
			Memory: int64(h.cfg.ClickHouse.Memory), MarkCache: int64(h.cfg.ClickHouse.MarkCache), Log: h.log,
		})
		if err != nil {
			return err
		}
		h.engine = e
		h.onClose(func() error { e.Stop(); return nil })
		cfg.DSN, cfg.DialContext = e.DSN(), e.DialContext
	}
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return err
	}
	h.store = s
	h.onClose(s.Close)
	return h.followFamilies(ctx)
}

func (h *house) openPipeline(ctx context.Context) (err error) {
	h.pipeline, err = pipeline.New(ctx, pipeline.Config{
		Stream: h.stream, Store: h.store, Tagger: h.tagger, Retention: time.Duration(h.cfg.Retention.PersonText), Refuse: h.desk.policy.Refuses,
		Now: h.now, Log: h.log, Metrics: h.metrics,
	})
	h.refresher = pipeline.NewRefresher(pipeline.RefresherConfig{
		Store: h.store, Stream: h.stream, Log: h.log, Metrics: h.metrics,
		Busy: func() bool { return h.pipeline.Busy() || h.rules.retagging() },
	})
	return err
}

// work starts what moves items from the stream into the table and derives
// the numbers from them.
func (h *house) work(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return h.pipeline.Run(ctx) })
	g.Go(func() error { return h.refresher.Run(ctx) })
	g.Go(func() error { return h.desk.run(ctx) })
}

func (h *house) onClose(f func() error) { h.closers = append(h.closers, f) }

// Close gives everything back in reverse order.
func (h *house) Close() error {
	var err error
	for i := len(h.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, h.closers[i]())
	}
	h.closers = nil
	return err
}

// settled is true when everything that the stream holds is stored and every
// number is derived from it.
func (h *house) settled(ctx context.Context) (bool, string, error) {
	st, err := h.stream.State(ctx)
	if err != nil {
		return false, "", err
	}
	weeks, err := h.store.Pending(ctx)
	if err != nil {
		return false, "", err
	}
	if n := st.Pending + uint64(st.Unacked); n > 0 {
		return false, fmt.Sprintf("items to store: %d", n), nil
	}
	return weeks == 0, fmt.Sprintf("weeks to count: %d", weeks), nil
}

// waitSettled returns when everything is stored and counted.
func (h *house) waitSettled(ctx context.Context, report func(string)) error {
	last := time.Now()
	for {
		done, left, err := h.settled(ctx)
		if err != nil || done {
			return err
		}
		if time.Since(last) > 2*time.Second {
			report(left)
			last = time.Now()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// writeRunFile says where this instance takes commands, until Close.
func (h *house) writeRunFile(r runFile) error {
	if err := r.write(h.cfg.Data); err != nil {
		return err
	}
	h.onClose(func() error { return os.Remove(filepath.Join(h.cfg.Data, runFileName)) })
	return nil
}
