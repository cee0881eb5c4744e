package chart

import (
	"encoding/json"
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Option is the chart as an ECharts option, built by go-echarts and pure JSON:
// never a function, never HTML. A value is [column, row, items or parts of them
// with one decimal place, publishers, stories]; only counted cells are in it, so that what lies under the chart
// shows where there is nothing. The page adds colours for its theme.
func (m *Matrix) Option() ([]byte, error) {
	h := charts.NewHeatMap()
	h.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithGridOpts(opts.Grid{Left: "0", Right: "0", Top: "0", Bottom: "0"}),
		charts.WithXAxisOpts(opts.XAxis{Type: "category", Data: m.colNames(), Show: opts.Bool(false)}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Data: m.rowNames(), Show: opts.Bool(false), Inverse: opts.Bool(true)}),
		charts.WithVisualMapOpts(opts.VisualMap{Type: "piecewise", Show: opts.Bool(false), Pieces: m.pieces()}),
		charts.WithAnimation(false),
	)
	h.AddSeries("items", m.points(), charts.WithLabelOpts(opts.Label{Show: opts.Bool(true)}))
	h.Validate()
	return patch(h.JSON(), m.patches())
}

func (m *Matrix) colNames() []string {
	names := make([]string, len(m.Cols))
	for j, c := range m.Cols {
		names[j] = c.Name
	}
	return names
}

func (m *Matrix) rowNames() []string {
	names := make([]string, len(m.Rows))
	for i, r := range m.Rows {
		names[i] = r.Name
	}
	return names
}

func (m *Matrix) points() []opts.HeatMapData {
	points := []opts.HeatMapData{}
	for i, r := range m.Rows {
		for j, c := range r.Cells {
			if c.State == Counted {
				points = append(points, opts.HeatMapData{Value: [5]float64{float64(j), float64(i), m.value(c), float64(c.Publishers), float64(c.Stories)}})
			}
		}
	}
	return points
}

// pieces carry colours of the light theme. go-echarts holds bounds as
// float32: whole numbers over 16,777,216 lose their last digit, and a class
// bound is never such a number.
func (m *Matrix) pieces() []opts.Piece {
	pieces := make([]opts.Piece, m.Classes())
	for k := range pieces {
		lo, hi := m.Range(k + 1)
		pieces[k] = opts.Piece{Gte: float32(lo), Color: Light.Ramp[m.Step(k+1)].Hex()}
		if hi > 0 {
			pieces[k].Lt = float32(hi + 1)
		}
		if k == 0 && m.Reorganised.Fraction {
			pieces[k].Gte = 0
		}
	}
	return pieces
}

// optionPatch says what go-echarts v2.7.2 has no field for.
type optionPatch struct {
	Tooltip   tooltipPatch     `json:"tooltip"`
	VisualMap []visualMapPatch `json:"visualMap"`
	Vantage   facts            `json:"vantage"`
}

// tooltipPatch: "richText" draws on the canvas; the HTML tooltip sets style
// attributes, which the content security policy refuses.
type tooltipPatch struct {
	RenderMode string `json:"renderMode"`
	Confine    bool   `json:"confine"`
}

type visualMapPatch struct {
	Dimension int `json:"dimension"` // a number: as a string ECharts looks for a name
}

// facts are what the page's script needs besides the option.
type facts struct {
	Generation uint64   `json:"generation"`
	Columns    int      `json:"columns"`
	Rows       int      `json:"rows"`
	Steps      []int    `json:"steps"`   // place of each class on the ramp
	Partial    int      `json:"partial"` // column of the running week, -1: none
	Unheard    []int    `json:"unheard"` // columns in which nothing was heard
	Gaps       []int    `json:"gaps"`    // columns that are drawn as gaps
	Missed     []string `json:"missed"`  // what was missed of each of these
	Short      []string `json:"short"`   // short names of the columns
	Labels     []string `json:"labels"`  // the radar's word on each row
	Licence    string   `json:"licence"`
}

func (m *Matrix) patches() optionPatch {
	f := facts{Generation: m.Generation.Number, Columns: len(m.Cols), Rows: len(m.Rows), Partial: -1, Unheard: []int{}, Gaps: []int{}, Missed: []string{}, Licence: Attribution}
	for k := 1; k <= m.Classes(); k++ {
		f.Steps = append(f.Steps, m.Step(k))
	}
	for j, c := range m.Cols {
		f.Short = append(f.Short, c.Short)
		if c.Partial {
			f.Partial = j
		}
		if !c.Heard {
			f.Unheard = append(f.Unheard, j)
		}
		if c.Gap {
			f.Gaps, f.Missed = append(f.Gaps, j), append(f.Missed, c.MissedWords())
		}
	}
	for _, r := range m.Rows {
		f.Labels = append(f.Labels, string(r.Score.Label))
	}
	return optionPatch{tooltipPatch{"richText", true}, []visualMapPatch{{2}}, f}
}

// patch merges typed additions into the option, by way of JSON.
func patch(option map[string]any, add optionPatch) ([]byte, error) {
	base, err := plain(option)
	if err != nil {
		return nil, err
	}
	more, err := plain(add)
	if err != nil {
		return nil, err
	}
	merge(base, more)
	return json.Marshal(base)
}

func plain(v any) (map[string]any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("chart option: %w", err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("chart option: %w", err)
	}
	return m, nil
}

// merge copies src into dst, maps key by key and lists entry by entry.
func merge(dst, src map[string]any) {
	for k, v := range src {
		dst[k] = merged(dst[k], v)
	}
}

func merged(old, add any) any {
	switch add := add.(type) {
	case map[string]any:
		if m, ok := old.(map[string]any); ok {
			merge(m, add)
			return m
		}
	case []any:
		list, ok := old.([]any)
		if !ok {
			return add
		}
		for i := range min(len(list), len(add)) {
			list[i] = merged(list[i], add[i])
		}
		return list
	}
	return add
}
