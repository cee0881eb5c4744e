package council_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// read makes posts of texts of about one KB, with their words and names.
func (f finder) read(texts []string) []council.Post {
	var all []council.Post
	for _, s := range texts {
		p := council.Post{Text: s, Quiet: true, Published: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)}
		p.Words = text.Words(nil, s)
		p.Names = f.phrases.Find(nil, s, p.Words, 0)
		all = append(all, p)
	}
	return all
}

// publications returns the heads of real documents.
func publications(b *testing.B) []string {
	b.Helper()
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	file, err := os.Open(filepath.Join(dir, "corpora/govuk-publications.jsonl.gz"))
	if err != nil {
		b.Skipf("the corpus is not here (%v); set VANTAGE_SHARED", err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	var all []string
	for lines.Scan() && len(all) < 1000 {
		var d struct{ Title, Lead, Body string }
		if json.Unmarshal(lines.Bytes(), &d) == nil && len(d.Lead)+len(d.Body) > 900 {
			all = append(all, text.CutBytes(d.Title+"\n\n"+d.Lead+"\n"+d.Body, 1024))
		}
	}
	return all
}

// cpuTime is what this process used: a busy machine disturbs it less than the
// clock.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFind weighs the councils of posts whose words and names are known:
// real documents, most of which name none, and short posts that name some.
func BenchmarkFind(b *testing.B) {
	f := newFinder()
	var short []string
	for _, name := range []string{"testdata/own.jsonl", "testdata/round-4.jsonl", "testdata/round-6.jsonl"} {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var own struct{ Text string }
			if err := json.Unmarshal(line, &own); err != nil {
				b.Fatal(err)
			}
			short = append(short, own.Text)
		}
	}
	for name, texts := range map[string][]string{"documents": publications(b), "posts": short} {
		all := f.read(texts)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start, n := cpuTime(b), 0
			for ; b.Loop(); n++ {
				f.Find(all[n%len(all)])
			}
			b.ReportMetric(float64(cpuTime(b)-start)/float64(n), "cpu-ns/op")
		})
	}
}

// BenchmarkLongTexts shows that the work grows no faster than the text: the
// time for a KB must not depend on the length.
func BenchmarkLongTexts(b *testing.B) {
	f := newFinder()
	for name, s := range longTexts {
		for _, size := range []int{4 << 10, 64 << 10} {
			part := text.CutBytes(s, size)
			all := f.read([]string{part})
			b.Run(fmt.Sprintf("%s/%d KiB", name, size>>10), func(b *testing.B) {
				start, n := cpuTime(b), 0
				for ; b.Loop(); n++ {
					f.Find(all[0])
				}
				b.ReportMetric(float64(cpuTime(b)-start)*1024/float64(n*len(part)), "cpu-ns/KB")
			})
		}
	}
}

// BenchmarkNames finds the phrases of the register in the words of documents.
func BenchmarkNames(b *testing.B) {
	f := newFinder()
	all := f.read(publications(b))
	var names []text.Match
	start, n, found := cpuTime(b), 0, 0
	for ; b.Loop(); n++ {
		p := all[n%len(all)]
		names = f.phrases.Find(names[:0], p.Text, p.Words, 0)
		found += len(names)
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(n), "cpu-ns/op")
	b.ReportMetric(float64(found)/float64(n), "names/op")
}
