package collectors

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParkedTextsChangeNothing(t *testing.T) {
	long := strings.Repeat("a council &amp; its bins; ", 30)
	markup := strings.Repeat(`<p class="x > y">Fish &amp; chips &#8211; <a href="https://a.example/?a=1&amp;b=2">here</a></p> `, 10)
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(markup)
	rss := func(children string) string {
		return `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>t</title><item><guid>1</guid>` + children + `</item><item><guid>2</guid><title>after</title></item></channel></rss>`
	}
	atom := func(children string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>1</id>` + children + `</entry></feed>`
	}
	docs := map[string]string{
		"cdata":              rss(`<content:encoded><![CDATA[` + markup + `]]></content:encoded>`),
		"cdata in space":     rss("<description>\n  <![CDATA[" + markup + "]]>\n </description>"),
		"two sections":       rss(`<description><![CDATA[` + markup + `]]><![CDATA[` + markup + `]]></description>`),
		"text and section":   rss(`<description>` + long + `<![CDATA[` + markup + `]]></description>`),
		"escaped":            rss(`<description>` + escaped + `</description>`),
		"plain":              rss(`<title>` + long + `</title><description> ` + long + ` </description>`),
		"unescaped markup":   rss(`<description>` + long + `<b>` + long + `</b>` + long + `</description>`),
		"comment":            rss(`<!-- <description><![CDATA[` + long + `]]></description> --><title>x</title>`),
		"section in section": rss(`<description><![CDATA[<![CDATA[` + long + `]]></description>`),
		"attribute":          rss(`<enclosure url="<a>` + strings.Repeat("x", 300) + `</a>"/><title>x</title>`),
		"category":           rss(`<category>` + strings.Repeat("x", 300) + `</category><title>x</title>`),
		"media":              rss(`<media:group><media:description>` + long + `</media:description></media:group>`),
		"atom html":          atom(`<content type="html">` + escaped + `</content>`),
		"atom html section":  atom(`<content type="html"><![CDATA[` + markup + `]]></content>`),
		"atom text":          atom(`<content type="text">` + long + `</content><title>` + long + `</title>`),
		"atom xhtml":         atom(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>` + long + `</p><p>` + long + `</p></div></content>`),
		"xml:base":           atom(`<content type="html" xml:base="https://b.example/">` + escaped + `</content>`),
		"guid":               rss(`<link>https://a.example/` + strings.Repeat("x", 300) + `</link>`),
	}
	files, _ := filepath.Glob("testdata/feeds/*.xml")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs[file] = string(toUTF8(b, ""))
	}
	for name, doc := range docs {
		plain, texts := parkedItems(t, []byte(doc), false)
		short, parked := parkedItems(t, []byte(doc), true)
		if !reflect.DeepEqual(plain, short) {
			t.Errorf("%s: with parked texts\n%+v\nwithout\n%+v", name, short, plain)
		}
		if texts != 0 || (name == "cdata" || name == "escaped" || name == "atom html") && parked == 0 {
			t.Errorf("%s: %d texts were parked", name, parked)
		}
	}
}

// parkedItems reads a feed with or without parking; nil when it cannot be read.
func parkedItems(t *testing.T, doc []byte, parking bool) (items []string, texts int) {
	t.Helper()
	out, err := scan(doc)
	if err != nil {
		return nil, 0
	}
	var p parked
	if parking {
		doc, p = park(bytes.Clone(doc))
	}
	r, err := parseXML(doc, out.root, nil)
	if err != nil {
		return nil, 0
	}
	p.back(&r)
	for _, f := range build(r, councilSource("https://a.example/feed"), today, false).found {
		items = append(items, fmt.Sprintf("%+v", f.Item))
	}
	return items, len(p.texts)
}
