package collectors

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// recorded returns the bodies of testdata/feeds.
func recorded(t testing.TB) (bodies [][]byte) {
	t.Helper()
	files, err := filepath.Glob("testdata/feeds/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) > 0 {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// mutated is how many broken feeds TestMutatedFeeds reads; BenchmarkMutated
// reads mutatedMany.
const (
	mutated     = 10_000
	mutatedMany = 100_000
)

// TestMutatedFeeds reads broken variants of every recorded feed, always the
// same: nothing may panic, hang or break the rules of an item.
func TestMutatedFeeds(t *testing.T) { readMutated(t, mutated) }

// BenchmarkMutated reads many more and reports the processor time of the
// slowest.
func BenchmarkMutated(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(readMutated(b, mutatedMany), "worst-ms")
		b.ReportMetric(mutatedMany, "feeds")
	}
}

func readMutated(t testing.TB, n int) (worst float64) {
	random := rand.New(rand.NewPCG(1, 2))
	bodies := recorded(t)
	types := []string{"", "text/xml", "text/html; charset=utf-8", "application/xml; charset=windows-1252", "x; charset=utf-16le"}
	for i := range n {
		broken := mutate(random, bodies[i%len(bodies)])
		began := cpuSeconds()
		_, items, err := Parse("mutated", broken, types[i%len(types)], councilSource("https://a.example/feed"), today)
		worst = max(worst, (cpuSeconds()-began)*1000)
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 600) {
			t.Fatalf("the error is no clear line: %v", err)
		}
		checkItems(t, items, broken)
	}
	return worst
}

// checkItems reports what must not be in any item, whatever it was made of.
func checkItems(t testing.TB, items []item.Item, body []byte) {
	t.Helper()
	seen := map[string]bool{}
	for _, it := range items {
		if err := it.Check(); err != nil {
			t.Fatalf("%v in %.2000q", err, body)
		}
		if it.Op == item.Create && seen[it.ID] {
			t.Fatalf("id %q stands twice in %.2000q", it.ID, body)
		}
		seen[it.ID] = true
		for _, s := range []string{it.Title, it.Text} {
			if !utf8.ValidString(s) || text.Clean(s) != s || text.LooksLikeHTML(s) {
				t.Fatalf("%q is no clean text in %.2000q", s, body)
			}
		}
		for _, link := range append(it.Links, it.URL) {
			if u, err := url.Parse(link); err != nil || link != "" && u.Scheme != "http" && u.Scheme != "https" {
				t.Fatalf("link %q in %.2000q", link, body)
			}
		}
		if _, err := json.Marshal(it); err != nil {
			t.Fatal(err)
		}
	}
}

// fragments are what breaks feeds.
var fragments = []string{
	"<![CDATA[", "]]>", "<item>", "</item>", "<entry>", "</entry>", "<!--", "-->", "&#x0;", "&", "&amp;lt;script&amp;gt;", "\xff", "\xc3\xa9", "\x00",
	"<!DOCTYPE x [", "]>", "</channel>", "</rss>", "</feed>", "\"", "'", "<", ">", "<?xml encoding='utf-16'?>", "<guid>", "<link/>", "<title>",
	"<content:encoded>", "{", "}", "[", "],", "\\u0000", "<rss>", "<a href=\"javascript:x\">", "<p", " xml:base='//x' ", "xmlns=''", "2026-13-45T99:99", "\u202e",
}

// mutate cuts, repeats, swaps, inserts or overwrites parts of b.
func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(6) {
		from := r.IntN(len(b))
		to := from + r.IntN(min(len(b)-from, 64)) + 1
		switch r.IntN(8) {
		case 0:
			b = append(b[:from:from], b[to:]...)
		case 1:
			b = append(b[:from:from], append(bytes.Repeat(b[from:to], 1+r.IntN(500)), b[to:]...)...)
		case 2:
			b[from] = byte(r.IntN(256))
		case 3, 4, 5:
			b = append(b[:from:from], append([]byte(fragments[r.IntN(len(fragments))]), b[from:]...)...)
		case 6:
			b = b[:to]
		case 7: // another part of it
			other := r.IntN(len(b))
			b = append(b[:from:from], append(bytes.Clone(b[other:min(len(b), other+200)]), b[from:]...)...)
		}
		if len(b) == 0 {
			return []byte("<")
		}
	}
	return b
}

