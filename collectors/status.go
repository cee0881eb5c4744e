package collectors

import (
	"time"
)

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
}

// state is Status as it is kept over a restart, with what the schedule needs.
type state struct {
	Status
	URL      string        `json:"url"` // that the state belongs to
	RetryAt  time.Time     `json:"retry_at,omitzero"`
	Interval time.Duration `json:"interval"` // that NextVisit was made from
	Wish     time.Duration `json:"wish"`     // of the source, see Visit.Wait
}
