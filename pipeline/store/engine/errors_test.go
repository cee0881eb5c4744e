package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

func wantCode(t *testing.T, err error, code int32) {
	t.Helper()
	var ex *clickhouse.Exception
	if !errors.As(err, &ex) || ex.Code != code {
		t.Fatalf("%T %v, want an exception with code %d", err, err, code)
	}
}

func TestErrorsBeforeTheFirstRow(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		for query, code := range map[string]int32{
			"SELECT * FROM nosuch":          60,
			"SELECT nosuch FROM system.one": 47,
			"SELEC 1 FROM":                  62,
			"SELECT nosuch(1)":              46,
			"SELECT * FROM nosuch.t":        81,
			"CREATE TABLE bad (a Nope) ENGINE=MergeTree ORDER BY a": 50,
			"SELECT throwIf(number = 5) FROM numbers(10)":           395,
			"SELECT {missing:String}":                               456,
			"SELECT count() FROM (SELECT number FROM numbers(50000000) GROUP BY number) SETTINGS max_memory_usage='20M'": 241,
		} {
			err := c.Exec(ctx, query)
			wantCode(t, err, code)
			var status *clickhouse.HTTPError
			if s.Engine != nil && (!errors.As(err, &status) || status.StatusCode < 400) {
				t.Errorf("%s: no HTTP status with the error %v", query, err)
			}
		}
		check(t, c.Ping(ctx))
	})
}

func TestErrorInMidStream(t *testing.T) {
	methods := []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD, clickhouse.CompressionGZIP}
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		for _, method := range methods {
			if s.Options(t).Protocol == clickhouse.Native && method == clickhouse.CompressionGZIP {
				continue
			}
			c := s.Connect(t, func(o *clickhouse.Options) { o.Compression = &clickhouse.Compression{Method: method, Level: 1} })
			n, err := drain(ctx, c, "SELECT number, throwIf(number = 300000, 'the __exception__ of the test') FROM numbers(500000)")
			wantCode(t, err, 395)
			if n == 0 {
				t.Errorf("%s: no row came before the error", method)
			}
			check(t, c.Ping(ctx))
		}
	})
}

// A failed statement must not hold its table: DROP … SYNC would wait for ever.
func TestNothingIsLeftAfterErrors(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE dsy (a UInt64) ENGINE=MergeTree ORDER BY a"))
		check(t, c.Exec(ctx, "INSERT INTO dsy SELECT number FROM numbers(300000)"))
		for range 6 {
			_, err := drain(ctx, c, "SELECT a, throwIf(a = 270000) FROM dsy")
			wantCode(t, err, 395)
			wantCode(t, c.Exec(ctx, "SELECT throwIf(a = 5) FROM dsy"), 395)
			short, cancel := context.WithCancel(ctx)
			rows, err := c.Query(short, "SELECT a, sleepEachRow(0.00001) FROM dsy SETTINGS max_block_size = 1000")
			check(t, err)
			rows.Next()
			cancel()
			rows.Close()
		}
		check(t, c.Exec(ctx, "DROP TABLE dsy SYNC"))
		waitIdle(t, ctx, c, "dsy")
	})
}
