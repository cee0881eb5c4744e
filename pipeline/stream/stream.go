// Package stream carries items from the collectors to the pipeline over NATS
// JetStream: embedded in this process, or any NATS server from 2.12 on.
//
// One stream, ITEMS, holds what was published to items.<kind>. Put returns
// when every item is confirmed on disk; a Consumer hands them out in batches
// that are acknowledged after they were stored. Small state (cursors, statuses)
// lives in buckets of the same JetStream.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Names on the wire. They are part of the interface for collectors in other
// languages and for operators who look with the nats command.
const (
	Name     = "ITEMS"
	Subjects = "items.>"
	Durable  = "pipeline"
	live     = "live.charts"
)

// Defaults of a Config.
const (
	// DefaultMaxBytes bounds the items on disk; past it Put waits.
	DefaultMaxBytes = 4 << 30
	// DefaultMaxAge is the text retention of persons' posts: no message may
	// outlive the text that it carries.
	DefaultMaxAge = 30 * 24 * time.Hour
	// DefaultDuplicates only saves work, the table drops repeats anyway; an
	// identifier costs some 150 bytes of memory as long as it is remembered.
	DefaultDuplicates = 30 * time.Minute
)

// Config says where the stream lives and how large it may grow. The zero value
// of each number means its default.
type Config struct {
	// URL of a NATS server, or several with commas; empty: embedded.
	URL string
	// Dir is the folder of the embedded stream.
	Dir string
	// Credentials is a NATS credentials file for URL; empty: none.
	Credentials string
	MaxBytes    int64
	MaxAge      time.Duration
	Duplicates  time.Duration
	// Replicas is the number of copies in a cluster; 0 means 1.
	Replicas int
	Log      *slog.Logger
}

// Stream is an open connection to the stream. It is safe for concurrent use.
type Stream struct {
	cfg    Config
	log    *slog.Logger
	lock   *os.File       // embedded only
	server *server.Server // embedded only
	nc     *nats.Conn
	js     jetstream.JetStream
	items  jetstream.Stream

	gathering gathering

	slots chan struct{} // one for each batch under way
	full  sync.Once     // says once that Put waits for room
}

// Open connects, or starts the embedded server, and creates or updates the
// stream. It fails with an error that names the address or folder and the way
// out; ctx bounds the wait.
func Open(ctx context.Context, cfg Config) (*Stream, error) {
	s := &Stream{cfg: withDefaults(cfg), gathering: gathering{wait: gatherWait}, slots: make(chan struct{}, together)}
	s.log = s.cfg.Log
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("stream: %w", err), s.Close())
	}
	return s, nil
}

func withDefaults(c Config) Config {
	if c.MaxBytes <= 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.MaxAge <= 0 {
		c.MaxAge = DefaultMaxAge
	}
	if c.Duplicates <= 0 {
		c.Duplicates = DefaultDuplicates
	}
	c.Duplicates = min(c.Duplicates, c.MaxAge) // JetStream refuses a window longer than the age
	c.Replicas = max(c.Replicas, 1)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func (s *Stream) open(ctx context.Context) error {
	connect := s.connectEmbedded
	if s.cfg.URL != "" {
		connect = s.connectRemote
	}
	if err := connect(ctx); err != nil {
		return err
	}
	js, err := jetstream.New(s.nc,
		jetstream.WithPublishAsyncMaxPending(singles),
		jetstream.WithPublishAsyncTimeout(confirmWait),
		jetstream.WithDefaultTimeout(confirmWait))
	if err != nil {
		return err
	}
	s.js = js
	err = patiently(ctx, func() (err error) {
		s.items, err = js.CreateOrUpdateStream(ctx, s.streamConfig())
		return err
	})
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("the NATS server at %s has no JetStream for this account; start it with -js or enable it", s.where())
	}
	if err != nil {
		return fmt.Errorf("create stream %s at %s: %w", Name, s.where(), err)
	}
	return nil
}

func (s *Stream) streamConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               Name,
		Description:        "Public posts on their way into the Vantage store",
		Subjects:           []string{Subjects},
		Storage:            jetstream.FileStorage,
		Retention:          jetstream.LimitsPolicy,
		Discard:            jetstream.DiscardNew,
		MaxBytes:           s.cfg.MaxBytes,
		MaxAge:             s.cfg.MaxAge,
		Duplicates:         s.cfg.Duplicates,
		Replicas:           s.cfg.Replicas,
		AllowAtomicPublish: true,
	}
}

// where names the stream in errors: the address without its password, or the folder.
func (s *Stream) where() string {
	if s.cfg.URL != "" {
		return redact(s.cfg.URL)
	}
	return s.cfg.Dir
}

// Close drains the connection and stops the embedded server. It may be called
// twice.
func (s *Stream) Close() error {
	if s.nc != nil && !s.nc.IsClosed() {
		s.drain()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	if s.lock != nil {
		err := s.lock.Close()
		s.lock = nil
		return err
	}
	return nil
}

// drain flushes what was sent and waits until the connection is closed.
func (s *Stream) drain() {
	closed := make(chan struct{})
	s.nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
	if err := s.nc.Drain(); err != nil {
		s.nc.Close()
		return
	}
	select {
	case <-closed:
	case <-time.After(drainWait):
		s.nc.Close()
	}
}
