package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"

	"vantage/pipeline/store/engine/enginetest"
)

func TestAnswersWithoutRows(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		for _, method := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4} {
			c := s.Connect(t, func(o *clickhouse.Options) { o.Compression = &clickhouse.Compression{Method: method} })
			var n uint64
			if err := c.QueryRow(ctx, "SELECT number FROM numbers(0)").Scan(&n); !errors.Is(err, sql.ErrNoRows) {
				t.Fatalf("%v, want %v", err, sql.ErrNoRows)
			}
			for query, want := range map[string][]string{
				"SELECT number AS x FROM numbers(0)": {"x"},
				"SELECT toLowCardinality('x') AS x, map(toLowCardinality('a'), [toLowCardinality('b')]) AS m, toNullable(1) AS n, 1 AS `a b` FROM numbers(0)": {"x", "m", "n", "a b"},
				"SELECT 1 AS a WHERE 0 SETTINGS max_threads = 1": {"a"},
				"WITH 5 AS five SELECT five WHERE 0; ":           {"five"},
				"SELECT 1 AS a WHERE 0 -- nothing":               {"a"},
			} {
				rows, err := c.Query(ctx, query)
				check(t, err)
				if !slices.Equal(rows.Columns(), want) {
					t.Errorf("%s: columns %v, want %v", query, rows.Columns(), want)
				}
				if rows.Next() || rows.Err() != nil {
					t.Errorf("%s: a row, or %v", query, rows.Err())
				}
				check(t, rows.Close())
			}
		}
	})
}

func TestAMillionRows(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		rows, err := s.Connect(t).Query(ctx, "SELECT number, toLowCardinality(toString(number % 100)) FROM numbers(1000000)")
		check(t, err)
		defer rows.Close()
		var n, x uint64
		var low string
		for ; rows.Next(); n++ {
			check(t, rows.Scan(&x, &low))
			if x != n || len(low) > 2 {
				t.Fatalf("row %d: %d %s", n, x, low)
			}
		}
		check(t, rows.Err())
		if n != 1000000 {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestFormatsInAndOut(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		if s.Options(t).Protocol == clickhouse.Native {
			t.Skip("clickhouse-go reads other formats over HTTP only")
		}
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE f (a Int32, s String) ENGINE=MergeTree ORDER BY a"))
		check(t, c.InsertFormat(ctx, "JSONEachRow", "INSERT INTO f", strings.NewReader("{\"a\":1,\"s\":\"x\\n\"}\n{\"a\":2,\"s\":\"y\"}\n")))
		r, err := c.QueryFormat(ctx, "JSONEachRow", "SELECT * FROM f ORDER BY a")
		check(t, err)
		text, err := io.ReadAll(r)
		check(t, err)
		r.Close()
		if want := "{\"a\":1,\"s\":\"x\\n\"}\n{\"a\":2,\"s\":\"y\"}\n"; string(text) != want {
			t.Fatalf("%q, want %q", text, want)
		}
		if err := c.InsertFormat(ctx, "JSONEachRow", "INSERT INTO f", strings.NewReader("{\"a\":\"nope\"}\n")); err == nil {
			t.Fatal("a broken row was taken")
		}
	})
}

func TestExternalTables(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		for range 5 { // the table must go with its request
			table, err := ext.NewTable("wanted", ext.Column("a", "UInt8"), ext.Column("s", "String"))
			check(t, err)
			for i := range 10 {
				check(t, table.Append(uint8(i), "x\n"))
			}
			var n uint64
			check(t, c.QueryRow(clickhouse.Context(ctx, clickhouse.WithExternalTable(table)), "SELECT sum(a) FROM wanted").Scan(&n))
			if n != 45 {
				t.Fatalf("sum %d, want 45", n)
			}
		}
		wantCode(t, c.Exec(ctx, "SELECT * FROM wanted"), 60)
	})
}

func TestDatabaseSQL(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		db := clickhouse.OpenDB(s.Options(t))
		defer db.Close()
		_, err := db.ExecContext(ctx, "CREATE TABLE std (a Int32) ENGINE=MergeTree ORDER BY a")
		check(t, err)
		tx, err := db.BeginTx(ctx, nil)
		check(t, err)
		st, err := tx.PrepareContext(ctx, "INSERT INTO std (a)")
		check(t, err)
		for i := range 10 {
			_, err = st.ExecContext(ctx, int32(i))
			check(t, err)
		}
		check(t, tx.Commit())
		var n int
		check(t, db.QueryRowContext(ctx, "SELECT sum(a) FROM std").Scan(&n))
		if n != 45 {
			t.Fatalf("sum %d, want 45", n)
		}
	})
}

