package chart

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"vantage/pipeline/store"
)

func TestBreaks(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []uint64
		want   []uint64
	}{
		{"none", nil, nil},
		{"only zero", []uint64{0, 0}, nil},
		{"ones", []uint64{1, 1, 1}, nil},
		{"few", []uint64{1, 2, 3}, []uint64{2}},
		{"ten", []uint64{1, 4, 10}, []uint64{2, 5, 10}},
		{"a hundred and forty", []uint64{5, 20, 140}, []uint64{5, 10, 20, 50, 100}},
		{"one more does not move them", []uint64{5, 20, 141}, []uint64{5, 10, 20, 50, 100}},
		{"three decades", []uint64{1, 10, 900}, []uint64{3, 10, 30, 100, 300}},
		{"five decades", []uint64{1, 10, 90_000}, []uint64{10, 100, 1000, 10_000}},
		{"large and even", []uint64{400_000, 500_000}, []uint64{20_000, 50_000, 100_000, 200_000, 500_000}},
	} {
		if got := Breaks(c.counts); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEveryCountHasTheClassThatTheLegendNames(t *testing.T) {
	m := &Matrix{Breaks: []uint64{2, 5, 10}}
	for n, want := range map[uint64]string{1: "1", 2: "2 to 4", 4: "2 to 4", 5: "5 to 9", 9: "5 to 9", 10: "10 or more", 5000: "10 or more"} {
		if got := m.ClassName(m.Class(Cell{State: Counted, Counts: store.Counts{Items: n}})); got != want {
			t.Errorf("%d items are in the class %q, want %q", n, got, want)
		}
	}
	if m.Class(Cell{State: Zero}) != 0 || m.Class(Cell{}) != 0 {
		t.Error("zero and unheard cells have no class")
	}
	steps := map[int]bool{}
	for k := 1; k <= m.Classes(); k++ {
		steps[m.Step(k)] = true
	}
	if len(steps) != m.Classes() || !steps[0] || !steps[RampSteps-1] {
		t.Errorf("classes lie at %v of the ramp", steps)
	}
}

func TestRunningWeekDoesNotMoveTheColours(t *testing.T) {
	d := data()
	before := buildFrom(t, d, "topics", "weeks=13").Breaks
	d.heat.Cells[0].Items = 900
	if after := buildFrom(t, d, "topics", "weeks=13").Breaks; !slices.Equal(before, after) {
		t.Errorf("breaks moved from %v to %v", before, after)
	}
}

func TestRowsFollowTheNationalRadar(t *testing.T) {
	ids := func(m *Matrix) (list []string) {
		for _, r := range m.Rows {
			list = append(list, r.ID)
		}
		return list
	}
	want := []string{"rich", "ai", "gone-from-vocabulary", "script", "=cmd|' /C calc'!A0", "func"}
	for _, address := range []string{"weeks=13", "weeks=13&class=press", "weeks=13&order=radar"} {
		if got := ids(build(t, "topics", address)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	if got := ids(build(t, "topics", "weeks=13&order=items")); got[0] != "ai" || got[5] != "func" {
		t.Errorf("by items: %v", got)
	}
	d := data()
	d.scores.Enough = false
	m := buildFrom(t, d, "topics", "weeks=13")
	if m.Ranked || m.Rows[0].ID != "ai" || m.Rows[0].Sentence() != "" {
		t.Errorf("without enough items: ranked %t, first %s %q", m.Ranked, m.Rows[0].ID, m.Rows[0].Sentence())
	}
}

func TestCellStates(t *testing.T) {
	m := build(t, "topics", "weeks=13")
	ai := slices.IndexFunc(m.Rows, func(r Row) bool { return r.ID == "ai" })
	cells := m.Rows[ai].Cells
	if c := cells[12]; c.State != Counted || c.Items != 60 || !m.Cols[12].Partial {
		t.Errorf("the running week is %+v, partial %t", c, m.Cols[12].Partial)
	}
	if cells[7].State != Unheard || m.Cols[7].Heard {
		t.Errorf("a week in which nothing was heard is %+v", cells[7])
	}
	if cells[0].State != Zero {
		t.Errorf("a week without items of a term is %+v", cells[0])
	}
}

func TestUnheardCouncilsAreNotZero(t *testing.T) {
	m := build(t, "councils", "weeks=13&rows=all")
	var said []string
	for i, r := range m.Rows {
		said = append(said, m.Say(i, 0))
		if r.Name == "Swansea" && (r.Heard || r.Cells[0].State != Unheard) {
			t.Errorf("Swansea was not heard from, yet is %+v", r)
		}
	}
	want := []string{"+New Authority, Artificial intelligence: no items", "Cardiff, Artificial intelligence: 12 items, 5 publishers, 11 stories",
		"Swansea, Artificial intelligence: not heard from", "Wigan, Artificial intelligence: no items"}
	if !slices.Equal(said, want) {
		t.Errorf("got %q", said)
	}
	if n := len(build(t, "councils", "weeks=13").Rows); n != 3 {
		t.Errorf("without an area %d rows, want the 3 councils heard from", n)
	}
	if n := len(build(t, "councils", "weeks=13&area=nation%3AWales").Rows); n != 2 {
		t.Errorf("Wales has %d rows, want Cardiff and Swansea", n)
	}
}

// TestCouncilChartStaysSmall: never more than MaxCells, whatever the data.
func TestCouncilChartStaysSmall(t *testing.T) {
	n := Names{Terms: func(string) []Term { return nil }}
	d := data()
	d.council = store.CouncilHeat{Heard: map[string]store.Mentioned{}}
	for i := range 400 {
		id := "E" + strings.Repeat("0", 3) + string(rune('A'+i%26)) + string(rune('A'+i/26))
		n.Councils = append(n.Councils, Council{ID: id, Name: id})
		d.council.Heard[id] = mentioned(9, 1, 1)
		for k := range 65 {
			d.council.Cells = append(d.council.Cells, store.CouncilCell{Council: id, Term: "t" + string(rune('0'+k)), Mentioned: mentioned(uint64(k+1), 1, 1)})
		}
	}
	c, _ := Find("councils")
	m, err := c.Make(t.Context(), d, n, query(""))
	if err != nil {
		t.Fatal(err)
	}
	if cells := len(m.Rows) * len(m.Cols); cells > MaxCells || m.Hidden != 65-len(m.Cols) {
		t.Errorf("%d rows x %d columns, %d hidden", len(m.Rows), len(m.Cols), m.Hidden)
	}
}

func TestQueryRoundTrip(t *testing.T) {
	for _, address := range []string{"", "weeks=52", "area=region%3ANorth+West&class=press", "area=nation%3AWales&class=council&council=W06000015&order=items&rows=all&weeks=104", "councils=then", "councils=cells&weeks=52"} {
		q := query(address)
		if got := q.Values().Encode(); got != address {
			t.Errorf("%q came back as %q", address, got)
		}
	}
	for _, wrong := range []string{"weeks=7", "weeks=x", "class=pirates", "order=best", "junk=1", "councils=yesterday", "councils=now"} {
		if got := query(wrong).Values().Encode(); got != "" {
			t.Errorf("%q came back as %q", wrong, got)
		}
	}
	if f := query("area=nation%3AWales&council=W06000015&weeks=13").Filter(); f.Area != "W06000015" || !f.To.Equal(this) || !f.From.Equal(this.AddDate(0, 0, -84)) {
		t.Errorf("filter is %+v", f)
	}
}

func TestLinksNameTheirItems(t *testing.T) {
	m := build(t, "topics", "weeks=13&area=nation%3AWales&class=press")
	got, err := url.Parse(m.Link(3, 2))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"kind": {"topic"}, "term": {m.Rows[3].ID}, "area": {"nation:Wales"}, "class": {"press"}, "week": {"2026-09-07"}}
	if got.Path != "/items" || got.Query().Encode() != want.Encode() {
		t.Errorf("got %s, want %s", got, want.Encode())
	}
	c := build(t, "councils", "weeks=13")
	got, _ = url.Parse(c.Link(1, 0))
	want = url.Values{"kind": {"topic"}, "term": {"ai"}, "about": {"W06000015"}, "from": {"2026-08-24"}, "to": {"2026-11-16"}}
	if got.Query().Encode() != want.Encode() {
		t.Errorf("got %s, want %s", got, want.Encode())
	}
}

func TestTopKeepsWhatTheRadarLabelled(t *testing.T) {
	d := data()
	d.scores.Scores[0].Lift = .5 // the labelled row now stands behind
	m := buildFrom(t, d, "topics", "weeks=13")
	short := m.Top(1)
	if len(short.Rows) != 2 || short.Rows[0].ID != "ai" || short.Rows[1].ID != "rich" {
		t.Errorf("kept %d rows", len(short.Rows))
	}
	if len(m.First(1).Rows) != 1 || len(m.Rows) != 6 {
		t.Error("First must keep one row and leave the chart as it is")
	}
}
