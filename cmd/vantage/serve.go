package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"vantage/collectors"
	"vantage/dashboards"
	"vantage/dashboards/chart"
	"vantage/pipeline/store"
)

// goodbye is how long answers under way may take once the program ends.
const goodbye = 5 * time.Second

// serve runs everything until ctx ends: collectors, pipeline and pages. The
// first part that fails stops all.
func serve(ctx context.Context, c console, cfg Config, now func() time.Time, sample bool) (err error) {
	log := cfg.Log.logger(c.err)
	l, err := listen(cfg.Listen)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, cfg, log, now)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	poller, err := h.openPoller(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	pages, err := h.openPages(cfg, poller, sample)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	g, ctx := errgroup.WithContext(ctx)
	if err := h.openControl(ctx, g, l, poller); err != nil {
		return errors.Join(err, l.Close())
	}
	h.work(ctx, g)
	g.Go(func() error { return giveBackMemory(ctx) })
	g.Go(func() error { return poller.Run(ctx) })
	g.Go(func() error { return h.desk.readLists(ctx) })
	g.Go(func() error { return h.rules.run(ctx) })
	g.Go(func() error { return pages.Run(ctx) })
	g.Go(func() error { return serveHTTP(ctx, l, pages) })
	log.Info("listening", slog.String("url", pageURL(l)), slog.Int("sources", len(cfg.Sources)))
	fmt.Fprintf(c.out, "Vantage is at %s (stop with Ctrl+C)\n", pageURL(l))
	return g.Wait()
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; stop what uses the port, or choose another with -listen or VANTAGE_LISTEN", err)
	}
	return l, nil
}

// pageURL is the address that a person on this machine can open.
func pageURL(l net.Listener) string {
	a := l.Addr().(*net.TCPAddr)
	host := a.IP.String()
	if a.IP.IsUnspecified() {
		host = "localhost"
	}
	return fmt.Sprintf("http://%s", net.JoinHostPort(host, fmt.Sprint(a.Port)))
}

func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler) error {
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		if srv.Shutdown(late) != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(l)
	if !stop() {
		<-done
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("pages: %w", err)
}

func (h *house) openPoller(ctx context.Context) (*collectors.Poller, error) {
	cursors, err := h.stream.Bucket(ctx, "sources")
	if err != nil {
		return nil, err
	}
	leases, instance, err := h.openLeases(ctx)
	if err != nil {
		return nil, err
	}
	h.poller = collectors.NewPoller(collectors.PollerConfig{
		Sources: h.desk.sources(), Sink: h.stream, Cursors: cursors, Client: h.desk.client, Policy: h.desk.policy,
		Interval: time.Duration(h.cfg.Collect.Interval), Concurrency: h.cfg.Collect.Concurrency, Key: h.desk.policy.Keys().Root,
		Match:  func(text string, links []string) bool { return h.pipeline.Tagger().Concerns(text, links) },
		Leases: leases, Instance: instance,
		Now: h.now, Log: h.log, Metrics: h.metrics,
	})
	h.desk.direct(h.poller)
	return h.poller, nil
}

func (h *house) openPages(cfg Config, poller *collectors.Poller, sample bool) (*dashboards.Dashboard, error) {
	token, err := cfg.operatorToken()
	if err != nil {
		return nil, err
	}
	h.operator = token
	return dashboards.New(dashboards.Config{
		Store: h.store, Register: h.register, Live: h.stream,
		Family: h.familyName,
		Terms:  h.terms, Glossary: &glossary{current: h.vocabulary.Load, register: h.register}, Sources: func() []dashboards.SourceView { return h.desk.views(poller.Statuses()) },
		Operator: dashboards.Operator{Token: token, Nominations: h.desk, OptOuts: h.desk, Sources: h.desk, Rules: h.rules},
		Reading:  reading{h},
		Ready: []dashboards.Check{
			{Name: "stream", Check: func(ctx context.Context) error { _, err := h.stream.State(ctx); return err }},
			{Name: "pipeline", Check: func(context.Context) error { _, err := h.pipeline.Stalled(); return err }},
		},
		Site:    dashboards.Site{Name: cfg.Site.Name, BaseURL: cfg.Site.URL, Sample: sample, Contact: cfg.Site.Contact},
		Metrics: h.metrics, Now: h.now, Log: h.log,
	})
}

// terms lists the vocabulary as charts name it.
func (h *house) terms(kind string) []chart.Term {
	var list []chart.Term
	for _, t := range h.vocabulary.Load().Terms(kind) {
		list = append(list, chart.Term{ID: t.ID, Name: t.Name, Group: t.Group})
	}
	return list
}

var _ dashboards.Data = (*store.Store)(nil)

// openControl serves commands on a loopback port of its own and writes where.
func (h *house) openControl(ctx context.Context, g *errgroup.Group, pages net.Listener, poller *collectors.Poller) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("control interface: %w", err)
	}
	own := runFile{PID: os.Getpid(), Address: l.Addr().String(), Token: newToken(), URL: pageURL(pages), Operator: h.operator}
	c := &control{token: own.Token, operations: h.operations()}
	c.operations["status"] = h.status(poller, own)
	g.Go(func() error { return c.serve(ctx, l) })
	return h.writeRunFile(own)
}
