package benthos

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// posts are n posts of some 1.2 KB on the wire over 26 weeks: those of
// BenchmarkBacklog in pipeline/bench_test.go.
func posts(bodies []string, from, n int) []item.Item {
	items := make([]item.Item, n)
	for i := range items {
		number := from + i
		org := fmt.Sprintf("org%d", number%7)
		address := fmt.Sprintf("https://%s.example/news/%d", org, number)
		at := time.Date(2026, 5, 18, 8, 0, 0, 0, time.UTC).Add(time.Duration(number%(26*7*24)) * time.Hour)
		body := bodies[number%len(bodies)]
		cut := number / len(bodies) * 37 % 400 // another part of the text each time round
		it := item.Item{
			Schema: 1, Op: item.Create, ID: address, Version: 1,
			Kind: "feed", Source: org, Publisher: org + ".example", Class: item.Civic,
			Title: fmt.Sprintf("News %d", number), URL: address, Published: at, Seen: at,
			Text:  text.CutBytes(text.Clean(strings.ToValidUTF8(body[min(cut, len(body)):], "")), 800),
			Links: []string{address, "https://www.gov.uk/government/publications"},
		}
		it.ContentHash = it.HashContent()
		items[i] = it
	}
	return items
}

// texts are public texts from the folder beside the repository, or made-up ones
// where it is absent. The working folder is the repository's root.
func texts(b *testing.B) []string {
	b.Helper()
	shared := os.Getenv("VANTAGE_SHARED")
	if shared == "" {
		shared = "../shared"
	}
	f, err := os.Open(filepath.Join(shared, "corpora", "govuk-publications.jsonl.gz"))
	if err != nil {
		b.Logf("made-up texts: %v", err)
		return madeUp()
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	var list []string
	for lines := json.NewDecoder(bufio.NewReader(z)); lines.More(); {
		var d struct{ Lead, Body string }
		if err := lines.Decode(&d); err != nil {
			b.Fatal(err)
		}
		if t := d.Lead + " " + d.Body; len(t) > 700 {
			list = append(list, t)
		}
	}
	return list
}

func madeUp() []string {
	subjects := []string{
		"The council pilots an artificial intelligence assistant for planning enquiries.",
		"Cabinet agrees a new housing strategy and a damp and mould response.",
		"Cyber security exercise after a ransomware attack on a neighbouring council.",
		"Bin collections change over the holidays.",
	}
	var list []string
	for i := range 5000 {
		var t strings.Builder
		for j := 0; t.Len() < 1200; j++ {
			fmt.Fprintf(&t, "%s Item %d of meeting %d. ", subjects[(i+j)%len(subjects)], i*j%97, i)
		}
		list = append(list, t.String())
	}
	return list
}