// TestNothingDangerousSurvives puts scripts into every field, escaped in every
// way.
func TestNothingDangerousSurvives(t *testing.T) {
	payloads := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `<iframe src="data:text/html,x">`,
		`<scr<script>ipt>alert(1)</scr</script>ipt>`, `<<b>script>alert(1)<</b>/script>`, `<math><mtext></mtext><script>`, "<script\x0b>x", `"><script>x`, `<body onload=x>`,
		`<style>@import 'x'</style>`, `<object data=x>`, `<embed src=x>`, `<form action=x><input name=y>`, `<meta http-equiv=refresh content=0>`, "\u202e<b>x</b>", "<b\n>x", `</title><script>x</script>`,
	}
	escapeOnce := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
	for _, payload := range payloads {
		plain := payload
		for level := range 6 {
			for form, s := range map[string]string{"plain": plain, "section": "<![CDATA[" + plain + "]]>", "numbers": strings.ReplaceAll(plain, "<", "&#60;")} {
				for _, body := range []string{
					`<rss><channel><title>` + s + `</title><item><guid>1</guid><title>` + s + `</title><link>` + s + `</link><description>` + s + `</description><category>` + s + `</category></item></channel></rss>`,
					`<feed><title type="html">` + s + `</title><entry><id>1</id><title>` + s + `</title><content type="html">` + s + `</content><link href="javascript:x"/></entry></feed>`,
				} {
					info, items, err := Parse("dangerous", []byte(body), "", councilSource("https://a.example/feed"), today)
					if err != nil {
						t.Fatalf("%q %s %d: %v", payload, form, level, err)
					}
					checkItems(t, items, []byte(body))
					if text.LooksLikeHTML(info.Title) || len(items) != 1 {
						t.Fatalf("%q %s %d: feed %q, %d items", payload, form, level, info.Title, len(items))
					}
				}
			}
			plain = escapeOnce(plain)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, body := range recorded(f) {
		f.Add(body, "text/xml; charset=utf-8")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		_, items, _ := Parse("fuzz", body, contentType, councilSource("https://a.example/feed"), today)
		checkItems(t, items, body)
	})
}

func FuzzToUTF8(f *testing.F) {
	for _, body := range recorded(f) {
		f.Add(body, "text/xml; charset=windows-1252")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		if out := toUTF8(body, contentType); !utf8.Valid(out) || len(out) > 3*len(body)+3 {
			t.Fatalf("%d bytes of %d: %q", len(out), len(body), out)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"Mon, 16 Nov 2026 09:30:00 GMT", "2026-11-16T09:30:00.5+01:00", "16eg Tachwedd 2026", "1795262400", "20261116T093000Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := parseDate(s); !d.IsZero() && d.Location() != time.UTC {
			t.Fatalf("%q: %s", s, d)
		}
	})
}

func FuzzFeedCursor(f *testing.F) {
	s, _ := loadState(nil, "https://a.example/feed")
	s.diff(shown(0, 5), at(today))
	f.Add(s.encode())
	f.Add([]byte("VF1\x02{}"))
	f.Fuzz(func(t *testing.T, cursor []byte) {
		s, err := loadState(cursor, "https://a.example/feed")
		if err != nil {
			return
		}
		if again, err := loadState(s.encode(), "https://a.example/feed"); err != nil || len(again.known) != len(s.known) {
			t.Fatalf("%q came back with %d of %d entries: %v", cursor, len(again.known), len(s.known), err)
		}
	})
}
