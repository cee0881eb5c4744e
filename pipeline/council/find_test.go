package council_test

import (
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"vantage/pipeline/council"
)

// sense returns how the council of a short name was found, "" when it was not.
func sense(t *testing.T, found []council.Match, short string) string {
	t.Helper()
	for _, m := range found {
		if m.ID == ids(t, []string{short})[0] {
			return m.Sense
		}
	}
	return ""
}

func TestFeedDefault(t *testing.T) {
	f, feed := newFinder(), ids(t, []string{"Torbay"})[0]
	found := f.find(council.Post{Text: "Our offices close at noon.", Feed: feed})
	if len(found) != 1 || found[0].Sense != council.SenseFeed || found[0].Confidence != council.CountFrom || !found[0].Counted() {
		t.Errorf("a post that names nobody gives %+v, want its own channel's council at %v", found, council.CountFrom)
	}
	found = f.find(council.Post{Text: "Torbay Council’s offices close at noon.", Feed: feed})
	if sense(t, found, "Torbay") != council.SenseCouncil {
		t.Errorf("a post that names its own council gives %+v", found)
	}
	if found = f.find(council.Post{Text: "Nothing.", Feed: "E99999999"}); len(found) != 0 {
		t.Errorf("an unknown channel gives %+v", found)
	}
}

func TestDateDecidesBetweenCouncilsOfOneName(t *testing.T) {
	f := newFinder()
	for date, want := range map[string]string{"2022-06-01": "Somerset County Council", "2024-06-01": "Somerset"} {
		day, _ := time.Parse(time.DateOnly, date)
		found := f.find(council.Post{Text: "Somerset residents pay more council tax.", Published: day})
		if len(found) != 1 || found[0].ID != ids(t, []string{want})[0] {
			t.Errorf("in %s: %+v, want %s", date, found, want)
		}
	}
}

// The last day is a whole one: a council is not gone at the midnight with which
// it begins.
func TestCouncilLivesUntilTheEndOfItsLastDay(t *testing.T) {
	f := newFinder()
	evening := time.Date(2023, 3, 31, 20, 0, 0, 0, time.UTC)
	for _, s := range []string{"Somerset residents pay more council tax.", "Allerdale Borough Council meets for the last time."} {
		found := f.find(council.Post{Text: s, Published: evening})
		if len(found) != 1 {
			t.Errorf("%s: %+v, want the council of the day alone", s, found)
			continue
		}
		if all := strings.Join(found[0].Reasons, "; "); strings.Contains(all, "later than its end") {
			t.Errorf("%s: %s", s, all)
		}
	}
	found := f.find(council.Post{Text: "Allerdale Borough Council meets for the last time.", Published: evening.Add(4 * time.Hour)})
	if len(found) != 1 || !strings.Contains(strings.Join(found[0].Reasons, "; "), "later than its end") {
		t.Errorf("on the day after: %+v", found)
	}
}

func TestGovernmentSiteAbroadInCapitalsSpeaksAgainstTheName(t *testing.T) {
	f := newFinder()
	for _, host := range []string{"readingpa.gov", "READINGPA.GOV"} {
		if found := f.find(council.Post{Text: "Reading residents ask the council for a budget, see " + host + " for more"}); len(found) != 0 {
			t.Errorf("beside %s: %+v", host, found)
		}
	}
}

func TestHashtagOfCouncilTaxNamesItsCouncil(t *testing.T) {
	found := newFinder().find(council.Post{Text: "#LeedsCouncilTax goes up"})
	if len(found) != 1 || sense(t, found, "Leeds") != council.SenseCouncil {
		t.Errorf("#LeedsCouncilTax gives %+v", found)
	}
}

func TestOwnChannelIsOneReason(t *testing.T) {
	feed := ids(t, []string{"Torbay"})[0]
	for _, s := range []string{"Our offices close at noon.", "Torbay Council’s offices close at noon."} {
		found := newFinder().find(council.Post{Text: s, Feed: feed})
		if all := strings.Join(found[0].Reasons, "; "); strings.Count(all, "own channel") != 1 {
			t.Errorf("%s: %s", s, all)
		}
	}
}

func TestPlaceIsNotCounted(t *testing.T) {
	found := newFinder().find(council.Post{Text: "Our next workshop in Hackney, about council housing and open data, libraries and budgets."})
	if got := sense(t, found, "Hackney"); got == council.SenseCouncil {
		t.Errorf("a venue is taken for the council: %+v", found)
	}
	for _, m := range found {
		if m.Counted() {
			t.Errorf("a mere place is counted: %+v", m)
		}
	}
}

