package chart

import (
	"fmt"
	"time"

	"vantage/pipeline/store"
)

// weeks makes a column for each Monday of the heat.
func weeks(h store.Heat, running time.Time) []Col {
	cols := make([]Col, len(h.Weeks))
	for j, w := range h.Weeks {
		_, heard := h.Heard[w]
		cols[j] = Col{
			ID: w.Format(time.DateOnly), Name: WeekName(w), Short: w.Format("2 Jan"), Week: w,
			Partial: !w.Before(running), Heard: heard, Gap: inGap(h.Gaps, w),
		}
	}
	return cols
}

func inGap(gaps []store.Gap, w time.Time) bool {
	for _, g := range gaps {
		if g.From.Before(w.AddDate(0, 0, 7)) && g.To.After(w) {
			return true
		}
	}
	return false
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
