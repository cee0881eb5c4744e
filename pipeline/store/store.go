// Package store keeps the items and everything derived from them in
// ClickHouse. It is the only package that writes SQL, and all of it is fixed:
// values travel as {name:Type} parameters.
//
// Items are written through one critical section, see Store.Write. Numbers are
// never incremented: Store.Refresh derives the weeks that changed anew and
// swaps them in, so that every number equals a recount. One process may write
// and refresh a database; any number may read it.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// DefaultDatabase is used where neither Config nor the DSN names one.
const DefaultDatabase = "vantage"

// Config says where the database is and what the store must be told.
type Config struct {
	// DSN is clickhouse://, http:// or https://, with user, password and
	// database as clickhouse-go documents them.
	DSN string
	// DialContext, where set, replaces dialling; the embedded engine listens
	// on a unix socket.
	DialContext func(ctx context.Context, addr string) (net.Conn, error)
	Database    string // overrides that of the DSN; DefaultDatabase where neither names one
	// Families names the family of a publisher: who counts as one independent
	// publisher. Nil: each is its own.
	Families func(publisher string) string
	// Areas names the nation and region of a council id, as "nation:Wales" and
	// "region:North West". Nil: none.
	Areas func(council string) []string
	Now   func() time.Time
	Log   *slog.Logger
}

// Store is the database. It is safe for concurrent use.
type Store struct {
	conn     driver.Conn
	rowsConn driver.Conn // for INSERTs into items: see openRows
	database string
	areas    func(council string) []string
	now      func() time.Time
	log      *slog.Logger

	writing    sync.Mutex          // held by everything that changes items
	refreshing sync.Mutex          // held by Refresh
	retagging  sync.Mutex          // held by Retag
	forgotten  map[string]uint64   // author_ref -> version up to which posts stay away; guarded by writing
	known      *knownKeys          // of all rows; nil before the first write; guarded by writing
	written    map[uint64]struct{} // keys of what was written since a retag began to read; nil: none runs; guarded by writing
	marked     weekSet             // weeks with a token that no Refresh read; guarded by writing
	marks      atomic.Uint64       // how often weeks were marked
	rows       atomic.Uint64       // inserted so far
	rested     rested              // guarded by refreshing
	families   atomic.Pointer[func(string) string]
	torn       interrupted
	seen       atomic.Pointer[state] // the generation when it was last read
}

// connections is how many requests run at once; the embedded engine serves
// four.
const connections = 4

// connectionLife is short because a connection keeps the memory of its largest
// INSERT, which may be a batch of 32 MB, and a new one costs 0.6 ms (embedded
// engine, SELECT 1 with and without).
const connectionLife = 30 * time.Second

// Open connects, creates the database if it is missing and applies the schema.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	opts, err := options(cfg)
	if err != nil {
		return nil, err
	}
	if err := createDatabase(ctx, *opts); err != nil {
		return nil, fmt.Errorf("clickhouse at %s: %w", strings.Join(opts.Addr, ", "), err)
	}
	conn, err := clickhouse.Open(opts)
	if err != nil {
		return nil, fmt.Errorf("clickhouse at %s: %w", strings.Join(opts.Addr, ", "), err)
	}
	rowsConn, err := openRows(*opts)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("clickhouse at %s: %w", strings.Join(opts.Addr, ", "), err)
	}
	s := &Store{conn: conn, rowsConn: rowsConn, database: opts.Auth.Database, areas: cfg.Areas, now: cfg.Now, log: cfg.Log, marked: weekSet{}}
	s.fill()
	s.setFamilies(cfg.Families)
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("clickhouse at %s, database %s: %w", strings.Join(opts.Addr, ", "), s.database, err)
	}
	return s, nil
}

// openRows returns what INSERTs into items go through: one connection, which
// keeps the memory that the last one needed for the next. Each of the others
// would grow its own anew, 250 MB in all in a first refresh of 108 MB.
func openRows(opts clickhouse.Options) (driver.Conn, error) {
	opts.MaxOpenConns, opts.MaxIdleConns = 1, 1
	return clickhouse.Open(&opts)
}

func (s *Store) fill() {
	if s.areas == nil {
		s.areas = func(string) []string { return nil }
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.applySchema(ctx); err != nil {
		return err
	}
	return s.loadForgotten(ctx)
}

// options reads the DSN. Over a unix socket compression only costs time.
func options(cfg Config) (*clickhouse.Options, error) {
	if cfg.DSN == "" {
		return nil, errors.New("store: no DSN; give clickhouse://host:9000/vantage or http://host:8123/vantage")
	}
	opts, err := clickhouse.ParseDSN(cfg.DSN)
	if scheme, _, _ := strings.Cut(cfg.DSN, "://"); err == nil && !slices.Contains([]string{"clickhouse", "tcp", "http", "https"}, scheme) {
		err = fmt.Errorf("scheme %q is not known", scheme)
	}
	if err != nil {
		return nil, fmt.Errorf("store: the DSN cannot be read (%w); give clickhouse://user:password@host:9000/vantage", err)
	}
	if cfg.Database != "" {
		opts.Auth.Database = cfg.Database
	}
	if opts.Auth.Database == "" {
		opts.Auth.Database = DefaultDatabase
	}
	opts.MaxOpenConns, opts.MaxIdleConns = connections, connections
	if opts.ConnMaxLifetime == 0 {
		opts.ConnMaxLifetime = connectionLife
	}
	if opts.DialTimeout == 0 {
		opts.DialTimeout = 10 * time.Second
	}
	if cfg.DialContext != nil {
		opts.DialContext = cfg.DialContext
		opts.Compression = &clickhouse.Compression{Method: clickhouse.CompressionNone}
	}
	return opts, nil
}

// createDatabase asks first, because a user may be allowed to use the database
// but not to create one.
func createDatabase(ctx context.Context, opts clickhouse.Options) error {
	name := opts.Auth.Database
	opts.Auth.Database = "default"
	conn, err := clickhouse.Open(&opts)
	if err != nil {
		return err
	}
	defer conn.Close()
	var n uint64
	row := conn.QueryRow(ctx, "SELECT count() FROM system.databases WHERE name = {name:String}", text("name", name))
	if err := row.Scan(&n); err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	if n > 0 {
		return nil
	}
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS {name:Identifier} ENGINE = Atomic", text("name", name)); err != nil {
		return fmt.Errorf("database %s is missing and cannot be created: %w", name, err)
	}
	return nil
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.conn.Exec(ctx, "SELECT 1") }

// Close ends the connections. Calls in flight fail.
func (s *Store) Close() error { return errors.Join(s.conn.Close(), s.rowsConn.Close()) }
