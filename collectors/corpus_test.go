package collectors

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"

	"golang.org/x/text/encoding/unicode"

	"vantage/collectors/text"
)

// corpus returns the feed files of others on this machine: the test data of
// gofeed, which its module brings along, and those under the folders of
// VANTAGE_FEED_CORPUS (separated by colons).
func corpus(t testing.TB) (files []string) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/mmcdole/gofeed").Output()
	if err != nil {
		t.Fatalf("the folder of gofeed: %v", err)
	}
	roots := append([]string{filepath.Join(strings.TrimSpace(string(dir)), "testdata")}, filepath.SplitList(os.Getenv("VANTAGE_FEED_CORPUS"))...)
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && feedFile(path) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// feedFile reports whether a file can be meant as a feed: gofeed's expected
// results and the settings of others are not.
func feedFile(path string) bool {
	name := filepath.Base(path)
	switch filepath.Ext(name) {
	case ".json":
		return strings.Contains(path, "parser/json") && !strings.Contains(name, "expected") && !strings.Contains(path, "invalid")
	case ".xml", ".rss", ".atom", ".rdf":
		return name != "pom.xml" && !strings.Contains(path, "WEB-INF") && !strings.Contains(path, "/conf/") && !strings.Contains(path, "META-INF") && !strings.Contains(path, "opml")
	}
	return false
}

// damages are the ways in which feeds really arrive broken. Of those that are
// whole no entry may be lost.
var damages = []struct {
	name  string
	whole bool
	do    func([]byte) []byte
}{
	{"none", true, func(b []byte) []byte { return b }},
	{"cut off", false, func(b []byte) []byte { return b[:len(b)*9/10] }},
	{"bare ampersand", true, inText("Fish & chips &c. ")},
	{"unknown entity", true, inText("caf&eacut; &unknown; ")},
	{"control byte", true, inText("a\x0bb\x00")},
	{"not UTF-8", true, inText("caf\xe9 ")},
	{"unclosed break", true, inText("one<br>two")},
	{"markup across", true, inText("<b>one<i>two</b>three</i>")},
	{"stray less-than", true, inText("1 < 2 <")},
	{"junk before", true, func(b []byte) []byte { return append([]byte("\n\n Notice: undefined index\n"), b...) }},
	{"junk behind", true, func(b []byte) []byte { return append(bytes.Clone(b), "<!-- cached --><script>x()</script>"...) }},
	{"wrong charset", true, func(b []byte) []byte {
		return append([]byte(`<?xml version="1.0" encoding="no-such-charset"?>`), withoutDeclaration(b)...)
	}},
	{"UTF-16", true, func(b []byte) []byte {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(withoutDeclaration(b))
		if err != nil {
			return b
		}
		return out
	}},
	{"last tag lost", true, func(b []byte) []byte {
		if i := bytes.LastIndex(b, []byte("</")); i > 0 {
			return b[:i]
		}
		return b
	}},
}

// inText puts what is broken into the first description, summary or title of
// an entry.
func inText(broken string) func([]byte) []byte {
	return func(b []byte) []byte {
		for _, name := range []string{"<item", "<entry"} {
			at := bytes.Index(b, []byte(name))
			if at < 0 {
				continue
			}
			for _, field := range []string{"<description>", "<title>"} {
				if i := bytes.Index(b[at:], []byte(field)); i >= 0 {
					i += at + len(field)
					return slices.Concat(b[:i], []byte(broken), b[i:])
				}
			}
		}
		return nil
	}
}

func withoutDeclaration(b []byte) []byte {
	if i := bytes.Index(b, []byte("?>")); i > 0 && bytes.HasPrefix(bytes.TrimSpace(b), []byte("<?xml")) {
		return b[i+2:]
	}
	return b
}

// TestCorpusOfOthers reads the feeds of others, whole and damaged, beside
// gofeed: ours must fail less than half as often, and lose no entry of a feed
// that is there as a whole.
func TestCorpusOfOthers(t *testing.T) {
	type count struct{ files, ours, theirs, lost, theirLost int }
	var all count
	files := corpus(t)
	for _, damage := range damages {
		var n count
		for _, path := range files {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := readRaw(body)
			if err != nil || !isXML(body) {
				continue
			}
			broken := damage.do(body)
			if broken == nil || !damage.whole && len(whole.entries) < 3 {
				continue // nothing to break, or nothing to save
			}
			n.files++
			r, err := readRaw(broken)
			if err != nil && len(whole.entries) > 0 {
				n.ours++
				t.Logf("%s: %s: %v", damage.name, path, err)
			}
			peer, peerErr := gofeed.NewParser().Parse(bytes.NewReader(broken))
			if peerErr != nil && len(whole.entries) > 0 {
				n.theirs++
			}
			if lost := len(whole.entries) - len(r.entries); damage.whole && lost > 0 {
				n.lost += lost
				t.Logf("%s: %d of %d entries of %s", damage.name, len(r.entries), len(whole.entries), path)
			}
			if damage.whole && peer != nil {
				n.theirLost += max(0, len(whole.entries)-len(peer.Items))
			}
		}
		t.Logf("%-16s %4d files: not read %3d, by gofeed %3d; entries lost %3d, by gofeed of what it reads %3d", damage.name, n.files, n.ours, n.theirs, n.lost, n.theirLost)
		all.files, all.ours, all.theirs, all.lost = all.files+n.files, all.ours+n.ours, all.theirs+n.theirs, all.lost+n.lost
	}
	t.Logf("%d files: not read %d, by gofeed %d; entries lost %d", all.files, all.ours, all.theirs, all.lost)
	if all.files < 2000 || all.ours*2 >= all.theirs || all.lost > 0 {
		t.Error("worse than the aim: fewer than half of the failures of gofeed, no entry lost")
	}
}