func TestReasonsAddUp(t *testing.T) {
	f := newFinder()
	p := council.Post{Text: "@hackneycouncil and Hackney's cabinet, see www.hackney.gov.uk"}
	loud := f.find(p)
	p.Quiet = true
	quiet := f.find(p)
	if len(loud) != 1 || len(quiet) != 1 || loud[0].Confidence != quiet[0].Confidence {
		t.Fatalf("with reasons %+v, without %+v: they must agree", loud, quiet)
	}
	all := strings.Join(loud[0].Reasons, "; ")
	for _, part := range []string{"link to hackney.gov.uk (+5.0)", "followed by “cabinet” (+2.6)"} {
		if !strings.Contains(all, part) {
			t.Errorf("the reasons %q lack %q", all, part)
		}
	}
	if quiet[0].Reasons != nil {
		t.Errorf("reasons were not wanted: %q", quiet[0].Reasons)
	}
}

func TestOneWordAndTheLongestText(t *testing.T) {
	f := newFinder()
	for _, s := range []string{"", "Hackney", "@", "#", ".", "$", "@@##..", "’s", strings.Repeat("Hackney Council, ", 4000), strings.Repeat("a.", 32<<10), strings.Repeat("@my", 20<<10)} {
		for _, m := range f.find(council.Post{Text: s}) {
			if m.Confidence < council.StoreFrom || m.Confidence > 1 {
				t.Errorf("confidence %v", m.Confidence)
			}
		}
	}
}

func TestFinderIsSafeForConcurrentUse(t *testing.T) {
	f := newFinder()
	want := f.find(council.Post{Text: "Hackney Council and Leeds City Council share a dashboard."})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				f.find(council.Post{Text: "Bath, York and Kent councils, @lambeth_council"})
				if got := f.find(council.Post{Text: "Hackney Council and Leeds City Council share a dashboard."}); len(got) != len(want) || got[0].Confidence != want[0].Confidence {
					t.Errorf("found %v, want %v", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzFind(f *testing.F) {
	fd := newFinder()
	for _, s := range []string{"Hackney Council", "Reading 3-1 Bury", "York, Nebraska $3m", "@my #leeds www.leeds.gov.uk. x@y", "‘Bath’s", "LCC & BCC\n\nin Leeds", "Ynys Môn\xff"} {
		f.Add(s, "E09000012")
	}
	f.Fuzz(func(t *testing.T, s, feed string) {
		for _, m := range fd.find(council.Post{Text: s, Feed: feed, Links: []string{s}, Hashtags: []string{s}}) {
			if m.ID == "" || m.Confidence < council.StoreFrom || m.Confidence > 1 || m.Sense == "" {
				t.Fatalf("%+v", m)
			}
			for _, r := range m.Reasons {
				if utf8.ValidString(s) && !utf8.ValidString(r) {
					t.Fatalf("reason %q is cut inside a letter", r)
				}
			}
		}
	})
}

// longTexts are texts of 64 KiB and more that ask for much work.
var longTexts = map[string]string{
	"one name":         strings.Repeat("Hackney Council, ", 10_000),
	"bare names":       strings.Repeat("Hackney ", 10_000),
	"names and words":  strings.Repeat("Bath council bins ", 4_000),
	"list of names":    strings.Repeat("Leeds, York and Hull, ", 3_000),
	"sentences":        strings.Repeat("Leeds bins. York buses! ", 3_000),
	"words only":       strings.Repeat("council tax bins ", 4_000) + "Hackney",
	"Capitals":         strings.Repeat("Great Leeds Big ", 4_000),
	"a long title":     strings.Repeat("Hackney Ab ", 500) + strings.Repeat("Ab ", 20_000),
	"no capitals":      strings.Repeat("hackney council bins ", 3_000),
	"overlapping":      strings.Repeat("North East Lincolnshire ", 3_000),
	"figures":          strings.Repeat("Leeds 5, ", 7_000),
	"handles and tags": strings.Repeat("@leedscouncil #WiganDeal ", 3_000),
	"hosts":            strings.Repeat("a.leeds.gov.uk ", 4_000),
	"one long host":    strings.Repeat("leeds.", 12_000),
	"abroad":           strings.Repeat("Ohio sheriff Boston $5 ", 3_000),
}

func TestLongTexts(t *testing.T) {
	f := newFinder()
	for name, s := range longTexts {
		for _, m := range f.find(council.Post{Text: s}) {
			if m.Confidence < council.StoreFrom || m.Confidence > 1 || len(m.Reasons) > 100 {
				t.Errorf("%s: %s has the confidence %v and %d reasons", name, m.ID, m.Confidence, len(m.Reasons))
			}
		}
	}
	few := f.find(council.Post{Text: "Hackney Council, Hackney Council."})
	many := f.find(council.Post{Text: longTexts["one name"]})
	if len(many) != 1 || many[0].ID != few[0].ID {
		t.Errorf("a name 10,000 times gives %+v, twice %+v", many, few)
	}
}
