package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// writeFile writes a file of a test's folder.
func writeFile(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStartRefusesWithTheCauseAndTheWayOut starts vantage with what goes wrong
// on real machines, and reads what a person would read.
func TestStartRefusesWithTheCauseAndTheWayOut(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	const quiet = "source_files: []\nlisten: 127.0.0.1:0\n"
	cases := []struct {
		name, config string
		args, env    []string
		want         []string
	}{
		{name: "unknown key", config: quiet + "colour: blue\n", want: []string{"colour", "unknown field"}},
		{name: "bad duration", config: quiet + "collect: {interval: soon}\n", want: []string{"soon", "12h"}},
		{name: "bad value", config: quiet + "log: {level: loud}\n", want: []string{"log.level", "loud", "debug, info"}},
		{name: "not YAML", config: "listen: [\n", want: []string{"vantage.yaml"}},
		{name: "bad source", config: quiet + "sources: [{key: a, url: 'ftp://example.org'}]\n", want: []string{"ftp://example.org", "https://"}},
		{name: "same key twice", config: quiet + "sources: [{key: a, url: 'https://a.example'}, {key: a, url: 'https://b.example'}]\n", want: []string{`"a"`, "another key"}},
		{name: "bad environment", config: quiet, env: []string{"VANTAGE_COLLECT_CONCURRENCY=many"}, want: []string{"VANTAGE_COLLECT_CONCURRENCY", "many"}},
		{name: "missing file", args: []string{"-config", "nowhere.yaml"}, want: []string{"nowhere.yaml", "-config"}},
		{name: "missing list", config: "source_files: [nowhere.opml]\n", want: []string{"nowhere.opml", "starter"}},
		{name: "port in use", config: quiet, args: []string{"-listen", taken.Addr().String()}, want: []string{taken.Addr().String(), "in use", "-listen"}},
		{name: "folder that cannot be", config: quiet + "data: vantage.yaml/data\n", want: []string{"vantage.yaml", "VANTAGE_DATA"}},
		{name: "missing library", config: quiet + "clickhouse: {library: nowhere/libchdb.so}\n", want: []string{"nowhere/libchdb.so", "make engine", "DSN"}},
		{name: "broken library", config: quiet + "clickhouse: {library: vantage.yaml}\n", want: []string{"vantage.yaml"}},
		{name: "lost server", config: quiet + "clickhouse: {dsn: 'http://127.0.0.1:1/vantage'}\n", want: []string{"127.0.0.1:1"}},
		{name: "lost stream", config: quiet + "nats: {url: 'nats://127.0.0.1:1'}\n", want: []string{"127.0.0.1:1", "embedded"}},
		{name: "bad vocabulary", config: quiet + "vocabulary: words.yaml\n", want: []string{"words.yaml", "3"}},
		{name: "bad clock", config: quiet, args: []string{"-now", "yesterday"}, want: []string{"yesterday", "2026-11-21"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, "words.yaml", "version: 1\ntopics:\n  - {id: broken, any: [}\n")
			if c.config != "" {
				writeFile(t, dir, configFile, c.config)
			}
			env := append([]string{}, c.env...)
			if !strings.Contains(c.config, "library:") {
				env = append(env, "VANTAGE_CLICKHOUSE_LIBRARY="+library(t))
			}
			_, stderr, err := invokeWith(t, dir, nil, env, append([]string{"run"}, c.args...)...)
			if err == nil {
				t.Fatal("it started")
			}
			for _, w := range c.want {
				if !strings.Contains(stderr, w) {
					t.Errorf("the message does not name %q:\n%s", w, stderr)
				}
			}
			if strings.Contains(stderr, "goroutine ") {
				t.Errorf("a stack trace instead of a message:\n%s", stderr)
			}
		})
	}
}

func TestSecondInstanceIsToldWhoHoldsTheFolder(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, configFile, "source_files: []\nlisten: 127.0.0.1:0\n")
	v := start(t, dir, "run")
	_, stderr, err := invoke(t, dir, nil, "run")
	if err == nil || !strings.Contains(stderr, fmt.Sprint(v.cmd.Process.Pid)) || !strings.Contains(stderr, "in use by another vantage") {
		t.Errorf("second instance: %v\n%s", err, stderr)
	}
}

