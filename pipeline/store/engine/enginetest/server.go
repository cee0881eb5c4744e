package enginetest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine"
)

// serverVariable names a real server for tests, as a clickhouse:// or
// http(s):// DSN of a user who may create databases.
const serverVariable = "VANTAGE_TEST_CLICKHOUSE"

// Server is a ClickHouse with a database for one test.
type Server struct {
	DSN         string // without the database
	DialContext func(ctx context.Context, addr string) (net.Conn, error)
	Database    string         // exists, is empty, and goes with the test
	Engine      *engine.Engine // nil where VANTAGE_TEST_CLICKHOUSE is set
}

// Open gives a test a database of its own: on the server that
// VANTAGE_TEST_CLICKHOUSE names, else on the engine that Main keeps for the
// whole package, else on an engine started for this test.
func Open(t testing.TB) Server {
	t.Helper()
	if dsn := os.Getenv(serverVariable); dsn != "" {
		return open(t, Server{DSN: dsn})
	}
	return open(t, embedded(shared(t, false)))
}

// OpenTCP is Open over loopback TCP, for tests of the transport itself; it is
// the embedded engine in any case.
func OpenTCP(t testing.TB) Server {
	t.Helper()
	return open(t, embedded(shared(t, true)))
}

func embedded(e *engine.Engine) Server {
	return Server{DSN: e.DSN(), DialContext: e.DialContext, Engine: e}
}

// Remote says whether tests run against VANTAGE_TEST_CLICKHOUSE.
func Remote() bool { return os.Getenv(serverVariable) != "" }

func open(t testing.TB, s Server) Server {
	t.Helper()
	s.Database = databaseName()
	conn := s.connect(t, "default")
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	if err := conn.Exec(ctx, "CREATE DATABASE "+s.Database+" ENGINE=Atomic"); err != nil {
		t.Fatalf("database for the test: %v", err)
	}
	t.Cleanup(func() {
		conn := s.connect(t, "default")
		if err := conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+s.Database); err != nil {
			t.Logf("database of the test not dropped: %v", err)
		}
	})
	return s
}

// Options are the client's options for the test's database.
func (s Server) Options(t testing.TB) *clickhouse.Options {
	t.Helper()
	options, err := clickhouse.ParseDSN(s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	options.Auth.Database = s.Database
	if s.DialContext != nil {
		options.DialContext = s.DialContext
	}
	return options
}

// Connect opens a client on the test's database; change may set options.
func (s Server) Connect(t testing.TB, change ...func(*clickhouse.Options)) clickhouse.Conn {
	t.Helper()
	return s.connect(t, s.Database, change...)
}

func (s Server) connect(t testing.TB, database string, change ...func(*clickhouse.Options)) clickhouse.Conn {
	t.Helper()
	options := s.Options(t)
	options.Auth.Database = database
	for _, f := range change {
		f(options)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

var databases atomic.Uint64

func databaseName() string {
	return fmt.Sprintf("test_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), databases.Add(1))
}

// kept are the engines that Main keeps for all tests of a package, by
// transport: [0] on a socket, [1] over TCP.
var kept struct {
	sync.Mutex
	on      bool
	folders []string
	engines [2]*engine.Engine
}

// Main is for a package whose tests share one engine: call it from TestMain.
// It runs the tests, stops the engine and exits.
func Main(m *testing.M) {
	kept.on = true
	code := m.Run()
	kept.Lock()
	defer kept.Unlock()
	for _, e := range kept.engines {
		if e != nil {
			e.Stop()
		}
	}
	for _, dir := range kept.folders {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func shared(t testing.TB, tcp bool) *engine.Engine {
	t.Helper()
	overTCP := func(c *engine.Config) { c.TCP = tcp }
	if !kept.on {
		return Start(t, overTCP)
	}
	kept.Lock()
	defer kept.Unlock()
	place := &kept.engines[0]
	if tcp {
		place = &kept.engines[1]
	}
	if *place == nil {
		*place = keep(t, overTCP)
	}
	return *place
}

// keep starts an engine that outlives the test, with a log that does too.
func keep(t testing.TB, change func(*engine.Config)) *engine.Engine {
	t.Helper()
	config := Config(t)
	dir, err := os.MkdirTemp("", "vantage-test-")
	if err != nil {
		t.Fatal(err)
	}
	kept.folders = append(kept.folders, dir)
	config.Dir, config.Log = dir, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	change(&config)
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	e, err := engine.Start(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
