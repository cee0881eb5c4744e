// Package council knows the principal councils and combined authorities of
// the United Kingdom, and finds the councils that a text speaks of.
//
// The register is data (data/councils.csv, data/names.csv), and so are the
// rules of evidence (data/rules.yaml): candidates are found by name, handle
// and link, every piece of evidence adds points with a readable reason, and
// the points become a confidence. data/SOURCES.md names the sources.
package council

import "time"

// Council is one authority, present, past or planned.
type Council struct {
	ID    string // GSS code, or "x-…" where there is none
	Name  string // official name
	Short string // label for charts, unique in the register
	// Type is one of district, unitary, metropolitan-district, county,
	// london-borough, city-corporation, greater-london-authority,
	// sui-generis-unitary, combined-authority, scottish-council,
	// welsh-council, ni-district.
	Type      string
	Tier      string // TierSingle, TierLower, TierUpper or TierStrategic
	Nation    string // England, Northern Ireland, Scotland, Wales
	Region    string // English region, or the nation
	County    string // id of the county above a district
	Authority string // id of the combined authority that it belongs to
	Domain    string // main domain
	Status    string // current, shadow, planned, abolished

	Start, End time.Time // first and last day, in UTC; zero where not known or not ended

	Successors   []string // ids of those that took over, in the order of the source
	Predecessors []string
	Former       []string // GSS codes that it had before

	Lat, Lon  float64 // centre; both 0 where not known
	Hex       Hex     // cell on the hex map
	Mapped    bool    // has a Hex
	Wikidata  string
	Uncertain bool // something in the row is not confirmed by an official list
}

// The tiers of local government. Lower and single tiers share the country
// among them; upper and strategic ones lie over them.
const (
	TierSingle    = "single"
	TierLower     = "lower"
	TierUpper     = "upper"
	TierStrategic = "strategic"
)

// Cell reports whether the council is one of those that share the country
// among them: a square of the map.
func (c Council) Cell() bool { return c.Tier == TierSingle || c.Tier == TierLower }

// On reports whether the council exists on a day. One whose start is not
// known has always been there; what is merely planned never is.
func (c Council) On(day time.Time) bool {
	return c.Status != Planned && !c.Start.After(day) && !c.Ended(day)
}

// Ended reports whether the last day of the council lies before a day.
func (c Council) Ended(day time.Time) bool {
	return !c.End.IsZero() && !day.Before(c.End.AddDate(0, 0, 1))
}

// Hex is a cell of the hex map, layout odd-r.
type Hex struct{ Q, R int }

// The statuses of a council.
const (
	Current   = "current"
	Shadow    = "shadow"
	Planned   = "planned"
	Abolished = "abolished"
)

// Match is a council found in a post.
type Match struct {
	ID         string   `json:"id"`
	Confidence float32  `json:"confidence"` // 0 to 1
	Sense      string   `json:"sense"`
	Reasons    []string `json:"reasons,omitempty"`
}

// The senses of a match: the council as a body, a mere place, or the default
// of a council's own channel that does not name it.
const (
	SenseCouncil = "council"
	SensePlace   = "place"
	SenseFeed    = "feed"
)

// Confidences: matches below StoreFrom are dropped, those from CountFrom on
// count in charts.
const (
	StoreFrom = 0.5
	CountFrom = 0.6
)

// Counted reports whether m counts in charts.
func (m Match) Counted() bool { return m.Confidence >= CountFrom && m.Sense != SensePlace }
