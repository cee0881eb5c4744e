//go:build linux && amd64

package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"vantage/cmd/embedded-clickhouse/server"
)

const (
	// finishTime is how long requests in hand may take after the end came.
	finishTime = 10 * time.Second
	// closeTime is for the engine to close, once they are done or cancelled.
	closeTime = 5 * time.Second
	// maxHeader allows for parameters in the URL, such as a list of ids.
	maxHeader = 16 << 20
)

// serve answers until ctx ends, then finishes the requests in hand and closes
// the engine, both within bounds: what is unconfirmed by then, the client
// sends again, and the folder survives even a kill.
func serve(ctx context.Context, l net.Listener, engine *server.Server, lock *folderLock, log *slog.Logger) error {
	requests, cancelRequests := context.WithCancel(context.Background())
	defer cancelRequests()
	web := &http.Server{
		Handler:           engine,
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: 30 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(l) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	lock.stopping()
	finish, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	if web.Shutdown(finish) != nil {
		cancelRequests()
		web.Close()
	}
	return errors.Join(err, closeEngine(engine))
}

// closeEngine gives up after closeTime: the process ends next, and the folder
// opens again after any end.
func closeEngine(engine *server.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- engine.Close(ctx) }()
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return errors.New("the engine did not close in time")
	}
}

// removeSocketFolder clears the temporary folder that vantage made for a socket
// whose own data folder had too long a path. A data folder is never empty, so it
// stays.
func removeSocketFolder(l net.Listener) {
	if l.Addr().Network() == "unix" {
		os.Remove(filepath.Dir(l.Addr().String()))
	}
}
