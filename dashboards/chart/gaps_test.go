package chart

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/store"
)

func gapOf(source string, from time.Time, hours, rate float64) store.Gap {
	return store.Gap{Source: source, From: from, To: from.Add(time.Duration(hours * float64(time.Hour))), Rate: rate}
}

func asKeys(key string) string { return key }

// TestShareOfAWeekThatWasMissed works the share out by hand. Weeks begin at
// midnight in London: in summer an hour before that of UTC.
func TestShareOfAWeekThatWasMissed(t *testing.T) {
	winter, summer := this, time.Date(2026, 7, 6, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		week  time.Time
		heard uint64
		gaps  []store.Gap
		list  string
		share float64
	}{
		"none":             {winter, 100, nil, "", 0},
		"ten of 110":       {winter, 100, []store.Gap{gapOf("a", winter, 20, .5)}, "20 hours of a", 10. / 110},
		"two sources":      {winter, 60, []store.Gap{gapOf("a", winter, 4, 1), gapOf("b", winter.Add(time.Hour), 8, 2)}, "8 hours of b and 4 hours of a", 20. / 80},
		"one twice":        {winter, 9, []store.Gap{gapOf("a", winter, 1, .5), gapOf("a", winter.Add(9*time.Hour), 1, .5)}, "2 hours of a", 1. / 10},
		"no known rate":    {winter, 5, []store.Gap{gapOf("a", winter, 100, 0)}, "100 hours of a", 0},
		"all of the week":  {winter, 0, []store.Gap{gapOf("a", winter.AddDate(0, 0, -9), 900, 1)}, "168 hours of a", 1},
		"the week before":  {winter, 5, []store.Gap{gapOf("a", winter.Add(-9*time.Hour), 9, 1)}, "", 0},
		"summer, inside":   {summer, 0, []store.Gap{gapOf("a", summer.Add(-time.Hour), 1, 1)}, "1 hour of a", 1},
		"summer, outside":  {summer, 0, []store.Gap{gapOf("a", summer.Add(7*24*time.Hour-time.Hour), 1, 1)}, "", 0},
		"clocks go back":   {time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC), 0, []store.Gap{gapOf("a", winter.AddDate(0, 0, -60), 9000, 1)}, "169 hours of a", 1},
		"more than a name": {winter, 1, []store.Gap{gapOf("a", winter, .2, 0), gapOf("b", winter, 2, 0), gapOf("c", winter, 3, 0), gapOf("d", winter, 1, 0), gapOf("e", winter, 1, 0)}, "3 hours of c, 2 hours of b, 1 hour of d and hours of 2 more sources", 0},
	} {
		list, share := missedIn(c.gaps, c.week, c.heard, asKeys)
		if got := missedWords(list); got != c.list || fmt.Sprintf("%.6f", share) != fmt.Sprintf("%.6f", c.share) {
			t.Errorf("%s: %q, %.6f; want %q, %.6f", name, got, share, c.list, c.share)
		}
	}
}

// TestGapIsDrawnFromAShareOn: one just under it is listed, not drawn.
func TestGapIsDrawnFromAShareOn(t *testing.T) {
	d := data()
	for hours, drawn := range map[float64]bool{4.7: false, 4.8: true} { // 90 stories were heard: 90/19 is 4.74
		d.heat.Gaps = []store.Gap{gapOf("wigan-news", this.AddDate(0, 0, -21), hours, 1)}
		m := buildFrom(t, d, "topics", "weeks=13")
		if m.HasGaps() != drawn || m.Cols[9].Gap != drawn || len(m.Cols[9].Missed) != 1 || len(m.GapsBySource()) != 1 {
			t.Errorf("%g hours: %+v", hours, m.Cols[9])
		}
	}
}

