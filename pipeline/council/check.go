package council

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// checkLinks holds what every use of the register relies on: councils refer
// to councils that are there, and no council is among its own successors.
func (r *Register) checkLinks() error {
	for _, c := range r.all {
		for _, id := range slices.Concat(c.Successors, c.Predecessors, []string{c.County, c.Authority}) {
			if _, ok := r.index[id]; !ok && id != "" {
				return fmt.Errorf("%s %s refers to %q, which is not in the register", c.ID, c.Name, id)
			}
		}
	}
	for _, c := range r.all {
		if r.follows(c.ID, c.ID, len(r.all)) {
			return fmt.Errorf("%s %s is among its own successors", c.ID, c.Name)
		}
	}
	return nil
}

// follows reports whether one council comes after another, in at most so many
// steps.
func (r *Register) follows(id, after string, steps int) bool {
	c, _ := r.Council(after)
	for _, next := range c.Successors {
		if next == id || steps > 0 && r.follows(id, next, steps-1) {
			return true
		}
	}
	return false
}

// Check reports everything in the register that cannot be right: what is
// missing, and dates and links that contradict each other.
func (r *Register) Check() []error {
	var problems []error
	short, cells := map[string]string{}, map[Hex]string{}
	for _, c := range r.all {
		err := errors.Join(r.checkOne(c), r.checkHeirs(c), r.checkHistory(c))
		if other := short[c.Short]; c.Short == "" || other != "" {
			err = errors.Join(err, fmt.Errorf("its short name %q is empty or that of %s", c.Short, other))
		}
		if other := cells[c.Hex]; c.Mapped && other != "" {
			err = errors.Join(err, fmt.Errorf("its square on the map is that of %s", other))
		}
		short[c.Short] = c.ID
		if c.Mapped {
			cells[c.Hex] = c.ID
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", c.ID, c.Name, err))
		}
	}
	return problems
}

// firstYear is the first day of which the register knows all councils of
// England: some whose districts ended on the day before have no county here.
var firstYear = time.Date(2009, 4, 1, 0, 0, 0, 0, time.UTC)

// checkOne looks at a council by itself.
func (r *Register) checkOne(c Council) error {
	var list []error
	bad := func(wrong bool, words string) {
		if wrong {
			list = append(list, errors.New(words))
		}
	}
	today := c.Status == Current
	bad(statusRank(c.Status) < 0, fmt.Sprintf("its status %q is not current, shadow, planned or abolished", c.Status))
	bad(!slices.Contains([]string{TierSingle, TierLower, TierUpper, TierStrategic}, c.Tier), fmt.Sprintf("its tier is %q", c.Tier))
	bad(!slices.Contains(nations, c.Nation), fmt.Sprintf("its nation is %q", c.Nation))
	bad(c.Nation == "England" && !slices.Contains(regions, c.Region), fmt.Sprintf("its region is %q", c.Region))
	bad(today && c.Cell() && (!c.Mapped || c.Lat == 0 || c.Domain == ""), "its square, its place or its domain is missing")
	bad(!c.Cell() && c.Mapped, "it has a square on the map, although others share its area")
	bad(c.Tier == TierLower && c.County == "" && !c.Ended(firstYear), "its county is missing")
	bad(today && c.Tier == TierUpper && len(r.Members(c.ID, firstOf(c))) == 0, "it has no districts")
	bad(c.Status == Abolished && c.End.IsZero(), "it is abolished without a last day")
	bad(c.Status == Shadow && c.Start.IsZero(), "it is to come without a first day")
	bad(!c.Start.IsZero() && !c.End.IsZero() && !c.Start.Before(c.End), "it ends before it begins")
	return errors.Join(list...)
}

// firstOf is a day on which a current council was there.
func firstOf(c Council) time.Time {
	if !c.Start.IsZero() {
		return c.Start
	}
	return firstYear
}

// checkHeirs looks at what comes after a council.
func (r *Register) checkHeirs(c Council) error {
	var list []error
	if !c.End.IsZero() && len(c.Successors) == 0 {
		list = append(list, errors.New("it ends without a successor"))
	}
	if c.End.IsZero() && len(c.Successors) > 0 {
		list = append(list, errors.New("it has successors and no last day"))
	}
	for _, id := range c.Successors {
		s, _ := r.Council(id)
		switch {
		case !slices.Contains(s.Predecessors, c.ID):
			list = append(list, fmt.Errorf("its successor %s does not name it as a predecessor", s.Name))
		case !s.Start.Equal(c.End.AddDate(0, 0, 1)) && !(s.Start.IsZero() && s.Status == Current):
			list = append(list, fmt.Errorf("its successor %s does not begin on the day after its end, %s", s.Name, c.End.Format(time.DateOnly)))
		case !slices.Equal(r.areas[s.ID], r.areas[c.ID]):
			list = append(list, fmt.Errorf("its successor %s lies elsewhere: %v, not %v", s.Name, r.areas[s.ID], r.areas[c.ID]))
		case s.Status == Planned:
			list = append(list, fmt.Errorf("its successor %s is only planned", s.Name))
		}
	}
	return errors.Join(list...)
}

// checkHistory looks at what came before a council, and what lies over it.
func (r *Register) checkHistory(c Council) error {
	var list []error
	for _, id := range c.Predecessors {
		if p, _ := r.Council(id); c.Status != Planned && !slices.Contains(p.Successors, c.ID) {
			list = append(list, fmt.Errorf("its predecessor %s does not name it as a successor", p.Name))
		}
	}
	if county, _ := r.Council(c.County); c.County != "" && (county.Tier != TierUpper || !slices.Equal(r.areas[county.ID], r.areas[c.ID])) {
		list = append(list, fmt.Errorf("%s %s is not a county of its region", county.ID, county.Name))
	}
	if a, _ := r.Council(c.Authority); c.Authority != "" && a.Tier != TierStrategic {
		list = append(list, fmt.Errorf("%s %s is not a strategic authority", a.ID, a.Name))
	}
	return errors.Join(list...)
}
