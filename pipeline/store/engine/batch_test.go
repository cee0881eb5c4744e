package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

// post is a row of the size and shape of an item.
type post struct {
	ID        string            `ch:"id"`
	Source    string            `ch:"source"`
	Title     string            `ch:"title"`
	Published time.Time         `ch:"published"`
	Topics    []string          `ch:"topics"`
	Councils  []string          `ch:"councils"`
	Meta      map[string]string `ch:"meta"`
	Likes     *uint32           `ch:"likes"`
	Lang      *string           `ch:"lang"`
}

const (
	postTable = `CREATE TABLE %s (id String, source LowCardinality(String), title String, published DateTime64(3,'UTC'),
		topics Array(LowCardinality(String)), councils Array(String), meta Map(LowCardinality(String), String),
		likes Nullable(UInt32), lang LowCardinality(Nullable(String)), made UInt64 MATERIALIZED cityHash64(id))
		ENGINE=MergeTree ORDER BY (published, id)`
	postColumns = "id, source, title, published, topics, councils, meta, likes, lang"
)

var postDay = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

func makePost(i int) post {
	p := post{
		ID: fmt.Sprintf("https://example.org/%d\n\x00", i), Source: "feed", Title: "Newyddion tŷ\n",
		Published: postDay.Add(time.Duration(i) * time.Millisecond), Topics: []string{"ai", "waste"}, Councils: []string{"leeds"},
		Meta: map[string]string{"k\n": "v"},
	}
	if n, lang := uint32(i), "en"; i%2 == 0 {
		p.Likes, p.Lang = &n, &lang
	}
	return p
}

func (p post) values() []any {
	return []any{p.ID, p.Source, p.Title, p.Published, p.Topics, p.Councils, p.Meta, p.Likes, p.Lang}
}

// sendPosts stores posts from..from+n-1 in one batch.
func sendPosts(ctx context.Context, c clickhouse.Conn, table string, from, n int) error {
	b, err := c.PrepareBatch(ctx, "INSERT INTO "+table+" ("+postColumns+")")
	if err != nil {
		return err
	}
	defer b.Close()
	for i := from; i < from+n; i++ {
		if err := b.Append(makePost(i).values()...); err != nil {
			return err
		}
	}
	return b.Send()
}

func TestBatchesWithEveryCompression(t *testing.T) {
	methods := []clickhouse.CompressionMethod{
		clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD,
		clickhouse.CompressionGZIP, clickhouse.CompressionDeflate, clickhouse.CompressionBrotli,
	}
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		for _, method := range methods {
			t.Run(method.String(), func(t *testing.T) { testBatch(t, ctx, s, method) })
		}
	})
}

func testBatch(t *testing.T, ctx context.Context, s enginetest.Server, method clickhouse.CompressionMethod) {
	if s.Options(t).Protocol == clickhouse.Native && method > clickhouse.CompressionZSTD {
		t.Skip("the native protocol has LZ4 and ZSTD only")
	}
	c := s.Connect(t, func(o *clickhouse.Options) { o.Compression = &clickhouse.Compression{Method: method, Level: 1} })
	check(t, c.Exec(ctx, fmt.Sprintf(postTable, "b_"+method.String())))
	const rows = 6000
	check(t, sendPosts(ctx, c, "b_"+method.String(), 0, rows))
	var n, ids, nulls uint64
	check(t, c.QueryRow(ctx, "SELECT count(), uniqExact(id), countIf(likes IS NULL AND lang IS NULL) FROM b_"+method.String()+" WHERE made != 0").Scan(&n, &ids, &nulls))
	if n != rows || ids != rows || nulls != rows/2 {
		t.Fatalf("%d rows, %d ids, %d nulls", n, ids, nulls)
	}
	var out []post
	check(t, c.Select(ctx, &out, "SELECT "+postColumns+" FROM b_"+method.String()+" ORDER BY published"))
	for _, i := range []int{0, 1, 7, rows - 1} {
		if got, want := fmt.Sprint(out[i].values()[:7]), fmt.Sprint(makePost(i).values()[:7]); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
	if *out[0].Likes != 0 || out[1].Likes != nil || *out[2].Lang != "en" {
		t.Error("nullable columns are mixed up")
	}
}

func TestColumnarBatch(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE col (a UInt64, b String, c Array(UInt8), d LowCardinality(String)) ENGINE=MergeTree ORDER BY a"))
		b, err := c.PrepareBatch(ctx, "INSERT INTO col (a, b, c, d)")
		check(t, err)
		var as []uint64
		var bs, ds []string
		var cs [][]uint8
		for i := range 5000 {
			as, bs, cs, ds = append(as, uint64(i)), append(bs, fmt.Sprint("s", i)), append(cs, []uint8{1, 10, uint8(i)}), append(ds, fmt.Sprint("lc", i%300))
		}
		for i, column := range []any{as, bs, cs, ds} {
			check(t, b.Column(i).Append(column))
		}
		check(t, b.Send())
		if n := count(t, c, "SELECT count() FROM col WHERE c[3] = a % 256 AND b = concat('s', toString(a)) AND d = concat('lc', toString(a % 300))"); n != 5000 {
			t.Fatalf("%d rows as sent, want 5000", n)
		}
	})
}