// TestTextsShowTheGap looks for it in the tooltip, the table and the JSON, and
// that the week beside it, of which little was missed, is not marked.
func TestTextsShowTheGap(t *testing.T) {
	m := build(t, "topics", "weeks=13")
	const words = "12 hours of Wigan Council: news and less than an hour of rich<b> were missed"
	ai := slices.IndexFunc(m.Rows, func(r Row) bool { return r.ID == "ai" })
	if got := m.Say(ai, 9); got != "Artificial intelligence, 26 October to 1 November 2026: 33 items, 17 publishers, 25 stories; "+words {
		t.Errorf("tooltip: %s", got)
	}
	if got := m.Say(ai, 8); strings.Contains(got, "missed") {
		t.Errorf("tooltip of a week with one lost post in 181: %s", got)
	}
	gapInCSV(t, m)
	b, err := m.JSON(false)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if c := d.Columns[9]; !c.Gap || c.Share != 0.0625 || len(c.Missed) != 2 || c.Missed[0] != (missed{"Wigan Council: news", 12}) || d.Columns[8].Gap || d.Columns[8].Share != 0.0055 {
		t.Errorf("json: %+v, %+v", c, d.Columns[8])
	}
	if len(d.Gaps) != 3 || d.Gaps[1].Name != "Wigan Council: news" || d.Gaps[1].Usual != 84 {
		t.Errorf("json: %+v", d.Gaps)
	}
}

func gapInCSV(t *testing.T, m *Matrix) {
	t.Helper()
	table, err := m.CSV(false)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	week, gap, lost := slices.Index(lines[0], "week_start"), slices.Index(lines[0], "gap"), slices.Index(lines[0], "missed_percent")
	for _, l := range lines[1:] {
		want := [2]string{"no", ""}
		switch l[week] {
		case "2026-10-26":
			want = [2]string{"yes", "6.2"}
		case "2026-10-19":
			want = [2]string{"no", "0.6"}
		}
		if got := [2]string{l[gap], l[lost]}; got != want {
			t.Errorf("csv: %s has %v, want %v", l[week], got, want)
		}
	}
}

// TestGapIsHatchedInPictures counts the hatched edges of the SVG, and looks at
// the pixels of the PNG.
func TestGapIsHatchedInPictures(t *testing.T) {
	d := data()
	with := buildFrom(t, d, "topics", "weeks=13")
	d.heat.Gaps = nil
	without := buildFrom(t, d, "topics", "weeks=13")
	const edge = `height="6" fill="url(#h)"`
	svg, plain := string(with.SVG(look)), string(without.SVG(look))
	if got, want := strings.Count(svg, edge), len(with.Rows)+1; got != want || strings.Contains(plain, edge) { // one in the key
		t.Errorf("%d hatched edges, want %d", got, want)
	}
	for _, words := range []string{"part missed", "12 hours of Wigan Council: news and less than an hour of rich&lt;b&gt; were missed"} {
		if !strings.Contains(svg, words) || strings.Contains(plain, words) {
			t.Errorf("%q is missing, or stands where there is no gap", words)
		}
	}
	for _, theme := range []Theme{Light, Dark} {
		l := look
		l.Theme = theme
		if got := hatched(t, with, l) - hatched(t, without, l); got < 100 {
			t.Errorf("the %s picture has %d hatched pixels more", theme.Name, got)
		}
	}
}

func hatched(t *testing.T, m *Matrix, l Look) (n int) {
	t.Helper()
	b, err := m.PNG(l, 1)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	r, g, bl, a := l.Theme.Hatch.RGBA()
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r2, g2, b2, a2 := img.At(x, y).RGBA(); r2 == r && g2 == g && b2 == bl && a2 == a {
				n++
			}
		}
	}
	return n
}

func TestGapsAreSummedUpBySource(t *testing.T) {
	d := data()
	d.heat.Gaps = []store.Gap{gapOf("before", this.AddDate(0, 0, -100), 24, 1), gapOf("rich", this, 0.3, 1),
		gapOf("wigan-news", this, 2, 1), gapOf("wigan-news", this.Add(9*time.Hour), 3, 1)}
	var got []string
	for _, g := range buildFrom(t, d, "topics", "weeks=13").GapsBySource() {
		got = append(got, fmt.Sprint(g.Source, ": ", g.Hours, ", ", g.Times, ", ", g.Latest.To.Format("2 Jan 15:04")))
	}
	if want := []string{"Wigan Council: news: 5 hours, 2, 16 Nov 12:00", "rich: less than an hour, 1, 16 Nov 00:18"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
