package tag

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"vantage/pipeline/council"
)

func ids(hits []Hit) []string {
	var list []string
	for _, h := range hits {
		list = append(list, h.ID)
	}
	return list
}

func reasons(hits []Hit, id string) string {
	for _, h := range hits {
		if h.ID == id {
			return strings.Join(h.Reasons, ", ")
		}
	}
	return ""
}

func TestTag(t *testing.T) {
	r := tagger(t).Tag(Input{
		Title: "Open data in Leeds", Text: "Leeds City Council’s dashboards run on Power BI. #PowerBI #ServiceDesign",
		Links: []string{"https://www.data.gov.uk/dataset"}, Published: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC),
	})
	if got := ids(r.Topics); !slices.Equal(got, []string{"service-design", "open-data", "bi"}) {
		t.Errorf("topics %v", got)
	}
	if got := ids(r.Tools); !slices.Equal(got, []string{"data-gov-uk", "power-bi"}) {
		t.Errorf("tools %v, want them in the order of the vocabulary", got)
	}
	if got := r.Counted(); !slices.Equal(got, []string{"E08000035"}) {
		t.Errorf("councils %v", got)
	}
	for id, want := range map[string]string{"data-gov-uk": "links to data.gov.uk", "power-bi": "says “Power BI”, says “PowerBI”, hashtag #powerbi"} {
		if got := reasons(r.Tools, id); got != want {
			t.Errorf("%s: reasons %q, want %q", id, got, want)
		}
	}
	if !strings.HasPrefix(r.Rules, "v-") || len(r.Rules) != 14 {
		t.Errorf("rules %q, want v- and 12 digits", r.Rules)
	}
}

func TestHashtagsOfTheItemCount(t *testing.T) {
	r := tagger(t).Tag(Input{Text: "No word about it.", Hashtags: []string{"opendata", "barnsleycouncil"}})
	if !slices.Equal(ids(r.Topics), []string{"open-data"}) || !slices.Equal(r.Counted(), []string{"E08000038"}) {
		t.Errorf("topics %v, councils %v", r.Topics, r.Councils)
	}
}

func TestHashtagWrittenAsOneWord(t *testing.T) {
	r := tagger(t).Tag(Input{Text: "Bins and #MachineLearning at #BarnsleyCouncil"})
	if !slices.Contains(ids(r.Topics), "ai") || !slices.Equal(r.Counted(), []string{"E08000038"}) {
		t.Errorf("topics %v, councils %v", r.Topics, r.Councils)
	}
}

func TestQuietFindsTheSame(t *testing.T) {
	tg := tagger(t)
	in := Input{Text: "Hackney’s chatbot uses Azure OpenAI; RPA with UiPath saves £2m for Kent County Council."}
	loud := tg.Tag(in)
	in.Quiet = true
	quiet := tg.Tag(in)
	if !slices.Equal(ids(loud.Topics), ids(quiet.Topics)) || !slices.Equal(ids(loud.Tools), ids(quiet.Tools)) ||
		!slices.Equal(ids(loud.Themes), ids(quiet.Themes)) || !slices.Equal(loud.Counted(), quiet.Counted()) {
		t.Errorf("with reasons %+v, without %+v", loud, quiet)
	}
	for _, h := range slices.Concat(quiet.Topics, quiet.Tools, quiet.Themes) {
		if h.Reasons != nil {
			t.Errorf("%s has reasons that nobody asked for", h.ID)
		}
	}
}

