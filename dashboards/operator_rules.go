package dashboards

import (
	"fmt"
	"net/http"
	"time"

	"vantage/dashboards/chart"
)

// RulesView is the vocabulary in use, and how far its retag is, as an operator
// sees it.
type RulesView struct {
	Version string
	Since   time.Time // when it was read
	BuiltIn bool
	Problem string    // why a newer one is not in use; "": there is none
	Found   time.Time // when that was found
	Older   int       // posts that were tagged by older rules
	Auto    bool      // these are tagged anew by themselves

	// The retag that runs or ran last.
	Running, Interrupted bool
	Read, Changed, Total int
	Rate                 int // posts a second
	Left                 time.Duration
	Ended                time.Time // zero: none ended
}

// Share is how much of a running retag is done, in per cent.
func (v RulesView) Share() int {
	if v.Total == 0 {
		return 0
	}
	return min(100, 100*v.Read/v.Total)
}

// Waiting says how many posts wait for a retag.
func (v RulesView) Waiting() string {
	if v.Older == 1 {
		return "1 post was tagged with older rules."
	}
	return chart.Number(uint64(v.Older)) + " posts were tagged with older rules."
}

// Progress is the state of a running retag in words.
func (v RulesView) Progress() string {
	s := fmt.Sprintf("%s of %s posts (%d%%)", chart.Number(uint64(v.Read)), chart.Number(uint64(v.Total)), v.Share())
	if v.Rate > 0 {
		s += fmt.Sprintf(", %s a second, about %s left", chart.Number(uint64(v.Rate)), inWords(v.Left))
	}
	return s
}

// Last is the last retag in words.
func (v RulesView) Last() string {
	return fmt.Sprintf("%s read, %s changed", chart.Plural(uint64(v.Read), "post"), chart.Number(uint64(v.Changed)))
}

func (d *Dashboard) retag(w http.ResponseWriter, r *http.Request) {
	d.settle(w, r, d.Operator.Rules.Retag(r.Context()), "/operator?done=retag#vocabulary", operatorBody{})
}
