//go:build linux && amd64

// Package server answers ClickHouse's HTTP interface from libchdb, as far as
// clickhouse-go and curl need it.
//
// It trusts its callers: any SQL can read files of this user. So it listens on
// a private unix socket, or on loopback behind a token, and nowhere else.
package server

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"vantage/cmd/embedded-clickhouse/chdb"
)

// Sessions is how many statements run at once. Four kept two cores busy with
// two writers and four readers (75 s, 5,721 queries, slowest 283 ms).
const Sessions = 4

// Config says what to open.
type Config struct {
	Library *chdb.Library
	Args    []string // for the engine: --path=DIR and server settings
	Token   string   // asked of every request unless empty
	Log     *slog.Logger
}

// Server is an http.Handler over a pool of connections to the engine.
type Server struct {
	config  Config
	pool    chan *session
	control *chdb.Conn // kills statements; guarded by killing
	killing sync.Mutex
	tags    atomic.Uint64
	about   about
}

// about is what the engine says of itself to every new client.
type about struct{ name, version, zone string }

// Open starts the engine and opens all connections.
func Open(config Config) (*Server, error) {
	s := &Server{config: config, pool: make(chan *session, Sessions)}
	for range Sessions {
		ses, err := s.newSession()
		if err != nil {
			s.closeIdle()
			return nil, err
		}
		s.pool <- ses
	}
	control, err := config.Library.Connect(config.Args...)
	if err != nil {
		s.closeIdle()
		return nil, err
	}
	s.control = control
	text, err := control.Text("SELECT displayName(), version(), timezone()")
	if err != nil {
		return nil, err
	}
	parts := strings.Split(strings.TrimSpace(text), "\t")
	if len(parts) != 3 {
		return nil, fmt.Errorf("libchdb introduced itself as %q", text)
	}
	s.about = about{name: parts[0], version: parts[1], zone: parts[2]}
	return s, nil
}

// Version is the engine's version, such as "26.7.2.1".
func (s *Server) Version() string { return s.about.version }

// Close waits for the statements that run and closes all connections. After a
// context that ends it leaves the busy ones.
func (s *Server) Close(ctx context.Context) error {
	for range Sessions {
		select {
		case ses := <-s.pool:
			ses.conn.Close()
		case <-ctx.Done():
			return fmt.Errorf("a statement still runs: %w", ctx.Err())
		}
	}
	s.killing.Lock()
	defer s.killing.Unlock()
	s.control.Close()
	return nil
}

func (s *Server) closeIdle() {
	for len(s.pool) > 0 {
		(<-s.pool).conn.Close()
	}
}

// ServeHTTP answers one statement, or /ping.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(r) {
		fail(w, exception(516, "AUTHENTICATION_FAILED", "the token is wrong or missing"))
		return
	}
	if r.URL.Path == "/ping" {
		w.Write([]byte("Ok.\n"))
		return
	}
	req, err := parse(r)
	if err != nil {
		fail(w, err)
		return
	}
	s.describe(w.Header(), req)
	if req.isHello() {
		s.hello(w, req)
		return
	}
	s.run(r.Context(), w, req)
}

func (s *Server) allowed(r *http.Request) bool {
	if s.config.Token == "" {
		return true
	}
	_, given, _ := r.BasicAuth()
	if given == "" {
		given = r.Header.Get("X-ClickHouse-Key")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(s.config.Token)) == 1
}

func (s *Server) describe(h http.Header, req *request) {
	h.Set("X-ClickHouse-Server-Display-Name", s.about.name)
	h.Set("X-ClickHouse-Timezone", s.about.zone)
	h.Set("X-ClickHouse-Format", req.format)
	if req.id != "" {
		h.Set("X-ClickHouse-Query-Id", req.id)
	}
}

// run executes a statement on a session of its own. The session is settled
// before the client hears of an error, so that the next statement of the
// client does not meet the locks of this one.
func (s *Server) run(ctx context.Context, w http.ResponseWriter, req *request) {
	var ses *session
	select {
	case ses = <-s.pool:
	case <-ctx.Done(): // the client has gone, or this server ends: silence would be a 200
		fail(w, exception(394, "QUERY_WAS_CANCELLED", "the statement waited for its turn and did not run"))
		return
	}
	defer func() { s.pool <- ses }()
	out := newOutput(w, req)
	err := s.answer(ctx, ses, req, out)
	if err != nil {
		ses.settle()
	}
	if req.changesSession() {
		ses = s.renew(ses)
	}
	switch {
	case err == nil:
	case out.started:
		out.trailer(err)
	default:
		fail(w, err)
	}
}

// answer prepares the session and runs the statement the way that fits it.
func (s *Server) answer(ctx context.Context, ses *session, req *request, out *output) error {
	if err := ses.prepare(req); err != nil {
		return err
	}
	defer ses.dropTables(req.tables)
	if err := ses.loadTables(req.tables); err != nil {
		return err
	}
	tag, stop := s.watch(ctx)
	defer stop()
	if req.body != nil {
		return ses.insert(tag, req, out)
	}
	if req.streamable() {
		if err := ses.stream(tag, req, out); !errors.Is(err, chdb.ErrNotStreamable) {
			return err
		}
	}
	return ses.whole(tag, req, out)
}
