package tag

import (
	"strings"
	"testing"

	"vantage/pipeline/council"
)

// show writes pieces with what they are for in brackets.
func show(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if len(p.For) == 0 {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString("[" + p.Text + "|" + strings.Join(p.For, ",") + "]")
	}
	return b.String()
}

func TestMarkPhrases(t *testing.T) {
	line := func(name string, reasons ...string) Line { return Line{Name: name, Reasons: reasons} }
	for _, c := range []struct {
		name, post, want string
		lines            []Line
	}{
		{"nothing found", "Plain <b>text</b>", "Plain <b>text</b>", nil},
		{"every place, whole words only", "data, metadata and data", "[data|Open data], metadata and [data|Open data]",
			[]Line{line("Open data", "says “data”")}},
		{"case of the text counts", "Data and data", "[Data|D] and data", []Line{line("D", "says “Data”")}},
		{"one phrase for two", "damp sensors", "[damp sensors|Damp,Sensors]", []Line{line("Damp", "says “damp sensors”"), line("Sensors", "beside “damp sensors” (+1.0)")}},
		{"overlaps", "open data platform here", "[open data|A,B] platform here", []Line{line("A", "says “open data”"), line("B", "says “data platform”")}},
		{"longest first", "open data platform", "[open data platform|B,A]", []Line{line("A", "says “open data”"), line("B", "says “open data platform”")}},
		{"slight evidence is not marked", "its data", "its [data|D]", []Line{line("D", "says “its” (+0.1)", "says “data” (-0.3)")}},
		{"hashtags in any case", "at #UKGovCamp now, #ukgovcamps", "at [#UKGovCamp|Camps] now, #ukgovcamps", []Line{line("Camps", "hashtag #ukgovcamp")}},
		{"several quotes", "Leeds council and Leeds", "[Leeds|L] [council|L] and [Leeds|L]", []Line{line("L", "“council” beside “Leeds” (+2.0)")}},
		{"letters beyond ASCII", "Ynys Môn’s plan", "[Ynys Môn|Anglesey]’s plan", []Line{line("Anglesey", "name “Ynys Môn”")}},
		{"broken quotes", "a “b c", "a “b c", []Line{line("X", "says “b c", "says “”", "hashtag #")}},
	} {
		pieces := MarkPhrases(c.post, c.lines)
		if got := show(pieces); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		joined := ""
		for _, p := range pieces {
			joined += p.Text
		}
		if joined != c.post {
			t.Errorf("%s: the pieces are %q, not the post", c.name, joined)
		}
	}
}

// TestReasonsQuoteThePost holds what MarkPhrases relies on.
func TestReasonsQuoteThePost(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	tg := tagger(t)
	in := Input{Title: "Open data in Leeds", Text: "Leeds City Council’s dashboards run on Power BI. #PowerBI"}
	r := tg.Tag(in)
	got := show(MarkPhrases(in.Post(), Lines(r, v, council.Load())))
	for _, want := range []string{"[Open data|", "[Leeds City Council’s|Leeds", "[Power BI|", "|Power BI"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func FuzzMarkPhrases(f *testing.F) {
	f.Add("Leeds City Council’s data #x", "says “data”, hashtag #X")
	f.Fuzz(func(t *testing.T, post, reason string) {
		joined := ""
		for _, p := range MarkPhrases(post, []Line{{Name: "n", Reasons: []string{reason}}}) {
			joined += p.Text
		}
		if joined != post {
			t.Errorf("the pieces are %q, the post %q", joined, post)
		}
	})
}
