package store

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// tiny ends a query over a part or two. Planning is most of what that costs: it
// takes 1 ms without a table and up to 5 with conditions and sorting, so such
// queries leave to Go what Go can do.
const tiny = " SETTINGS max_threads = 1, optimize_move_to_prewhere = 0"

// The values of a query's {name:Type} places.

func text(name, value string) any                   { return clickhouse.Named(name, value) }
func texts(name string, values []string) any        { return clickhouse.Named(name, nonNil(values)) }
func number[N ~int | ~uint64](name string, n N) any { return clickhouse.Named(name, n) }
func numbers(name string, n []uint64) any           { return clickhouse.Named(name, nonNil(n)) }

func boolean(name string, v bool) any { return clickhouse.Named(name, v) }

// day is a Date32.
func day(name string, t time.Time) any { return clickhouse.Named(name, t.Format(time.DateOnly)) }

// days is an Array(Date32).
func days(name string, list []time.Time) any {
	values := make([]string, len(list))
	for i, t := range list {
		values[i] = t.Format(time.DateOnly)
	}
	return clickhouse.Named(name, values)
}

// instant is a DateTime64(3, 'UTC').
func instant(name string, t time.Time) any {
	return clickhouse.Named(name, t.UTC().Format("2006-01-02 15:04:05.000"))
}

// second is a DateTime('UTC').
func second(name string, t time.Time) any {
	return clickhouse.Named(name, t.UTC().Format(time.DateTime))
}

// nonNil keeps an empty list from being sent as NULL.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
