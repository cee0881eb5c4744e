package tag

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"vantage/collectors/text"
	"vantage/pipeline/council"
	"vantage/pipeline/theme"
)

// posts returns real posts of about one KB from the shared folder, or made
// ones where it is absent.
func posts(b *testing.B) []Input {
	b.Helper()
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	f, err := os.Open(filepath.Join(dir, "corpora/govuk-publications.jsonl.gz"))
	if err != nil {
		b.Skipf("the corpus is not here (%v); set VANTAGE_SHARED", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4<<20)
	var all []Input
	for lines.Scan() && len(all) < 1000 {
		var d struct{ ID, Title, Lead, Body string }
		if json.Unmarshal(lines.Bytes(), &d) != nil || len(d.Lead)+len(d.Body) < 900 {
			continue
		}
		body := text.CutBytes(d.Lead+"\n"+d.Body, 1024-len(d.Title))
		all = append(all, Input{ID: d.ID, Title: d.Title, Text: body, Published: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	return all
}

// builtInTagger is made once: with the race detector that takes seconds.
var builtInTagger = sync.OnceValues(newTagger)

func newTagger() (*Tagger, error) {
	v, err := Default()
	if err != nil {
		return nil, err
	}
	return Compile(v, council.Load())
}

func tagger(tb testing.TB) *Tagger {
	tb.Helper()
	t, err := builtInTagger()
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// perKB reports the processor time per KB, which a busy machine disturbs less
// than the clock.
func perKB(b *testing.B, run func(i int) (bytes int)) {
	b.ReportAllocs()
	start, total := cpuTime(b), 0
	for i := 0; b.Loop(); i++ {
		total += run(i)
	}
	b.ReportMetric(float64(cpuTime(b)-start)*1024/float64(total), "cpu-ns/KB")
}

// cpuTime is what this process used, user and system.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTag tags real posts of 1 KB on one core: topics, tools, themes and
// councils.
func BenchmarkTag(b *testing.B) {
	t, all := tagger(b), posts(b)
	for _, quiet := range []bool{true, false} {
		b.Run(map[bool]string{true: "quiet", false: "reasons"}[quiet], func(b *testing.B) {
			perKB(b, func(i int) int {
				in := all[i%len(all)]
				in.Quiet = quiet
				t.Tag(in)
				return len(in.Title) + len(in.Text)
			})
		})
	}
}

// BenchmarkStages times the stages below Tag by themselves.
func BenchmarkStages(b *testing.B) {
	t, all := tagger(b), posts(b)
	var words []text.Word
	var found []text.Match
	b.Run("words", func(b *testing.B) {
		perKB(b, func(i int) int {
			p := all[i%len(all)].Text
			words = text.Words(words[:0], p)
			return len(p)
		})
	})
	b.Run("words and phrases", func(b *testing.B) {
		perKB(b, func(i int) int {
			p := all[i%len(all)].Text
			words = text.Words(words[:0], p)
			found = t.phrases.Find(found[:0], p, words, theme.Words)
			return len(p)
		})
	})
}
