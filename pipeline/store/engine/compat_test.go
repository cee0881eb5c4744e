package engine_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

// The compatibility suite: clickhouse-go against the embedded engine over a
// unix socket and over loopback TCP, or against VANTAGE_TEST_CLICKHOUSE.

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		actAsParent()
	}
	enginetest.Main(m)
}

// guard ends a test that hangs; no test asserts how long something takes.
const guard = 60 * time.Second

// conformance runs a test over every transport, each in a fresh database.
func conformance(t *testing.T, test func(t *testing.T, ctx context.Context, s enginetest.Server)) {
	t.Helper()
	run := func(name string, open func(testing.TB) enginetest.Server) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), guard)
			defer cancel()
			test(t, ctx, open(t))
		})
	}
	if enginetest.Remote() {
		run("server", enginetest.Open)
		return
	}
	run("unix", enginetest.Open)
	run("tcp", enginetest.OpenTCP)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// count reads one number.
func count(t testing.TB, c clickhouse.Conn, query string, args ...any) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	var n uint64
	if err := c.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// drain reads rows to their end.
func drain(ctx context.Context, c clickhouse.Conn, query string, args ...any) (int, error) {
	rows, err := c.Query(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func TestPingAndVersion(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Ping(ctx))
		v, err := c.ServerVersion()
		check(t, err)
		if v.Version.Major < 24 {
			t.Fatalf("version %s", v.Version)
		}
		var database, zone string
		check(t, c.QueryRow(ctx, "SELECT currentDatabase(), timezone()").Scan(&database, &zone))
		if database != s.Database || s.Engine != nil && zone != "UTC" {
			t.Fatalf("database %q, zone %q", database, zone)
		}
	})
}

func TestStatementsOfEveryKind(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE o (a Int32, s String) ENGINE=MergeTree ORDER BY a"))
		for query, want := range map[string]int{
			"SHOW TABLES":                  1,
			"DESCRIBE TABLE o":             2,
			"EXISTS TABLE o":               1,
			"WITH 1 AS a SELECT a":         1,
			"(SELECT 1)":                   1,
			"SELECT 1 UNION ALL\nSELECT 2": 2,
			"-- comment\nSELECT 1":         1,
			"/* comment */ SELECT 1;":      1,
			"SELECT number FROM numbers(10000000) WHERE number % 3000000 = 2999999": 3,
		} {
			if n, err := drain(ctx, c, query); err != nil || n != want {
				t.Errorf("%s: %d rows, %v; want %d", query, n, err, want)
			}
		}
		if n, err := drain(ctx, c, "EXPLAIN SELECT 1"); err != nil || n == 0 {
			t.Errorf("EXPLAIN: %d rows, %v", n, err)
		}
		check(t, c.Exec(ctx, "INSERT INTO o VALUES (1,'x'),(2,'y;')"))
		check(t, c.Exec(ctx, "INSERT INTO o SELECT number, 'z' FROM numbers(3)"))
		check(t, c.Exec(ctx, "INSERT INTO o (a) VALUES ({a:Int32})", clickhouse.Named("a", 77)))
		check(t, c.Exec(ctx, "ALTER TABLE o DELETE WHERE a=77 SETTINGS mutations_sync=1"))
		if n := count(t, c, "SELECT count() FROM o"); n != 5 {
			t.Errorf("%d rows after inserts and a mutation, want 5", n)
		}
		check(t, c.Exec(ctx, "ALTER TABLE o ADD COLUMN d Date DEFAULT today()"))
		check(t, c.Exec(ctx, "OPTIMIZE TABLE o FINAL"))
		check(t, c.Exec(ctx, "TRUNCATE TABLE o"))
		check(t, c.Exec(ctx, "DROP TABLE o SYNC"))
	})
}

// Partitions are how rollups are swapped in.
func TestPartitionsAreReplaced(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		for _, name := range []string{"live", "stage"} {
			check(t, c.Exec(ctx, "CREATE TABLE "+name+" (week Date, n UInt64) ENGINE=MergeTree PARTITION BY week ORDER BY n"))
		}
		check(t, c.Exec(ctx, "INSERT INTO live VALUES ('2026-11-09',1),('2026-11-16',2)"))
		check(t, c.Exec(ctx, "INSERT INTO stage VALUES ('2026-11-16',40)"))
		check(t, c.Exec(ctx, "ALTER TABLE live REPLACE PARTITION '2026-11-16' FROM stage"))
		if n := count(t, c, "SELECT sum(n) FROM live"); n != 41 {
			t.Fatalf("sum %d after REPLACE PARTITION, want 41", n)
		}
		check(t, c.Exec(ctx, "ALTER TABLE live DROP PARTITION '2026-11-16'"))
		if n := count(t, c, "SELECT sum(n) FROM live"); n != 1 {
			t.Fatalf("sum %d after DROP PARTITION, want 1", n)
		}
	})
}

func TestAggregateStatesMerge(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		var n uint64
		var q []float64
		check(t, s.Connect(t).QueryRow(ctx, `SELECT uniqExactMerge(s), quantilesMerge(0.5)(q) FROM
			(SELECT uniqExactState(number) s, quantilesState(0.5)(number) q FROM numbers(1000) GROUP BY number%7)`).Scan(&n, &q))
		if n != 1000 || len(q) != 1 {
			t.Fatal(n, q)
		}
	})
}
