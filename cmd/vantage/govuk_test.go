package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// document is one line of the archive of GOV.UK publications.
type document struct {
	ID, Date, Title, Lead, Body string
	Sources                     []string
}

func readArchive(t testing.TB) []document {
	t.Helper()
	f, err := os.Open(shared(t, "corpora/govuk-publications.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<22)
	var docs []document
	for lines.Scan() {
		var d document
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return docs
}

type atomEntry struct {
	XMLName xml.Name `xml:"entry"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    struct {
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Content struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	} `xml:"content"`
}

func entryOf(d document) atomEntry {
	var e atomEntry
	e.ID = "https://www.gov.uk/" + d.ID
	e.Title, e.Updated, e.Link.Href = d.Title, d.Date+"T09:30:00Z", e.ID
	e.Content.Type, e.Content.Text = "html", "<p>"+escape(d.Lead)+"</p><p>"+escape(d.Body)+"</p>"
	return e
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// archiveSite serves one Atom feed for each publishing organisation.
type archiveSite struct {
	*httptest.Server
	mu    sync.Mutex
	feeds map[string][]byte
	full  atomic.Int64 // answers with a body
	same  atomic.Int64 // answers 304
}

func serveArchive(t testing.TB, docs []document) *archiveSite {
	t.Helper()
	s := &archiveSite{feeds: map[string][]byte{}}
	for org, entries := range byOrganisation(docs) {
		s.feeds[org] = atomFeed(t, org, entries)
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func byOrganisation(docs []document) map[string][]atomEntry {
	m := map[string][]atomEntry{}
	for _, d := range docs {
		for _, org := range d.Sources {
			m[org] = append(m[org], entryOf(d))
		}
	}
	return m
}

func atomFeed(t testing.TB, org string, entries []atomEntry) []byte {
	t.Helper()
	b, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Entries []atomEntry
	}{ID: "https://www.gov.uk/government/organisations/" + org, Title: org, Updated: "2022-10-01T00:00:00Z", Entries: entries})
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(xml.Header), b...)
}

func (s *archiveSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	body, ok := s.feeds[strings.Trim(strings.TrimSuffix(r.URL.Path, ".atom"), "/")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(body))
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	if r.Header.Get("If-None-Match") == tag {
		s.same.Add(1)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.full.Add(1)
	_, _ = w.Write(body)
}

// configure writes vantage.yaml for the site into a new folder.
func (s *archiveSite) configure(t testing.TB, interval string) string {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	fmt.Fprintf(&b, "listen: 127.0.0.1:0\nsource_files: []\ncollect: {allow_loopback: true, host_gap: 0s, interval: %s}\nclickhouse: {memory: 1GiB}\nsources:\n", interval)
	for _, org := range slices.Sorted(maps.Keys(s.feeds)) {
		fmt.Fprintf(&b, "  - {key: %q, url: %q, publisher: %q, class: central}\n", org, s.URL+"/"+org+".atom", "gov.uk/"+org)
	}
	if err := os.WriteFile(filepath.Join(dir, configFile), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// archiveEnd is the clock of these tests: just behind the newest document.
const archiveEnd = "2022-10-01T12:00:00Z"

// recount reads every feed with `vantage parse`, tags it with `vantage tag`,
// and counts in Go maps: topic -> Monday -> items, and all items.
func recount(t *testing.T, s *archiveSite) (map[string]map[string]int, int) {
	t.Helper()
	week := map[string]string{}
	var lines strings.Builder
	for _, org := range slices.Sorted(maps.Keys(s.feeds)) {
		out, stderr, err := invoke(t, t.TempDir(), strings.NewReader(string(s.feeds[org])), "parse", "-class", "central", "-source", org, "-")
		if err != nil {
			t.Fatalf("parse %s: %v\n%s", org, err, stderr)
		}
		_, items, _ := strings.Cut(out, "\n")
		for line := range strings.Lines(items) {
			var it struct{ ID, Published string }
			if err := json.Unmarshal([]byte(line), &it); err != nil {
				t.Fatal(err)
			}
			if week[it.ID] == "" {
				week[it.ID] = mondayOf(t, it.Published)
				lines.WriteString(line)
			}
		}
	}
	out, stderr, err := invoke(t, t.TempDir(), strings.NewReader(lines.String()), "tag")
	if err != nil {
		t.Fatalf("tag: %v\n%s", err, stderr)
	}
	return countTags(t, out, week), len(week)
}

func countTags(t *testing.T, tagged string, week map[string]string) map[string]map[string]int {
	t.Helper()
	counts := map[string]map[string]int{}
	for line := range strings.Lines(tagged) {
		var post struct {
			ID     string
			Topics []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(line), &post); err != nil {
			t.Fatal(err)
		}
		for _, topic := range post.Topics {
			if counts[topic.ID] == nil {
				counts[topic.ID] = map[string]int{}
			}
			counts[topic.ID][week[post.ID]]++
		}
	}
	return counts
}

// mondayOf is written anew here, so that a mistake in item.Week shows.
func mondayOf(t *testing.T, stamp string) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at = at.In(zone)
	for at.Weekday() != time.Monday {
		at = at.AddDate(0, 0, -1)
	}
	return at.Format(time.DateOnly)
}
