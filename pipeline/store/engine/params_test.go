package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

const nasty = "O'Reilly\\ \t\n\r\x00 £ \"{a:String}\"; DROP TABLE x --"

func TestParametersKeepEveryByte(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		var (
			text   string
			n      uint64
			list   []string
			moment time.Time
			null   *string
		)
		at := time.Date(2026, 5, 6, 7, 8, 9, 123e6, time.UTC)
		check(t, c.QueryRow(ctx, "SELECT {s:String}, {n:UInt64}, {l:Array(String)}, {d:DateTime64(3,'UTC')}, {z:Nullable(String)}",
			clickhouse.Named("s", nasty), clickhouse.Named("n", uint64(1)<<63), clickhouse.Named("l", []string{"a'b", "c\\d", "\n\x00"}),
			clickhouse.DateNamed("d", at, clickhouse.MilliSeconds), clickhouse.Named("z", nil)).Scan(&text, &n, &list, &moment, &null))
		if text != nasty || n != 1<<63 || !slices.Equal(list, []string{"a'b", "c\\d", "\n\x00"}) || !moment.Equal(at) || null != nil {
			t.Fatalf("%q %d %q %v %v", text, n, list, moment, null)
		}
		var bound string
		check(t, c.QueryRow(ctx, "SELECT ?", nasty).Scan(&bound))
		if bound != nasty {
			t.Fatalf("bound value %q, want %q", bound, nasty)
		}
		named := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"t": "one", "db": "system"}))
		check(t, c.QueryRow(named, "SELECT count() FROM {db:Identifier}.{t:Identifier}").Scan(&n))
		if n != 1 {
			t.Fatalf("%d rows through identifiers, want 1", n)
		}
	})
}

func TestParametersInWritesAndEmptyAnswers(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE p (a String, n UInt8) ENGINE=MergeTree ORDER BY a"))
		check(t, c.Exec(ctx, "INSERT INTO p SELECT {a:String}, number FROM numbers({n:UInt64})", clickhouse.Named("a", nasty), clickhouse.Named("n", 3)))
		if n := count(t, c, "SELECT count() FROM p WHERE a = {a:String}", clickhouse.Named("a", nasty)); n != 3 {
			t.Fatalf("%d rows, want 3", n)
		}
		rows, err := c.Query(ctx, "SELECT a, n FROM p WHERE a = {a:String}", clickhouse.Named("a", nasty+"?"))
		check(t, err)
		defer rows.Close()
		if rows.Next() || rows.Err() != nil || !slices.Equal(rows.Columns(), []string{"a", "n"}) {
			t.Fatalf("columns %v, %v", rows.Columns(), rows.Err())
		}
	})
}

// A batch of 5,000 ids is looked up before it is stored. Over HTTP a real
// server refuses a URL over 1 MiB, so this is the size that may be relied on.
func TestFiveThousandIdsAsOneParameter(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		ids := make([]string, 5000)
		for i := range ids {
			ids[i] = fmt.Sprintf("https://www.example.gov.uk/news/2026/11/21/%06d", i)
		}
		if n := count(t, c, "SELECT length(arrayDistinct({ids:Array(String)}))", clickhouse.Named("ids", ids)); n != 5000 {
			t.Fatalf("%d ids arrived, want 5000", n)
		}
	})
}
