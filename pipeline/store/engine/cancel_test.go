package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

// waitIdle waits until no statement with text in it runs: the client hears of
// its own cancel before the server has carried it out.
func waitIdle(t *testing.T, ctx context.Context, c clickhouse.Conn, text string) {
	t.Helper()
	for {
		var n uint64
		err := c.QueryRow(ctx, "SELECT count() FROM system.processes WHERE position(query, {text:String}) > 0 AND query NOT LIKE '%system.processes%'",
			clickhouse.Named("text", text)).Scan(&n)
		if err != nil {
			t.Fatalf("statements with %q still run: %v", text, err)
		}
		if n == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

const endless = "SELECT sum(cityHash64(number)) FROM numbers(100000000000)"

func TestDeadlineEndsTheStatement(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		for range 5 { // one more than there are sessions
			short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			err := c.Exec(short, endless)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%v, want the deadline", err)
			}
		}
		waitIdle(t, ctx, c, "cityHash64")
	})
}

func TestCancelInMidStream(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		short, cancel := context.WithCancel(ctx)
		defer cancel()
		rows, err := c.Query(short, "SELECT number AS in_mid_stream FROM numbers(100000000000)")
		check(t, err)
		for range 200000 {
			if !rows.Next() {
				t.Fatal("the endless answer ended")
			}
		}
		cancel()
		rows.Close()
		waitIdle(t, ctx, c, "in_mid_stream")
	})
}

func TestCancelledInsertStoresNothing(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE ci (a UInt64) ENGINE=MergeTree ORDER BY a"))
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if err := c.Exec(short, "INSERT INTO ci SELECT number FROM numbers(100000000000) WHERE cityHash64(number) = 1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v, want the deadline", err)
		}
		waitIdle(t, ctx, c, "INSERT INTO ci")
		if n := count(t, c, "SELECT count() FROM ci"); n != 0 {
			t.Fatalf("%d rows of a cancelled insert", n)
		}
		check(t, c.Exec(ctx, "DROP TABLE ci SYNC"))
	})
}

func TestRowsClosedEarly(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		for range 8 {
			short, cancel := context.WithCancel(ctx)
			rows, err := c.Query(short, "SELECT number AS closed_early FROM numbers(300000)")
			check(t, err)
			if !rows.Next() {
				t.Fatal("no row")
			}
			check(t, rows.Close())
			cancel()
		}
		waitIdle(t, ctx, c, "closed_early")
	})
}

// More statements than sessions: those that wait must go when their client
// goes, and the rest must come through.
func TestCancelWhileWaitingForASession(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t, func(o *clickhouse.Options) { o.MaxOpenConns = 20 })
		busy, release := context.WithCancel(ctx)
		errs := make(chan error, 8)
		for range 8 {
			go func() { errs <- c.Exec(busy, endless) }()
		}
		for s.Engine != nil { // until the endless ones have taken every session
			short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			err := c.Exec(short, "SELECT 1 AS waits")
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				break
			}
			check(t, err)
		}
		release()
		for range 8 {
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want the cancel", err)
			}
		}
		waitIdle(t, ctx, c, "cityHash64")
	})
}
