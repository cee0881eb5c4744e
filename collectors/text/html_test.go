package text

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"unicode/utf8"

	"vantage/collectors/item"
)

func TestFromHTML(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"plain":                {"Bins are collected on Monday.", "Bins are collected on Monday."},
		"empty":                {"", ""},
		"only space":           {" \n\t ", ""},
		"paragraphs":           {"<p>One.</p><p>Two.</p>", "One.\nTwo."},
		"line break":           {"One<br>Two<br/>Three", "One\nTwo\nThree"},
		"inline is no break":   {"un<b>believ</b>able and <i>so</i> on", "unbelievable and so on"},
		"list":                 {"<ul><li>one<li>two</ul>after", "one\ntwo\nafter"},
		"table":                {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		"script":               {"a<script>if (1 < 2) { alert('</p>') }</script>b", "ab"},
		"style":                {"a<style>p { color: red }</style> b", "a b"},
		"unclosed script":      {"kept<script>alert(1)", "kept"},
		"closed script tag":    {`a<script src="x"/>b`, "ab"},
		"closed frame tag":     {`before <iframe src="https://example.org"/> <b>after</b>`, "before after"},
		"script in a head":     {`<head><script>// i<n: s='</script></head><body>text</body>`, "text"},
		"style in a picture":   {`a<svg><style>/* b<c d='e */</style></svg>f`, "af"},
		"frame":                {"a<iframe>inside</iframe>b", "ab"},
		"nested hidden":        {"a<svg><svg><text>x</text></svg>y</svg>b", "ab"},
		"head never closed":    {"<html><head><title>T</title><body><p>text", "text"},
		"comment":              {"a<!-- hidden <p> -->b", "ab"},
		"conditional comment":  {"a<!--[if mso]><p>x</p><![endif]-->b", "ab"},
		"cdata":                {"<p>a <![CDATA[b < c]]></p>", "a b < c"},
		"bare less-than":       {"<p>5 < 6 and 7 > 3</p>", "5 < 6 and 7 > 3"},
		"bare, no markup":      {"1 < 2", "1 < 2"},
		"arrow":                {"a <- b <3 <", "a <- b <3 <"},
		"entities":             {"Fish &amp; chips &pound;5 &#8212; caf&eacute; &nbsp; &hellip;", "Fish & chips £5 — café …"},
		"entity, no markup":    {"AT&amp;T &lt;3", "AT&T <3"},
		"broken entity":        {"R&D &unknown; &#xZZ; & co", "R&D &unknown; &#xZZ; & co"},
		"image":                {`a<img src="x" alt="picture">b`, "a b"},
		"attribute with >":     {`<a title="a > b" href="/x">link</a> after`, "link after"},
		"invalid bytes":        {"a\xff\xfeb<b>c\x80</b>", "abc"},
		"controls":             {"a\x00\x07b\u200b c\u202ed\u00ade", "ab cde"},
		"space folded":         {"<p>  a \t\r\n\n b&nbsp;&nbsp;c  </p>", "a\nb c"},
		"unclosed tag at end":  {"text <a href=", "text"},
		"unknown elements":     {"<o:p>a</o:p><x-y>b</x-y>", "ab"},
		"processing":           {"<?php echo 1 ?>text", "text"},
		"upper case":           {"<P>A</P><SCRIPT>x</SCRIPT><P>B</P>", "A\nB"},
		"emoji":                {"<p>👩‍👧 and 🏴󠁧󠁢󠁷󠁬󠁳󠁿</p>", "👩‍👧 and 🏴󠁧󠁢󠁷󠁬󠁳󠁿"},
		"welsh":                {"<p>Cyngor Sir Ynys M&ocirc;n</p>", "Cyngor Sir Ynys Môn"},
		"heading":              {"<h2>Title</h2>text<h3>Next</h3>", "Title\ntext\nNext"},
		"escaped markup stays": {"<p>write &lt;b&gt; for bold</p>", "write <b> for bold"},
	} {
		if got, _ := FromHTML(test.in); got != test.want {
			t.Errorf("%s: %q became %q, want %q", name, test.in, got, test.want)
		}
	}
}

func TestFromHTMLLinks(t *testing.T) {
	_, links := FromHTML(`<a href="https://a.gov.uk/x?a=1&amp;b=2">x</a><a name="y">y</a><a href=" /rel ">z</a>
		<a href="https://a.gov.uk/x?a=1&amp;b=2">again</a><area href='#f'><a href="">e</a><A HREF=unquoted>u</A>`)
	want := "[https://a.gov.uk/x?a=1&b=2 /rel #f unquoted]"
	if fmt.Sprint(links) != want {
		t.Errorf("got %v, want %s", links, want)
	}
}

func TestFromHTMLIsBounded(t *testing.T) {
	for name, in := range map[string]string{
		"long":         "<p>" + strings.Repeat("word ", 100_000),
		"deep":         strings.Repeat("<div>", 100_000) + "x",
		"bare":         strings.Repeat("<", 300_000),
		"comments":     strings.Repeat("<!--", 100_000),
		"cdata":        strings.Repeat("<![CDATA[", 50_000),
		"entities":     "<p>" + strings.Repeat("&", 300_000),
		"links":        strings.Repeat("<a href=x>", 50_000),
		"many links":   manyLinks(50_000),
		"attributes":   "<p " + strings.Repeat("a=b ", 100_000) + ">x",
		"wide letters": "<p>" + strings.Repeat("é", 100_000),
		"raw":          strings.Repeat("<textarea>", 50_000),
	} {
		plain, links := FromHTML(in)
		if len(plain) > item.MaxText || len(links) > item.MaxList || !utf8.ValidString(plain) {
			t.Errorf("%s: %d bytes, %d links", name, len(plain), len(links))
		}
	}
}

func manyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<a href=%d>", i)
	}
	return b.String()
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"as it is":              "as it is",
		" a  b ":                "a b",
		"a\r\nb\n\n\nc":         "a\nb\nc",
		"a \n b":                "a\nb",
		"tab\there":             "tab here",
		"a\u00a0b\u2003c":       "a b c",
		"\ufeffmark":            "mark",
		"evil\u202etxt.exe":     "eviltxt.exe",
		"\x1b[31mred":           "[31mred",
		"bad\xc3\x28 utf\xf0":   "bad( utf",
		"a\u2028b":              "a\nb",
		"soft\u00adhyphen":      "softhyphen",
		"\u0000\u0001":          "",
		"zero\u200bwidth":       "zerowidth",
		"na\u0308ive stays":     "na\u0308ive stays",
		"replacement \ufffd ok": "replacement \ufffd ok",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { Clean("plain text that is clean already") }); n != 0 {
		t.Errorf("%v allocations for clean text", n)
	}
}

func TestLine(t *testing.T) {
	if got := Line("a\n b\r\nc"); got != "a b c" {
		t.Errorf("got %q", got)
	}
}

func TestCutBytes(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 5, "abc"}, {"abc", 3, "abc"}, {"abc", 2, "ab"}, {"é", 1, ""}, {"aé", 2, "a"}, {"👍x", 4, "👍"}, {"👍x", 3, ""}, {"abc", 0, ""}, {"abc", -1, ""},
	} {
		if got := CutBytes(test.in, test.n); got != test.want {
			t.Errorf("CutBytes(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func TestHashtags(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "[]",
		"no tags":                         "[]",
		"#LocalGov and #localgov":         "[localgov]",
		"(#AI) #GovTech.":                 "[ai govtech]",
		"issue #12 is not, #4thplinth is": "[4thplinth]",
		"https://example.org/#part no":    "[]",
		"https://example.org/a#part no":   "[]",
		"C# and &#8217; no":               "[]",
		"#TŷNewydd #Môn":                  "[tŷnewydd môn]",
		"##double # alone #":              "[]",
		"#open_data #a-b":                 "[open_data a]",
		"#one#two":                        "[one]",
		"#ＦＵＬＬ":                           "[full]",
		"🏛️#LocalGov ❤️#AI":               "[localgov ai]",
		"Mo\u0302#no":                     "[]",
		strings.Repeat("# heading ", 300) + "#localgov": "[localgov]",
		"#" + strings.Repeat("x", 100) + " no":          "[]",
	} {
		if got := fmt.Sprint(Hashtags(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestFoldTag(t *testing.T) {
	for _, in := range []string{"Machine Learning", "#MachineLearning", "machine-learning", "MACHINE  learning!"} {
		if got := FoldTag(in); got != "machinelearning" {
			t.Errorf("%q folds to %q", in, got)
		}
	}
}

func FuzzFromHTML(f *testing.F) {
	for _, seed := range []string{"<p>a<b>c</p>", "<script>x", "a < b &amp; c", "<a href=x", "<!--", "<![CDATA[x", "\xff<p\xfe>", "<svg><svg></svg>", "<plaintext>x<p>", "<textarea/>y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		plain, links := FromHTML(in)
		if !utf8.ValidString(plain) || len(plain) > item.MaxText || len(links) > item.MaxList {
			t.Fatalf("%q became %q with %d links", in, plain, len(links))
		}
		if tidy := Clean(plain); tidy != plain {
			t.Fatalf("%q became %q, which is not clean: %q", in, plain, tidy)
		}
		for _, tag := range Hashtags(nil, plain) {
			if FoldTag(tag) != tag {
				t.Fatalf("tag %q is not folded", tag)
			}
		}
	})
}

// article is HTML of 3.4 KB, about the size of a news item.
var article = strings.Repeat(`<p>The council&#8217;s cabinet agreed a <a href="https://www.example.gov.uk/plan?id=4&amp;v=2">new digital plan</a> on Tuesday.
<strong>Residents</strong> can report potholes &amp; missed bins on-line, and see when they are dealt with.</p>
<ul><li>no paper forms</li><li>open data</li></ul><script>track("x < y")</script>
`, 8)

func BenchmarkFromHTML(b *testing.B) {
	b.SetBytes(int64(len(article)))
	b.ReportAllocs()
	for b.Loop() {
		FromHTML(article)
	}
}

func BenchmarkClean(b *testing.B) {
	plain, _ := FromHTML(article)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		Clean(plain)
	}
}

// Entities are read one by one; the standard reading takes the whole text.
func TestEntitiesAreReadAsInOneGo(t *testing.T) {
	for _, s := range []string{
		"&", "&&", "a &amp; b", "&amp;amp;", "&amp;lt;b&gt;", "&lt;&gt;", "&ampere;", "&copy 2026", "&notin;", "&notit;", "fish&chips",
		"&#8217;&#x2019;", "&#39;s", "&#0;", "&#128;", "&nbsp;&nbsp;x", "&quot;q&quot;", "&unknown;&eacute;", "é&eacute;\xc3&#169;", "&lt", "&#;",
	} {
		got, _ := FromHTML("<p>" + s + "</p>")
		if want := Clean(html.UnescapeString(s)); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}
