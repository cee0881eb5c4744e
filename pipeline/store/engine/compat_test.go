package engine_test

import (
	"context"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func TestSmoke(t *testing.T) {
	c := enginetest.Open(t).Connect(t)
	ctx := context.Background()
	var s string
	if err := c.QueryRow(ctx, "SELECT {s:String}", clickhouse.Named("s", "a'b\n\x00")).Scan(&s); err != nil || s != "a'b\n\x00" {
		t.Fatal(s, err)
	}
	if err := c.Exec(ctx, "CREATE TABLE t (a UInt64, b Array(String)) ENGINE=MergeTree ORDER BY a"); err != nil {
		t.Fatal(err)
	}
	b, err := c.PrepareBatch(ctx, "INSERT INTO t (a, b)")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if err := b.Append(uint64(i), []string{"x", "y"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	var n uint64
	if err := c.QueryRow(ctx, "SELECT count() FROM t").Scan(&n); err != nil || n != 1000 {
		t.Fatal(n, err)
	}
}
