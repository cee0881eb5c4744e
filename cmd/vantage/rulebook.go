package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/pipeline"
	"vantage/pipeline/stream"
	"vantage/pipeline/tag"
)

// rulebook is the vocabulary in use. It takes a new one from the files, whole
// and checked or not at all, and runs the one retag that may run at a time.
type rulebook struct {
	h       *house
	cursors *stream.Bucket
	metrics rulesMetrics

	pause  time.Duration // watchPause
	settle time.Duration // watchSettle
	due    chan struct{} // posts may wait for a retag
	asked  chan struct{} // the operator wants one

	loading sync.Mutex // one reading of the files at a time

	mu      sync.Mutex
	since   time.Time // when the vocabulary in use was read
	problem string    // why a newer one was not taken; "": all is well
	found   time.Time // when that was found
	running *retagProgress
	older   older
}

// older is how many posts were tagged by older rules, as last counted.
type older struct {
	posts int
	rules string
	at    time.Time
}

// olderFor is how long that number is shown before it is counted again: it
// costs a few hundred milliseconds for a million posts.
const olderFor = 30 * time.Second

type rulesMetrics struct {
	refused prometheus.Gauge
	loaded  prometheus.Gauge
	retag   prometheus.Gauge
}

func (h *house) openRules(ctx context.Context) (err error) {
	b := &rulebook{h: h, since: h.now(), pause: watchPause, settle: watchSettle, due: make(chan struct{}, 1), asked: make(chan struct{}, 1)}
	b.wake()
	if b.cursors, err = h.stream.Bucket(ctx, "retag"); err != nil {
		return err
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "vantage", Name: name, Help: help})
		h.metrics.MustRegister(g)
		return g
	}
	b.metrics = rulesMetrics{
		refused: gauge("vocabulary_refused", "1 while the files of the vocabulary hold an error, so that an older one is in use."),
		loaded:  gauge("vocabulary_loaded_timestamp_seconds", "When the vocabulary in use was read."),
		retag:   gauge("retag_left_posts", "Posts that a running retag has still to read; 0 when none runs."),
	}
	b.metrics.loaded.Set(float64(b.since.Unix()))
	h.rules = b
	return nil
}

// reload reads the vocabulary, checks it whole and puts it to use, unless it is
// the one in use. After an error the old one stays, and the problem is shown
// until it is mended.
func (b *rulebook) reload() error {
	b.loading.Lock()
	defer b.loading.Unlock()
	v, t, err := b.read(b.h.cfg)
	if err != nil {
		b.refuse(err)
		return err
	}
	b.mu.Lock()
	b.problem, b.found = "", time.Time{}
	b.mu.Unlock()
	b.metrics.refused.Set(0)
	b.h.vocabulary.Store(v) // also the same rules may have new names
	if t.Version() == b.h.pipeline.Tagger().Version() {
		return nil
	}
	b.h.pipeline.SetTagger(t)
	b.mu.Lock()
	b.since = b.h.now()
	b.mu.Unlock()
	b.metrics.loaded.Set(float64(b.h.now().Unix()))
	b.h.log.Info("a new vocabulary is in use", slog.String("rules", t.Version()),
		slog.Int("topics", len(v.Terms(tag.Topics))), slog.Int("tools", len(v.Terms(tag.Tools))))
	return nil
}

// read loads, checks and compiles a vocabulary, away from the one in use.
func (b *rulebook) read(cfg Config) (*tag.Vocabulary, *tag.Tagger, error) {
	root := cfg.path(cfg.Vocabulary)
	before, _ := lookAt(root, true)
	v, err := loadVocabulary(cfg)
	if err != nil {
		return nil, nil, err
	}
	if after, _ := lookAt(root, true); after != before {
		return nil, nil, errors.New("vocabulary: its files changed while they were read; try again in a moment")
	}
	if cfg.Vocabulary != "" { // the built-in one is held by tests
		if problems := tag.Check(v); len(problems) > 0 {
			return nil, nil, firstProblem(problems)
		}
	}
	t, err := tag.Compile(v, b.h.register)
	return v, t, err
}

// firstProblem names the place of the first problem, and how many there are.
func firstProblem(problems []tag.Problem) error {
	if more := len(problems) - 1; more > 0 {
		return fmt.Errorf("%w (and %d more; `vantage vocabulary check` lists them)", problems[0], more)
	}
	return problems[0]
}

