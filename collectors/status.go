package collectors

import "time"

// States of a source.
const (
	StateWaiting   = "waiting"   // not visited yet
	StateOK        = "ok"        // the last visit found something new
	StateUnchanged = "unchanged" // the last visit found nothing new
	StateFailing   = "failing"   // the last visit failed; it is tried again
	StateStopped   = "stopped"   // the source ended for good; it is not tried again
	StatePaused    = "paused"    // the configuration says so
)

// Status is what the page of sources shows of one source. Times are zero
// where there was none.
type Status struct {
	Source     string    `json:"source"`
	State      string    `json:"state"`
	LastVisit  time.Time `json:"last_visit,omitzero"`
	LastOK     time.Time `json:"last_ok,omitzero"`
	NextVisit  time.Time `json:"next_visit,omitzero"`
	HTTPStatus int       `json:"http_status,omitempty"`
	Error      string    `json:"error,omitempty"`     // why the last visit failed, one plain sentence
	Notice     string    `json:"notice,omitempty"`    // what to look after although it worked
	Address    string    `json:"address,omitempty"`   // where the source moved for good
	Following  bool      `json:"following,omitempty"` // a stream is open; there is no next visit
	Failures   int       `json:"failures,omitempty"`
	Visits     uint64    `json:"visits,omitempty"`
	Items      uint64    `json:"items,omitempty"` // published so far
	Newest     time.Time `json:"newest,omitzero"` // publication of the newest item

	Since    time.Time     `json:"since,omitzero"`     // the first visit
	Rate     float64       `json:"rate,omitempty"`     // posts a week
	Interval time.Duration `json:"interval,omitempty"` // in force, in nanoseconds; 0 for a stream
	Pace     string        `json:"pace,omitempty"`     // the interval and why it is so, in words
	// Coverage is the share of the visits of the last four weeks that worked,
	// 0 to 1; of a stream, of the times that it was opened or brought something.
	Coverage float64 `json:"coverage,omitempty"`
}

// state is Status as it is kept over a restart, with what the schedule needs.
type state struct {
	Status
	URL     string        `json:"url"` // that the state belongs to
	RetryAt time.Time     `json:"retry_at,omitzero"`
	Wish    time.Duration `json:"wish,omitempty"` // of the source, see Visit.Wait
	Skip    Skip          `json:"skip,omitzero"`
	Missing time.Time     `json:"missing,omitzero"` // not found (404) since then
	Tally   [4]tally      `json:"tally,omitzero"`   // by the number of the week, modulo 4
}

// tally counts the visits of a week.
type tally struct {
	Week   int64  `json:"week"` // since 1970
	Visits uint32 `json:"visits"`
	Worked uint32 `json:"worked"`
}

// tell counts a visit into the coverage.
func (s *state) tell(worked bool, now time.Time) {
	number := now.Unix() / int64(week/time.Second)
	t := &s.Tally[number&3]
	if t.Week != number {
		*t = tally{Week: number}
	}
	t.Visits++
	if worked {
		t.Worked++
	}
	var good, all uint32
	for _, t := range s.Tally {
		if t.Week > number-4 && t.Week <= number {
			good, all = good+t.Worked, all+t.Visits
		}
	}
	s.Coverage = float64(good) / float64(all)
	if s.Since.IsZero() {
		s.Since = now
	}
}
