package chart

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// county answers with posts about Northamptonshire and one of its successors,
// rolled up as the store does it.
type county struct{ answers }

func (county) CouncilHeat(_ context.Context, kind string, q store.Filter, roll *council.Rollup) (store.CouncilHeat, error) {
	h := store.CouncilHeat{Kind: kind, Filter: q, Unit: roll.Unit(), Heard: map[string]store.Mentioned{}, Named: []string{"E06000061", "E10000021"}}
	cells := map[string]store.Mentioned{}
	for id, n := range map[string]uint64{"E10000021": 3, "E06000061": 4} {
		for _, s := range roll.Shares(id) {
			c := cells[s.Council]
			c.Mentions, c.Items = c.Mentions+s.Parts*n, c.Items+n
			cells[s.Council] = c
		}
	}
	for id, c := range cells {
		h.Heard[id] = c
		h.Cells = append(h.Cells, store.CouncilCell{Council: id, Term: "ai", Mentioned: c})
	}
	return h, nil
}

// builtIn are the names of the built-in register.
func builtIn() Names {
	n := names()
	n.Register, n.Councils = council.Load(), nil
	for _, c := range n.Register.All() {
		n.Councils = append(n.Councils, Council{ID: c.ID, Name: c.Short, Code: c.ID, Areas: n.Register.Areas(c.ID)})
	}
	return n
}

func rolledChart(t *testing.T, address string) *Matrix {
	t.Helper()
	c, _ := Find("councils")
	m, err := c.Make(t.Context(), county{}, builtIn(), query(address))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// said are the squares of the first column in words.
func said(m *Matrix) (list []string) {
	for i := range m.Rows {
		list = append(list, m.Say(i, 0))
	}
	return list
}

func TestFractionsAreSaid(t *testing.T) {
	for address, want := range map[string][]string{
		"": {"North Northamptonshire, Artificial intelligence: 5.5 mentions in 7 items, 0 publishers, 0 stories",
			"West Northamptonshire, Artificial intelligence: 1.5 mentions in 3 items, 0 publishers, 0 stories"},
		"councils=then": {"North Northamptonshire, Artificial intelligence: 4 items, 0 publishers, 0 stories",
			"Northamptonshire, Artificial intelligence: 3 items, 0 publishers, 0 stories"},
		"council=E06000062": {"West Northamptonshire, Artificial intelligence: 1.5 mentions in 3 items, 0 publishers, 0 stories"},
		"council=E10000021": {"North Northamptonshire, Artificial intelligence: 5.5 mentions in 7 items, 0 publishers, 0 stories",
			"West Northamptonshire, Artificial intelligence: 1.5 mentions in 3 items, 0 publishers, 0 stories"},
	} {
		m := rolledChart(t, address)
		if got := said(m); !slices.Equal(got, want) {
			t.Errorf("%q: got %q", address, got)
		}
		if m.Amount(m.Total) != "7" && !strings.Contains(address, "council=") {
			t.Errorf("%q: the total is %s, want 7", address, m.Amount(m.Total))
		}
	}
	m := rolledChart(t, "")
	if got := m.Reorganised.Changes; len(got) != 1 || !strings.HasPrefix(got[0], "Northamptonshire was abolished on 31 March 2021; its posts count half each for North") {
		t.Errorf("the change is said as %q", got)
	}
	if got := m.ClassName(m.Class(m.Rows[1].Cells[0])); got != "under 2" {
		t.Errorf("1.5 is in the class %q", got)
	}
	if got := m.ClassName(m.Class(m.Rows[0].Cells[0])); got != "5 or more" {
		t.Errorf("5.5 is in the class %q", got)
	}
	if !strings.Contains(m.Alt(), "5.5 mentions in 7 items. Posts about councils that no longer exist count for their successors.") {
		t.Errorf("the chart in words: %s", m.Alt())
	}
}

// TestFormsCarryMentions reads CSV and JSON of all views and adds up.
func TestFormsCarryMentions(t *testing.T) {
	for _, view := range council.Views {
		m := rolledChart(t, "councils="+string(view))
		b, err := m.CSV(false)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		at, sum := slices.Index(lines[0], "mentions"), 0.0
		for _, l := range lines[1:] {
			n, err := strconv.ParseFloat(l[at], 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if math.Abs(sum-7) > 1e-9 {
			t.Errorf("%s: the lines of the CSV file add up to %g, want 7", view, sum)
		}
		var d document
		if b, err = m.JSON(false); err == nil {
			err = json.Unmarshal(b, &d)
		}
		if err != nil || d.Councils == nil || d.Councils.View != view || d.Councils.Mentions != 7 || *d.Columns[0].Mentions != 7 || d.Councils.Day != "2026-11-21" {
			t.Errorf("%s: the JSON file says %+v, %v", view, d.Councils, err)
		}
	}
}

func TestAmounts(t *testing.T) {
	m := &Matrix{Unit: 330}
	for parts, want := range map[uint64]string{0: "0", 330: "1", 10: "<0.1", 33: "0.1", 495: "1.5", 329: "1.0", 331: "1.0", 330 * 12345: "12,345"} {
		if got := m.Amount(parts); got != want {
			t.Errorf("%d of 330: %q, want %q", parts, got, want)
		}
	}
	if m.tenths(1) != 1 {
		t.Error("what is not nothing must have a class")
	}
}

// TestReorganisationsOfTheFutureWait: before the day nothing is rolled up,
// and on it, in the middle of a week, everything is.
func TestReorganisationsOfTheFutureWait(t *testing.T) {
	n := builtIn()
	for now, want := range map[string]string{"2026-11-21": "E10000030", "2027-03-31": "E10000030", "2027-04-01": "x-east-surrey-council", "2027-04-06": "x-east-surrey-council"} {
		today, err := time.Parse(time.DateOnly, now)
		if err != nil {
			t.Fatal(err)
		}
		q := ParseQuery(nil, today.Add(9*time.Hour))
		if got := n.Roll(q).Shares("E10000030")[0].Council; got != want {
			t.Errorf("on %s, Surrey counts for %s, want %s", now, got, want)
		}
	}
}

func TestCouncilFilterCountsItsPredecessors(t *testing.T) {
	n := builtIn()
	if f := n.Filter(query("council=E06000066")); !slices.Contains(f.Councils, "E07000190") || !slices.Contains(f.Councils, "E06000066") || f.Area != "" {
		t.Errorf("Somerset with its predecessors is %+v", f)
	}
	if f := n.Filter(query("council=E06000066&councils=then")); f.Councils != nil || f.Area != "E06000066" {
		t.Errorf("Somerset alone is %+v", f)
	}
	if f := n.Filter(query("area=nation%3AWales")); f.Councils != nil || f.Area != "nation:Wales" {
		t.Errorf("Wales is %+v", f)
	}
	if got := n.About(n.Roll(query("councils=cells")), "E06000013", "region:East Midlands"); !slices.Equal(got, []string{"E47000017"}) {
		t.Errorf("North Lincolnshire has posts of %v in the East Midlands, want its combined authority's", got)
	}
}
