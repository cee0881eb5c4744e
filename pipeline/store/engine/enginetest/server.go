package enginetest

import (
	"context"
	"fmt"
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
	s := Server{DSN: os.Getenv(serverVariable), Database: databaseName()}
	if s.DSN == "" {
		s.Engine = shared(t)
		s.DSN, s.DialContext = s.Engine.DSN(), s.Engine.DialContext
	}
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

// one is the engine that Main keeps for all tests of a package.
var one struct {
	sync.Mutex
	kept   bool
	dir    string
	engine *engine.Engine
}

// Main is for a package whose tests share one engine: call it from TestMain.
// It runs the tests, stops the engine and exits.
func Main(m *testing.M) {
	one.kept = true
	code := m.Run()
	one.Lock()
	defer one.Unlock()
	if one.engine != nil {
		one.engine.Stop()
		os.RemoveAll(one.dir)
	}
	os.Exit(code)
}

func shared(t testing.TB) *engine.Engine {
	t.Helper()
	if !one.kept {
		return Start(t)
	}
	one.Lock()
	defer one.Unlock()
	if one.engine != nil {
		return one.engine
	}
	config := Config(t)
	dir, err := os.MkdirTemp("", "vantage-test-")
	if err != nil {
		t.Fatal(err)
	}
	config.Dir, config.Log = dir, nil // a test's log ends with the test
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	e, err := engine.Start(ctx, config)
	if err != nil {
		os.RemoveAll(dir)
		t.Fatal(err)
	}
	one.engine, one.dir = e, dir
	return e
}
