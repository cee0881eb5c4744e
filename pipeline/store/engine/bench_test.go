package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

// BenchmarkSelectOne is the price of asking anything at all.
func BenchmarkSelectOne(b *testing.B) {
	c := enginetest.Open(b).Connect(b)
	var n uint8
	for b.Loop() {
		check(b, c.QueryRow(context.Background(), "SELECT {n:UInt8}", clickhouse.Named("n", 1)).Scan(&n))
	}
}

// BenchmarkInsert stores rows of nine columns, about 150 bytes each, in
// batches of several sizes, appended row by row; encoding is included.
func BenchmarkInsert(b *testing.B) {
	for _, rows := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			c := enginetest.Open(b).Connect(b)
			check(b, c.Exec(context.Background(), fmt.Sprintf(postTable, "bench")))
			from := 0
			for b.Loop() {
				check(b, sendPosts(context.Background(), c, "bench", from, rows))
				from += rows
			}
			b.ReportMetric(float64(from)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkRead reads a million numbers with a text each.
func BenchmarkRead(b *testing.B) {
	c := enginetest.Open(b).Connect(b)
	for b.Loop() {
		n, err := drain(context.Background(), c, "SELECT number, toString(number) FROM numbers(1000000)")
		check(b, err)
		if n != 1000000 {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds(), "rows/s")
}
