// Command build makes Vantage from a clone: it fetches the two npm parts by
// their lock files (ECharts for the pages, libchdb for the embedded
// ClickHouse), and builds both programs into bin/. Parts that are already
// there, by the hash of their lock file, are not fetched again.
//
//	go run ./deploy/build            everything
//	go run ./deploy/build -engine    only the embedded ClickHouse library
//	go run ./deploy/build -web       only the scripts of the pages
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("build", flag.ContinueOnError)
	engine := fs.Bool("engine", false, "fetch only the embedded ClickHouse library (566 MB unpacked)")
	web := fs.Bool("web", false, "fetch only the scripts of the pages")
	dev := fs.Bool("dev", false, "also fetch what only tests need (axe-core, a Bluesky data server)")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	all := !*engine && !*web
	if all || *web {
		if err := step(ctx, "pages", func(ctx context.Context) error { return buildWeb(ctx, root, *dev) }); err != nil {
			return err
		}
	}
	if all || *engine {
		if err := step(ctx, "embedded ClickHouse", func(ctx context.Context) error { return fetchEngine(ctx, root) }); err != nil {
			return err
		}
	}
	if *dev {
		if err := step(ctx, "Bluesky for tests", func(ctx context.Context) error { return fetchPDS(ctx, root) }); err != nil {
			return err
		}
	}
	if !all {
		return nil
	}
	return step(ctx, "programs", func(ctx context.Context) error { return buildPrograms(ctx, root) })
}

// step runs one part and says how long it took, so that nobody watches a
// silent screen.
func step(ctx context.Context, name string, do func(context.Context) error) error {
	start := time.Now()
	fmt.Printf("%-20s ", name)
	if err := do(ctx); err != nil {
		fmt.Println("failed")
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("ready (%.1f s)\n", time.Since(start).Seconds())
	return nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("no go.mod in %s or above it; run this inside the clone", dir)
		}
	}
}

// buildPrograms builds static programs: time zones are linked in and no C
// compiler is needed.
func buildPrograms(ctx context.Context, root string) error {
	bin := filepath.Join(root, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	packages := []string{"./cmd/vantage"}
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		packages = append(packages, "./cmd/embedded-clickhouse")
	}
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", bin + string(filepath.Separator)}, packages...)
	return command(ctx, root, []string{"CGO_ENABLED=0"}, "go", args...)
}

// command runs a program and shows its output only when it fails.
func command(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}
