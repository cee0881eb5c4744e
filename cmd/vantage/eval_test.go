package main

import (
	"strings"
	"testing"
)

func TestEvalMeasuresLabelledTexts(t *testing.T) {
	labelled := `{"id":"1","text":"Hackney Council opens a data platform","labels":["E09000012"],"category":"pos-short"}
{"id":"2","text":"A win for Reading in the cup tonight","labels":[],"category":"neg-sport"}
`
	var out, errs strings.Builder
	c := console{in: strings.NewReader(labelled), out: &out, err: &errs}
	if err := run(t.Context(), c, []string{"eval", "-v", "-"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"vantage: councils, 2 texts", "0 of 1 (0.0 %)", "plain names: councils, 2 texts", "1 of 1 (100.0 %)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
	for _, bad := range []struct{ args, in, want string }{
		{"eval", "", "name at least one file"},
		{"eval nowhere.jsonl", "", "nowhere.jsonl"},
		{"eval -", `{"id":"7","text":"x"}`, "line 1 (7): no labels"},
		{"eval -", `{`, "line 1"},
	} {
		c := console{in: strings.NewReader(bad.in), out: &out, err: &errs}
		if err := run(t.Context(), c, strings.Fields(bad.args)); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s with %q gave %v, want %q", bad.args, bad.in, err, bad.want)
		}
	}
}
