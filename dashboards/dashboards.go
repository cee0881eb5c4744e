// Package dashboards answers browsers: pages, charts in every form, embeds
// and live events, from the numbers of the store.
package dashboards

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// Data is what pages read. *store.Store satisfies it.
type Data interface {
	chart.Data
	Heat(ctx context.Context, kind string, f store.Filter) (store.Heat, error)
	Stories(ctx context.Context, q store.ItemQuery) (store.StoryPage, error)
	Told(ctx context.Context, id string) (store.Story, bool, error)
	Search(ctx context.Context, q store.SearchQuery) (store.SearchPage, error)
	Generation(ctx context.Context) (store.Generation, error)
	Totals(ctx context.Context) (store.Totals, error)
	SourceCounts(ctx context.Context) (map[string]store.SourceCount, error)
	SourceWeeks(ctx context.Context, until time.Time, n int) (map[string][]uint64, error)
	Ping(ctx context.Context) error
}

// Live tells of new generations of the charts; *stream.Stream satisfies it.
// Listen calls fn from its own goroutine until stop is called.
type Live interface {
	Listen(ctx context.Context, fn func(generation uint64)) (stop func(), err error)
}

// Site says where and what this dashboard is.
type Site struct {
	Name    string // "Vantage" when empty
	BaseURL string // "https://radar.example.org"; empty: as the reader's request says
	Sample  bool   // the items are made up; every page and output says so
	Contact string // mail address or link of who runs it
}

// SourceView is one source as the sources page shows it.
type SourceView struct {
	Key, Kind, URL, Name, Publisher, Class string

	State      string // waiting, ok, unchanged, failing, stopped, paused
	Error      string // one plain sentence
	HTTPStatus int
	LastVisit  time.Time
	LastOK     time.Time
	NextVisit  time.Time

	Following bool      // a stream that is open now; it has no next visit
	Pace      string    // how often it is read, and why, in words
	Since     time.Time // the first visit
	Rate      float64   // posts a week
	Coverage  float64   // share of the visits of four weeks that worked, 0 to 1
	Failures  int       // in a row
}

// Check is one thing that must work before readers are sent here.
type Check struct {
	Name  string
	Check func(context.Context) error
}

// Config wires the dashboard. Store and Register are needed.
type Config struct {
	Store    Data
	Register *council.Register
	Terms    func(kind string) []chart.Term // topics and tools by name
	Glossary Glossary                       // nil: no search and no glossary
	Family   func(family string) string     // what a family of publishers is called; nil: its id
	Sources  func() []SourceView
	Live     Live    // nil: pages do not update by themselves
	Ready    []Check // besides the store
	Operator Operator
	Reading  Reading // of texts that readers try; nil: that page is left out
	Site     Site
	Metrics  *prometheus.Registry // nil: an own one
	Now      func() time.Time
	Log      *slog.Logger
}

// Dashboard is an http.Handler. Run must run beside it for live updates.
type Dashboard struct {
	Config
	mux     *http.ServeMux
	names   chart.Names
	assets  *assets
	pages   *templates
	answers *cache[*answer]
	charts  *cache[*chart.Matrix]
	state   *state
	hub     *hub
	metrics *metrics
	readers *throttle // of what readers send
	knocks  *throttle // of attempts to sign in
	tries   *throttle // of texts that readers try
	origins *http.CrossOriginProtection
}

// New makes the dashboard. It touches neither store nor network.
func New(c Config) (*Dashboard, error) {
	if c.Store == nil || c.Register == nil {
		return nil, errors.New("dashboards: Config needs Store and Register")
	}
	c.setDefaults()
	d := &Dashboard{Config: c, mux: http.NewServeMux(), hub: newHub(), metrics: newMetrics(c.Metrics)}
	d.answers, d.charts = newCache(answerBytes, (*answer).weight), newCache(matrixBytes, (*chart.Matrix).Weight)
	d.readers, d.knocks, d.origins = newThrottle(time.Now), newThrottle(time.Now), http.NewCrossOriginProtection()
	d.tries = newThrottleOf(limit{tryBurst, tryPause}, time.Now)
	d.state = &state{data: c.Store, now: time.Now}
	d.names = chart.Names{Terms: c.Terms, Councils: councils(c.Register), Register: c.Register}
	var err error
	if d.assets, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("dashboards: %w", err)
	}
	if d.pages, err = loadTemplates(d); err != nil {
		return nil, fmt.Errorf("dashboards: %w", err)
	}
	d.metrics.watch(d.hub)
	d.routes()
	return d, nil
}

func (c *Config) setDefaults() {
	if c.Terms == nil {
		c.Terms = func(string) []chart.Term { return nil }
	}
	if c.Sources == nil {
		c.Sources = func() []SourceView { return nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Site.Name == "" {
		c.Site.Name = "Vantage"
	}
}

// Run passes new generations on to the readers until ctx ends, and then ends
// their event streams, so that a server can shut down. It reads the front
// page's chart ahead, so that no reader waits for the first queries.
func (d *Dashboard) Run(ctx context.Context) error {
	defer d.hub.close()
	if d.Live == nil {
		<-ctx.Done()
		return nil
	}
	news := make(chan struct{}, 1)
	news <- struct{}{}
	stop, err := d.Live.Listen(ctx, func(generation uint64) {
		d.state.announce(generation)
		d.hub.send(generation)
		select {
		case news <- struct{}{}:
		default: // one is waiting already
		}
	})
	if err != nil {
		if ctx.Err() != nil { // stopped while it began: nothing is wrong
			return nil
		}
		return fmt.Errorf("dashboards: listen for new charts: %w", err)
	}
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-news:
			d.readAhead(ctx)
		}
	}
}

// readAhead keeps the chart of the front page in the cache. A failure shows on
// the page itself when somebody asks for it.
func (d *Dashboard) readAhead(ctx context.Context) {
	front, _ := chart.Find("topics")
	if _, err := d.matrix(ctx, front, chart.ParseQuery(nil, d.Now())); err != nil && ctx.Err() == nil {
		d.Log.Warn("front page not read ahead", slog.String("err", err.Error()))
	}
}

// councils are those of the register, by name.
func councils(r *council.Register) []chart.Council {
	var all []chart.Council
	for _, c := range r.All() {
		all = append(all, chart.Council{ID: c.ID, Name: c.Short, Code: gss(c.ID), Areas: r.Areas(c.ID)})
	}
	slices.SortFunc(all, func(a, b chart.Council) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// gss is the id where that is a GSS code; the register makes up ids with
// "x-" for bodies that have none.
func gss(id string) string {
	if len(id) == 9 && id[0] >= 'A' && id[0] <= 'Z' {
		return id
	}
	return ""
}
