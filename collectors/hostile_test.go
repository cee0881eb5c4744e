package collectors

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"
)

func TestHostileMarkupIsRefused(t *testing.T) {
	deep := func(open, end string) string {
		return `<rss><channel><item>` + strings.Repeat(open, 20_000) + strings.Repeat(end, 20_000) + `</item></channel></rss>`
	}
	for name, test := range map[string]struct{ body, says string }{
		"deep":            {deep(`<x xml:base="https://a.example/">`, `</x>`), "256 deep"},
		"deep outside":    {strings.Repeat("<rss>", 20_000), "256 deep"},
		"attributes":      {"<rss " + strings.Repeat(`a="b" `, 100_000) + "><channel/></rss>", "256 attributes"},
		"elements":        {`<rss><channel><item>` + strings.Repeat("<a/>", maxMarks) + `</item></channel></rss>`, "500,000 tags"},
		"end tags":        {`<rss><channel><item>` + strings.Repeat("</a>", maxMarks) + `</item></channel></rss>`, "500,000 tags"},
		"entries":         {`<rss><channel>` + strings.Repeat("<item/>", maxListed+1) + `</channel></rss>`, "100,000 entries"},
		"JSON entries":    {`{"items":[` + strings.Repeat("{},", maxListed+1) + `]}`, "100,000 entries"},
		"deep JSON":       {`{"version":"https://jsonfeed.org/version/1","x":` + strings.Repeat("[", 1_000_000), "64 deep"},
		"not closed":      {`<rss><channel><title>` + strings.Repeat("a", 1000), "breaks off"},
		"comment":         {`<!-- ` + strings.Repeat("-", 1000), "breaks off"},
		"unknown element": {`<whatever/>`, "<whatever>"},
		"long element":    {`<a` + strings.Repeat("é", 40) + `/>`, "<a" + strings.Repeat("é", 19) + ">"},
	} {
		_, _, err := Parse(name, []byte(test.body), "", councilSource("https://a.example/feed"), today)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, test.says)
		}
	}
}

// differentLinks are the links of one entry, none of them twice.
var differentLinks = func() string {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "<a href=/%d>x</a>", i)
	}
	return b.String()
}()

