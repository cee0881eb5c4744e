package benthos

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"

	"vantage/pipeline/store/engine/enginetest"
	"vantage/pipeline/stream"
)

const (
	// backlog is the number of posts of the benchmark, as in pipeline/bench_test.go.
	backlog = 100_000
	// gcPercent is what vantage runs with (cmd/vantage/memory.go); the peer gets
	// it too.
	gcPercent = 200
	durable   = "peer"
)

// The settings are those that Connect offers too. Measured in turns on a busy
// machine, none was better than these by more than their own runs differ (97 to
// 118 us of CPU a post): 1, 2 and 8 batches in flight, 10,000 posts a batch,
// batches made by the input, one thread, a connection over TCP. Batches of 1,000
// and times as text took more. With 60,000 messages in hand only some 3,000 posts
// a second came through, perhaps because nats.go keeps 64 MiB for a subscriber.
const (
	batchSize     = 5000
	inFlight      = 4
	maxAckPending = 30_000
)

const table = `CREATE TABLE posts (id String, source LowCardinality(String), publisher LowCardinality(String),
	published DateTime('UTC'), title String, body String, url String) ENGINE=MergeTree ORDER BY (published, id)`

const insert = "INSERT INTO posts (id, source, publisher, published, title, body, url)"

// row is the mapping of a message to the columns of insert.
const row = `root = [this.id, this.source, this.publisher, this.published.ts_parse("2006-01-02T15:04:05Z"), this.title, this.text, this.url]`

// resultVariable names the file that gets the CPU of a post, in us, for
// BenchmarkBacklog of our pipeline.
const resultVariable = "VANTAGE_PEER_RESULT"

func TestMain(m *testing.M) { enginetest.Main(m) }

