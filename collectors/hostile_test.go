package collectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vantage/collectors/item"
)

func TestHostileMarkupIsRefused(t *testing.T) {
	deep := func(open, end string) string {
		return `<rss><channel><item>` + strings.Repeat(open, 20_000) + strings.Repeat(end, 20_000) + `</item></channel></rss>`
	}
	for name, test := range map[string]struct{ body, says string }{
		"deep":            {deep(`<x xml:base="https://a.example/">`, `</x>`), "256 deep"},
		"deep outside":    {strings.Repeat("<rss>", 20_000), "256 deep"},
		"attributes":      {"<rss " + strings.Repeat(`a="b" `, 100_000) + "><channel/></rss>", "256 attributes"},
		"elements":        {`<rss><channel><item>` + strings.Repeat("<a/>", maxElements) + `</item></channel></rss>`, "500,000 elements"},
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

func TestLargeMarkupIsLinear(t *testing.T) {
	const size = 4 << 20
	fill := func(head, repeat, end string) string { return head + strings.Repeat(repeat, size/len(repeat)) + end }
	long := strings.Repeat("x", 256)
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
