package tag

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"vantage/pipeline/council"
	"vantage/pipeline/theme"
)

const small = `
themes:
- {id: data, name: Data, any: [data, dataset], likely: [figure, chart], hint: [number], not: [data entry clerk]}
- {id: cyber, name: Cyber security, any: [data breach, ransomware], likely: [password]}
topics:
- {id: dashboards, name: Dashboards, theme: data, any: [dashboard]}
`

func smallTagger(t *testing.T, weights *theme.Weights) *Tagger {
	t.Helper()
	v := &Vocabulary{weights: weights}
	if err := v.read("small.yaml", []byte(small)); err != nil {
		t.Fatal(err)
	}
	tg, err := Compile(v, council.Load())
	if err != nil {
		t.Fatal(err)
	}
	return tg
}

func themesIn(tg *Tagger, in Input) string {
	var ids []string
	for _, h := range tg.Tag(in).Themes {
		ids = append(ids, h.ID)
	}
	return strings.Join(ids, " ")
}

func TestThemesAreWeighed(t *testing.T) {
	tg := smallTagger(t, nil)
	for _, c := range []struct{ text, want string }{
		{"We publish our data", "data"},
		{"A chart", ""},
		{"A chart of figures", "data"},
		{"A chart and a number", ""},
		{"The dashboard is up", "data"},
		{"A data breach", "cyber"}, // not about data
		{"A data breach and a dataset", "data cyber"},
		{"A data entry clerk wanted", ""},
		{"data data data", "data"},
		{strings.Repeat("word ", theme.Words) + "data", ""}, // too far behind
		{"", ""},
	} {
		if got := themesIn(tg, Input{Text: c.text}); got != c.want {
			t.Errorf("%.40q is about %q, want %q", c.text, got, c.want)
		}
	}
	if got := themesIn(tg, Input{Text: "Nothing here", Hashtags: []string{"dataset"}}); got != "data" {
		t.Errorf("by its hashtag the post is about %q", got)
	}
}

// TestAThemeThatIsNotLearnedYet needs a sure phrase, as where nothing was
// learned, and is not the theme of every post.
func TestAThemeThatIsNotLearnedYet(t *testing.T) {
	w := theme.Unlearned([]string{"data"})
	w.First, w.Bias["data"] = -1.2, -4.5
	tg := smallTagger(t, w)
	for text, want := range map[string]string{"A walk in the woods": "", "": "", "A password": "", "Ransomware again": "cyber", "Our data": "data"} {
		if got := themesIn(tg, Input{Text: text}); got != want {
			t.Errorf("%q is about %q, want %q", text, got, want)
		}
	}
}

func TestLearnedWordsAreAdded(t *testing.T) {
	w := theme.Unlearned([]string{"data", "cyber"})
	w.Words = theme.Table{"breach": {"cyber": 9}, "leak": {"cyber": 9}}
	w.Cues = theme.Table{"says dataset": {"data": -4}, "topic dashboards": {"cyber": 4}}
	tg := smallTagger(t, w)
	for _, c := range []struct{ text, want string }{
		{"Leaks", "cyber"},
		{"Leak leaks leaking: one word three times and many more words that say nothing at all", ""},
		{"The dataset", ""},
		{"The dashboard", "data cyber"},
	} {
		if got := themesIn(tg, Input{Text: c.text}); got != c.want {
			t.Errorf("%.40q is about %q, want %q", c.text, got, c.want)
		}
	}
	found := tg.Tag(Input{Text: "Leaking dashboard"}).Themes
	if want := []string{"topic “Dashboards” (+4.0)", "word “Leaking” (+3.2)"}; len(found) != 2 || !slices.Equal(found[1].Reasons, want) {
		t.Errorf("found %+v, want the reasons %q", found, want)
	}
}

func TestLearnSaysHowManyTextsAreTooFew(t *testing.T) {
	if _, _, err := Learn(&Vocabulary{}, council.Load(), make([]Labelled, 7)); err == nil || !strings.Contains(err.Error(), "7 texts are too few; at least 100") {
		t.Errorf("error %v", err)
	}
}

// TestAccentsAloneAreNoWord: emoji end with a sign that counts as a mark, and
// folds to nothing.
func TestAccentsAloneAreNoWord(t *testing.T) {
	s := smallTagger(t, theme.Unlearned([]string{"data", "cyber"})).Sample(Input{Text: "Thanks ❤️ all"}, nil)
	if want := []string{"thank", "all"}; !slices.Equal(s.Words, want) {
		t.Errorf("words %q, want %q", s.Words, want)
	}
}

// TestThemesDoNotDependOnTheCallBefore: what one call keeps for the next must
// not show.
func TestThemesDoNotDependOnTheCallBefore(t *testing.T) {
	tg := tagger(t)
	fresh, err := newTagger()
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"Potholes", "A data breach at the council", "", "Bins are late", "Potholes", strings.Repeat("Gritters out again. ", 3000)}
	for _, s := range texts {
		for range 2 {
			if got, want := themesIn(tg, Input{Text: s}), themesIn(fresh, Input{Text: s, Quiet: true}); got != want {
				t.Errorf("%.30q: %q, by itself %q", s, got, want)
			}
		}
		fresh.pool = sync.Pool{New: fresh.pool.New}
	}
}

// TestNameOfACouncilHasNoTheme: whose post it is says nothing of what it is
// about; a combined authority may be news of devolution by itself.
func TestNameOfACouncilHasNoTheme(t *testing.T) {
	tg := tagger(t)
	for _, c := range council.Load().All() {
		if c.Status != council.Current || c.Tier == "strategic" || c.Short == "Three Rivers" {
			continue // rivers are a matter of the climate
		}
		if got := themesIn(tg, Input{Text: c.Name}); got != "" {
			t.Errorf("%s is about %q", c.Name, got)
		}
	}
}

// A word that is learned weighs little by itself, however sure it is among
// others; a phrase that somebody wrote down decides alone.
func TestALearnedWordAloneIsNoTheme(t *testing.T) {
	tg := tagger(t)
	for said, want := range map[string]string{"x": "", "OK": "", "T4": "", "jd": "", "Housing": "housing"} {
		if got := themesIn(tg, Input{Text: said}); got != want {
			t.Errorf("%q is about %q, want %q", said, got, want)
		}
	}
}
