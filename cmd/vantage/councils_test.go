package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"vantage/pipeline/council"
)

// councilsSay runs the command and returns what it prints, and its error.
func councilsSay(t *testing.T, words ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(t.Context(), console{strings.NewReader(""), &out, &errs, nil}, append([]string{"councils"}, words...))
	return out.String(), err
}

func TestCouncilsAreShownByNameAndId(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  []string
	}{
		{[]string{"show", "Somerset"}, []string{"E06000066  Somerset Council (current)", "E10000027  Somerset County Council (ended 2023-03-31)", "took over from Mendip"}},
		{[]string{"show", "E08000016"}, []string{"E08000038  Barnsley", "former codes", "barnsley.gov.uk"}},
		{[]string{"show", "x-west-surrey-council", "-day", "2026-11-21"}, []string{"(from 2027-04-01)", "will take over from", "not confirmed"}},
		{[]string{"show", "e10000030", "-day", "2027-04-01"}, []string{"(ended 2027-03-31)", "East Surrey (x-east-surrey-council), West Surrey"}},
		{[]string{"show", "Ceredigion"}, []string{"Welsh, Gaelic, Irish", "Cyngor Sir Ceredigion"}},
		{[]string{"list", "-nation", "Wales", "-day", "2026-11-21"}, []string{"W06000015  City of Cardiff Council"}},
		{[]string{"list", "northampton", "-all", "-day", "2026-11-21"}, []string{"E06000062", "E10000021"}},
		{[]string{"check"}, []string{"scottish-council          Scotland          32", "no contradictions"}},
	} {
		out, err := councilsSay(t, tt.words...)
		if err != nil {
			t.Errorf("%v: %v", tt.words, err)
		}
		for _, w := range tt.want {
			if !strings.Contains(out, w) {
				t.Errorf("%v does not say %q:\n%.600s", tt.words, w, out)
			}
		}
	}
	if out, _ := councilsSay(t, "list", "northampton", "-day", "2026-11-21"); strings.Contains(out, "E10000021") {
		t.Error("a council that has ended is listed without -all")
	}
}

func TestWrongCouncilsAreAnsweredWithNearOnes(t *testing.T) {
	for words, want := range map[string]string{
		"show Hackny": `"Hackny" is not in the register; perhaps Hackney (E09000012)`, "show E0900012": "perhaps Hackney (E09000012)",
		"show Atlantis": "`vantage councils list` prints all", "list -nation Mars": "is not one of England, Northern Ireland, Scotland, Wales",
		"list -type parish": "combined-authority", "list -format xml": "is not text, json or csv", "show York -day soon": `day "soon" is not a date`,
		"": "say list, show NAME, show ID or check", "list zzzz": "none of 534 fits",
	} {
		if _, err := councilsSay(t, strings.Fields(words)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", words, err, want)
		}
	}
}

// TestCouncilsForPrograms reads both forms back.
func TestCouncilsForPrograms(t *testing.T) {
	out, err := councilsSay(t, "list", "-all", "-format", "json")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); n++ {
		var c councilLine
		if err := d.Decode(&c); err != nil {
			t.Fatal(err)
		}
		if c.ID == "" || len(c.Names) == 0 || c.Status == council.Current && c.History == "" && len(c.Predecessors) > 0 {
			t.Errorf("%+v lacks something", c)
		}
	}
	table, err := councilsSay(t, "list", "-all", "-format", "csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if all := len(council.Load().All()); err != nil || n != all || len(lines) != all+1 {
		t.Errorf("%d lines of JSON and %d of CSV for %d councils, %v", n, len(lines)-1, all, err)
	}
}