// TestHostileFeedsAreNamedAndTheRestGoesOn gives one run every bad feed at
// once, beside a good one.
func TestHostileFeedsAreNamedAndTheRestGoesOn(t *testing.T) {
	dir := t.TempDir()
	config := "source_files: []\nlisten: 127.0.0.1:0\ncollect: {allow_loopback: true, host_gap: 0s}\nsources:\n"
	wants := map[string]string{
		"truncated": "", "huge": "at most 10.0 MiB", "bomb": "100 times its size", "page": "HTML", "endless": "still coming",
		"private": "private", "gone": "gone", "broken": "feed", "silent": "answer",
	}
	for _, name := range append(slices.Collect(maps.Keys(wants)), "good") {
		host := httptest.NewServer(http.HandlerFunc(hostile)) // one each: a host is visited once at a time
		t.Cleanup(func() { host.CloseClientConnections(); host.Close() })
		config += fmt.Sprintf("  - {key: %s, url: %q, class: civic, publisher: %s.example}\n", name, host.URL+"/"+name, name)
	}
	writeFile(t, dir, configFile, config)
	v := start(t, dir, "run")
	v.wait("to visit every source", func() bool {
		s, ok := v.status()
		return ok && s.Sources["waiting"] == 0 && s.Items >= 1 && s.Waiting == 0
	})
	page := string(v.get("/sources"))
	for name, want := range wants {
		if !strings.Contains(page, name+".example") {
			t.Errorf("the page of sources does not show %s", name)
		}
		if want != "" && !strings.Contains(v.log.String(), "source="+name) {
			t.Errorf("the log says nothing of %s", name)
		}
		if want != "" && !strings.Contains(logOf(v, name), want) {
			t.Errorf("%s is not explained by %q: %s", name, want, logOf(v, name))
		}
	}
	if s, _ := v.status(); s.Sources["ok"] < 1 {
		t.Errorf("the good feed does not stand: %v", s.Sources)
	}
}

func logOf(v *instance, source string) string {
	for line := range strings.Lines(v.log.String()) {
		if strings.Contains(line, "source="+source+" ") {
			return line
		}
	}
	return ""
}

const goodFeed = `<rss version="2.0"><channel><title>Good</title><link>https://good.example/</link>
<item><guid>https://good.example/1</guid><title>Open data portal</title><pubDate>%s</pubDate><description>News</description></item>
</channel></rss>`

func hostile(w http.ResponseWriter, r *http.Request) {
	switch strings.Trim(r.URL.Path, "/") {
	case "good":
		fmt.Fprintf(w, goodFeed, time.Now().Add(-time.Hour).Format(time.RFC1123Z))
	case "truncated":
		body := fmt.Sprintf(goodFeed, time.Now().Add(-time.Hour).Format(time.RFC1123Z))
		_, _ = io.WriteString(w, body[:len(body)-40])
	case "huge":
		chunk := strings.Repeat("x", 1<<20)
		for range 100 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	case "bomb":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		zeros := make([]byte, 1<<20)
		for range 300 {
			if _, err := z.Write(zeros); err != nil {
				return
			}
		}
		_ = z.Close()
	case "page":
		_, _ = io.WriteString(w, "<!doctype html><html><head><title>News</title></head><body><p>Hello</p></body></html>")
	case "broken":
		_, _ = io.WriteString(w, "this is not a feed")
	case "private":
		http.Redirect(w, r, "http://10.0.0.1/feed", http.StatusFound)
	case "gone":
		w.WriteHeader(http.StatusGone)
	case "endless", "silent":
		drip(w, r, strings.HasSuffix(r.URL.Path, "endless"))
	}
}

// drip sends a little, or nothing, for longer than any visit may take.
func drip(w http.ResponseWriter, r *http.Request, some bool) {
	for r.Context().Err() == nil {
		if some {
			if _, err := io.WriteString(w, "<!-- still here -->"); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-r.Context().Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}
