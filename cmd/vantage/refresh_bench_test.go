package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkFiveHundredFeeds reports the processor time of all processes of a
// vantage that reads 500 feeds of 50 entries (some 108 MB) for the first time,
// with tagging, storing and counting, and then finds all of them unchanged.
// The aims are 8 s and 0.2 s. Measured on the same kind of machine with such
// feeds: Miniflux with PostgreSQL 78 to 86 s and 2.4 to 3.4 s, FreshRSS with
// SQLite 36 s and 2.6 s, newsboat 14 s and 13 s.
func BenchmarkFiveHundredFeeds(b *testing.B) {
	for b.Loop() {
		site := serveArchive(b, bigFeeds(b))
		v := start(b, site.configure(b, "45s"), "run", "-now", archiveEnd)
		v.settle()
		first, began := cpuOfAll(b, v), time.Now()
		engine := float64(cpuTicks(b, v.enginePID())) / 100
		time.Sleep(10 * time.Second)
		idle := (cpuOfAll(b, v) - first) / time.Since(began).Seconds()
		v.wait("to ask again", func() bool { return site.same.Load() > 0 })
		before, began := cpuOfAll(b, v), time.Now()
		v.wait("to have asked every feed again", func() bool { return site.same.Load() >= int64(len(site.feeds)) })
		again := cpuOfAll(b, v) - before - idle*time.Since(began).Seconds()
		b.ReportMetric(first, "first-CPU-s")
		b.ReportMetric(engine, "first-engine-CPU-s")
		b.ReportMetric(again, "unchanged-CPU-s")
		b.ReportMetric(100*idle, "idle-CPU-%")
		b.ReportMetric(0, "ns/op")
		v.stop()
	}
}

func cpuOfAll(b *testing.B, v *instance) float64 {
	return float64(cpuTicks(b, v.cmd.Process.Pid)+cpuTicks(b, v.enginePID())) / 100
}

// bigFeeds makes 500 organisations with 50 documents each of some 4 KB, from
// the words of the archive.
func bigFeeds(b *testing.B) []document {
	archive := readArchive(b)
	var docs []document
	for feed := range 500 {
		for entry := range 50 {
			n := feed*50 + entry
			d := archive[n%len(archive)]
			d.ID = fmt.Sprintf("big/%d", n)
			d.Sources = []string{fmt.Sprintf("organisation-%d", feed)}
			for size := 0; size < 4200; {
				more := archive[(n*31+size)%len(archive)].Body
				d.Body += fmt.Sprintf(" Note %d. %s", n, more)
				size += len(more) + 10
			}
			d.Body = strings.ToValidUTF8(d.Body[:min(len(d.Body), 4300)], "")
			docs = append(docs, d)
		}
	}
	return docs
}
