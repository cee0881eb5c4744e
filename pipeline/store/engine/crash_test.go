package engine_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine"
	"vantage/pipeline/store/engine/enginetest"
)

// dial opens a client on an engine, in its default database.
func dial(t testing.TB, e *engine.Engine) clickhouse.Conn {
	t.Helper()
	options, err := clickhouse.ParseDSN(e.DSN())
	check(t, err)
	options.DialContext = e.DialContext
	c, err := clickhouse.Open(options)
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func killChild(t *testing.T, e *engine.Engine) {
	t.Helper()
	pid := e.PID()
	if pid == 0 {
		t.Fatal("no child to kill")
	}
	check(t, syscall.Kill(pid, syscall.SIGKILL))
}

// waitRestarts waits until the engine was started again n times.
func waitRestarts(t *testing.T, e *engine.Engine, n int) {
	t.Helper()
	for end := time.Now().Add(guard); e.Restarts() < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d restarts, want %d", e.Restarts(), n)
		}
	}
}

// Batches that were confirmed are all there after any number of kills, and no
// batch is there in part.
func TestKilledDuringInserts(t *testing.T) {
	t.Parallel()
	const kills, rows = 6, 3000
	e := enginetest.Start(t, quiet)
	c := dial(t, e)
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	check(t, c.Exec(ctx, "CREATE DATABASE crash ENGINE=Atomic"))
	check(t, c.Exec(ctx, "CREATE TABLE crash.b (batch UInt32, n UInt32, text String) ENGINE=MergeTree ORDER BY (batch, n)"))

	stop, confirmed := make(chan struct{}), make(chan []uint32, 1)
	var sent atomic.Uint32
	go func() { confirmed <- insertUntil(ctx, c, stop, rows, &sent) }()
	for kill := range kills {
		for before := sent.Load(); sent.Load() < before+2 && ctx.Err() == nil; {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(rand.N(100 * time.Millisecond)) // anywhere in a batch
		killChild(t, e)
		waitRestarts(t, e, kill+1)
	}
	close(stop)
	batches := <-confirmed
	if len(batches) == 0 {
		t.Fatal("no batch was confirmed")
	}
	stored := batchSizes(t, ctx, c)
	for _, b := range batches {
		if stored[b] != rows {
			t.Errorf("confirmed batch %d has %d rows, want %d", b, stored[b], rows)
		}
	}
	for b, n := range stored {
		if n != rows {
			t.Errorf("batch %d is there in part: %d rows", b, n)
		}
	}
	if n := count(t, c, "SELECT count() FROM system.detached_parts"); n != 0 {
		t.Errorf("%d broken parts", n)
	}
	t.Logf("%d batches confirmed, %d stored, %d kills", len(batches), len(stored), e.Restarts())
}

// insertUntil inserts numbered batches and returns those that were confirmed.
func insertUntil(ctx context.Context, c clickhouse.Conn, stop <-chan struct{}, rows int, sent *atomic.Uint32) []uint32 {
	var confirmed []uint32
	for batch := uint32(1); ; batch++ {
		select {
		case <-stop:
			return confirmed
		case <-ctx.Done():
			return confirmed
		default:
		}
		if insertBatch(ctx, c, batch, rows) == nil {
			confirmed = append(confirmed, batch)
			sent.Add(1)
		}
	}
}

func insertBatch(ctx context.Context, c clickhouse.Conn, batch uint32, rows int) error {
	b, err := c.PrepareBatch(ctx, "INSERT INTO crash.b (batch, n, text)")
	if err != nil {
		return err
	}
	defer b.Close()
	for n := range rows {
		if err := b.Append(batch, uint32(n), "some text of a post"); err != nil {
			return err
		}
	}
	return b.Send()
}

func batchSizes(t *testing.T, ctx context.Context, c clickhouse.Conn) map[uint32]uint64 {
	t.Helper()
	rows, err := c.Query(ctx, "SELECT batch, count() FROM crash.b GROUP BY batch")
	check(t, err)
	defer rows.Close()
	sizes := map[uint32]uint64{}
	for rows.Next() {
		var batch uint32
		var n uint64
		check(t, rows.Scan(&batch, &n))
		sizes[batch] = n
	}
	check(t, rows.Err())
	return sizes
}

var discard = slog.New(slog.DiscardHandler)

// quiet drops the log: a killed child is an error in it, and expected.
func quiet(c *engine.Config) { c.Log = discard }

// A client that was connected before the kill goes on without being told.
func TestClientGoesOnAfterAKill(t *testing.T) {
	for name, tcp := range map[string]bool{"unix": false, "tcp": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, quiet, func(c *engine.Config) { c.TCP = tcp })
			c := dial(t, e)
			dsn := e.DSN()
			for kill := range 3 {
				check(t, c.Ping(context.Background()))
				killChild(t, e)
				waitRestarts(t, e, kill+1)
				err := c.Ping(context.Background()) // may meet the broken connection
				if err != nil {
					err = c.Ping(context.Background())
				}
				check(t, err)
			}
			if e.DSN() != dsn || e.Restarts() != 3 {
				t.Errorf("DSN %s, then %s; %d restarts", dsn, e.DSN(), e.Restarts())
			}
		})
	}
}

