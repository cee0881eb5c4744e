package collectors

import (
	"strings"
	"time"
)

// absurd is the date before which no claim is believed: there was no web.
var absurd = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// dateForms are the forms that feeds use, the frequent ones first. gofeed
// knows more; these also cover what it misses.
var dateForms = []string{
	time.RFC3339,
	"Mon, 2 Jan 2006 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05 MST",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04:05-0700",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 MST",
	"2006-01-02 15:04:05",
	"2006-01-02 15:04",
	"2006-01-02",
	"2006-01",
	"2 Jan 2006 15:04:05 -0700",
	"2 Jan 2006 15:04:05 MST",
	"2 Jan 2006 15:04:05",
	"2 Jan 2006 15:04 -0700",
	"2 Jan 2006 15:04 MST",
	"2 Jan 2006 15:04",
	"2 Jan 2006",
	"Mon, 2 Jan 2006 15:04 -0700",
	"Mon, 2 Jan 2006 15:04 MST",
	"Mon, 2 Jan 2006 15:04:05",
	"Mon, 2 Jan 2006 15:04",
	"Mon, 2 Jan 2006",
	"Mon, 2 Jan 06 15:04:05 -0700",
	"Mon, 2 Jan 06 15:04:05 MST",
	"2 January 2006 15:04:05",
	"2 January 2006 15:04",
	"2 January 2006",
	"January 2, 2006 3:04 PM",
	"January 2, 2006 15:04",
	"January 2, 2006",
	"Jan 2, 2006 3:04:05 PM",
	"Jan 2, 2006 3:04 PM",
	"Jan 2, 2006",
	"2/1/2006 15:04:05", // day first, as in the United Kingdom
	"2/1/2006 3:04:05 PM",
	"2/1/2006 15:04",
	"2/1/2006",
	"2.1.2006 15:04:05",
	"2.1.2006",
	"1/2/2006 3:04:05 PM", // month first, where the day is over 12
	"1/2/2006",
	time.ANSIC,
	time.UnixDate,
	time.RFC850,
	time.RubyDate,
}

// zones are the abbreviations that the time package would take for UTC, in
// seconds east of it. BST is British.
var zones = map[string]int{
	"BST": 3600, "IST": 3600, "WEST": 3600, "CET": 3600, "CEST": 7200, "EET": 7200, "EEST": 10800,
	"EST": -18000, "EDT": -14400, "CST": -21600, "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200,
}

var dateRepairs = strings.NewReplacer(
	"a.m.", "AM", "p.m.", "PM", "am", "AM", "pm", "PM", "Sept ", "Sep ", "Tues,", "Tue,", "Thurs,", "Thu,", "  ", " ")

// parseDate reads a date in any of the forms; the zero time when none fits. A
// date without a zone is UTC.
func parseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) < 6 || len(s) > 64 {
		return time.Time{}
	}
	for _, try := range []string{s, dateRepairs.Replace(s), withoutDay(s)} {
		for _, form := range dateForms {
			if t, err := time.Parse(form, try); err == nil {
				return inZone(t)
			}
		}
		if try == s && dateRepairs.Replace(s) == s && withoutDay(s) == s {
			break
		}
	}
	return time.Time{}
}

// withoutDay cuts a day name, which is often wrong or foreign.
func withoutDay(s string) string {
	if day, rest, ok := strings.Cut(s, ","); ok && len(day) < 12 && !strings.ContainsAny(day, "0123456789") {
		return dateRepairs.Replace(strings.TrimSpace(rest))
	}
	return s
}

func inZone(t time.Time) time.Time {
	name, offset := t.Zone()
	if want, ok := zones[name]; ok && offset != want {
		t = t.Add(-time.Duration(want-offset) * time.Second)
	}
	return t.UTC()
}

// publishedAt is the claim, unless there is none or it is absurd or lies in
// the future: then it is when we first saw the item.
func publishedAt(claim, seen time.Time) time.Time {
	if claim.Before(absurd) || claim.After(seen) {
		return seen.UTC()
	}
	return claim.UTC()
}
