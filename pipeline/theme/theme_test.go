package theme

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"vantage/collectors/text"
)

func TestStemsAreAlike(t *testing.T) {
	for _, group := range []string{
		"gritter gritters gritting gritted Gritters'", "recycle recycled recycling recycles recycler",
		"story stories", "tenant tenants Tenant’s", "charge charges charged charging", "Môn mon", "bus bus", "ICT ict",
	} {
		var first string
		for w := range strings.FieldsSeq(group) {
			got := string(AppendStem(nil, w, text.Words(nil, w)[0]))
			if first == "" {
				first = got
			}
			if got != first || got == "" {
				t.Errorf("the stem of %q is %q, that of others in %q is %q", w, got, group, first)
			}
		}
	}
}

// made are texts of two themes; words with a number stand in both.
func made() (samples []Sample) {
	for i := range 200 {
		s := Sample{Cues: []string{fmt.Sprint("cue ", i%7)}, Words: []string{fmt.Sprint("both", i%5)}, Length: 4}
		switch i % 4 {
		case 0:
			s.Themes, s.Words = []string{"bins"}, append(s.Words, "caddy", "lorry")
		case 1:
			s.Themes, s.Words = []string{"roads"}, append(s.Words, "pothole", "lorry")
		case 2:
			s.Themes, s.Cues = []string{"roads"}, append(s.Cues, "strong")
		}
		samples = append(samples, s)
	}
	return samples
}

func strong(theme, cue string) float64 {
	if theme == "roads" && cue == "strong" {
		return Sure
	}
	return 0
}

func TestLearnFindsWhatTells(t *testing.T) {
	w, how := Learn(made(), []string{"bins", "roads"}, strong)
	if how.Samples != 200 || how.F1 < 0.99 || how.MacroF1 < 0.99 {
		t.Errorf("learned %+v of texts that are easy to tell apart", how)
	}
	if w.Words["caddy"]["bins"] < 1 || w.Words["pothole"]["roads"] < 1 || w.Words["caddy"]["roads"] > 0 {
		t.Errorf("words weigh %v", w.Words)
	}
	if both := math.Abs(float64(w.Words["both1"]["bins"])); both > 0.3 {
		t.Errorf("a word of both weighs %.2f", both)
	}
	again, _ := Learn(made(), []string{"bins", "roads"}, strong)
	if a, b := written(t, w), written(t, again); a != b {
		t.Errorf("learned differently from the same texts:\n%s\n%s", a, b)
	}
}

func written(t *testing.T, w *Weights) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTableIsReadAsWritten(t *testing.T) {
	w, _ := Learn(made(), []string{"bins", "roads"}, strong)
	first := written(t, w)
	read, err := Read(strings.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if again := written(t, read); again != first {
		t.Errorf("written %s\nread and written %s", first, again)
	}
}

func TestBrokenTableIsRefused(t *testing.T) {
	for _, c := range []struct{ table, want string }{
		{"# head\nword\tbin\twaste", "2: 3 fields"},
		{"word\tbin\twaste\tmuch", `the weight "much"`},
		{"word\tbin\twaste\tNaN", `the weight "NaN"`},
		{"word\tbin\twaste\t1e9", `between -100 and 100`},
		{"verb\tbin\twaste\t1", `the kind "verb"`},
		{"word\t\twaste\t1", "the feature or the theme is missing"},
		{"bias\t\t\t1", "the feature or the theme is missing"},
	} {
		if _, err := Read(strings.NewReader(c.table)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.table, err, c.want)
		}
	}
}