// A batch with a token that was seen is dropped: the retry of an insert whose
// answer was lost.
func TestDeduplicationTokens(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE dd (a UInt64) ENGINE=MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window=100"))
		send := func(ctx context.Context, query string, v uint64) {
			b, err := c.PrepareBatch(ctx, query)
			check(t, err)
			check(t, b.Append(v))
			check(t, b.Send())
		}
		token := func(text string) context.Context {
			return clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": text}))
		}
		send(token("t1"), "INSERT INTO dd (a)", 1)
		send(token("t1"), "INSERT INTO dd (a)", 2)
		send(token("t2"), "INSERT INTO dd (a)", 4)
		send(ctx, "INSERT INTO dd (a) SETTINGS insert_deduplication_token='t2'", 8)
		if n := count(t, c, "SELECT sum(a) FROM dd"); n != 5 {
			t.Fatalf("sum %d, want 5: two batches of four have new tokens", n)
		}
	})
}

func TestBatchThatIsRefused(t *testing.T) {
	conformance(t, func(t *testing.T, ctx context.Context, s enginetest.Server) {
		c := s.Connect(t)
		check(t, c.Exec(ctx, "CREATE TABLE cst (a UInt64, CONSTRAINT pos CHECK a > 10) ENGINE=MergeTree ORDER BY a"))
		send := func(values ...uint64) error {
			b, err := c.PrepareBatch(ctx, "INSERT INTO cst (a)")
			check(t, err)
			for _, v := range values {
				check(t, b.Append(v))
			}
			return b.Send()
		}
		wantCode(t, send(12, 1, 13), 469)
		check(t, send(11))
		if n := count(t, c, "SELECT count() FROM cst"); n != 1 {
			t.Fatalf("%d rows, want the one of the accepted batch", n)
		}
		if _, err := c.PrepareBatch(ctx, "INSERT INTO nosuch (a)"); err == nil {
			t.Fatal("a batch for a missing table was prepared")
		}
	})
}

// TestMergesCompress holds the file of settings to what it promises: the engine
// would run without it too.
func TestMergesCompress(t *testing.T) {
	c, ctx := dial(t, enginetest.Start(t)), t.Context()
	check(t, c.Exec(ctx, fmt.Sprintf(postTable, "squeezed")))
	codec := func(want string) {
		t.Helper()
		var got string
		check(t, c.QueryRow(ctx, "SELECT DISTINCT default_compression_codec FROM system.parts WHERE table = 'squeezed' AND active AND rows > 0").Scan(&got))
		if got != want {
			t.Errorf("parts are compressed by %s, want %s", got, want)
		}
	}
	for n := range 2 {
		check(t, sendPosts(ctx, c, "squeezed", 100*n, 100))
	}
	codec("NONE")
	check(t, c.Exec(ctx, "OPTIMIZE TABLE squeezed FINAL"))
	codec("LZ4")
}
