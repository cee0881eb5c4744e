package chart

import (
	"encoding/json"
	"math"
	"time"

	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

type document struct {
	ID          string       `json:"id"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Sample      bool         `json:"sample,omitempty"`
	Licence     licence      `json:"licence"`
	Generation  uint64       `json:"generation"`
	Computed    *time.Time   `json:"computed"`
	Filter      filter       `json:"filter"`
	Radar       *radarWindow `json:"radar,omitempty"`
	Breaks      []uint64     `json:"breaks"`
	Councils    *councils    `json:"councils,omitempty"`
	Columns     []column     `json:"columns"`
	Rows        []row        `json:"rows"`
	Gaps        []gap        `json:"gaps,omitempty"`
}

// councils says on which councils posts count, and as of which day. Mentions
// are the sum of all rows: every post once for each council that it names, the
// same in every view.
type councils struct {
	View     council.View `json:"view"`
	Day      string       `json:"day"`
	Changes  []string     `json:"changes,omitempty"`
	Mentions float64      `json:"mentions"`
}

type licence struct {
	Name        string `json:"name"`
	URL         string `json:"url"`
	Attribution string `json:"attribution"`
}

type filter struct {
	Area    string `json:"area,omitempty"`
	Council string `json:"council,omitempty"`
	Class   string `json:"class,omitempty"`
	From    string `json:"from"`
	To      string `json:"to"`
	Weeks   int    `json:"weeks"`
}

type radarWindow struct {
	AsOf     string `json:"as_of"`
	Evidence string `json:"evidence_from"`
	Baseline string `json:"baseline_from"`
	Weeks    int    `json:"baseline_weeks_heard"`
	Feeds    int    `json:"feeds"`
	Cold     int    `json:"feeds_too_new"`
	Items    uint64 `json:"items"`
	Enough   bool   `json:"enough"`
	Rules    string `json:"rules"`
}

type column struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Week  string `json:"week,omitempty"`
	Whole bool   `json:"whole"`
	Heard bool   `json:"heard"`
	// Gap says that the numbers are too small, because sources missed hours;
	// Share is how much of the posts these cost, from 0 to 1.
	Gap    bool     `json:"gap,omitempty"`
	Share  float64  `json:"missed_share,omitempty"`
	Missed []missed `json:"missed,omitempty"`
	// Mentions is the sum of all rows, of charts by council only.
	Mentions *float64 `json:"mentions,omitempty"`
}

type missed struct {
	Source string  `json:"source"`
	Hours  float64 `json:"hours"`
}

// row holds one entry for each column in Items, Publishers and Stories; null
// says that nothing was heard, which is not zero.
type row struct {
	ID         string     `json:"id"`
	Code       string     `json:"gss_code,omitempty"`
	Name       string     `json:"name"`
	Label      string     `json:"label,omitempty"`
	Lift       *float64   `json:"lift,omitempty"`
	Low        *float64   `json:"low,omitempty"`
	High       *float64   `json:"high,omitempty"`
	Sentence   string     `json:"sentence,omitempty"`
	Total      total      `json:"total"`
	Mentions   []*float64 `json:"mentions,omitempty"` // of charts by council only
	Items      []*uint64  `json:"items"`
	Publishers []*uint64  `json:"publishers"`
	Stories    []*uint64  `json:"stories"`
}

type total struct {
	Items      uint64   `json:"items"`
	Publishers uint64   `json:"publishers"`
	Stories    uint64   `json:"stories"`
	Mentions   *float64 `json:"mentions,omitempty"`
}

type gap struct {
	Source string    `json:"source"`
	Name   string    `json:"name"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Usual  float64   `json:"usual_items_a_week,omitempty"`
}

// JSON is the chart with everything needed to draw it again: values, breaks,
// window, generation and licence.
func (m *Matrix) JSON(sample bool) ([]byte, error) {
	d := document{
		ID: m.ID, Title: m.Title, Description: m.Alt(), Sample: sample,
		Licence:    licence{Licence, LicenceURL, Attribution},
		Generation: m.Generation.Number,
		Filter: filter{m.Query.Area, m.Query.Council, m.Query.Class, m.Filter.From.Format(time.DateOnly),
			m.Filter.To.Format(time.DateOnly), m.Query.Weeks},
		Breaks: append([]uint64{}, m.Breaks...), Columns: make([]column, 0, len(m.Cols)), Rows: make([]row, 0, len(m.Rows)),
	}
	if m.Generation.Number > 0 {
		t := m.Generation.Time.UTC().Truncate(time.Second)
		d.Computed = &t
	}
	if !m.Ranking.Window.AsOf.IsZero() {
		d.Radar = window(m.Ranking)
	}
	if m.Reorganised.View != "" {
		d.Councils = &councils{m.Reorganised.View, m.Reorganised.Day.Format(time.DateOnly), m.Reorganised.Changes, m.number(m.Total)}
	}
	for j, c := range m.Cols {
		col := column{ID: c.ID, Name: c.Name, Whole: !c.Partial, Heard: c.Heard, Gap: c.Gap, Share: round(c.Share, 4)}
		for _, g := range c.Missed {
			col.Missed = append(col.Missed, missed{g.Source, round(g.Hours, 2)})
		}
		if !c.Week.IsZero() {
			col.Week = ISOWeek(c.Week)
		}
		if m.Unit > 0 {
			sum := m.number(m.Totals[j])
			col.Mentions = &sum
		}
		d.Columns = append(d.Columns, col)
	}
	for _, r := range m.Rows {
		d.Rows = append(d.Rows, m.jsonRow(r))
	}
	for _, g := range m.Gaps {
		d.Gaps = append(d.Gaps, gap{g.Source, m.sourceName(g.Source), g.From.UTC(), g.To.UTC(), round(g.Rate*7*24, 2)})
	}
	return json.Marshal(d)
}

func window(s store.Scores) *radarWindow {
	return &radarWindow{
		AsOf: s.Window.AsOf.Format(time.DateOnly), Evidence: s.Window.EvidenceFrom.Format(time.DateOnly),
		Baseline: s.Window.BaselineFrom.Format(time.DateOnly), Weeks: s.Window.Weeks,
		Feeds: s.Feeds, Cold: s.Cold, Items: s.Items, Enough: s.Enough, Rules: s.Rules,
	}
}

func (m *Matrix) jsonRow(r Row) row {
	out := row{ID: r.ID, Code: r.Code, Name: r.Name, Label: string(r.Score.Label), Sentence: r.Sentence(), Total: total{Items: r.Total.Items, Publishers: r.Total.Publishers, Stories: r.Total.Stories}}
	if m.Unit > 0 {
		out.Total.Mentions = m.knownParts(r.Heard, r.Parts)
	}
	if r.Score.Eligible {
		out.Lift, out.Low, out.High = &r.Score.Lift, &r.Score.Low, &r.Score.High
	}
	for _, c := range r.Cells {
		if m.Unit > 0 {
			out.Mentions = append(out.Mentions, m.knownParts(c.State != Unheard, c.Parts))
		}
		out.Items = append(out.Items, known(c, c.Items))
		out.Publishers = append(out.Publishers, known(c, c.Publishers))
		out.Stories = append(out.Stories, known(c, c.Stories))
	}
	return out
}

func (m *Matrix) knownParts(heard bool, parts uint64) *float64 {
	if !heard {
		return nil
	}
	n := m.number(parts)
	return &n
}

func round(v float64, places int) float64 {
	p := math.Pow10(places)
	return math.Round(v*p) / p
}

func known(c Cell, n uint64) *uint64 {
	if c.State == Unheard {
		return nil
	}
	return &n
}
