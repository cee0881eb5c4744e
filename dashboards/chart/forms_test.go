package chart

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var look = Look{Theme: Light, Base: "https://radar.example.org", Site: "https://radar.example.org/"}

func TestGoldenForms(t *testing.T) {
	for _, c := range []struct{ chart, address string }{{"topics", "weeks=13"}, {"tools", "weeks=13&area=nation%3AWales&order=items"}, {"councils", "weeks=13&rows=all"}} {
		m := build(t, c.chart, c.address)
		for ext, write := range map[string]func() ([]byte, error){
			"svg":         func() ([]byte, error) { return m.SVG(look), nil },
			"csv":         func() ([]byte, error) { return m.CSV(false) },
			"json":        func() ([]byte, error) { return m.JSON(true) },
			"option.json": m.Option,
		} {
			got, err := write()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.chart+"."+ext, got)
		}
	}
}

// TestFormsAgree reads every form back and compares it with the model.
func TestFormsAgree(t *testing.T) {
	m := build(t, "topics", "weeks=13")
	want := map[[2]string]string{}
	for _, r := range m.Rows {
		for j, c := range r.Cells {
			want[[2]string{r.Name, m.Cols[j].ID}] = counts(c)[0]
		}
	}
	table, err := m.CSV(false)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(want)+1 {
		t.Errorf("%d lines for %d cells", len(lines), len(want))
	}
	for _, l := range lines[1:] {
		if got := want[[2]string{strings.TrimPrefix(l[1], "'"), l[4]}]; got != l[8] {
			t.Errorf("csv says %q of %s in %s, want %q", l[8], l[1], l[4], got)
		}
	}
	agreeJSON(t, m, want)
}

func agreeJSON(t *testing.T, m *Matrix, want map[[2]string]string) {
	t.Helper()
	b, err := m.JSON(false)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	for _, r := range d.Rows {
		for j, n := range r.Items {
			got := ""
			if n != nil {
				got = strconv.FormatUint(*n, 10)
			}
			if w := want[[2]string{r.Name, d.Columns[j].ID}]; got != w {
				t.Errorf("json says %q of %s in %s, want %q", got, r.Name, d.Columns[j].ID, w)
			}
		}
	}
}

func TestSVGIsWellFormedAndTheSameTwice(t *testing.T) {
	for _, theme := range []Theme{Light, Dark} {
		l := look
		l.Theme, l.Sample = theme, true
		first, second := build(t, "topics", "").SVG(l), build(t, "topics", "").SVG(l)
		if !bytes.Equal(first, second) {
			t.Error("two drawings differ")
		}
		for d := xml.NewDecoder(bytes.NewReader(first)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		for _, words := range []string{SampleNote, "Open Government Licence", theme.Ground.Hex(), "not heard from"} {
			if !bytes.Contains(first, []byte(words)) {
				t.Errorf("the %s picture lacks %q", theme.Name, words)
			}
		}
		if bytes.Contains(first, []byte("<script")) {
			t.Error("a name became a script")
		}
	}
}

func TestPNGIsPainted(t *testing.T) {
	m := build(t, "topics", "weeks=13")
	first, err := m.PNG(look, 1)
	if err != nil {
		t.Fatal(err)
	}
	second, err := m.PNG(look, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) || len(first) < 10_000 {
		t.Errorf("%d bytes, or two paintings differ", len(first))
	}
}

// TestSpreadsheetsRunNoFormula: every text cell is harmless in a spreadsheet.
func TestSpreadsheetsRunNoFormula(t *testing.T) {
	for _, id := range []string{"topics", "councils"} {
		b, err := build(t, id, "weeks=13&rows=all").CSV(true)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if last := l[len(l)-1]; last != "sample" && last != "data" {
				t.Fatalf("a line does not say that it is sample data: %v", l)
			}
			for _, cell := range l {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("%s: %q would run as a formula", id, cell)
				}
			}
		}
	}
}

func TestOptionIsPlainData(t *testing.T) {
	m := build(t, "topics", "weeks=13")
	b, err := m.Option()
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		Tooltip   struct{ RenderMode string }
		VisualMap []struct {
			Dimension int
			Pieces    []struct{ Gte, Lt float64 }
		}
		Series []struct {
			Type string
			Data []struct{ Value []uint64 }
		}
		YAxis []struct{ Data []string }
	}
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	if o.Tooltip.RenderMode != "richText" || o.Series[0].Type != "heatmap" || o.VisualMap[0].Dimension != 2 {
		t.Errorf("option is %.400s", b)
	}
	if bytes.Contains(b, []byte("</script>")) {
		t.Error("a name could end a script element")
	}
	if o.YAxis[0].Data[0] != hostile[4].Name {
		t.Errorf("the first row is %q, want it as it was written", o.YAxis[0].Data[0])
	}
	for _, p := range o.Series[0].Data {
		if c := m.Rows[p.Value[1]].Cells[p.Value[0]]; c.Items != p.Value[2] || c.Publishers != p.Value[3] {
			t.Errorf("the option says %v, the model %+v", p.Value, c)
		}
	}
	last := o.VisualMap[0].Pieces[len(o.VisualMap[0].Pieces)-1]
	if want := float64(m.Breaks[len(m.Breaks)-1]); last.Gte != want || last.Lt != 0 {
		t.Errorf("the last class is %+v, want %g and more", last, want)
	}
}

// TestNoTemplatesOfGoECharts: its pages draw nothing under our content
// security policy, and let a name run as a script.
func TestNoTemplatesOfGoECharts(t *testing.T) {
	forbidden := regexp.MustCompile(`\.Render\(|RenderSnippet|RenderContent|FuncOpts|FuncStripCommentsOpts|JSONNotEscaped|__f__`)
	err := filepath.WalkDir("..", func(path string, f os.DirEntry, err error) error {
		if err != nil || f.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if hit := forbidden.Find(src); hit != nil {
			t.Errorf("%s uses %s", path, hit)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAltTextSaysWhatTheTableHolds(t *testing.T) {
	const want = "Heat map of 6 topics by week, 24 August 2026 to 22 November 2026. The most items in one cell: Artificial intelligence, 9 to 15 November 2026, 140 items. " +
		`Rising: {a|bold} "quoted" & <b> (emerging). The last week is not over yet. Nothing was heard in 1 week. Part of 1 week was missed: 12 hours of Wigan Council: news and less than an hour of rich<b>.`
	if got := build(t, "topics", "weeks=13").Alt(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := buildFrom(t, answers{}, "topics", "weeks=13").Alt(); !strings.HasPrefix(got, "Empty heat map") {
		t.Errorf("an empty chart says %q", got)
	}
	if got := build(t, "councils", "rows=all&weeks=13").Alt(); !strings.HasSuffix(got, "Nothing was heard from 1 council.") {
		t.Errorf("councils say %q", got)
	}
}

func BenchmarkForms(b *testing.B) {
	m := build(b, "topics", "")
	for len(m.Rows) < 30 {
		m.Rows = append(m.Rows, m.Rows[0])
	}
	for name, write := range map[string]func() ([]byte, error){
		"svg":  func() ([]byte, error) { return m.SVG(look), nil },
		"png":  func() ([]byte, error) { return m.PNG(look, 1) },
		"csv":  func() ([]byte, error) { return m.CSV(false) },
		"json": func() ([]byte, error) { return m.JSON(false) }, "option": m.Option,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := write(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
