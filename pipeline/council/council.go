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
	Tier      string // single, lower, upper, strategic
	Nation    string // England, Northern Ireland, Scotland, Wales
	Region    string // English region, or the nation
	County    string // id of the county above a district
	Authority string // id of the combined authority that it belongs to
	Domain    string // main domain
	Status    string // current, shadow, planned, abolished

	Start, End time.Time // zero where not known or not ended

	Successors   []string // ids of those that took over, in the order of the source
	Predecessors []string
	Former       []string // GSS codes that it had before

	Lat, Lon  float64 // centre; both 0 where not known
	Hex       Hex     // cell on the hex map
	Mapped    bool    // has a Hex
	Wikidata  string
	Uncertain bool // something in the row is not confirmed by an official list
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