// hostile makes bodies of size bytes that try to cost time or memory.
func hostile(size int) map[string][]byte {
	fill := func(head, repeat, end string) []byte {
		return []byte(head + strings.Repeat(repeat, (size-len(head)-len(end))/len(repeat)) + end)
	}
	// one puts what is repeated into one entry, many into as many as may be.
	one := func(repeat string) []byte {
		return fill(`<rss><channel><item><title>x</title>`, repeat, `</item></channel></rss>`)
	}
	text := func(repeat string) []byte {
		return fill(`<rss><channel><item><title>x</title><description><![CDATA[`, repeat, `]]></description></item></channel></rss>`)
	}
	many := func(repeat string) []byte {
		inner := strings.Repeat(repeat, max(1, (size/maxEntries-80)/len(repeat)))
		return fill(`<rss><channel>`, `<item><title>x</title><description><![CDATA[`+inner+`]]></description></item>`, `</channel></rss>`)
	}
	// escaped is many without sections: what is repeated stands in entities.
	escaped := func(repeat string) []byte {
		inner := strings.Repeat(repeat, max(1, (size/maxEntries-80)/len(repeat)))
		return fill(`<rss><channel>`, `<item><title>x</title><description>`+inner+`</description></item>`, `</channel></rss>`)
	}
	title := func(repeat string) []byte {
		return fill(`<rss><channel><item><title><![CDATA[`, repeat, `]]></title></item></channel></rss>`)
	}
	utf16 := fill(`<rss><channel><item><title>x</title><description>`, "\u00e9", `</description></item></channel></rss>`)
	wide, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(utf16[:size/2])
	json := func(repeat string) []byte {
		return fill(`{"version":"https://jsonfeed.org/version/1","items":[`, repeat, `{}]}`)
	}
	return map[string][]byte{
		"long texts":          fill(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">`, `<p>`+strings.Repeat("x", 256)+`</p>`, `</div></content></entry></feed>`),
		"many tags":           text(`#tagtagtag `),
		"different tags":      many(`#a1 #a2 #a3 #a4 #a5 #a6 #a7 #a8 #a9 #b1 #b2 #b3 #b4 #b5 #b6 #b7 #b8 #b9 `),
		"many sections":       one(`<description><![CDATA[a]]></description>`),
		"sections in one":     fill(`<rss><channel><item><title>x</title><description>`, `<![CDATA[a]]>`, `</description></item></channel></rss>`),
		"sections in section": fill(`<rss><channel><item><title>x</title><description>`, `<![CDATA[`, `]]></item></channel></rss>`),
		"categories":          one(`<category>abc</category>`),
		"empty elements":      one(`<a/>`),
		"open elements":       one(`<p>`),
		"ends":                one(`</p>`),
		"breaks":              one(`<br>`),
		"unclosed titles":     one(`<title>a`),
		"escaped links":       fill(`<rss><channel><item><title>x</title><description>`, `&lt;a href="https://a.example/"&gt;`, `</description></item></channel></rss>`),
		"links":               text(`<a href="https://a.example/x?utm_source=a&b=1">x</a>`),
		"bare links":          text(`https://a.example/x `),
		"brackets of links":   fill(`<rss><channel>`, `<item><title>x</title><description>https://a.example/`+strings.Repeat(")", 60_000)+`</description></item>`, `</channel></rss>`),
		"links in many":       many(`<a href=/1>1</a><a href=/2>2</a>`),
		"bare links in many":  many(`https://a.example/x `),
		"other links in many": many(differentLinks),
		"escaped in many":     escaped(`&lt;p&gt;`),
		"entities in many":    escaped(`&amp;eacute;`),
		"titles in many":      fill(`<rss><channel>`, `<item><title>`+strings.Repeat("&lt;p&gt;", max(1, size/maxEntries/8-6))+`</title></item>`, `</channel></rss>`),
		"mojibake in many":    many("\u00c3\u00a9"),
		"controls in many":    many("\x01a"),
		"small tags":          text(`<p>`),
		"small tags in many":  many(`<p>`),
		"attributes":          text(`<a b c d e f>`),
		"scripts":             text(`<script>x</script>`),
		"open scripts":        text(`<script>`),
		"entities":            text(`&amp;&#39;`),
		"entities in title":   title(`&amp;lt;b&amp;gt;`),
		"long title":          title(`a<b>c</b>`),
		"mojibake":            title("\u00c3\u00a9"),
		"controls":            text("\x01a"),
		"no UTF-8":            text("\xe9\xff"),
		"items":               fill(`<rss><channel>`, `<item><guid>a</guid></item>`, `</channel></rss>`),
		"dated items":         fill(`<rss><channel>`, `<item><guid>a</guid><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate><dc:date>x</dc:date></item>`, `</channel></rss>`),
		"unclosed items":      fill(`<rss><channel>`, `<item><guid>a</guid>`, `</channel></rss>`),
		"empty items":         fill(`<rss><channel>`, `<item/>`, `</channel></rss>`),
		"tombstones":          fill(`<feed xmlns:at="http://purl.org/atompub/tombstones/1.0">`, `<at:deleted-entry ref="tag:a,2026:x"/>`, `</feed>`),
		"namespaces":          one(`<a:b xmlns:a="http://purl.org/dc/elements/1.1/"/>`),
		"one page":            fill(`<!DOCTYPE html><html>`, `<link rel=x>`, ``),
		"not a feed":          fill(``, `hello `, ``),
		"spaces":              fill(``, ` `, `<rss/>`),
		"less-than":           fill(`x`, `<`, ``),
		"long declaration":    fill(`<?xml version="1.0" `, `a`, ``),
		"doctype":             fill(`<!DOCTYPE rss [`, `<!ENTITY a "b">`, `]><rss><channel><item><title>&a;</title></item></channel></rss>`),
		"comments":            one(`<!-- -->`),
		"open comments":       one(`<!--`),
		"comments over items": fill(`<rss><channel><item><title>x</title>`, `<!--`, `</item><!-- --></channel></rss>`),
		"sections over items": fill(`<rss><channel>`, `<item><![CDATA[<![CDATA[</item>`, `]]></channel></rss>`),
		"open declarations":   fill(`<rss><channel><item><title>x</title>`, `<!`, ``),
		"open subsets":        fill(`<rss><channel><item><title>x</title>`, `<![>`, ``),
		"long name of items":  fill(`<rss><channel><`+strings.Repeat("a", size/2)+`:item>`, `<!---->`, `</channel></rss>`),
		"namespaces in value": fill(`<rss a="`, `xmlns=`, `"><channel/></rss>`),
		"no value of a space": fill(`<rss a="`, `xmlns`, `="><channel/></rss>`),
		"open instructions":   one(`<?a `),
		"open quotes":         one(`<a b="`),
		"quotes":              one(`<a b="<`),
		"not closed":          fill(`<rss><channel><item><title>x</title></item>`, `<![CDATA[`, ``),
		"ampersands":          fill(`<rss><channel><item><title>x</title><description>`, `&`, `</description></item></channel></rss>`),
		"UTF-16":              wide,
		"JSON items":          json(`{},`),
		"JSON texts":          json(`{"id":"a","content_html":"<p>hello &amp; you</p>"},`),
		"JSON keys":           fill(`{"version":"https://jsonfeed.org/version/1","items":[{`, `"a":1,`, `"id":"1"}]}`),
		"JSON escapes":        fill(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","content_text":"`, `\u0041`, `"}]}`),
		"JSON tags":           fill(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","tags":[`, `"a",`, `"b"]}]}`),
		"JSON strings":        fill(`{"a":"`, `\"`, ``),
	}
}

// TestLargeMarkupIsLinear reads bodies that try to cost time or memory: what
// takes quadratic time in any step runs into the guard, and what is handed on
// is no larger than what came. How long each takes, and the memory, is printed
// by BenchmarkHostile.
func TestLargeMarkupIsLinear(t *testing.T) {
	for name, body := range hostile(1 << 20) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, items, _ := Parse(name, body, "", councilSource("https://a.example/feed"), today)
			size := 0
			for _, it := range items {
				if err := it.Check(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				size += len(it.Title) + len(it.Text) + len(it.URL)
				for _, l := range append(it.Links, it.Hashtags...) {
					size += len(l)
				}
			}
			if len(items) > 2*maxEntries || size > 2*len(body) {
				t.Errorf("%s: %d items, %d bytes of %d", name, len(items), size, len(body))
			}
		}()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatalf("%s: not read within a minute", name)
		}
	}
}
