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
	"unicode/utf8"

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
	if read < 20 {
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

func TestIdentity(t *testing.T) {
	for _, test := range []struct{ children, want string }{
		{`<guid>https://b.example/1</guid><link>https://b.example/x</link>`, "https://b.example/1"},
		{`<guid>tag:b.example,2005:1</guid>`, "tag:b.example,2005:1"},
		{`<guid>urn:uuid:1-2</guid>`, "urn:uuid:1-2"},
		{`<guid>42</guid><link>https://b.example/x</link>`, "feed:oakshire:42"},
		{`<guid>https://b.example/</guid><title>site as guid</title>`, "feed:oakshire:https://b.example/"},
		{`<guid> spaced out </guid>`, "feed:oakshire:spaced out"},
		{`<guid>` + strings.Repeat("x", 3000) + `</guid>`, "sha256:" + hash("feed:oakshire:"+strings.Repeat("x", 3000))},
		{`<link>https://b.example/x?utm_source=y#z</link>`, "https://b.example/x"},
		{`<title>Only</title><pubDate>Mon, 16 Nov 2026 09:30:00 GMT</pubDate>`, "feed:oakshire:" + hash("Only", "2026-11-16")},
	} {
		if got := oneItem(t, test.children).ID; got != test.want {
			t.Errorf("%.80s: got %s, want %s", test.children, got, test.want)
		}
	}
}

func TestDates(t *testing.T) {
	for claim, want := range map[string]string{
		"Mon, 16 Nov 2026 09:30:00 GMT":   "2026-11-16T09:30:00Z",
		"Mon, 16 Nov 2026 09:30:00 +0100": "2026-11-16T08:30:00Z",
		"Tue, 14 Jul 2026 00:15:00 BST":   "2026-07-13T23:15:00Z",
		"14 Jul 2026 00:15:00 BST":        "2026-07-13T23:15:00Z",
		"2026-11-16":                      "2026-11-16T00:00:00Z",
		"2026-11-16 09:30:00":             "2026-11-16T09:30:00Z",
		"2026-11-16 09:30:00+01:00":       "2026-11-16T08:30:00Z",
		"2026-11-16T09:30":                "2026-11-16T09:30:00Z",
		"2026-11-16T09:30:00.123Z":        "2026-11-16T09:30:00Z",
		"Sunday, 1 November 2026":         "2026-11-01T00:00:00Z",
		"Thurs, 12 Nov 2026 10:00:00 GMT": "2026-11-12T10:00:00Z",
		"November 16, 2026 9:30 am":       "2026-11-16T09:30:00Z",
		"16/11/2026 09:30":                "2026-11-16T09:30:00Z",
		"16.11.2026":                      "2026-11-16T00:00:00Z",
		"Llun, 16 Nov 2026 09:30:00 GMT":  "2026-11-16T09:30:00Z",
		"Wed, 16 Nov 2026 09:30:00 GMT":   "2026-11-16T09:30:00Z", // wrong day of the week
		"yesterday":                       "2026-11-21T12:00:00Z",
		"":                                "2026-11-21T12:00:00Z",
		"Fri, 01 Jan 2027 10:00:00 +0000": "2026-11-21T12:00:00Z", // in the future
		"Thu, 01 Jan 1970 00:00:00 +0000": "2026-11-21T12:00:00Z", // absurd
		"0000-00-00T00:00:00Z":            "2026-11-21T12:00:00Z",
		"Sat, 31 Dec 9999 23:59:59 GMT":   "2026-11-21T12:00:00Z",
		"2026-11-16T09:30:00+0000":        "2026-11-16T09:30:00Z",
		"Mon, 16 Nov 26 09:30:00 GMT":     "2026-11-16T09:30:00Z",
		"Mon, 16 Nov 2026 09:30:00 Z":     "2026-11-16T09:30:00Z",
	} {
		it := oneItem(t, "<title>x</title><pubDate>"+claim+"</pubDate>")
		if got := it.Published.Truncate(time.Second).Format(time.RFC3339); got != want {
			t.Errorf("%q: got %s, want %s", claim, got, want)
		}
	}
}

func TestDatesThatOnlyWeRead(t *testing.T) {
	for claim, want := range map[string]string{
		"Tue, 14 Jul 2026 00:15:00 BST":   "2026-07-13T23:15:00Z",
		"14 Jul 2026 00:15:00 EST":        "2026-07-14T05:15:00Z",
		"Tue, 14 Jul 2026 00:15:00 GMT":   "2026-07-14T00:15:00Z",
		"14 July 2026 9:15 p.m.":          "",
		"July 14, 2026 9:15 p.m.":         "2026-07-14T21:15:00Z",
		"2026-07-14 00:15:00 +0100":       "2026-07-13T23:15:00Z",
		"2026-07":                         "2026-07-01T00:00:00Z",
		"13/07/2026":                      "2026-07-13T00:00:00Z",
		"07/13/2026":                      "2026-07-13T00:00:00Z",
		"Mawrth, 14 Jul 2026 00:15 GMT":   "2026-07-14T00:15:00Z",
		strings.Repeat("2026-07-14 ", 99): "",
	} {
		got := ""
		if d := parseDate(claim); !d.IsZero() {
			got = d.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%.40q: got %s, want %s", claim, got, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	base := mustParse(t, "https://www.example.org/news/feed.xml")
	for in, want := range map[string]string{
		"https://A.Example/x?utm_source=a&b=1&fbclid=2&c": "https://a.example/x?b=1&c",
		"https://a.example":               "https://a.example/",
		"https://a.example/?utm_medium=x": "https://a.example/",
		"/a/b#frag":                       "https://www.example.org/a/b",
		"item?id=3&amp=1":                 "https://www.example.org/news/item?id=3&amp=1",
		"//cdn.example/x":                 "https://cdn.example/x",
		"http://a.example:80/x":           "http://a.example/x",
		"https://a.example:8443/x":        "https://a.example:8443/x",
		"https://user:pass@a.example/x":   "https://a.example/x",
		"mailto:a@b.example":              "",
		"javascript:alert(1)":             "",
		"data:text/html,x":                "",
		"ftp://a.example/x":               "",
		"https://":                        "",
		"":                                "",
		"https://a.example/" + strings.Repeat("x", 3000): "",
		"https://a.example/caf\u00e9 x":                  "https://a.example/caf%C3%A9%20x",
	} {
		if got := canonical(base, in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLinksAreCapped(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `&lt;a href="https://l.example/%d"&gt;x&lt;/a&gt; `, i)
	}
	if it := oneItem(t, "<title>x</title><description>"+b.String()+"</description>"); len(it.Links) != maxLinks {
		t.Errorf("%d links, want %d", len(it.Links), maxLinks)
	}
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

func TestHostileMarkupIsRefused(t *testing.T) {
	deep := func(open, end string) string {
		return `<rss><channel><item>` + strings.Repeat(open, 20_000) + strings.Repeat(end, 20_000) + `</item></channel></rss>`
	}
	for name, test := range map[string]struct{ body, says string }{
		"deep":            {deep(`<x xml:base="https://a.example/">`, `</x>`), "256 deep"},
		"deep outside":    {strings.Repeat("<rss>", 20_000), "256 deep"},
		"attributes":      {"<rss " + strings.Repeat(`a="b" `, 100_000) + "><channel/></rss>", "256 attributes"},
		"elements":        {`<rss><channel><item>` + strings.Repeat("<a/>", maxElements) + `</item></channel></rss>`, "200,000 elements"},
		"subset":          {`<!DOCTYPE rss [<!ENTITY a "b">]><rss/>`, "internal subset"},
		"deep JSON":       {`{"version":"https://jsonfeed.org/version/1","x":` + strings.Repeat("[", 1_000_000), "64 deep"},
		"not closed":      {`<rss><channel><title>` + strings.Repeat("a", 1000), "breaks off"},
		"comment":         {`<!-- ` + strings.Repeat("-", 1000), "breaks off"},
		"unknown element": {`<whatever/>`, "<whatever>"},
	} {
		_, _, err := Parse(name, []byte(test.body), "", councilSource("https://a.example/feed"), today)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, test.says)
		}
	}
}

// TestLargeMarkupIsLinear reads the largest bodies that a hostile server can
// send; what takes quadratic time in any step runs into the guard.
func TestLargeMarkupIsLinear(t *testing.T) {
	const size = 4 << 20
	fill := func(head, repeat, end string) string { return head + strings.Repeat(repeat, size/len(repeat)) + end }
	long := strings.Repeat("x", minPark)
	for name, body := range map[string]string{
		"long texts":    fill(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">`, `<p>`+long+`</p>`, `</div></content></entry></feed>`),
		"many tags":     fill(`<rss><channel><item><title>x</title><description>`, `#tagtagtag`+" ", `</description></item></channel></rss>`),
		"many sections": fill(`<rss><channel><item><title>x</title><description>`, `<![CDATA[a]]>`, `</description></item></channel></rss>`),
		"categories":    fill(`<rss><channel><item><title>x</title>`, `<category>abc</category>`, `</item></channel></rss>`),
		"links":         fill(`<rss><channel><item><title>x</title><description>`, `&lt;a href="https://a.example/"&gt;`, `</description></item></channel></rss>`),
		"items":         fill(`<rss><channel>`, `<item><guid>a</guid></item>`, `</channel></rss>`),
		"unclosed":      fill(`<rss><channel>`, `<item><guid>a</guid>`, `</channel></rss>`),
		"one page":      fill(`<!DOCTYPE html><html>`, `<link rel=x>`, ``),
		"not closed":    fill(`<rss><channel><item><title>x</title></item>`, `<![CDATA[`, ``),
		"ampersands":    fill(`<rss><channel><item><title>x</title><description>`, `&`, `</description></item></channel></rss>`),
	} {
		done := make(chan struct{})
		began := time.Now()
		go func() {
			defer close(done)
			Parse(name, []byte(body), "", councilSource("https://a.example/feed"), today)
		}()
		select {
		case <-done:
			t.Logf("%s: %s", name, time.Since(began).Round(time.Millisecond))
		case <-time.After(time.Minute):
			t.Fatalf("%s: not read within a minute", name)
		}
	}
}

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

func TestLanguage(t *testing.T) {
	for in, want := range map[string]string{"en": "en", "EN-gb": "en-GB", "en_GB": "en-GB", "cy": "cy", "": "", "english!": "", "zh-Hans": "zh-Hans", "x": ""} {
		if got := language(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/feeds/*.*")
	for _, file := range files {
		if body, err := os.ReadFile(file); err == nil && !strings.HasSuffix(file, ".golden") {
			f.Add(body, "text/xml; charset=utf-8")
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		_, items, err := Parse("fuzz", body, contentType, councilSource("https://a.example/feed"), today)
		if err != nil && strings.Contains(err.Error(), "panic") {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, it := range items {
			if err := it.Check(); err != nil {
				t.Fatal(err)
			}
			if it.Op == item.Create && seen[it.ID] {
				t.Fatalf("id %q stands twice", it.ID)
			}
			seen[it.ID] = true
			if !utf8.ValidString(it.ID) || !utf8.ValidString(it.Title) {
				t.Fatalf("not UTF-8: %q %q", it.ID, it.Title)
			}
		}
	})
}