// A dial while the engine is away waits for it, and says why where it stays away.
func TestDialWaitsAndThenSaysWhy(t *testing.T) {
	t.Parallel()
	library := filepath.Join(t.TempDir(), "libchdb.so")
	e := enginetest.Start(t, quiet, func(c *engine.Config) {
		check(t, os.Symlink(c.Library, library))
		c.Library = library
	})
	target, err := os.Readlink(library)
	check(t, err)
	check(t, os.Remove(library))
	killChild(t, e)
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	for { // until the first start has failed
		check(t, ctx.Err())
		short, done := context.WithTimeout(ctx, 200*time.Millisecond)
		err = e.Ping(short)
		done()
		if err != nil && strings.Contains(err.Error(), library) {
			break
		}
	}
	c := dial(t, e)
	waits := make(chan error, 1)
	go func() { waits <- c.Ping(ctx) }()
	check(t, os.Symlink(target, library))
	check(t, <-waits)
	if e.Restarts() != 1 {
		t.Errorf("%d restarts, want 1", e.Restarts())
	}
}

// Ctrl-C and a closed terminal reach the whole process group; the child leaves
// them to its parent.
func TestSignalsAreLeftToTheParent(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t)
	pid := e.PID()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE} {
		check(t, syscall.Kill(pid, signal))
	}
	c := dial(t, e)
	for range 20 {
		check(t, c.Exec(context.Background(), "SELECT count() FROM numbers(1000000)"))
	}
	if e.PID() != pid || e.Restarts() != 0 {
		t.Errorf("the child is %d, was %d; %d restarts", e.PID(), pid, e.Restarts())
	}
	if group, err := syscall.Getpgid(pid); err != nil || group != syscall.Getpgrp() {
		t.Errorf("process group %d, %v; want %d", group, err, syscall.Getpgrp())
	}
}

func TestStopFinishesWhatIsInHand(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t)
	c := dial(t, e)
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- c.Exec(ctx, "SELECT sleep(1.5) AS in_hand") }()
	other := dial(t, e)
	for count(t, other, "SELECT count() FROM system.processes WHERE query LIKE '%in_hand%' AND query NOT LIKE '%processes%'") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	e.Stop()
	check(t, <-answer)
}

// A statement without end holds Stop up for a bounded time only.
func TestStopEndsWhatWouldNeverFinish(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, quiet)
	c := dial(t, e)
	answer := make(chan error, 1)
	go func() { answer <- c.Exec(context.Background(), endless) }()
	other := dial(t, e)
	for count(t, other, "SELECT count() FROM system.processes WHERE query LIKE '%cityHash64%' AND query NOT LIKE '%processes%'") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	pid := e.PID()
	e.Stop()
	if <-answer == nil {
		t.Error("the endless statement succeeded")
	}
	if alive(pid) {
		t.Errorf("process %d is still there", pid)
	}
}
