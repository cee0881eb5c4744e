package tag

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// filter runs Filter over in and returns both outputs.
func filter(t *testing.T, in string, opts FilterOptions) (out, told string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	opts.Errors = &e
	err = Filter(context.Background(), strings.NewReader(in), &o, tagger(t), opts)
	return o.String(), e.String(), err
}

func TestFilterAnswersLineByLine(t *testing.T) {
	out, _, err := filter(t, `{"id":"a","text":"Hackney Council & Power BI","lang":"en","published":"2026-11-16"}`+"\n\n"+`{"id":"b","text":"Nothing"}`, FilterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2: %s", len(lines), out)
	}
	var a struct {
		ID       string
		Councils []struct {
			ID, Sense  string
			Confidence float64
			Reasons    []string
		}
		Topics, Tools []Hit
		Themes        []string
		Lang          string
	}
	if err := json.Unmarshal([]byte(lines[0]), &a); err != nil {
		t.Fatal(err)
	}
	if a.ID != "a" || a.Lang != "en" || len(a.Councils) != 1 || a.Councils[0].ID != "E09000012" || a.Councils[0].Sense != "council" ||
		len(a.Councils[0].Reasons) == 0 || len(a.Tools) != 1 || !slices.Contains(a.Themes, "data & open data") {
		t.Errorf("answer %s", lines[0])
	}
	if want := `{"id":"b","councils":[],"topics":[],"themes":[],"tools":[],"lang":""`; !strings.HasPrefix(lines[1], want) {
		t.Errorf("nothing found gives %s, want empty lists", lines[1])
	}
}

func TestFilterReadsWholeItems(t *testing.T) {
	it := item.Item{
		Schema: item.Schema, Op: item.Create, ID: "x", Version: 1, Kind: "feed", Source: "s", Publisher: "p", Class: item.Council,
		FeedCouncil: "E09000012", Text: "Open data", Published: time.Now(), Seen: time.Now(),
	}
	b, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := filter(t, string(b), FilterOptions{})
	if err != nil || !strings.Contains(out, `"sense":"feed"`) || !strings.Contains(out, "open-data") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestFilterTellsBadLinesAndGoesOn(t *testing.T) {
	in := `{"id":"a"` + "\n" + `{"id":7}` + "\n" + `{"id":"c","published":"soon"}` + "\n" + `{"id":"d","feed_council":"E1"}` + "\n" + `{"id":"e"}` + "\n"
	out, told, err := filter(t, in, FilterOptions{})
	if err == nil || err.Error() != "4 of 5 lines could not be read" {
		t.Errorf("error %v", err)
	}
	if !strings.HasPrefix(out, `{"id":"e"`) || strings.Count(out, "\n") != 1 {
		t.Errorf("the good line gives %q", out)
	}
	for _, want := range []string{"line 1: not a JSON object", "line 2: id is a JSON number", `line 3: published "soon" is not a time`, `line 4: feed_council "E1" is not in the register`} {
		if !strings.Contains(told, want) {
			t.Errorf("told %q, which lacks %q", told, want)
		}
	}
}

func TestFilterExplains(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := filter(t, `{"id":"a","title":"Leeds City Council","text":"opens its data"}`+"\n"+`{"id":"b"}`, FilterOptions{Explain: true, Vocabulary: v, Register: council.Load()})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a  Leeds City Council opens its data\n", "  Councils\n    Leeds (E08000035): 98% sure, counted\n", "      - official name “Leeds City Council” (+4.5)\n", "  Themes\n    data & open data\n      - says “data” (+", "  Language: English\n\n", "b\n  nothing found\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("explanation %q lacks %q", out, want)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestFilterEndsWhenNobodyReads(t *testing.T) {
	err := Filter(context.Background(), strings.NewReader(strings.Repeat(`{"id":"a"}`+"\n", 1000)), brokenWriter{}, tagger(t), FilterOptions{})
	if err == nil || err.Error() != "disk full" {
		t.Errorf("error %v, want that of the writer", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Filter(ctx, strings.NewReader("{}"), &bytes.Buffer{}, tagger(t), FilterOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestFilterRefusesEndlessLines(t *testing.T) {
	out, _, err := filter(t, `{"id":"a"}`+"\n"+`{"id":"`+strings.Repeat("x", maxLine)+`"}`, FilterOptions{})
	if err == nil || !strings.Contains(err.Error(), "line 2: longer than") {
		t.Errorf("error %v", err)
	}
	if !strings.HasPrefix(out, `{"id":"a"`) {
		t.Errorf("what was answered before is %q", out)
	}
}

func TestAnswerLeavesTheResultAsItWas(t *testing.T) {
	in := Input{Text: "Leeds City Council’s cabinet and Barnsley"}
	tg := tagger(t)
	r, want := tg.Tag(in), tg.Tag(in)
	if _, err := tg.Answer(in, r); err != nil {
		t.Fatal(err)
	}
	for i, m := range r.Councils {
		if m.Confidence != want.Councils[i].Confidence {
			t.Errorf("%s was %v sure and is %v", m.ID, want.Councils[i].Confidence, m.Confidence)
		}
	}
}

// TestExplainWritesNoControlCharacters: what a stranger wrote must not steer
// the terminal of who reads it.
func TestExplainWritesNoControlCharacters(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	post := `{"id":"a\u001b[2J","lang":"e\u001bc","title":"Red \u001b]0;x\u0007 tape","text":"open \u001b data. Our code: https://github.com/a/\u001bb","links":["https://github.com/a/\u001bc"]}`
	out, _, err := filter(t, post, FilterOptions{Explain: true, Vocabulary: v, Register: council.Load()})
	if err != nil {
		t.Fatal(err)
	}
	if at := strings.IndexAny(out, "\x1b\a"); at >= 0 || !strings.Contains(out, "says “open data”") {
		t.Errorf("byte %d of %q steers a terminal", at, out)
	}
}

func TestLanguageIsClaimedOrFound(t *testing.T) {
	tg := tagger(t)
	welsh := "Mae'r cyngor wedi agor canolfan newydd yn y dref"
	for _, c := range []struct{ claim, text, want string }{
		{"", welsh, "cy"},
		{"en", welsh, "en"},
		{"", "The council has opened a new centre in the town", "en"},
		{"", "Hackney", ""},
	} {
		if got := tg.Tag(Input{Text: c.text, Lang: c.claim}).Lang; got != c.want {
			t.Errorf("%q, claimed %q, is taken for %q, not %q", c.text, c.claim, got, c.want)
		}
	}
}