func TestTagIsSafeForConcurrentUse(t *testing.T) {
	tg := tagger(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				a := tg.Tag(Input{Text: "Open data in Hackney Council"})
				b := tg.Tag(Input{Text: "A chatbot for Leeds City Council"})
				if len(a.Topics) != 1 || a.Topics[0].ID != "open-data" || len(b.Topics) != 1 || b.Topics[0].ID != "chatbots" {
					t.Errorf("results mix: %v, %v", a, b)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestVersionFollowsTheRules(t *testing.T) {
	v := &Vocabulary{}
	read := func(s string) *Vocabulary {
		v := &Vocabulary{}
		if err := v.read("v.yaml", []byte(s)); err != nil {
			t.Fatal(err)
		}
		return v
	}
	v = read("topics:\n- {id: ai, name: AI, any: [ai]}\n")
	same := read("# a comment\ntopics:\n  - id: ai\n    name: AI\n    any: [ai]\n    examples: {match: [ai]}\n")
	other := read("topics:\n- {id: ai, name: AI, any: [ai, ml]}\n")
	if v.hash() != same.hash() {
		t.Error("comments, layout and examples must not change the version")
	}
	if v.hash() == other.hash() {
		t.Error("another phrase must change the version")
	}
}

func TestNamesAndTerms(t *testing.T) {
	v, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Name(Topics, "open-data"); got != "Open data and transparency" {
		t.Errorf("name %q", got)
	}
	if got := v.Name(Tools, "gone"); got != "gone" {
		t.Errorf("an unknown term is called %q, want its id", got)
	}
	if got := v.Terms(Topics)[0]; got != (Term{"ai", "Artificial intelligence", "AI"}) {
		t.Errorf("first topic %+v", got)
	}
	if v.Terms("nothing") != nil && len(v.Terms("nothing")) != 0 {
		t.Error("an unknown kind has terms")
	}
}

func FuzzTag(f *testing.F) {
	tg := tagger(f)
	for _, s := range []string{"Open data #AI @x www.leeds.gov.uk", "ʼ", "\xff\x80", "AI’s & RPA", "Reading 3-1 Bury", "# #. @", "gov.uk pay\n\n8x8"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, title, s string) {
		r := tg.Tag(Input{Title: title, Text: s, Hashtags: []string{s}, Links: []string{s, "https://" + s}})
		for _, h := range slices.Concat(r.Topics, r.Tools, r.Themes) {
			if len(h.Reasons) == 0 {
				t.Fatalf("%s without a reason", h.ID)
			}
			for _, reason := range h.Reasons {
				if utf8.ValidString(title+s) && !utf8.ValidString(reason) {
					t.Fatalf("reason %q is cut inside a letter", reason)
				}
			}
		}
		if again := tg.Tag(Input{Title: title, Text: s, Hashtags: []string{s}, Links: []string{s, "https://" + s}, Quiet: true}); len(again.Topics) != len(r.Topics) || len(again.Councils) != len(r.Councils) {
			t.Fatal("the result depends on whether reasons are wanted")
		}
	})
}

// TestCouncilOfTheFeed proves that the channel reaches the register.
func TestCouncilOfTheFeed(t *testing.T) {
	r := tagger(t).Tag(Input{Text: "Closed on Friday.", FeedCouncil: "E09000012"})
	if len(r.Councils) != 1 || r.Councils[0].Sense != council.SenseFeed {
		t.Errorf("councils %+v", r.Councils)
	}
}

func TestFragmentsOfAddressesAreNoHashtags(t *testing.T) {
	tg := tagger(t)
	if r := tg.Tag(Input{Text: "See https://example.org/page#opendata"}); len(r.Topics) != 0 {
		t.Errorf("an address gives %v", r.Topics)
	}
	for _, post := range []string{"#opendata", "See (#opendata)", "🏛️#opendata"} {
		if r := tg.Tag(Input{Text: post}); !slices.Equal(ids(r.Topics), []string{"open-data"}) {
			t.Errorf("%q gives %v", post, r.Topics)
		}
	}
}

// TestEndlessHostsAreNone: each domain above a host is looked up, and what no
// DNS knows need not be.
func TestEndlessHostsAreNone(t *testing.T) {
	long := "https://" + strings.Repeat("a.", 150) + "data.gov.uk/dataset"
	if got := host(long); got != "" {
		t.Errorf("a host of %d bytes is taken", len(got))
	}
	if got := host("https://" + strings.Repeat("a.", 100) + "data.gov.uk/dataset"); !strings.HasSuffix(got, ".data.gov.uk") {
		t.Errorf("a long host is %q", got)
	}
	if r := tagger(t).Tag(Input{Links: []string{long}}); len(r.Tools) != 0 {
		t.Errorf("tools %v", r.Tools)
	}
}