// refuse notes why a vocabulary was not taken, and logs it once.
func (b *rulebook) refuse(err error) {
	b.mu.Lock()
	known := b.problem == err.Error()
	if !known {
		b.problem, b.found = err.Error(), b.h.now()
	}
	b.mu.Unlock()
	b.metrics.refused.Set(1)
	if !known {
		b.h.log.Error("the vocabulary has an error; the old one stays in use", slog.Any("err", err))
	}
}

// errRetagRuns says that a retag runs already, and how far it is.
type errRetagRuns struct{ progress retagProgress }

func (e errRetagRuns) Error() string {
	return "a retag runs already: " + e.progress.String() + "; wait until it is done, `vantage retag -status` says how far it is"
}

// retag tags anew what is stored by the vocabulary in use; gently leaves most
// of the machine to others.
func (b *rulebook) retag(ctx context.Context, gently bool, tell func(retagProgress)) (pipeline.RetagState, error) {
	last, err := pipeline.LastRetag(ctx, b.cursors)
	if err != nil {
		return last, err
	}
	p := retagProgress{began: time.Now()}
	if last.Rules == b.h.pipeline.Tagger().Version() && !last.Over() {
		p.RetagState, p.from = last, last.Read
	}
	b.mu.Lock()
	if b.running != nil {
		defer b.mu.Unlock()
		return last, errRetagRuns{*b.running}
	}
	b.running = &p
	b.mu.Unlock()
	defer b.ended()
	return pipeline.Retag(ctx, pipeline.RetagConfig{
		Store: b.h.store, Tagger: b.h.pipeline.Tagger, Cursors: b.cursors, Gently: gently, Now: b.h.now, Log: b.h.log,
		Progress: func(s pipeline.RetagState) {
			now := p
			if s.Read < p.from { // it began anew
				now.from, now.began = 0, time.Now()
			}
			now.RetagState = s
			b.mu.Lock()
			p = now
			b.mu.Unlock()
			b.metrics.retag.Set(float64(max(0, s.Total-s.Read)))
			if tell != nil {
				tell(now)
			}
		},
	})
}

func (b *rulebook) ended() {
	b.metrics.retag.Set(0)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running, b.older.at = nil, time.Time{}
}

// retagging says whether a retag runs.
func (b *rulebook) retagging() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.running != nil
}

// olderPosts counts the posts that were tagged by older rules.
func (b *rulebook) olderPosts(ctx context.Context, last pipeline.RetagState) (int, error) {
	rules := b.h.pipeline.Tagger().Version()
	b.mu.Lock()
	known := b.older
	b.mu.Unlock()
	if known.rules == rules && time.Since(known.at) < olderFor {
		return known.posts, nil
	}
	n, err := pipeline.OlderPosts(ctx, b.h.store, last, rules)
	if err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.older = older{n, rules, time.Now()}
	return n, nil
}

// wake lets retags look whether a retag is due.
func (b *rulebook) wake() {
	select {
	case b.due <- struct{}{}:
	default:
	}
}

// retags runs those that the operator asked for, and where the configuration
// wants that, those that are due by themselves, until ctx ends.
func (b *rulebook) retags(ctx context.Context) {
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-b.asked:
			_, err = b.retag(ctx, false, nil)
		case <-b.due:
			if b.h.cfg.Retag == retagAuto {
				err = b.retagIfDue(ctx)
			}
		}
		if err != nil && ctx.Err() == nil && !errors.As(err, new(errRetagRuns)) {
			b.h.log.Error("the retag stopped; the next one goes on there", slog.Any("err", err))
		}
	}
}

func (b *rulebook) retagIfDue(ctx context.Context) error {
	last, err := pipeline.LastRetag(ctx, b.cursors)
	if err != nil {
		return err
	}
	due, err := b.olderPosts(ctx, last)
	if err != nil || due == 0 {
		return err
	}
	b.h.log.Info("posts were tagged by older rules and are tagged anew", slog.Int("posts", due))
	done, err := b.retag(ctx, true, nil)
	if err == nil {
		b.h.log.Info("retag done", slog.Int("posts", done.Read), slog.Int("changed", done.Changed))
	}
	return err
}
