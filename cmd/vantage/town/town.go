// Package town is the sample town of `vantage demo`: some 120 feeds and two
// Mastodon servers on loopback with half a year of dated posts, and new ones as
// one watches.
//
// The councils are those of the register, so that maps and filters work;
// everybody else is invented, and so is every post, which says so at its end
// and stands under a domain that ends in "sample.invalid". Among ordinary
// posts there are planted rises, steady loud topics, one release that many
// print, one flood, a channel that began midway, edits, and feeds that are
// broken, slow, gone or moved.
package town

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// Options say how the town lives. The zero value is a town of 26 weeks in
// which nothing new happens.
type Options struct {
	Seed     uint64           // the same seed and the same week make the same past
	Now      func() time.Time // nil: time.Now
	Weeks    int              // whole weeks of past; 0: 26
	Pace     time.Duration    // about one new post in this time; 0: none
	Interval time.Duration    // pause between visits to a feed, for Sources; 0: 15 seconds
	Log      *slog.Logger     // nil: nothing is logged
}

// Town is a running sample town.
type Town struct {
	now        func() time.Time
	seed       uint64
	weeks      int
	interval   time.Duration
	log        *slog.Logger
	words      *words
	register   []*council.Council // whom others write about
	background []string           // topics of ordinary posts
	bodies     []*body
	fresh      *body
	flooder    *body

	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	rand    *rand.Rand
	serial  int
	feeds   []*feed
	bySlug  map[string]*feed
	commons commons
	sky     sky
	address map[string]string // by slug: http://127.0.0.1:port
}

// Start builds the town and opens its feeds. It serves until ctx ends or
// Close is called.
func Start(ctx context.Context, o Options) (*Town, error) {
	t, err := build(o)
	if err != nil {
		return nil, err
	}
	ctx, t.stop = context.WithCancel(ctx)
	if err := t.commons.writeToken(); err != nil {
		t.Close()
		return nil, err
	}
	if err := t.serve(ctx); err != nil {
		t.Close()
		return nil, err
	}
	if o.Pace > 0 {
		t.done.Add(1)
		go t.live(ctx, o.Pace)
		t.done.Add(1)
		go t.blowOn(ctx, o.Pace)
	}
	t.log.Info("sample town is open", slog.Int("feeds", len(t.feeds)))
	return t, nil
}

// build makes the town with its past, without serving it.
func build(o Options) (*Town, error) {
	w, err := loadWords()
	if err != nil {
		return nil, err
	}
	t := &Town{
		now: o.Now, seed: o.Seed, weeks: o.Weeks, interval: o.Interval, log: o.Log, words: w,
		rand: rand.New(rand.NewPCG(o.Seed, 0x74_6F_77_6E)), bySlug: map[string]*feed{}, address: map[string]string{},
	}
	if t.now == nil {
		t.now = time.Now
	}
	if t.weeks == 0 {
		t.weeks = 26
	}
	if t.interval == 0 {
		t.interval = 15 * time.Second
	}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	t.people()
	t.remember(t.now())
	t.gather(t.now())
	t.openSky()
	return t, nil
}

// people moves everybody in and opens an empty feed for each.
func (t *Town) people() {
	register := principal(council.Load().All())
	for i := range register {
		t.register = append(t.register, &register[i])
	}
	t.bodies = settle(t.words, register, t.rand)
	for _, topic := range t.words.order {
		if !slices.Contains(steady, topic) && !slices.ContainsFunc(rises, func(r rise) bool { return r.topic == topic }) {
			t.background = append(t.background, topic)
		}
	}
	t.flooder = t.bodies[slices.IndexFunc(t.bodies, func(b *body) bool { return b.class == item.Vendor })]
	t.fresh = newBody("Fresh Figures", item.Civic, nil)
	for _, b := range append(slices.Clone(t.bodies), t.fresh) {
		f := &feed{body: b}
		t.feeds = append(t.feeds, f)
		t.bySlug[b.slug] = f
	}
}

// add puts a post at the front of its author's feed.
func (t *Town) add(b *body, p post) { t.bySlug[b.slug].add(p) }

// Sources returns the channels as a configuration would list them.
func (t *Town) Sources() []collectors.Source {
	var all []collectors.Source
	for _, f := range t.feeds {
		all = append(all, t.source(f.body, f.body.slug))
	}
	return append(append(append(all, t.oddSources()...), t.commonsSources()...), t.skySource())
}

func (t *Town) source(b *body, key string) collectors.Source {
	s := collectors.Source{
		Key: key, Kind: "feed", URL: t.address[key] + "/" + key + "/feed", Name: b.Name + " (sample)",
		Publisher: b.domain(), Class: b.class, Lang: b.lang, Interval: t.interval,
		Note: "invented sample data",
	}
	if b.council != nil {
		s.Council = b.council.ID
	}
	return s
}

// Close stops serving and waits until everything has ended. It may be called
// twice.
func (t *Town) Close() error {
	t.stop()
	var err error
	if t.server != nil {
		err = t.server.Close()
	}
	t.done.Wait()
	if gone := os.Remove(t.commons.token); err == nil && !errors.Is(gone, fs.ErrNotExist) {
		err = gone
	}
	return err
}
