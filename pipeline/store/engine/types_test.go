package engine_test

import (
	"context"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"vantage/pipeline/store/engine/enginetest"
)

// sample has a column of every type that a schema of ours may use.
type sample struct {
	Row   uint32             `ch:"row"`
	I8    int8               `ch:"i8"`
	U64   uint64             `ch:"u64"`
	F32   float32            `ch:"f32"`
	F64   float64            `ch:"f64"`
	Bool  bool               `ch:"bool"`
	Str   string             `ch:"str"`
	Fixed string             `ch:"fixed"`
	Low   string             `ch:"low"`
	Null  *uint32            `ch:"maybe"`
	LowN  *string            `ch:"lown"`
	Arr   []string           `ch:"arr"`
	Nest  [][]uint32         `ch:"nest"`
	LowA  []string           `ch:"lowa"`
	Map   map[string]string  `ch:"map"`
	MapA  map[string][]int64 `ch:"mapa"`
	Tuple []any              `ch:"tuple"`
	Date  time.Time          `ch:"date"`
	Time  time.Time          `ch:"time"`
	T64   time.Time          `ch:"t64"`
	Dec   decimal.Decimal    `ch:"dec"`
	ID    uuid.UUID          `ch:"id"`
	Enum  string             `ch:"enum"`
	IPv4  net.IP             `ch:"ipv4"`
	IPv6  net.IP             `ch:"ipv6"`
}

const sampleTable = `CREATE TABLE sample (row UInt32, i8 Int8, u64 UInt64, f32 Float32, f64 Float64, bool Bool,
	str String, fixed FixedString(4), low LowCardinality(String), maybe Nullable(UInt32), lown LowCardinality(Nullable(String)),
	arr Array(String), nest Array(Array(UInt32)), lowa Array(LowCardinality(String)),
	map Map(LowCardinality(String), String), mapa Map(String, Array(Int64)), tuple Tuple(UInt8, String),
	date Date, time DateTime('UTC'), t64 DateTime64(3, 'UTC'), dec Decimal(18, 4), id UUID,
	enum Enum8('council' = 1, 'press' = 2), ipv4 IPv4, ipv6 IPv6,
	made UInt64 MATERIALIZED cityHash64(str), since DateTime DEFAULT now()) ENGINE=MergeTree ORDER BY row`

const sampleColumns = "row, i8, u64, f32, f64, bool, str, fixed, low, maybe, lown, arr, nest, lowa, map, mapa, tuple, date, time, t64, dec, id, enum, ipv4, ipv6"

func samples() []sample {
	n, text := uint32(7), "cy"
	full := sample{
		Row: 0, I8: -128, U64: 1<<64 - 1, F32: 1.5, F64: -2.25, Bool: true,
		Str: "O'Brien\\ \t\n\r\x00 £ \U0001F5FA", Fixed: "a\x00\x00b", Low: "feed", Null: &n, LowN: &text,
		Arr: []string{"ai", "", "it's"}, Nest: [][]uint32{{1, 2}, {}, {3}}, LowA: []string{"x", "y", "x"},
		Map: map[string]string{"k\n": "v"}, MapA: map[string][]int64{"a": {-1, 1}}, Tuple: []any{uint8(9), "z"},
		Date: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), Time: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC),
		T64: time.Date(2026, 11, 21, 20, 19, 18, 123e6, time.UTC), Dec: decimal.RequireFromString("-12345.6789"),
		ID: uuid.MustParse("61f0c404-5cb3-11e7-907b-a6006ad3dba0"), Enum: "press",
		IPv4: net.IPv4(10, 1, 2, 3).To4(), IPv6: net.ParseIP("2001:db8::1"),
	}
	bare := sample{
		Row: 1, Fixed: "\x00\x00\x00\x00", Arr: []string{}, Nest: [][]uint32{}, LowA: []string{},
		Map: map[string]string{}, MapA: map[string][]int64{}, Tuple: []any{uint8(0), ""},
		Date: time.Unix(0, 0).UTC(), Time: time.Unix(0, 0).UTC(), T64: time.Unix(0, 0).UTC(),
		Dec: decimal.RequireFromString("0"), Enum: "council", IPv4: net.IPv4zero.To4(), IPv6: net.IPv6zero,
	}
	return []sample{full, bare}
}

func TestTypesSurviveTheWayInAndOut(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, sampleTable))
		want := samples()
		b, err := c.PrepareBatch(ctx, "INSERT INTO sample ("+sampleColumns+")")
		check(t, err)
		for i := range want {
			check(t, b.AppendStruct(&want[i]))
		}
		check(t, b.Send())
		var got []sample
		check(t, c.Select(ctx, &got, "SELECT "+sampleColumns+" FROM sample ORDER BY row"))
		if len(got) != len(want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
		for i := range want {
			compare(t, got[i], want[i])
		}
		if n := count(t, c, "SELECT countIf(made = cityHash64(str) AND since > '2020-01-01') FROM sample"); n != 2 {
			t.Errorf("%d rows with their defaults, want 2", n)
		}
	})
}

func compare(t *testing.T, got, want sample) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		name, a, b := g.Type().Field(i).Name, g.Field(i).Interface(), w.Field(i).Interface()
		switch x := a.(type) {
		case decimal.Decimal:
			if !x.Equal(b.(decimal.Decimal)) {
				t.Errorf("row %d, %s: %v, want %v", got.Row, name, a, b)
			}
		case net.IP:
			if !x.Equal(b.(net.IP)) {
				t.Errorf("row %d, %s: %v, want %v", got.Row, name, a, b)
			}
		case time.Time:
			if !x.Equal(b.(time.Time)) {
				t.Errorf("row %d, %s: %v, want %v", got.Row, name, a, b)
			}
		default:
			if !reflect.DeepEqual(a, b) {
				t.Errorf("row %d, %s: %#v, want %#v", got.Row, name, a, b)
			}
		}
	}
}

func TestTypesOfExpressions(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		var (
			low    string
			lows   []string
			null   *uint32
			moment time.Time
			cells  map[string]uint64
			tuples [][]any
		)
		check(t, s.Connect(t).QueryRow(ctx, `SELECT toLowCardinality('lc'), ['x','y']::Array(LowCardinality(String)), NULL::Nullable(UInt32),
			toDateTime64('2026-07-03 04:05:06.5', 3, 'Europe/London'), map('k', 1::UInt64), [(1::UInt8, 'a'), (2::UInt8, 'b')]`).
			Scan(&low, &lows, &null, &moment, &cells, &tuples))
		want := time.Date(2026, 7, 3, 3, 5, 6, 5e8, time.UTC)
		if low != "lc" || len(lows) != 2 || null != nil || !moment.Equal(want) || cells["k"] != 1 || len(tuples) != 2 || tuples[1][1] != "b" {
			t.Fatal(low, lows, null, moment, cells, tuples)
		}
	})
}
