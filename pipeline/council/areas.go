package council

import (
	"slices"
	"strings"
)

// Prefixes of area ids. An area id is one of these with a name behind it, or
// the id of a council.
const (
	nationPrefix = "nation:"
	regionPrefix = "region:"
)

// nations and regions in the order in which pages list them: English regions
// from north to south.
var (
	nations = []string{"England", "Scotland", "Wales", "Northern Ireland"}
	regions = []string{
		"North East", "North West", "Yorkshire and The Humber", "East Midlands",
		"West Midlands", "East of England", "London", "South East", "South West",
	}
)

func (r *Register) readAreas() {
	for _, c := range r.all {
		areas := []string{nationPrefix + c.Nation}
		if slices.Contains(regions, c.Region) {
			areas = append(areas, regionPrefix+c.Region)
		}
		r.areas[c.ID] = areas
	}
	for _, n := range nations {
		r.areaIDs = append(r.areaIDs, nationPrefix+n)
	}
	for _, n := range regions {
		r.areaIDs = append(r.areaIDs, regionPrefix+n)
	}
}

// Areas returns the areas that the council lies in: its nation, and in
// England its region. It is nil for an unknown id. Do not change it.
func (r *Register) Areas(id string) []string {
	c, ok := r.Council(id)
	if !ok {
		return nil
	}
	return r.areas[c.ID]
}

// AreaIDs returns the ids of the nations and the English regions.
func (r *Register) AreaIDs() []string { return slices.Clone(r.areaIDs) }

// AreaName returns what people call an area: "Wales", "North West", or the
// short name of a council; "" where the area is not known.
func (r *Register) AreaName(area string) string {
	if slices.Contains(r.areaIDs, area) {
		_, name, _ := strings.Cut(area, ":")
		return name
	}
	c, _ := r.Council(area)
	return c.Short
}
