package item

import "time"

// London is the zone in which weeks and days are counted.
var London = mustZone("Europe/London")

func mustZone(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic("item: " + err.Error() + " (link time/tzdata)")
	}
	return l
}

// Week returns the Monday, as midnight UTC, of the ISO week in which t falls
// on a clock in London. A date without a zone keeps that week everywhere.
func Week(t time.Time) time.Time {
	y, m, d := t.In(London).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// WeekStart is the moment at which the week of this Monday begins in London.
func WeekStart(monday time.Time) time.Time {
	y, m, d := monday.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, London)
}