func isXML(b []byte) bool { return bytes.IndexByte(b[:min(len(b), 100)], '<') >= 0 }

func readRaw(body []byte) (raw, error) {
	return read(toUTF8(body, ""), "", baseOf("https://a.example/feed", Source{}))
}

// referenceEntry is what the reference parser says of one entry.
type referenceEntry struct {
	Link  string `json:"link"`
	Date  *int64 `json:"date"`
	Title string `json:"title"`
	Body  string `json:"body"`
}

type referenceFeed struct {
	Path    string           `json:"path"`
	Error   string           `json:"error"`
	Entries []referenceEntry `json:"entries"`
}

// BenchmarkAgreement compares link, date, body and title of every entry with
// what Python's feedparser reads (Debian: python3-feedparser), for us and for
// gofeed alone, in per cent of the entries of files in which both find as
// many. -v lists the differences.
func BenchmarkAgreement(b *testing.B) {
	python := os.Getenv("VANTAGE_PYTHON")
	if python == "" {
		python = "/usr/bin/python3"
	}
	if err := exec.Command(python, "-c", "import feedparser").Run(); err != nil {
		b.Skipf("%s has no module feedparser (apt-get install python3-feedparser, or name another Python in VANTAGE_PYTHON)", python)
	}
	files := corpus(b)
	for b.Loop() {
		feeds := reference(b, python, files)
		agreement(b, "ours", feeds, oursEntries)
		agreement(b, "gofeed", feeds, gofeedEntries)
	}
}

func reference(t testing.TB, python string, files []string) []referenceFeed {
	cmd := exec.Command(python, "testdata/reference/read.py")
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var feeds []referenceFeed
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var f referenceFeed
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		feeds = append(feeds, f)
	}
	return feeds
}

func oursEntries(body []byte) (out []referenceEntry) {
	r, err := readRaw(body)
	if err != nil {
		return nil
	}
	for _, e := range r.entries {
		base := r.base
		if e.base != nil {
			base = e.base
		}
		x := referenceEntry{Link: canonical(base, e.link), Title: e.title, Body: first(e.body, e.short)}
		if !e.published.IsZero() {
			s := e.published.Unix()
			x.Date = &s
		}
		out = append(out, x)
	}
	return out
}

func gofeedEntries(body []byte) (out []referenceEntry) {
	f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	for _, it := range f.Items {
		x := referenceEntry{Link: it.Link, Title: it.Title, Body: first(it.Content, it.Description)}
		at := it.PublishedParsed
		if at == nil {
			at = it.UpdatedParsed
		}
		if at != nil {
			s := at.Unix()
			x.Date = &s
		}
		out = append(out, x)
	}
	return out
}

func agreement(b *testing.B, who string, feeds []referenceFeed, read func([]byte) []referenceEntry) {
	same, total := map[string]int{}, 0
	base := baseOf("https://a.example/feed", Source{})
	for _, f := range feeds {
		body, err := os.ReadFile(f.Path)
		if err != nil {
			b.Fatal(err)
		}
		entries := read(body)
		if len(entries) != len(f.Entries) {
			if len(f.Entries) > 0 {
				b.Logf("%s: %s: %d entries, reference %d", who, f.Path, len(entries), len(f.Entries))
			}
			continue
		}
		for i, want := range f.Entries {
			got := entries[i]
			total++
			for what, pair := range map[string][2]string{
				"link":  {canonical(base, got.Link), canonical(base, want.Link)},
				"date":  {seconds(got.Date), seconds(want.Date)},
				"title": {words(got.Title), words(want.Title)},
				"body":  {words(got.Body), words(want.Body)},
			} {
				if pair[0] == pair[1] {
					same[what]++
				} else {
					b.Logf("%s: %s: %s %.150q, reference %.150q", who, f.Path, what, pair[0], pair[1])
				}
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(same)) {
		b.ReportMetric(100*float64(same[what])/float64(total), who+"-"+what+"-%")
	}
	b.ReportMetric(float64(total), who+"-entries")
}

func seconds(at *int64) string {
	if at == nil {
		return ""
	}
	return fmt.Sprint(*at)
}

// words is the text of markup without regard to white space.
func words(markup string) string {
	out, _ := plain(markup)
	return strings.Join(strings.Fields(text.Line(out)), " ")
}
