package collectors

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// The measured first refresh: 500 feeds of 50 entries, 217 KB each, as
// WordPress writes them. Feed readers need 36 to 86 s of CPU for it with their
// databases; fetching and gofeed alone need 3.4 s.
const (
	benchFeeds   = 500
	benchEntries = 50
	benchEntry   = 4300 // bytes of markup in an entry
)

// BenchmarkRefresh reports the CPU seconds, server included, of a first and of
// an unchanged refresh.
func BenchmarkRefresh(b *testing.B) {
	for _, format := range []string{"rss", "atom"} {
		b.Run(format, func(b *testing.B) { benchmarkRefresh(b, format) })
	}
}

func benchmarkRefresh(b *testing.B, format string) {
	for b.Loop() {
		sites := newSites(format)
		sink, store := &countingSink{}, &memoryStore{values: map[string][]byte{}}
		client := fetch.New(fetch.Config{AllowLoopback: true, Gap: -1})
		p := NewPoller(PollerConfig{Sources: sites.sources(), Sink: sink, Cursors: store, Client: client})
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error)
		cpu, wall := cpuSeconds(), time.Now()
		go func() { done <- p.Run(ctx) }()
		sites.wait(p, 1)
		b.ReportMetric(cpuSeconds()-cpu, "first-cpu-s")
		b.ReportMetric(time.Since(wall).Seconds(), "first-wall-s")
		b.ReportMetric(float64(sites.size)/1e6, "MB")
		cpu, wall = cpuSeconds(), time.Now()
		for _, s := range sites.sources() {
			p.Visit(s.Key)
		}
		sites.wait(p, 2)
		b.ReportMetric(cpuSeconds()-cpu, "unchanged-cpu-s")
		b.ReportMetric(time.Since(wall).Seconds(), "unchanged-wall-s")
		cancel()
		<-done
		sites.close()
		if n := sink.items.Load(); n != benchFeeds*benchEntries {
			b.Fatalf("%d items, want %d", n, benchFeeds*benchEntries)
		}
	}
}

type countingSink struct{ items atomic.Int64 }

func (s *countingSink) Put(_ context.Context, items []item.Item) error {
	s.items.Add(int64(len(items)))
	return nil
}

// sites serves the feeds from 16 loopback servers, so that the one visit at a
// time to a host leaves as many under way as the poller allows.
type sites struct {
	servers []*httptest.Server
	bodies  [][]byte
	size    int
	format  string
}

func newSites(format string) *sites {
	f := &sites{format: format}
	for i := range benchFeeds {
		f.bodies = append(f.bodies, benchFeed(format, i))
		f.size += len(f.bodies[i])
	}
	for range 16 {
		f.servers = append(f.servers, httptest.NewServer(f))
	}
	return f
}

func (f *sites) close() {
	for _, s := range f.servers {
		s.Close()
	}
}

func (f *sites) sources() []Source {
	var out []Source
	for i := range benchFeeds {
		out = append(out, Source{Key: fmt.Sprint("feed", i), URL: fmt.Sprintf("%s/%d", f.servers[i%len(f.servers)].URL, i), Class: item.Civic}.Complete())
	}
	return out
}

func (f *sites) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var i int
	fmt.Sscanf(r.URL.Path, "/%d", &i)
	tag := fmt.Sprintf(`"%d"`, i)
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/xml")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write(f.bodies[i])
}

// wait returns when every source was visited so often.
func (f *sites) wait(p *Poller, visits uint64) {
	for {
		done := 0
		for _, s := range p.Statuses() {
			if s.Visits >= visits {
				done++
			}
		}
		if done == benchFeeds {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func benchFeed(format string, n int) []byte {
	var b bytes.Buffer
	markup := benchMarkup(n)
	if format == "atom" {
		fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Feed %d</title>`, n)
		for i := range benchEntries {
			fmt.Fprintf(&b, `<entry><id>tag:sites.example,2026:%d-%d</id><title>Entry %d</title><link href="https://sites.example/%d/%d"/><updated>2026-10-0%dT10:00:00Z</updated><content type="html"><![CDATA[%s]]></content></entry>`, n, i, i, n, i, i%9+1, markup)
		}
		b.WriteString(`</feed>`)
		return b.Bytes()
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Feed %d</title>`, n)
	for i := range benchEntries {
		fmt.Fprintf(&b, `<item><title>Entry %d</title><link>https://sites.example/%d/%d</link><guid>https://sites.example/?p=%d%d</guid><pubDate>Mon, 0%d Oct 2026 10:00:00 +0000</pubDate><category>News</category><description>Short.</description><content:encoded><![CDATA[%s]]></content:encoded></item>`, i, n, i, n, i, i%9+1, markup)
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

func benchMarkup(n int) string {
	var b bytes.Buffer
	for i := 0; b.Len() < benchEntry-300; i++ {
		fmt.Fprintf(&b, "<p>The council&#8217;s cabinet agreed paragraph %d of its <a href=\"https://www.example.gov.uk/plan/%d/%d\">new digital plan</a> on Tuesday; <strong>residents</strong> can report potholes &amp; missed bins on-line, and see when they are dealt with.</p>\n", i, n, i)
	}
	return b.String()
}

// cpuSeconds is what this process has used so far.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// BenchmarkParse reads one feed of 217 KB.
func BenchmarkParse(b *testing.B) {
	for _, format := range []string{"rss", "atom"} {
		body := benchFeed(format, 1)
		b.Run(format, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			cpu := cpuSeconds()
			defer func() { b.ReportMetric((cpuSeconds()-cpu)/float64(b.N)*1e3, "cpu-ms/op") }()
			for b.Loop() {
				if _, _, err := Parse("bench", body, "", councilSource("https://sites.example/"), today); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
