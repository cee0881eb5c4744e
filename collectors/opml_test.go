package collectors

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"vantage/collectors/item"
)

func TestParseOPML(t *testing.T) {
	sources, err := ParseOPML(strings.NewReader(`<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="2.0"><head><title>Mine</title></head><body>
 <outline text="Councils">
  <outline text="North">
   <outline type="rss" text="Oakshire &amp; co" xmlUrl="https://www.oakshire.example/feed" htmlUrl="https://www.oakshire.example/" language="en-gb" category="/News/Local,housing"/>
  </outline>
  <outline title="Only a title" xmlUrl="feed://elm.example/rss"/>
 </outline>
 <outline text="again" xmlUrl="https://www.oakshire.example/feed" category="twice"/>
 <outline text="not the web" xmlUrl="javascript:alert(1)"/>
 <outline text="included" type="include" url="https://elsewhere.example/list.opml"/>
 <outline text="a note without a feed"/>
</body></opml>`))
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) != 2 {
		t.Fatalf("got %+v", sources)
	}
	a, b := sources[0], sources[1]
	if a.Name != "Oakshire & co" || a.Class != item.Council || a.Publisher != "oakshire.example" || a.Lang != "en-GB" ||
		!reflect.DeepEqual(a.Categories, []string{"Councils", "North", "News/Local", "housing", "twice"}) {
		t.Errorf("got %+v", a)
	}
	if b.URL != "https://elm.example/rss" || b.Name != "Only a title" || b.Class != item.Council || b.Publisher != "elm.example" {
		t.Errorf("got %+v", b)
	}
	if err := CheckSources(sources); err != nil {
		t.Error(err)
	}
}

func TestParseOPMLTakesWhatProgramsWrite(t *testing.T) {
	wide := func(s string) string {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return string(out)
	}
	const one = `<opml version="1.0"><body><outline text="Cafés" xmlUrl="https://a.example/feed"/></body></opml>`
	for name, in := range map[string]string{
		"UTF-8 with a mark":         "\xef\xbb\xbf" + one,
		"UTF-16":                    wide(one),
		"Latin-1":                   `<?xml version="1.0" encoding="ISO-8859-1"?>` + strings.Replace(one, "é", "\xe9", 1),
		"Latin-1 that says UTF-8":   `<?xml version="1.0" encoding="UTF-8"?>` + strings.Replace(one, "é", "\xe9", 1),
		"UTF-8 that says UTF-16":    `<?xml version="1.0" encoding="UTF-16"?>` + one,
		"an entity of HTML":         strings.Replace(one, "é", "&eacute;", 1),
		"a bare ampersand":          strings.Replace(one, "/feed", "/feed?x=1&y=2", 1),
		"capitals":                  strings.NewReplacer("outline", "OUTLINE", "xmlUrl", "XMLURL", "body", "BODY").Replace(one),
		"url instead of xmlUrl":     strings.Replace(one, "xmlUrl", "type='rss' url", 1),
		"unclosed outlines":         strings.Replace(one, "/>", ">", 1),
		"a control character":       strings.Replace(one, "Caf", "\x02Caf", 1),
		"no version and more roots": "<?xml-stylesheet href='x'?>" + strings.Replace(one, ` version="1.0"`, "", 1) + "<p/>",
	} {
		sources, err := ParseOPML(strings.NewReader(in))
		if err != nil || len(sources) != 1 || sources[0].Name != "Cafés" || !strings.HasPrefix(sources[0].URL, "https://a.example/feed") {
			t.Errorf("%s: got %+v, %v", name, sources, err)
		}
	}
}

func TestParseOPMLTakesCommentsAsPaused(t *testing.T) {
	sources, err := ParseOPML(strings.NewReader(`<opml version="2.0"><body>
	 <outline text="Old" isComment="true"><outline text="Deep"><outline text="a" xmlUrl="https://a.example/"/></outline><outline text="b" xmlUrl="https://b.example/"/></outline>
	 <outline text="c" xmlUrl="https://c.example/" isComment="TRUE"/>
	 <outline text="d" xmlUrl="https://d.example/"/>
	 <outline text="b again" xmlUrl="https://b.example/"/>
	</body></opml>`))
	var paused []string
	for _, s := range sources {
		if s.Paused {
			paused = append(paused, s.Name)
		}
	}
	if err != nil || len(sources) != 4 || strings.Join(paused, " ") != "a c" {
		t.Errorf("paused: %q of %d, %v", paused, len(sources), err)
	}
}

func TestParseOPMLRefuses(t *testing.T) {
	for name, test := range map[string]struct{ in, says string }{
		"empty":     {"", "not an OPML file"},
		"a feed":    {"<rss><channel/></rss>", "not an OPML file"},
		"a page":    {"<html><body><outline/></body></html>", "not an OPML file"},
		"deep":      {"<opml><body>" + strings.Repeat("<outline text='x'>", 100), "more than 64 deep"},
		"many":      {"<opml><body>" + strings.Repeat("<outline text='x'/>", maxOutlines+1), "split it"},
		"truncated": {"<opml><body><outline text='x'", "export it again"},
		"entities":  {"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml><body/></opml>", "internal subset"},
		"billion":   {"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><opml><body><outline text='&b;' xmlUrl='https://a.example'/></body></opml>", "internal subset"},
		"no body":   {"<opml><outline xmlUrl='https://a.example'/></opml>", "with a <body>"},
		"in a feed": {"<rss><opml><body/></opml></rss>", "not an OPML file"},
		"large":     {"<opml><body>" + strings.Repeat(" ", maxOPML), "8 MiB"},
	} {
		if _, err := ParseOPML(strings.NewReader(test.in)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, test.says)
		}
	}
}

// TestOPMLKeepsFewCategories: a list may come from anywhere, and each category
// is compared with those before.
func TestOPMLKeepsFewCategories(t *testing.T) {
	var many strings.Builder
	for i := range 500_000 {
		fmt.Fprintf(&many, "%d,", i)
	}
	in := "<opml><body><outline text='a' xmlUrl='https://a.example/feed' category='" + many.String() + "'/></body></opml>"
	out, err := ParseOPML(strings.NewReader(in))
	if err != nil || len(out) != 1 || len(out[0].Categories) != maxCategories {
		t.Errorf("%d sources, %v; want one with %d categories", len(out), err, maxCategories)
	}
}

func TestOPMLComesBackAsItWasWritten(t *testing.T) {
	in := []Source{
		Source{Kind: "feed", URL: "https://a.example/feed", Name: "A & <b>", Class: item.Press, Publisher: "a.example", Lang: "cy", Categories: []string{"press", "Wales"}}.Complete(),
		Source{Kind: "feed", URL: "https://b.example/feed?x=1&y=2", Name: "B", Class: item.Council, Publisher: "b.example", Categories: []string{"council"}, Paused: true}.Complete(),
	}
	var b bytes.Buffer
	if err := WriteOPML(&b, "Sources", in, today); err != nil {
		t.Fatal(err)
	}
	out, err := ParseOPML(&b)
	if err != nil || len(out) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	in[0].Name = "A &" // markup in names is not kept
	if !reflect.DeepEqual(out, []Source{in[1], in[0]}) {
		t.Errorf("got  %+v\nwant %+v", out, []Source{in[1], in[0]})
	}
}
