package council_test

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/council"
)

// corrected are facts that the shared list has wrong: two counties and one
// district stand in the wrong region or county, the counties of eight
// districts are missing, and Surrey is not among the predecessors of its
// successors.
var corrected = []string{
	"E10000007 region", "E10000019 region", "E07000201 parent_county", "x-east-surrey-council predecessors", "x-west-surrey-council predecessors",
	"E07000001 parent_county", "E07000003 parent_county", "E07000013 parent_county", "E07000014 parent_county",
	"E07000015 parent_county", "E07000016 parent_county", "E07000017 parent_county", "E07000018 parent_county",
}

// TestNoFactIsLost compares the register with the shared list, field by field.
func TestNoFactIsLost(t *testing.T) {
	r := council.Load()
	n := 0
	eachFact(t, "facts/councils.csv", func(get func(string) string) {
		c, ok := r.Council(get("id"))
		if !ok || c.ID != get("id") {
			t.Errorf("%s %s is not in the register", get("id"), get("official_name"))
			return
		}
		n++
		for column, have := range fields(c) {
			want := strings.ReplaceAll(get(column), "|", " ")
			if column == "region" && want == "" || slices.Contains(corrected, c.ID+" "+column) {
				continue // the list leaves out some that a nation or its county tells
			}
			if have != want {
				t.Errorf("%s %s: %s is %q, the list says %q", c.ID, c.Name, column, have, want)
			}
		}
		for column, have := range map[string]float64{"lat": c.Lat, "lon": c.Lon, "hex_q": float64(c.Hex.Q), "hex_r": float64(c.Hex.R)} {
			if want, _ := strconv.ParseFloat(get(column), 64); have != want {
				t.Errorf("%s %s: %s is %g, the list says %g", c.ID, c.Name, column, have, want)
			}
		}
		if c.Uncertain != (get("uncertain") != "") {
			t.Errorf("%s %s: uncertain is %t, the list says %q", c.ID, c.Name, c.Uncertain, get("uncertain"))
		}
	})
	if n != len(r.All()) {
		t.Errorf("%d councils are in the list, %d in the register", n, len(r.All()))
	}
	eachFact(t, "facts/aliases.csv", func(get func(string) string) {
		alias := strings.TrimPrefix(get("alias"), "@")
		if !slices.ContainsFunc(r.Names(get("council_id")), func(n council.Name) bool { return n.Text == alias && n.Kind == get("kind") }) {
			t.Errorf("%s lacks its %s %q", get("council_id"), get("kind"), alias)
		}
	})
}

func eachFact(t *testing.T, name string, line func(get func(string) string)) {
	t.Helper()
	table, err := csv.NewReader(shared(t, name)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range table[1:] {
		line(func(column string) string { return cells[slices.Index(table[0], column)] })
	}
}

// fields are the facts of a council as the shared list writes them.
func fields(c council.Council) map[string]string {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	return map[string]string{
		"official_name": c.Name, "type": c.Type, "tier": c.Tier, "nation": c.Nation, "region": c.Region,
		"parent_county": c.County, "combined_authority": c.Authority, "domain": c.Domain, "status": c.Status,
		"start": day(c.Start), "end": day(c.End), "wikidata": c.Wikidata, "gss_former": strings.Join(c.Former, " "),
		"successors": strings.Join(c.Successors, " "), "predecessors": strings.Join(c.Predecessors, " "),
	}
}
