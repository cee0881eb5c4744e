package council_test

import (
	"strings"
	"testing"

	"vantage/pipeline/council"
)

func TestNearNames(t *testing.T) {
	r := council.Load()
	for s, want := range map[string]string{
		"Hackny": "E09000012", "E0900012": "E09000012", "someset": "E06000066", "Caerdydd": "W06000015", "Cearphilly": "W06000018",
		"northampton": "E07000154", "Atlantis": "", "": "", "ab": "", strings.Repeat("x", 5000): "",
	} {
		got := ""
		if near := r.Near(s); len(near) > 0 {
			got = near[0].ID
		}
		if got != want {
			t.Errorf("nearest to %.20q is %q, want %q", s, got, want)
		}
		if n := len(r.Near(s)); n > 4 {
			t.Errorf("%d councils are near %q", n, s)
		}
	}
}

func TestCouncilsOfADay(t *testing.T) {
	r := council.Load()
	for _, tt := range []struct {
		id, day string
		want    bool
	}{
		{"E10000021", "2021-03-31", true}, {"E10000021", "2021-04-01", false}, {"E06000061", "2021-03-31", false}, {"E06000061", "2021-04-01", true},
		{"E07000207", "2027-03-31", true}, {"E07000207", "2027-04-01", false}, {"x-east-surrey-council", "2027-03-31", false}, {"x-east-surrey-council", "2027-04-01", true},
		{"x-greater-norwich-council", "2029-01-01", false}, // planned: no law says so yet
		{"E08000003", "1990-01-01", true}, {"E47000018", "2025-02-04", false},
	} {
		if c, _ := r.Council(tt.id); c.On(on(tt.day)) != tt.want {
			t.Errorf("%s on %s: %t, want %t", c.Name, tt.day, !tt.want, tt.want)
		}
	}
}
