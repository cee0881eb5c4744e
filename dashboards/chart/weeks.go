package chart

import (
	"fmt"
	"time"

	"vantage/pipeline/store"
)

// weeks makes a column for each Monday of the heat.
func weeks(h store.Heat, running time.Time, named func(string) string) []Col {
	cols := make([]Col, len(h.Weeks))
	for j, w := range h.Weeks {
		counts, heard := h.Heard[w]
		cols[j] = Col{
			ID: w.Format(time.DateOnly), Name: WeekName(w), Short: w.Format("2 Jan"), Week: w,
			Partial: !w.Before(running), Heard: heard,
		}
		cols[j].Missed, cols[j].Share = missedIn(h.Gaps, w, counts.Stories, named)
		cols[j].Gap = cols[j].Share >= GapShare
	}
	return cols
}

// WeekName says the days of a week: "16 to 22 November 2026".
func WeekName(monday time.Time) string {
	sunday := monday.AddDate(0, 0, 6)
	switch {
	case monday.Year() != sunday.Year():
		return monday.Format("2 January 2006") + " to " + sunday.Format("2 January 2006")
	case monday.Month() != sunday.Month():
		return monday.Format("2 January") + " to " + sunday.Format("2 January 2006")
	}
	return monday.Format("2") + " to " + sunday.Format("2 January 2006")
}

// ISOWeek names a week as "2026-W47".
func ISOWeek(monday time.Time) string {
	y, w := monday.ISOWeek()
	return fmt.Sprintf("%d-W%02d", y, w)
}
