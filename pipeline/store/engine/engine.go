// Package engine starts, watches and stops the embedded ClickHouse: the program
// cmd/embedded-clickhouse as a child of this process, on a unix socket that
// clickhouse-go dials through DialContext.
package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Defaults of the caps. The engine's own are 90 % of the machine's memory and
// 5 GiB for each mark cache; 75 s of mixed load ran within 1.5 GB and 64 MiB.
const (
	DefaultMemory    = 2 << 30
	DefaultMarkCache = 64 << 20
)

// Config says what to start. Only Dir is needed.
type Config struct {
	Binary  string // embedded-clickhouse; empty: beside this executable, else in PATH
	Library string // libchdb.so; empty: lib/libchdb.so beside the binary
	Dir     string // data folder, made if missing; one engine at a time

	Memory    int64 // most bytes the engine may use; 0: DefaultMemory
	MarkCache int64 // bytes for marks, and again for index marks; 0: DefaultMarkCache

	TCP bool // listen on 127.0.0.1 behind a token instead of a unix socket

	Log *slog.Logger // nil: slog.Default()
}

// Engine is a running embedded ClickHouse. It is started again when it dies,
// at the same address, until Stop.
type Engine struct {
	config Config
	log    *slog.Logger
	token  string

	socket       string // empty over TCP
	socketFolder string // to be removed at the end, empty if the socket is in Dir

	life    context.Context // ends with Stop
	end     context.CancelFunc
	watched chan struct{} // closed when the last child is gone

	mu       sync.Mutex
	child    *child        // nil while none serves
	up       chan struct{} // closed while a child serves
	reason   error         // why none serves
	restarts int
	port     string // over TCP, kept over restarts
}

// ErrStopped is what DialContext returns after Stop.
var ErrStopped = errors.New("embedded ClickHouse was stopped")

// Start starts the engine and returns once it answers. ctx bounds the start
// alone. The error is the child's own reason: a folder in use, a library that
// is missing or broken, a folder that cannot be written.
func Start(ctx context.Context, config Config) (*Engine, error) {
	e, err := prepare(config)
	if err != nil {
		return nil, fmt.Errorf("embedded ClickHouse: %w", err)
	}
	c, err := e.spawn(ctx)
	if err != nil {
		e.end()
		e.removeSocketFolder()
		return nil, fmt.Errorf("embedded ClickHouse: %w", err)
	}
	e.serves(c)
	go e.watch(c)
	return e, nil
}

// prepare fills in the configuration and chooses the address.
func prepare(config Config) (*Engine, error) {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Memory == 0 {
		config.Memory = DefaultMemory
	}
	if config.MarkCache == 0 {
		config.MarkCache = DefaultMarkCache
	}
	if err := locate(&config); err != nil {
		return nil, err
	}
	e := &Engine{config: config, log: config.Log, watched: make(chan struct{}), up: make(chan struct{})}
	e.life, e.end = context.WithCancel(context.Background())
	if config.TCP {
		e.token = rand.Text()
		return e, nil
	}
	var err error
	e.socket, e.socketFolder, err = chooseSocket(config.Dir)
	return e, err
}

// maxSocketPath is the longest path of a unix socket on Linux, without the
// closing NUL (sun_path has 108 bytes).
const maxSocketPath = 107

// chooseSocket puts the socket into the data folder, or into a private
// temporary folder where that path would be too long.
func chooseSocket(dir string) (socket, folder string, err error) {
	if socket = filepath.Join(dir, "engine.sock"); len(socket) <= maxSocketPath {
		return socket, "", nil
	}
	for _, parent := range []string{os.TempDir(), "/tmp"} {
		if folder, err = os.MkdirTemp(parent, "vantage-"); err != nil {
			continue
		}
		if socket = filepath.Join(folder, "engine.sock"); len(socket) <= maxSocketPath {
			return socket, folder, nil
		}
		os.Remove(folder)
		err = fmt.Errorf("%s is too long for a unix socket", socket)
	}
	return "", "", fmt.Errorf("no place for a socket: %w: use a data folder with a shorter path", err)
}

func (e *Engine) removeSocketFolder() {
	if e.socketFolder != "" {
		os.RemoveAll(e.socketFolder)
	}
}

// DSN is the address for clickhouse.ParseDSN, without a database; set
// Options.DialContext to e.DialContext beside it. The host is localhost
// because net/http would ask a proxy from the environment for any other.
func (e *Engine) DSN() string {
	u := url.URL{Scheme: "http", Host: "localhost:8123"}
	if e.token != "" {
		u.User = url.UserPassword("vantage", e.token)
	}
	return u.String()
}

// dialPatience bounds a dial while the engine starts again. Opening a folder
// of 375,000 rows after a kill took 0.3 to 1.1 s.
const dialPatience = 30 * time.Second

// DialContext connects to the engine whatever the address says. While the
// engine starts again it waits, until ctx ends or 30 s have passed.
func (e *Engine) DialContext(ctx context.Context, _ string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	for {
		c, err := e.current(ctx)
		if err != nil {
			return nil, err
		}
		conn, err := new(net.Dialer).DialContext(ctx, c.network, c.address)
		if err == nil {
			return conn, nil
		}
		// The child died and its watcher is about to hear of it.
		select {
		case <-time.After(dialAgain):
		case <-ctx.Done():
			return nil, fmt.Errorf("embedded ClickHouse: %w", err)
		}
	}
}

const dialAgain = 20 * time.Millisecond

// current returns the child that serves, waiting for one.
func (e *Engine) current(ctx context.Context) (*child, error) {
	for {
		e.mu.Lock()
		c, up := e.child, e.up
		e.mu.Unlock()
		if c != nil {
			return c, nil
		}
		select {
		case <-up:
		case <-e.life.Done():
			return nil, ErrStopped
		case <-ctx.Done():
			return nil, e.notUp(ctx.Err())
		}
	}
}

func (e *Engine) notUp(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reason != nil {
		return fmt.Errorf("embedded ClickHouse is not up: %w", e.reason)
	}
	return fmt.Errorf("embedded ClickHouse is not up: %w", err)
}

// Ping asks the child whether it answers. While the engine starts again it
// waits; the error says why there is none when ctx ends.
func (e *Engine) Ping(ctx context.Context) error {
	c, err := e.current(ctx)
	if err != nil {
		return err
	}
	return ping(ctx, c.client(), e.token)
}

// Restarts is how often the engine died and was started again.
func (e *Engine) Restarts() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.restarts
}

// Version is the version of ClickHouse, such as "26.7.2.1"; empty while none
// serves.
func (e *Engine) Version() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.child == nil {
		return ""
	}
	return e.child.version
}

// PID is the process id of the child, 0 while none serves.
func (e *Engine) PID() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.child == nil {
		return 0
	}
	return e.child.cmd.Process.Pid
}

// Stop lets requests in hand finish (for up to 10 s), ends the engine and
// returns when its process is gone. It may be called twice.
func (e *Engine) Stop() {
	e.end()
	<-e.watched
	e.removeSocketFolder()
}

// Dir is the data folder, as an absolute path.
func (e *Engine) Dir() string { return e.config.Dir }
