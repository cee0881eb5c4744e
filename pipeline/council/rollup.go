package council

import (
	"fmt"
	"math/big"
	"slices"
	"time"
)

// View says on which councils the posts about councils count that have been
// abolished, or that have others below them.
type View string

// The views. Then counts on the councils that the posts name. Now counts on
// those of a day: the posts of an abolished council count for its successors.
// Cells counts on the lower- and single-tier councils of the day, the squares
// of a map: the posts of a county, a combined authority or the Greater London
// Authority are spread over their members too.
const (
	Now   View = "now"
	Then  View = "then"
	Cells View = "cells"
)

// Views lists the views; the first is the usual one.
var Views = []View{Now, Then, Cells}

// Share is the part of a council's posts that counts for one council.
type Share struct {
	Council string
	Parts   uint64 // of Rollup.Unit
}

// Rollup says for which councils the posts of each council count, in equal
// parts that add up to one: so every total is the same in every view. It
// never changes. A nil Rollup leaves every council to itself.
type Rollup struct {
	View View
	Day  time.Time

	register *Register
	unit     uint64
	shares   map[string][]Share
	members  map[string][]string
}

// keptRollups is how many views of days are kept ready: making one takes some
// milliseconds, and readers ask for a few days only.
const keptRollups = 32

type rollupKey struct {
	view View
	day  time.Time
}

// Rollup returns a view of the councils as of a day, of which only the date
// counts.
func (r *Register) Rollup(view View, day time.Time) *Rollup {
	key := rollupKey{view, time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)}
	r.rolling.Lock()
	defer r.rolling.Unlock()
	if ro := r.rollups[key]; ro != nil {
		return ro
	}
	if r.rollups == nil || len(r.rollups) == keptRollups {
		r.rollups = map[rollupKey]*Rollup{}
	}
	ro := r.rollUp(key.view, key.day)
	r.rollups[key] = ro
	return ro
}

func (r *Register) rollUp(view View, day time.Time) *Rollup {
	ro := &Rollup{View: view, Day: day, register: r, unit: 1, shares: map[string][]Share{}, members: map[string][]string{}}
	parts := map[string]portions{}
	for _, c := range r.all {
		if p := (portions{}); ro.split(c, big.NewRat(1, 1), p) {
			parts[c.ID] = p
			ro.widen(p)
		}
	}
	for _, c := range r.all {
		ro.note(c, parts[c.ID])
	}
	return ro
}

// portions are exact parts of one council's posts, by council.
type portions map[string]*big.Rat

// split adds to p where so much of the council's posts counts; moved is false
// where all of it stays.
func (ro *Rollup) split(c Council, weight *big.Rat, p portions) (moved bool) {
	heirs := ro.heirs(c)
	if len(heirs) == 0 {
		if p[c.ID] == nil {
			p[c.ID] = new(big.Rat)
		}
		p[c.ID].Add(p[c.ID], weight)
		return false
	}
	each := new(big.Rat).Quo(weight, big.NewRat(int64(len(heirs)), 1))
	for _, id := range heirs {
		ro.split(ro.register.all[ro.register.index[id]], each, p)
	}
	return true
}

// heirs are the councils for which this one's posts count in equal parts;
// none: they stay.
func (ro *Rollup) heirs(c Council) []string {
	switch {
	case ro.View == Then:
		return nil
	case c.Ended(ro.Day):
		return c.Successors
	case ro.View == Cells:
		return ro.register.Members(c.ID, ro.Day)
	}
	return nil
}

// widen makes the unit a common multiple of all denominators.
func (ro *Rollup) widen(p portions) {
	for _, part := range p {
		den := part.Denom().Uint64()
		ro.unit = ro.unit / gcd(ro.unit, den) * den
	}
}

func gcd(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// note writes down the shares of a council, in the order of the register.
func (ro *Rollup) note(c Council, p portions) {
	targets := []string{c.ID}
	if p != nil {
		targets = targets[:0]
		for id, part := range p {
			ro.shares[c.ID] = append(ro.shares[c.ID], Share{id, part.Num().Uint64() * (ro.unit / part.Denom().Uint64())})
			targets = append(targets, id)
		}
		at := ro.register.index
		slices.SortFunc(ro.shares[c.ID], func(a, b Share) int { return at[a.Council] - at[b.Council] })
	}
	for _, id := range targets {
		ro.members[id] = append(append(ro.members[id], c.ID), c.Former...)
	}
}

// Unit is the number of parts of one whole: sums of parts are exact. It is
// small enough for a billion posts in 64 bits, which a test holds.
func (ro *Rollup) Unit() uint64 {
	if ro == nil {
		return 1
	}
	return ro.unit
}

// Shares returns where the posts of a council count; the parts add up to
// Unit. A former code is the council of today, an unknown id stays as it is.
func (ro *Rollup) Shares(id string) []Share {
	if ro == nil {
		return []Share{{id, 1}}
	}
	if c, ok := ro.register.Council(id); ok {
		id = c.ID
	}
	if s := ro.shares[id]; s != nil {
		return s
	}
	return []Share{{id, ro.unit}}
}

// Members returns the ids, also the former codes, of all councils whose posts
// count at least in part for this one. For a council that has no posts of its
// own in this view, and for an unknown id, it is that council alone. Do not
// change it.
func (ro *Rollup) Members(id string) []string {
	if ro == nil {
		return []string{id}
	}
	if c, ok := ro.register.Council(id); ok {
		id = c.ID
	}
	if m := ro.members[id]; m != nil {
		return m
	}
	return []string{id}
}

// Targets returns the councils that a reader means who chooses this one: the
// council, or in its place those that have its posts in this view.
func (ro *Rollup) Targets(id string) []string {
	var ids []string
	for _, s := range ro.Shares(id) {
		ids = append(ids, s.Council)
	}
	return ids
}

// Moved reports whether the posts of a council count for others.
func (ro *Rollup) Moved(id string) bool {
	if ro == nil {
		return false
	}
	c, ok := ro.register.Council(id)
	return ok && ro.shares[c.ID] != nil
}

// Members returns the lower- and single-tier councils that lie in a county, a
// combined authority or Greater London on a day, in the order of the
// register; nil for other councils.
func (r *Register) Members(id string, day time.Time) []string {
	c, ok := r.Council(id)
	if !ok || c.Tier != TierUpper && c.Tier != TierStrategic {
		return nil
	}
	var ids []string
	for _, m := range r.all {
		if m.Cell() && m.On(day) && (m.County == c.ID || m.Authority == c.ID || r.authorityOf(m.County) == c.ID) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func (r *Register) authorityOf(county string) string {
	c, _ := r.Council(county)
	return c.Authority
}

// Day returns the last day of a period that ends with this day, or today
// where that comes first: a chart of the running week knows nothing of what
// its end brings.
func Day(end, today time.Time) time.Time {
	if today.Before(end) {
		return today
	}
	return end
}

// CheckView reports a word that names no view.
func CheckView(s string) error {
	if s != "" && !slices.Contains(Views, View(s)) {
		return fmt.Errorf("councils %q is not one of %v", s, Views)
	}
	return nil
}