// BenchmarkBacklog drains the posts of BenchmarkBacklog in pipeline/bench_test.go
// from a stream of the same make into the same embedded ClickHouse, one plain
// table, without tagging, stories or repeats being looked for. It reports the
// CPU of all processes.
func BenchmarkBacklog(b *testing.B) {
	b.Chdir("../../..") // where enginetest finds the engine
	bodies := texts(b)
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	var wall, own, engine time.Duration
	rounds := 0
	for b.Loop() {
		b.StopTimer()
		p := newPeer(b)
		p.put(b, bodies)
		runtime.GC()
		ownBefore, engineBefore := p.cpu(b)
		began := time.Now()
		b.StartTimer()
		stop := p.run(b)
		p.drained(b)
		wall += time.Since(began)
		ownAfter, engineAfter := p.cpu(b)
		own, engine = own+ownAfter-ownBefore, engine+engineAfter-engineBefore
		stop()
		p.check(b)
		rounds++
	}
	n := float64(rounds * backlog)
	perPost := float64((own + engine).Microseconds()) / n
	b.ReportMetric(n/wall.Seconds(), "posts/s")
	b.ReportMetric(perPost, "CPU-us/post")
	b.ReportMetric(float64(own.Microseconds())/n, "benthos-us/post")
	b.ReportMetric(float64(engine.Microseconds())/n, "engine-us/post")
	b.ReportMetric(0, "ns/op")
	if file := os.Getenv(resultVariable); file != "" {
		if err := os.WriteFile(file, fmt.Appendf(nil, "%.1f\n", perPost), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// peer is a NATS server, a database, and the connection between the server and
// Benthos, which stays inside this process as ours does.
type peer struct {
	server enginetest.Server
	nats   *server.Server
	nc     *nats.Conn
}

func newPeer(b *testing.B) *peer {
	b.Helper()
	p := &peer{server: enginetest.Open(b)}
	if p.server.Engine == nil {
		b.Skip("the CPU of a remote server cannot be read")
	}
	if err := p.server.Connect(b).Exec(b.Context(), table); err != nil {
		b.Fatal(err)
	}
	var err error
	// The options are those of our embedded server (pipeline/stream/connect.go).
	p.nats, err = server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: b.TempDir(), SyncAlways: true, NoSublistCache: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	p.nats.Start()
	b.Cleanup(func() { p.nats.Shutdown(); p.nats.WaitForShutdown() })
	if !p.nats.ReadyForConnections(20 * time.Second) {
		b.Fatal("no NATS server")
	}
	if p.nc, err = nats.Connect("", nats.InProcessServer(p.nats)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.nc.Close)
	return p
}

// put fills the stream as our collectors would.
func (p *peer) put(b *testing.B, bodies []string) {
	b.Helper()
	s, err := stream.Open(b.Context(), stream.Config{URL: p.nats.ClientURL()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for from := 0; from < backlog; from += 10_000 {
		if err := s.Put(b.Context(), posts(bodies, from, 10_000)); err != nil {
			b.Fatal(err)
		}
	}
}

// run starts Benthos; stop ends it and waits.
func (p *peer) run(b *testing.B) (stop func()) {
	b.Helper()
	flow, err := p.build(b)
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- flow.Run(context.Background()) }()
	return func() {
		if err := flow.StopWithin(10 * time.Second); err != nil {
			b.Error(err)
		}
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

func (p *peer) build(b *testing.B) (*service.Stream, error) {
	env := service.NewEnvironment()
	err := env.RegisterInput("jetstream", service.NewConfigSpec(), func(*service.ParsedConfig, *service.Resources) (service.Input, error) {
		return &input{nc: p.nc}, nil
	})
	if err != nil {
		return nil, err
	}
	spec := service.NewConfigSpec().Field(service.NewBloblangField("row"))
	err = env.RegisterBatchOutput("clickhouse", spec, func(conf *service.ParsedConfig, _ *service.Resources) (service.BatchOutput, service.BatchPolicy, int, error) {
		row, err := conf.FieldBloblang("row")
		return &output{options: p.server.Options(b), insert: insert, row: row}, service.BatchPolicy{Count: batchSize, Period: "1s"}, inFlight, err
	})
	if err != nil {
		return nil, err
	}
	flow := env.NewStreamBuilder()
	flow.SetLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err := flow.SetMetricsYAML("none: {}"); err != nil {
		return nil, err
	}
	if err := flow.AddInputYAML("jetstream: {}"); err != nil {
		return nil, err
	}
	if err := flow.AddOutputYAML("clickhouse: {row: '" + row + "'}"); err != nil {
		return nil, err
	}
	return flow.Build()
}

// drained waits until every message is acknowledged, which follows its insert.
func (p *peer) drained(b *testing.B) {
	b.Helper()
	js, err := p.nc.JetStream()
	if err != nil {
		b.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		at, err := js.ConsumerInfo(stream.Name, durable)
		if err == nil && at.NumPending == 0 && at.NumAckPending == 0 {
			return
		}
	}
	b.Fatal("waited in vain for the stream to be stored")
}

// check fails unless every post was stored once.
func (p *peer) check(b *testing.B) {
	b.Helper()
	var rows, ids uint64
	if err := p.server.Connect(b).QueryRow(b.Context(), "SELECT count(), uniqExact(id) FROM posts WHERE body != ''").Scan(&rows, &ids); err != nil {
		b.Fatal(err)
	}
	if rows != backlog || ids != backlog {
		b.Fatalf("%d rows of %d posts are stored, want %d", rows, ids, backlog)
	}
}

// cpu is what this process and the engine have used so far.
func (p *peer) cpu(b *testing.B) (own, engine time.Duration) {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.server.Engine.PID()))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // a name may hold spaces
	var user, system int64                         // fields 14 and 15, proc(5)
	if _, err := fmt.Sscan(strings.Join(strings.Fields(after)[11:13], " "), &user, &system); err != nil {
		b.Fatal(err)
	}
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that runs the engine
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), time.Duration(user+system) * tick
}
