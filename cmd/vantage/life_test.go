package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// diary is one Atom feed that a test can edit.
type diary struct {
	mu      sync.Mutex
	entries map[string]diaryEntry
	deleted []string
}

type diaryEntry struct {
	title, text string
	published   time.Time
}

func (d *diary) write(id string, e diaryEntry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries[id] = e
}

func (d *diary) remove(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.entries, id)
	d.deleted = append(d.deleted, id)
}

func (d *diary) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Content-Type", "application/atom+xml")
	fmt.Fprint(w, `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>Diary</title><id>tag:diary.example,2022:feed</id>`)
	for id, e := range d.entries {
		at := e.published.Format(time.RFC3339)
		fmt.Fprintf(w, `<entry><id>tag:diary.example,2022:%s</id><title>%s</title><published>%s</published><updated>%s</updated><link href="https://diary.example/%s"/><content type="text">%s</content></entry>`,
			id, e.title, at, at, id, e.text)
	}
	for _, id := range d.deleted {
		fmt.Fprintf(w, `<at:deleted-entry ref="tag:diary.example,2022:%s" when="2022-09-30T00:00:00Z"/>`, id)
	}
	fmt.Fprint(w, `</feed>`)
}

func newDiary(t *testing.T) (d *diary, dir string) {
	t.Helper()
	d = &diary{entries: map[string]diaryEntry{}}
	site := httptest.NewServer(d)
	t.Cleanup(site.Close)
	dir = t.TempDir()
	writeFile(t, dir, configFile, fmt.Sprintf(`source_files: []
listen: 127.0.0.1:0
collect: {allow_loopback: true, host_gap: 0s, interval: 1s}
sources: [{key: diary, url: %q, class: civic, publisher: diary.example}]
`, site.URL))
	return d, dir
}

func september(day int) time.Time { return time.Date(2022, 9, day, 10, 0, 0, 0, time.UTC) }

// expect waits until the numbers of the chart are exactly these.
func (v *instance) expect(what string, want chartCounts) {
	v.t.Helper()
	var got chartCounts
	defer func() {
		if v.t.Failed() {
			v.t.Logf("%s: the chart has %v, want %v", what, got, want)
		}
	}()
	v.wait("to show "+what, func() bool {
		got = fromJSON(v.t, v)
		return maps.EqualFunc(got, want, maps.Equal[map[string]int, map[string]int])
	})
}

// TestEditsMovesDeletesAndACrash follows posts of one feed through their
// lives. The weeks begin on 5, 12 and 19 September 2022.
func TestEditsMovesDeletesAndACrash(t *testing.T) {
	d, dir := newDiary(t)
	const openData, accessibility = "An open data portal opens", "A new accessibility statement"
	d.write("a", diaryEntry{title: openData, published: september(6)})
	d.write("b", diaryEntry{title: openData, published: september(13)})
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("two posts", chartCounts{"open-data": {"2022-09-05": 1, "2022-09-12": 1}})

	d.write("a", diaryEntry{title: accessibility, published: september(6)})
	v.expect("an edit as one post", chartCounts{"accessibility": {"2022-09-05": 1}, "open-data": {"2022-09-12": 1}})

	d.write("b", diaryEntry{title: openData, published: september(20)})
	v.expect("a post whose date moved once", chartCounts{"accessibility": {"2022-09-05": 1}, "open-data": {"2022-09-19": 1}})

	v.killGroup()
	d.write("a", diaryEntry{title: openData, published: september(6)})
	v = start(t, dir, "run", "-now", archiveEnd)
	v.expect("an edit made just after a crash", chartCounts{"open-data": {"2022-09-05": 1, "2022-09-19": 1}})

	d.remove("b")
	v.expect("no deleted post, the last of its week", chartCounts{"open-data": {"2022-09-05": 1}})
	if s := v.settle(); s.Items != 1 {
		t.Errorf("%d items are stored, want 1", s.Items)
	}
}

const ownWords = `themes: []
topics:
  - {id: portals, group: Data, name: Portals, any: [%s], examples: {match: [a %[1]s]}}
tools: []
`

// TestChangedVocabularyRetags changes the file beneath a running vantage.
func TestChangedVocabularyRetags(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	d.write("b", diaryEntry{title: "A dashboard for bins", published: september(13)})
	words := writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, "data portal"))
	t.Setenv("VANTAGE_VOCABULARY", words)
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("the first vocabulary", chartCounts{"portals": {"2022-09-05": 1}})

	writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, "dashboard"))
	preview, _, err := invoke(t, dir, nil, "retag", "-preview")
	if err != nil || !strings.Contains(preview, "2 would change") || !strings.Contains(preview, "Portals: 1 post now, 1 after (+1, -1)") || !strings.Contains(preview, "A dashboard for bins") {
		t.Errorf("preview: %v\n%s", err, preview)
	}
	v.expect("no change by a preview", chartCounts{"portals": {"2022-09-05": 1}})

	if _, stderr, err := invoke(t, dir, nil, "retag"); err != nil {
		t.Fatalf("retag: %v\n%s", err, stderr)
	}
	v.expect("the second vocabulary", chartCounts{"portals": {"2022-09-12": 1}})

	writeFile(t, dir, "words.yaml", "topics: [")
	if _, stderr, err := invoke(t, dir, nil, "retag"); err == nil || !strings.Contains(stderr, "words.yaml") || !strings.Contains(stderr, "stays in use") {
		t.Errorf("a broken vocabulary: %v\n%s", err, stderr)
	}
	v.expect("the vocabulary before the broken one", chartCounts{"portals": {"2022-09-12": 1}})
}

// TestArchiveOverManyYearsImports brings 600 weeks into a stopped vantage,
// and again into a running one.
func TestArchiveOverManyYearsImports(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, configFile, "source_files: []\nlisten: 127.0.0.1:0\n")
	var lines strings.Builder
	first := time.Date(2011, 3, 28, 9, 0, 0, 0, time.UTC)
	for week := range 600 {
		at := first.AddDate(0, 0, 7*week).Format(time.RFC3339)
		fmt.Fprintf(&lines, `{"id":"https://old.example/%d","title":"Open data portal, report %d","published":%q,"publisher":"old.example","publisher_class":"civic"}`+"\n", week, week, at)
	}
	lines.WriteString("this line is no JSON\n")
	archive := writeFile(t, dir, "old.jsonl", lines.String())

	_, stderr, err := invoke(t, dir, nil, "import", archive)
	if err != nil || !strings.Contains(stderr, "600 posts") || !strings.Contains(stderr, "line 601") {
		t.Fatalf("import into a stopped vantage: %v\n%s", err, stderr)
	}
	v := start(t, dir, "run", "-now", archiveEnd)
	_, stderr, err = invoke(t, dir, nil, "import", "-again", archive)
	if err != nil || !strings.Contains(stderr, "600 posts") {
		t.Fatalf("import into a running vantage: %v\n%s", err, stderr)
	}
	if s, ok := v.status(); !ok || s.Items != 600 || s.Weeks != 0 {
		t.Errorf("after importing twice: %+v", s)
	}
	want := map[string]int{}
	for week := range 600 {
		if m := first.AddDate(0, 0, 7*week); m.After(time.Date(2020, 10, 4, 0, 0, 0, 0, time.UTC)) {
			want[m.Format("2006-01-02")] = 1
		}
	}
	if got := fromJSON(t, v)["open-data"]; !maps.Equal(got, want) {
		t.Errorf("the last 104 weeks have %v, want %v", got, want)
	}
}
