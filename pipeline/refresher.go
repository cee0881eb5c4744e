package pipeline

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/pipeline/store"
	"vantage/pipeline/stream"
)

const (
	// refreshEvery is the pause when all is derived: fresh within seconds.
	refreshEvery = time.Second
	// restFactor and restMost leave the machine to the pipeline while there is
	// a backlog: a refresh takes a tenth of the time, and yet the newest weeks,
	// which come first, are fresh within half a minute. A rest ends with the
	// backlog.
	restFactor = 9
	restMost   = 30 * time.Second
	// flood is how many rows since the last refresh are a backlog or the first
	// round of many feeds, and no trickle of posts that keeps the pipeline busy:
	// what is derived then changes again within seconds. floodRest still leaves
	// a refresh of 10 s until half a minute is over.
	// Whoever waits for the first numbers of all is not made to wait so long.
	flood      = 1000
	floodRest  = 20 * time.Second
	floodFirst = 2 * time.Second
	// busyWeeks are derived at once meanwhile: those that the radar weighs most,
	// and some before them. The rest of an archive changes again anyway.
	busyWeeks = 12
)

// RefresherConfig says what a Refresher connects.
type RefresherConfig struct {
	Store  *store.Store
	Stream *stream.Stream // told of each new generation; nil: nobody is
	// Busy says that the pipeline has a backlog (Pipeline.Busy); nil: never.
	Busy func() bool
	// Metrics takes the counters; nil: they are not shown.
	Metrics prometheus.Registerer
	Log     *slog.Logger
}

// Refresher keeps what is derived from the items fresh.
type Refresher struct {
	cfg     RefresherConfig
	metrics *refreshMetrics
	rows    func() uint64 // written so far
	shown   bool          // there are numbers
	told    uint64        // the last generation announced
}

// NewRefresher returns a Refresher that Run starts.
func NewRefresher(cfg RefresherConfig) *Refresher {
	if cfg.Busy == nil {
		cfg.Busy = func() bool { return false }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Refresher{cfg: cfg, metrics: newRefreshMetrics(cfg.Metrics), rows: cfg.Store.RowsWritten}
}

// Run derives the weeks that changed, newest first, and announces each new
// generation, until ctx ends; then it returns nil. Errors are logged once and
// tried again.
func (r *Refresher) Run(ctx context.Context) error {
	failing := false
	wait := refreshEvery
	for r.pause(ctx, wait, failing) {
		began := time.Now()
		done, err := r.refresh(ctx)
		took := time.Since(began)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			r.cfg.Log.Error("the numbers cannot be derived anew; trying again until it works", slog.Any("err", err))
		case err == nil && failing:
			r.cfg.Log.Info("deriving the numbers works again")
		}
		if failing = err != nil; failing {
			wait = min(2*wait+firstRetry, lastRetry)
			continue
		}
		r.note(ctx, done, took)
		wait = r.rest(done, took)
	}
	return nil
}

// pause waits, but while all is well no longer than a backlog lasts: what came
// with it is then derived at once. False when ctx ended first.
func (r *Refresher) pause(ctx context.Context, wait time.Duration, failing bool) bool {
	before := r.rows()
	for waited := time.Duration(0); waited < r.due(wait, failing, r.rows()-before); waited += refreshEvery {
		if !pause(ctx, min(refreshEvery, wait)) {
			return false
		}
	}
	return ctx.Err() == nil
}

// due is how long to wait in all, after so many rows were written meanwhile.
func (r *Refresher) due(wait time.Duration, failing bool, written uint64) time.Duration {
	switch {
	case failing:
		return wait
	case !r.cfg.Busy():
		return min(wait, refreshEvery)
	case written >= flood && !r.shown:
		return max(wait, floodFirst)
	case written >= flood:
		return max(wait, floodRest)
	}
	return wait
}

func (r *Refresher) refresh(ctx context.Context) (store.Refreshed, error) {
	if r.cfg.Busy() {
		return r.cfg.Store.RefreshNewest(ctx, busyWeeks)
	}
	return r.cfg.Store.Refresh(ctx)
}

// note counts a refresh and announces its generation.
func (r *Refresher) note(ctx context.Context, done store.Refreshed, took time.Duration) {
	r.shown = done.Generation > 0
	r.metrics.left.Set(float64(done.Left))
	if len(done.Weeks) > 0 {
		r.metrics.seconds.Observe(took.Seconds())
	}
	if done.Generation == r.told || r.cfg.Stream == nil {
		return
	}
	if err := r.cfg.Stream.Announce(ctx, done.Generation); err != nil {
		// Pages are fresh when they are loaded again; the next generation is
		// announced anew.
		r.cfg.Log.Warn("open pages were not told of new numbers", slog.Any("err", err))
		return
	}
	r.told = done.Generation
}

// rest returns the pause before the next refresh.
func (r *Refresher) rest(done store.Refreshed, took time.Duration) time.Duration {
	switch {
	case r.cfg.Busy():
		return min(max(restFactor*took, refreshEvery), restMost)
	case done.Left > 0:
		return 0
	}
	return refreshEvery
}