func TestSettingsStayWithTheirRequest(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t, func(o *clickhouse.Options) { o.Settings = clickhouse.Settings{"max_block_size": 1234} })
		setting := func(ctx context.Context, name string) string {
			var v string
			check(t, c.QueryRow(ctx, "SELECT toString(getSetting('"+name+"'))").Scan(&v))
			return v
		}
		odd := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 77, "log_comment": "it's \\ ok"}))
		if v := setting(odd, "log_comment"); v != "it's \\ ok" {
			t.Fatalf("log_comment %q", v)
		}
		for range 8 { // every session of the pool comes by
			if v, l := setting(ctx, "max_block_size"), setting(ctx, "log_comment"); v != "1234" || l != "" {
				t.Fatalf("max_block_size %s, log_comment %q of another request", v, l)
			}
		}
		bad := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"nosuch_setting": 1, "max_block_size": 99}))
		wantCode(t, c.Exec(bad, "SELECT 1"), 115)
		if s.Engine != nil { // over the native protocol these change the connection
			check(t, c.Exec(ctx, "SET max_block_size = 55"))
			check(t, c.Exec(ctx, "USE system"))
			check(t, c.Exec(ctx, "CREATE TEMPORARY TABLE left_over (a UInt8)"))
		}
		for range 8 {
			var database string
			check(t, c.QueryRow(ctx, "SELECT currentDatabase()").Scan(&database))
			if v, l := setting(ctx, "max_block_size"), setting(ctx, "log_comment"); v != "1234" || l != "" || database != s.Database {
				t.Fatalf("max_block_size %s, log_comment %q, database %s", v, l, database)
			}
			if s.Engine != nil {
				wantCode(t, c.Exec(ctx, "SELECT * FROM left_over"), 60)
			}
		}
	})
}

func TestTwentyFourAtOnce(t *testing.T) {
	const workers, turns = 24, 40
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t, func(o *clickhouse.Options) { o.MaxOpenConns = 50 })
		check(t, c.Exec(ctx, "CREATE TABLE conc (g UInt32, k UInt32) ENGINE=MergeTree ORDER BY g"))
		errs := make(chan error, workers)
		for g := range workers {
			go func() {
				var err error
				for k := 0; k < turns && err == nil; k++ {
					err = oneTurn(ctx, c, uint32(g), k)
				}
				errs <- err
			}()
		}
		for range workers {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := count(t, c, "SELECT count() FROM conc"); n != workers*turns/4 {
			t.Errorf("%d rows, want %d", n, workers*turns/4)
		}
	})
}

// oneTurn inserts, asks with parameters and settings of its own, fails, or
// counts what it inserted.
func oneTurn(ctx context.Context, c clickhouse.Conn, g uint32, k int) error {
	switch k % 4 {
	case 0:
		b, err := c.PrepareBatch(ctx, "INSERT INTO conc (g, k)")
		if err != nil {
			return err
		}
		if err := b.Append(g, uint32(k)); err != nil {
			return err
		}
		return b.Send()
	case 1:
		var a, b uint32
		own := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 1000 + g}))
		err := c.QueryRow(own, "SELECT {g:UInt32}, toUInt32(getSetting('max_block_size'))", clickhouse.Named("g", g)).Scan(&a, &b)
		if err == nil && (a != g || b != 1000+g) {
			err = fmt.Errorf("worker %d got the answer of another: %d, %d", g, a, b)
		}
		return err
	case 2:
		var ex *clickhouse.Exception
		if _, err := drain(ctx, c, "SELECT throwIf(number = 30000) FROM numbers(100000) SETTINGS max_block_size = 5000"); !errors.As(err, &ex) || ex.Code != 395 {
			return fmt.Errorf("worker %d: %v, want code 395", g, err)
		}
		return nil
	default:
		var n uint64
		err := c.QueryRow(ctx, "SELECT count() FROM conc WHERE g = {g:UInt32}", clickhouse.Named("g", g)).Scan(&n)
		if err == nil && n != uint64(k/4+1) {
			err = fmt.Errorf("worker %d sees %d of its %d rows", g, n, k/4+1)
		}
		return err
	}
}
