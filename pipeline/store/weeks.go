package store

import (
	"slices"
	"time"
)

// weekSet is a set of Mondays.
type weekSet map[time.Time]bool

func (w weekSet) add(t time.Time) { w[t.UTC()] = true }

// sorted returns the weeks, oldest first.
func (w weekSet) sorted() []time.Time {
	list := make([]time.Time, 0, len(w))
	for t := range w {
		list = append(list, t)
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

func addWeeks(t time.Time, n int) time.Time { return t.AddDate(0, 0, 7*n) }

// mondays returns every Monday from from to to, both inclusive.
func mondays(from, to time.Time) []time.Time {
	var list []time.Time
	for t := from; !t.After(to); t = addWeeks(t, 1) {
		list = append(list, t)
	}
	return list
}
