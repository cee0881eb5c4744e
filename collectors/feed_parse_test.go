package collectors

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"vantage/collectors/item"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// today is the clock of the tests, a Saturday.

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func councilSource(url string) Source {
	return Source{Key: "oakshire", Kind: "feed", URL: url, Publisher: "oakshire.example", Class: item.Council, Council: "E10000099"}.Complete()
}

// TestParseGolden reads every file of testdata/feeds and compares the feed and

// its items, or the error, with the .golden file beside it.

func TestParseGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/feeds/*.*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		read++
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, file+".golden", outcome(t, filepath.Base(file), body))
		})
	}
	if read < 80 {
		t.Errorf("only %d feeds", read)
	}
}

// outcome is the feed as JSON lines, or the error.

func outcome(t *testing.T, name string, body []byte) []byte {
	t.Helper()
	info, items, err := Parse(name, body, "", councilSource("https://www.oakshire.example/feed"), today)
	if err != nil {
		return []byte("error: " + err.Error() + "\n")
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.Encode(map[string]FeedInfo{"feed": info})
	for _, it := range items {
		if err := it.Check(); err != nil {
			t.Error(err)
		}
		enc.Encode(it)
	}
	return out.Bytes()
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update and look at what it writes", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNoNameOfAPersonIsKept(t *testing.T) {
	for _, file := range []string{"rss.xml", "atom.xml", "feed.json"} {
		body, err := os.ReadFile("testdata/feeds/" + file)
		if err != nil {
			t.Fatal(err)
		}
		got := outcome(t, file, body)
		for _, name := range []string{"Someone", "A Person", "name@", "Nobody"} {
			if bytes.Contains(got, []byte(name)) {
				t.Errorf("%s: %q is in the items", file, name)
			}
		}
	}
}

func TestPersonsAreDisguised(t *testing.T) {
	src := Source{Key: "blog", Kind: "feed", URL: "https://jane-doe.example/feed", Class: item.Person}.Complete()
	body, err := os.ReadFile("testdata/feeds/rss.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, items, err := Parse("x", body, "", src, today)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if it.AuthorKind != "person" || !strings.HasPrefix(it.ID, "person:") || it.AuthorRef == "" || it.Publisher != it.AuthorRef {
			t.Errorf("got %+v", it)
		}
	}
	if pseudonym([]byte("a"), "x") == pseudonym([]byte("b"), "x") {
		t.Error("the key of pseudonyms has no effect")
	}
}

// oneItem parses an RSS feed with one item of the given children.

func oneItem(t *testing.T, children string) item.Item {
	t.Helper()
	body := `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>t</title><link>https://a.example/</link><item>` + children + `</item></channel></rss>`
	_, items, err := Parse("https://a.example/feed", []byte(body), "", councilSource("https://a.example/feed"), today)
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	return items[0]
}

func TestNewestEntriesAreKept(t *testing.T) {
	for _, format := range []string{"rss", "json"} {
		body := manyEntries(format, maxEntries+200)
		info, items, err := Parse("many", body, "", councilSource("https://a.example/feed"), today)
		if err != nil || len(items) != maxEntries || info.Dropped != 200 {
			t.Fatalf("%s: %d items, %d dropped, %v", format, len(items), info.Dropped, err)
		}
		oldest := items[0].Published
		for _, it := range items {
			if it.Published.Before(oldest) {
				oldest = it.Published
			}
		}
		if want := manyStart.Add(200 * time.Minute); !oldest.Equal(want) {
			t.Errorf("%s: the oldest is of %s, want %s", format, oldest, want)
		}
	}
}

var manyStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// manyEntries makes a feed whose entries are a minute apart, oldest first.

func manyEntries(format string, n int) []byte {
	var b bytes.Buffer
	head, form, end := `<rss version="2.0"><channel><title>t</title>`,
		"<item><title>%[1]d</title><guid>https://m.example/%[1]d</guid><pubDate>%[2]s</pubDate></item>", `</channel></rss>`
	if format == "json" {
		head, form, end = `{"version":"https://jsonfeed.org/version/1","title":"t","items":[`, `{"id":"https://m.example/%[1]d","title":"%[1]d","date_published":"%[2]s"},`, `]}`
	}
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, form, i, manyStart.Add(time.Duration(i)*time.Minute).Format(time.RFC3339))
	}
	return append(bytes.TrimSuffix(b.Bytes(), []byte(",")), end...)
}

// TestLargeMarkupIsLinear reads the largest bodies that a hostile server can

// send; what takes quadratic time in any step runs into the guard.

func TestCharsetOfTheHeaderCounts(t *testing.T) {
	body := []byte("<rss><channel><title>t</title><item><title>\xcf\xf0\xe8\xe2\xe5\xf2</title><guid>1</guid></item></channel></rss>")
	_, items, err := Parse("x", body, "text/xml; charset=windows-1251", councilSource("https://a.example/"), today)
	if err != nil || items[0].Title != "Привет" {
		t.Errorf("got %v, %v", items, err)
	}
	body = []byte("<rss><channel><title>t</title><item><title>Môn</title><guid>1</guid></item></channel></rss>")
	_, items, err = Parse("x", body, "text/xml; charset=iso-8859-1", councilSource("https://a.example/"), today)
	if err != nil || items[0].Title != "Môn" {
		t.Errorf("UTF-8 under a wrong header: got %v, %v", items, err)
	}
}

func TestUTF16WithoutAByteOrderMark(t *testing.T) {
	const title = "Council’s café Ċ 🥣 Привет"
	const rss = "<rss><channel><title>t</title>\r\n<item><title>" + title + "</title><guid>1</guid></item></channel></rss>"
	const feed = `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"` + title + `"}]}`
	for label, order := range map[string]unicode.Endianness{"utf-16le": unicode.LittleEndian, "utf-16be": unicode.BigEndian} {
		for _, lead := range []string{"", "\n", "\r\n", " \t\r\n\n"} {
			for _, text := range []string{rss, feed} {
				body, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().String(lead + text)
				if err != nil {
					t.Fatal(err)
				}
				for _, end := range []string{"", "\n"} { // half a character
					_, items, err := Parse("x", []byte(body+end), "application/xml; charset="+label, councilSource("https://a.example/"), today)
					if err != nil || len(items) != 1 || items[0].Title != title {
						t.Errorf("%s after %q: %.20s: got %v, %v", label, lead, text, items, err)
					}
				}
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{"en": "en", "EN-gb": "en-GB", "en_GB": "en-GB", "cy": "cy", "": "", "english!": "", "zh-Hans": "zh-Hans", "x": ""} {
		if got := language(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
