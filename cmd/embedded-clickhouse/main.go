//go:build linux && amd64

// Embedded-clickhouse is ClickHouse for one machine: it loads libchdb and
// answers ClickHouse's HTTP interface on a unix socket, or on 127.0.0.1 behind
// a token. vantage starts it as a child, so that a crash or a memory peak of
// the engine cannot take the rest down; with -parent it lives and ends with
// that process, without it it runs until SIGINT or SIGTERM.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"vantage/cmd/embedded-clickhouse/chdb"
	"vantage/cmd/embedded-clickhouse/server"
)

// options are the flags, and the token from the environment: arguments can be
// read by every user of the machine.
type options struct {
	dir, library   string
	socket, listen string
	token          string
	memory, marks  int64
	parent         bool
}

// maxSocket is the longest path that the kernel takes for a socket, in bytes
// (unix(7): 108 with the zero byte behind it).
const maxSocket = 107

// tokenVariable names the environment variable that holds the token.
const tokenVariable = "VANTAGE_ENGINE_TOKEN"

func main() {
	syscall.Umask(0o077) // the folder and the socket are for this user alone
	o, err := readOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	var report *reporter
	if err == nil {
		report, err = newReporter(o.parent)
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err == nil {
		err = run(o, report, log)
	}
	switch {
	case err == nil:
		return
	case report == nil:
		fmt.Fprintln(os.Stderr, "embedded-clickhouse:", err)
	case !report.failed(err):
		log.Error("ended", "err", err)
	}
	os.Exit(1)
}

func readOptions(args []string) (options, error) {
	o := options{token: os.Getenv(tokenVariable)}
	f := flag.NewFlagSet("embedded-clickhouse", flag.ContinueOnError)
	f.StringVar(&o.dir, "dir", "", "folder of the data; made if missing")
	f.StringVar(&o.library, "library", "", "path of libchdb.so")
	f.StringVar(&o.socket, "socket", "", "unix socket to listen on, under 108 bytes")
	f.StringVar(&o.listen, "listen", "", "loopback address to listen on instead, such as 127.0.0.1:8123; asks for the token in "+tokenVariable)
	f.Int64Var(&o.memory, "memory", 2<<30, "most memory the engine may use, in bytes")
	f.Int64Var(&o.marks, "mark-cache", 64<<20, "size of the mark cache and of the index mark cache, in bytes")
	f.BoolVar(&o.parent, "parent", false, "file 3 is a pipe that closes when the parent ends, file 4 takes one line of JSON about the start")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag: what stands behind it would be left out", f.Arg(0))
	case o.dir == "":
		return o, errors.New("-dir is missing: name the folder of the data")
	case o.library == "":
		return o, errors.New("-library is missing: name the path of libchdb.so")
	case (o.socket == "") == (o.listen == ""):
		return o, errors.New("give one of -socket and -listen")
	case len(o.socket) > maxSocket:
		return o, fmt.Errorf("-socket %s has %d bytes: name a path of at most %d", o.socket, len(o.socket), maxSocket)
	case o.listen != "" && o.token == "":
		return o, fmt.Errorf("-listen %s needs a token: set %s", o.listen, tokenVariable)
	case o.listen != "" && !isLoopback(o.listen):
		return o, fmt.Errorf("-listen %s is not a loopback address: use 127.0.0.1", o.listen)
	}
	return o, nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// run locks the folder before the engine starts. The lock goes with the process
// and not sooner: threads of the engine may write until then.
func run(o options, report *reporter, log *slog.Logger) error {
	ctx, cancel := lifetime(o.parent)
	defer cancel()
	lock, err := lockFolder(ctx, o.dir)
	if err != nil {
		return err
	}
	engine, err := openEngine(o, log)
	if err != nil {
		return err
	}
	listener, err := listen(o)
	if err != nil {
		return err
	}
	if o.parent { // without one the folder is not ours
		defer removeSocketFolder(listener)
	}
	report.ready(listener.Addr().String(), engine.Version())
	return serve(ctx, listener, engine, lock, log)
}

// lifetime ends with the parent, or with a signal where there is none. Under a
// parent signals are its business: Ctrl-C reaches the whole process group, and
// the parent still wants to store what it holds.
func lifetime(parent bool) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE) // the log of a dead parent
	if !parent {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		context.AfterFunc(ctx, stop) // a second signal ends the program at once
		return ctx, stop
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// Short of memory, the kernel should take the engine, which starts again,
	// and not the parent. It is no harm where the kernel has no such file.
	os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		os.NewFile(3, "parent").Read(make([]byte, 1)) // returns when the parent's end closes
		cancel()
	}()
	return ctx, cancel
}

// engineSettings are those that cannot be given as arguments.
//
//go:embed engine.xml
var engineSettings []byte

const settingsName = "engine.xml"

// openEngine makes DIR/metadata first: without it a dropped table of the first
// run is never cleaned up.
func openEngine(o options, log *slog.Logger) (*server.Server, error) {
	library, err := chdb.Load(o.library)
	if err != nil {
		return nil, fmt.Errorf("%w: fetch it again with `make engine` (go run ./deploy/build -engine)", err)
	}
	if err := os.MkdirAll(filepath.Join(o.dir, "metadata"), 0o700); err != nil {
		return nil, unwritable(o.dir, err)
	}
	settings := filepath.Join(o.dir, settingsName)
	if err := os.WriteFile(settings, engineSettings, 0o600); err != nil {
		return nil, unwritable(o.dir, err)
	}
	engine, err := server.Open(server.Config{
		Library: library,
		Token:   o.listenToken(),
		Log:     log,
		Args: []string{
			"--config-file=" + settings,
			"--path=" + o.dir,
			fmt.Sprintf("--max_server_memory_usage=%d", o.memory),
			fmt.Sprintf("--mark_cache_size=%d", o.marks),
			fmt.Sprintf("--index_mark_cache_size=%d", o.marks),
			"--database_atomic_delay_before_drop_table_sec=10",
		},
	})
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", o.dir, err)
	}
	return engine, nil
}

// listenToken is asked for on TCP only: a socket is guarded by its mode.
func (o options) listenToken() string {
	if o.listen == "" {
		return ""
	}
	return o.token
}

// listen opens the socket; one left over from a killed run goes first, which is
// safe under the folder's lock.
func listen(o options) (net.Listener, error) {
	if o.listen != "" {
		return net.Listen("tcp", o.listen)
	}
	if old, err := os.Lstat(o.socket); err == nil && old.Mode().Type() != os.ModeSocket {
		return nil, fmt.Errorf("-socket %s is there already and is no socket: name another path", o.socket)
	}
	if err := os.Remove(o.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("socket %s is in the way: %w", o.socket, err)
	}
	return net.Listen("unix", o.socket)
}
