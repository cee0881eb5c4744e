package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
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
		docs := bigFeeds(b)
		site := serveArchive(b, docs)
		v := start(b, site.configure(b, "90s"), "run", "-now", archiveEnd)
		began := time.Now()
		waitDone(v, len(docs))
		wall := time.Since(began)
		own, engine := float64(cpuTicks(b, v.cmd.Process.Pid))/100, float64(cpuTicks(b, v.enginePID()))/100
		time.Sleep(time.Until(began.Add(75 * time.Second))) // 90 s are spread by a tenth
		if site.same.Load() > 0 {
			b.Fatal("the second round began before the first was done")
		}
		before, began := cpuOfAll(b, v), time.Now()
		v.wait("to have asked every feed again", func() bool { return site.same.Load() >= int64(len(site.feeds)) })
		time.Sleep(6 * time.Second) // states are saved later
		again, took := cpuOfAll(b, v)-before, time.Since(began).Seconds()
		const rest = 30 * time.Second
		before = cpuOfAll(b, v)
		time.Sleep(rest)
		idle := (cpuOfAll(b, v) - before) / rest.Seconds()
		again -= idle * took
		b.ReportMetric(own+engine, "first-CPU-s")
		b.ReportMetric(own, "first-vantage-CPU-s")
		b.ReportMetric(engine, "first-engine-CPU-s")
		b.ReportMetric(wall.Seconds(), "first-wall-s")
		b.ReportMetric(again, "unchanged-CPU-s")
		b.ReportMetric(100*idle, "idle-CPU-%")
		b.ReportMetric(0, "ns/op")
		v.stop()
	}
}

func cpuOfAll(b *testing.B, v *instance) float64 {
	return float64(cpuTicks(b, v.cmd.Process.Pid)+cpuTicks(b, v.enginePID())) / 100
}

// waitDone waits until n items are stored and then until they are counted, by
// the metrics, which cost nothing: asking for the status 20 times a second, as
// the tests do, took half of the engine's processor time, and once a second
// 0.6 s in all. The status has the last word.
func waitDone(v *instance, n int) {
	v.wait("to have stored everything", func() bool {
		time.Sleep(450 * time.Millisecond)
		return v.metric(`vantage_pipeline_items_total\{outcome="stored"\}`) >= n
	})
	rounds := v.metric("vantage_refresh_seconds_count")
	v.wait("to have counted everything", func() bool {
		time.Sleep(450 * time.Millisecond)
		now := v.metric("vantage_refresh_seconds_count")
		if now == rounds || v.metric("vantage_refresh_weeks_left") != 0 {
			return false
		}
		rounds = now
		s, ok := v.status()
		return ok && s.Weeks == 0
	})
}

// metric returns a metric whose name is given as a regular expression; -1 when
// there is none.
func (v *instance) metric(name string) int {
	m := regexp.MustCompile(`(?m)^` + name + ` (\d+)$`).FindSubmatch(v.get("/metrics"))
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return -1
	}
	return n
}

// copyEvery is how many entries there are to one near-duplicate. Real
// collections have 1 to 3 in a hundred (14,953 links, 3,068 posts of civic
// blogs) or some 40 (7,093 government publications, many of them permits;
// 18,965 requests for information): one in five is near their mean.
const copyEvery = 5

// bigFeeds makes 500 organisations with 50 documents each of some 4 KB: the
// title, date and beginning of a document of the archive, and sentences from
// all over it. Each copy repeats the text of a document that another
// organisation published on the same day.
func bigFeeds(b *testing.B) []document {
	archive := readArchive(b)
	var sentences []string
	for _, d := range archive {
		sentences = append(sentences, strings.SplitAfter(d.Body, ". ")...)
	}
	r := rand.New(rand.NewPCG(1, 2))
	docs := make([]document, 0, 500*50)
	for n := range cap(docs) {
		d := archive[n%len(archive)]
		if n%copyEvery == copyEvery-1 {
			d = docs[r.IntN(n)]
		} else {
			d.Title = fmt.Sprintf("%s (%d)", d.Title, n)
			d.Body = longer(d.Lead+" "+d.Body, sentences, r)
		}
		d.ID, d.Sources = fmt.Sprintf("big/%d", n), []string{fmt.Sprintf("organisation-%d", n/50)}
		docs = append(docs, d)
	}
	return docs
}

func longer(start string, sentences []string, r *rand.Rand) string {
	const size = 4200
	var body strings.Builder
	for body.WriteString(start); body.Len() < size; {
		body.WriteString(sentences[r.IntN(len(sentences))])
		body.WriteByte(' ')
	}
	return strings.ToValidUTF8(body.String()[:size], "")
}
