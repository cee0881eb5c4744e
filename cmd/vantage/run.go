package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"vantage/cmd/vantage/town"
)

const runHelp = `Listens to the configured sources, stores what they publish and serves the pages.
Without a configuration it listens to the built-in list of public-sector feeds.

  vantage run
  vantage run -config vantage.yaml -listen 127.0.0.1:9000
`

func runRun(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "run [flags]", runHelp)
	load := dataFlags(fs)
	address := fs.String("listen", "", "host:port of the pages (default: that of the configuration)")
	start := fs.String("now", "", "start the clock at this date or moment, for archives and tests")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("run: %q is not a flag; see vantage run -h", fs.Arg(0))
	}
	cfg, err := load(c)
	if err != nil {
		return err
	}
	if *address != "" {
		cfg.Listen = *address
		if err := cfg.checkServing(); err != nil {
			return err
		}
	}
	now, err := clock(*start)
	if err != nil {
		return err
	}
	return serve(ctx, c, cfg, now, false)
}

const demoHelp = `Runs everything on this machine with a sample town: some 120 feeds of councils,
departments, bloggers, press and vendors on loopback, half a year of invented
posts, and new ones as you watch. They go through the real collectors, stream,
tagger and database. Nothing is left behind unless -data names a folder.
vantage.yaml is not read; VANTAGE_CLICKHOUSE_DSN names a server where the embedded
ClickHouse does not run, and what is written there stays.
`

func runDemo(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "demo [flags]", demoHelp)
	address := fs.String("listen", "", "host:port of the pages (default: 127.0.0.1:8080, or a free port when it is taken)")
	data := fs.String("data", "", "keep the data in this folder (default: a temporary one)")
	seed := fs.Uint64("seed", 1, "another number makes another town")
	pace := fs.Duration("pace", 4*time.Second, "about one new post in this time; 0 for none")
	if err := noWords(fs, args); err != nil {
		return err
	}
	if *pace < 0 {
		return fmt.Errorf("demo: -pace %s is less than nothing; try 4s, or 0 for no new posts", *pace)
	}
	cfg, err := demoConfig(c.environ)
	if err != nil {
		return err
	}
	if cfg.Listen, err = demoAddress(*address, cfg.Listen); err != nil {
		return err
	}
	if err := cfg.checkServing(); err != nil {
		return err
	}
	if cfg.Data = *data; cfg.Data == "" {
		if cfg.Data, err = os.MkdirTemp("", "vantage-demo-"); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		defer os.RemoveAll(cfg.Data)
	}
	return demo(ctx, c, cfg, town.Options{Seed: *seed, Pace: *pace, Now: time.Now, Log: cfg.Log.logger(c.err)})
}

func demo(ctx context.Context, c console, cfg Config, o town.Options) error {
	fmt.Fprintln(c.out, "Building the sample town: every post in it is invented.")
	t, err := town.Start(ctx, o)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	cfg.Sources = t.Sources()
	cfg.Collect.AllowLoopback = true
	cfg.Collect.HostGap = Duration(100 * time.Millisecond)
	return errors.Join(serve(ctx, c, cfg, o.Now, true), t.Close())
}

// demoAddress takes a free port when nobody chose one and the usual is taken.
func demoAddress(given, usual string) (string, error) {
	if given != "" {
		return given, nil
	}
	l, err := net.Listen("tcp", usual)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "127.0.0.1:0", nil
	}
	if err != nil {
		return "", fmt.Errorf("listen: %w; choose another address with -listen", err)
	}
	return usual, l.Close()
}
