package stream

import (
	"strings"
	"testing"

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
