// Package enginetest gives tests a real ClickHouse: the embedded one in a
// temporary folder, or the server that VANTAGE_TEST_CLICKHOUSE names.
package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/store/engine"
)

// libraryVariable names the library for tests; without it
// bin/lib/libchdb.so under the repository's root is taken.
const libraryVariable = "VANTAGE_CLICKHOUSE_LIBRARY"

// startPatience is far above the start of an empty folder (under 1 s), for
// machines that are busy with other tests.
const startPatience = 2 * time.Minute

// Start starts an embedded ClickHouse in a temporary folder and stops it at
// the end of the test. change may set fields of the configuration. Where the
// library is absent the test is skipped, and fails if CI is set.
func Start(t testing.TB, change ...func(*engine.Config)) *engine.Engine {
	t.Helper()
	config := Config(t)
	for _, f := range change {
		f(&config)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	e, err := engine.Start(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	return e
}

// Config is what Start starts: a fresh folder, small caches, and a log that
// goes to the test's.
func Config(t testing.TB) engine.Config {
	t.Helper()
	library, err := Library()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	binary, err := Binary()
	if err != nil {
		t.Fatal(err)
	}
	return engine.Config{
		Binary:    binary,
		Library:   library,
		Dir:       t.TempDir(),
		Memory:    1500 << 20,
		MarkCache: 16 << 20,
		Log:       testLog(t),
	}
}

// Library is the path of libchdb for tests.
func Library() (string, error) {
	path := os.Getenv(libraryVariable)
	if path == "" {
		root, err := root()
		if err != nil {
			return "", err
		}
		path = filepath.Join(root, "bin", "lib", "libchdb.so")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no libchdb at %s: run `make engine`, or set %s", path, libraryVariable)
	}
	return path, nil
}

// testLog writes warnings and errors to the log of the test, until it ends.
func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(bytes.TrimSpace(p)), "\n"))
	return len(p), nil
}
