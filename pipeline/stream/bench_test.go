package stream

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"vantage/collectors/item"
)

// sized are posts whose wire form has some 1.2 KB.
func sized(from, to int) []item.Item {
	in := posts(from, to)
	text := strings.Repeat("The council pilots an assistant for planning enquiries. ", 15)
	for i := range in {
		in[i].Text = text
	}
	return in
}

// used is the processor time of this process so far.
func used(tb testing.TB) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func BenchmarkPut(b *testing.B) {
	s := open(b, Config{})
	const n = 5000
	for from := 0; b.Loop(); from += n {
		put(b, s, sized(from, from+n))
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "items/s")
}

func BenchmarkNextAck(b *testing.B) {
	s := open(b, Config{})
	const n = 5000
	put(b, s, sized(0, n))
	c := batches(b, s, BatchConfig{})
	items := 0
	for b.Loop() {
		batch := next(b, c)
		items += len(batch.Items)
		if err := batch.Nak(0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(items)/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkDrain takes a backlog off the stream, decodes and acknowledges it.
// It reports the processor time of server and client.
func BenchmarkDrain(b *testing.B) {
	s := open(b, Config{})
	const n, puts = 5000, 20
	for from := 0; from < n*puts; from += n {
		put(b, s, sized(from, from+n))
	}
	var spent time.Duration
	for b.Loop() {
		c := batches(b, s, BatchConfig{})
		before := used(b)
		for left := n * puts; left > 0; {
			batch := next(b, c)
			left -= len(batch.Items)
			ack(b, batch)
		}
		spent += used(b) - before
		if err := s.items.DeleteConsumer(testContext(b), Durable); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*n*puts)/1e3, "CPU-us/item")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkErase takes posts of 1.2 KB off the stream, 1,000 at a time.
func BenchmarkErase(b *testing.B) {
	s := open(b, Config{})
	const n = 1000
	for from := 0; b.Loop(); from += n {
		b.StopTimer()
		put(b, s, sized(from, from+n))
		list := make([]Erasure, n)
		for i := range list {
			list[i] = erasure(from + i)
		}
		b.StartTimer()
		if err := s.Erase(testContext(b), list); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/message")
}
