package eval

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"vantage/pipeline/council"
	"vantage/pipeline/tag"
)

func TestScores(t *testing.T) {
	s := Judge([]string{"a", "b", "c"}, []string{"a", "d"}, []string{"c"})
	if want := (Score{Right: 1, Wrong: 1, Missed: 1}); s != want {
		t.Fatalf("got %+v, want %+v", s, want)
	}
	if s.Precision() != 0.5 || s.Recall() != 0.5 || s.F1() != 0.5 {
		t.Errorf("P %v, R %v, F1 %v", s.Precision(), s.Recall(), s.F1())
	}
	if none := (Score{}); none.Precision() != 1 || none.Recall() != 1 {
		t.Errorf("no answer to no label is not right: %+v", none)
	}
	by := ByLabel([][]string{{"x"}, {"x", "y"}}, [][]string{{"x"}, {"y", "z"}})
	want := map[string]Score{"x": {Right: 1, Wrong: 1}, "y": {Right: 1}, "z": {Missed: 1}}
	if !reflect.DeepEqual(by, want) {
		t.Errorf("by label %v, want %v", by, want)
	}
	if m := MacroF1(by); math.Abs(m-(2.0/3+1+0)/3) > 1e-9 {
		t.Errorf("macro F1 is %v", m)
	}
}

func TestIntervalHoldsTheMeasureAndNarrowsWithMoreTexts(t *testing.T) {
	few := []Score{{Right: 1}, {Wrong: 1}, {Right: 1, Missed: 1}, {Right: 2}}
	var many []Score
	for range 50 {
		many = append(many, few...)
	}
	width := func(scores []Score) float64 {
		low, high := Interval(scores, Score.F1)
		if f := Sum(scores).F1(); low > f || high < f {
			t.Errorf("%v lies outside %v to %v", f, low, high)
		}
		return high - low
	}
	if a, b := width(few), width(many); a <= b || b <= 0 {
		t.Errorf("the interval of %d texts is %v wide, of %d texts %v", len(few), a, len(many), b)
	}
	if a, b := width(few), width(few); a != b {
		t.Errorf("the same scores gave %v and %v", a, b)
	}
}

func TestReport(t *testing.T) {
	v, err := tag.Default()
	if err != nil {
		t.Fatal(err)
	}
	r := council.Load()
	tg, err := tag.Compile(v, r)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := Read(strings.NewReader(`{"id":"1","text":"Hackney Council opens a data platform","labels":["E09000012"],"category":"pos-short"}
{"id":"2","text":"A win for Reading in the cup tonight","labels":[],"category":"neg-sport"}

{"id":"3","text":"Missed bin? Report waste online","topics":["waste & recycling"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	Report(&b, texts, true, Way{"vantage", Ours(tg, v)}, Way{"plain names", PlainNames(r, v)})
	for _, want := range []string{
		"vantage: councils, 2 texts", "traps wrongly tagged         0 of 1 (0.0 %)",
		"plain names: councils, 2 texts", "traps wrongly tagged         1 of 1 (100.0 %)",
		"plain names: themes, 1 texts", "waste & recycling                P 1.00  R 1.00",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
	if _, err := Read(strings.NewReader("{\"id\":\"1\",\"labels\":[]}\n{\"id\":\"2\"}\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a text without labels gave %v", err)
	}
}

func TestErrorsOfLabelledTextsNameTheLine(t *testing.T) {
	const good = `{"id":"1","date":"2024-02-29","labels":[]}` + "\n"
	for bad, want := range map[string]string{
		`{"id":"2","date":"2023-02-29","labels":[]}`:                           `line 2 (2): date "2023-02-29" is no day`,
		`{"id":"2","labels":[],"text":"` + strings.Repeat("a", maxLine) + `"}`: "line 2 is longer than",
		"{": "line 2: ",
	} {
		if _, err := Read(strings.NewReader(good + bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: error %v, want %q", bad, err, want)
		}
	}
}
