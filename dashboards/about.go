package dashboards

import (
	"fmt"
	"net/http"

	"vantage/dashboards/chart"
	"vantage/pipeline/radar"
	"vantage/pipeline/store"
)

type aboutBody struct {
	Totals                   store.Totals
	Watch, Emerging, Strong  float64
	Enough                   int
	EvidenceWeeks, BaseWeeks int
	GapShare                 int // per cent
	Rules                    string
}

// about answers the page that says how the numbers are made, and the
// statements that a public service owes its readers.
func (d *Dashboard) about(w http.ResponseWriter, r *http.Request) {
	totals, err := d.Store.Totals(r.Context())
	if err != nil {
		d.fail(w, r, fmt.Errorf("about: %w", err))
		return
	}
	d.show(w, r, http.StatusOK, "about", d.page(r, "/about", "About these numbers", aboutBody{
		Totals: totals, Watch: radar.WatchLift, Emerging: radar.EmergingLift, Strong: radar.StrongLift,
		Enough: radar.EnoughItems, EvidenceWeeks: radar.EvidenceWeeks, BaseWeeks: radar.BaselineWeeks, Rules: radar.Rules,
		GapShare: int(100 * chart.GapShare),
	}))
}
