package council_test

import (
	"slices"
	"testing"

	"vantage/pipeline/council"
)

// TestCounts holds the register to the numbers of councils in the United
// Kingdom, autumn 2026: 402 current authorities.
func TestCounts(t *testing.T) {
	want := map[string]int{
		"current county England": 21, "current district England": 164, "current unitary England": 62,
		"current sui-generis-unitary England": 1, "current metropolitan-district England": 36,
		"current london-borough England": 32, "current city-corporation England": 1,
		"current greater-london-authority England": 1, "current combined-authority England": 19,
		"current scottish-council Scotland": 32, "current welsh-council Wales": 22, "current ni-district Northern Ireland": 11,
		"shadow unitary England": 2, "planned unitary England": 15, "planned combined-authority England": 2,
		"abolished district England": 76, "abolished county England": 8, "abolished unitary England": 2,
		"abolished ni-district Northern Ireland": 25, "abolished combined-authority England": 2,
	}
	got := map[string]int{}
	for _, c := range council.Load().All() {
		got[c.Status+" "+c.Type+" "+c.Nation]++
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			want[k] = 0
		}
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d councils, want %d", k, got[k], n)
		}
	}
}

func TestEveryCouncilIsWhole(t *testing.T) {
	r := council.Load()
	short, cells := map[string]string{}, map[council.Hex]string{}
	for _, c := range r.All() {
		if other := short[c.Short]; c.Short == "" || other != "" {
			t.Errorf("%s: short name %q is empty or that of %s", c.ID, c.Short, other)
		}
		short[c.Short] = c.ID
		if c.Status == council.Abolished && (len(c.Successors) == 0 || c.End.IsZero()) {
			t.Errorf("%s %s is abolished without an end or a successor", c.ID, c.Name)
		}
		if c.Mapped {
			if other := cells[c.Hex]; other != "" {
				t.Errorf("%s and %s share a cell of the map", c.ID, other)
			}
			cells[c.Hex] = c.ID
		}
		if (c.Tier == "single" || c.Tier == "lower") && c.Status == council.Current && (!c.Mapped || c.Lat == 0 || c.Domain == "") {
			t.Errorf("%s %s lacks its cell, its place or its domain", c.ID, c.Name)
		}
		for _, id := range slices.Concat(c.Successors, c.Predecessors, one(c.County), one(c.Authority)) {
			if _, ok := r.Council(id); !ok {
				t.Errorf("%s refers to %q, which is not in the register", c.ID, id)
			}
		}
	}
	if len(cells) != 361 {
		t.Errorf("%d cells on the map, want 361", len(cells))
	}
}

func one(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

func TestAreas(t *testing.T) {
	r := council.Load()
	tests := []struct {
		id   string
		want []string
	}{
		{"E08000003", []string{"nation:England", "region:North West"}}, // Manchester
		{"W06000015", []string{"nation:Wales"}},
		{"S12000036", []string{"nation:Scotland"}},
		{"N09000003", []string{"nation:Northern Ireland"}},
		{"E99999999", nil},
	}
	for _, tt := range tests {
		if got := r.Areas(tt.id); !slices.Equal(got, tt.want) {
			t.Errorf("Areas(%s) = %v, want %v", tt.id, got, tt.want)
		}
	}
	ids := r.AreaIDs()
	if len(ids) != 13 {
		t.Errorf("%d areas, want 4 nations and 9 regions", len(ids))
	}
	for _, c := range r.All() {
		for _, a := range r.Areas(c.ID) {
			if !slices.Contains(ids, a) {
				t.Errorf("%s lies in %q, which is not listed", c.ID, a)
			}
		}
		if c.Nation == "England" && len(r.Areas(c.ID)) != 2 {
			t.Errorf("%s %s lies in no region", c.ID, c.Name)
		}
	}
	for area, want := range map[string]string{"nation:Wales": "Wales", "region:North West": "North West", "E09000012": "Hackney", "region:Nowhere": ""} {
		if got := r.AreaName(area); got != want {
			t.Errorf("AreaName(%q) = %q, want %q", area, got, want)
		}
	}
}

func TestLookUp(t *testing.T) {
	r := council.Load()
	if c, ok := r.Council("E08000016"); !ok || c.ID != "E08000038" {
		t.Errorf("the former code E08000016 gives %q, want Barnsley's E08000038", c.ID)
	}
	if _, ok := r.Council(""); ok {
		t.Error("an empty id must not be known")
	}
	if found := r.ByName("somerset"); len(found) != 2 || found[0].Status != council.Current {
		t.Errorf("ByName(somerset) = %v, want the council of today, then that of before 2023", found)
	}
	if len(r.Version()) != 12 {
		t.Errorf("version %q has not 12 digits", r.Version())
	}
}
