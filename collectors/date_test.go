package collectors

import (
	"strings"
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	for claim, want := range map[string]string{
		"Mon, 16 Nov 2026 09:30:00 GMT":   "2026-11-16T09:30:00Z",
		"Mon, 16 Nov 2026 09:30:00 +0100": "2026-11-16T08:30:00Z",
		"Tue, 14 Jul 2026 00:15:00 BST":   "2026-07-13T23:15:00Z",
		"14 Jul 2026 00:15:00 BST":        "2026-07-13T23:15:00Z",
		"2026-11-16":                      "2026-11-16T00:00:00Z",
		"2026-11-16 09:30:00":             "2026-11-16T09:30:00Z",
		"2026-11-16 09:30:00+01:00":       "2026-11-16T08:30:00Z",
		"2026-11-16T09:30":                "2026-11-16T09:30:00Z",
		"2026-11-16T09:30:00.123Z":        "2026-11-16T09:30:00Z",
		"Sunday, 1 November 2026":         "2026-11-01T00:00:00Z",
		"Thurs, 12 Nov 2026 10:00:00 GMT": "2026-11-12T10:00:00Z",
		"November 16, 2026 9:30 am":       "2026-11-16T09:30:00Z",
		"16/11/2026 09:30":                "2026-11-16T09:30:00Z",
		"16.11.2026":                      "2026-11-16T00:00:00Z",
		"Llun, 16 Nov 2026 09:30:00 GMT":  "2026-11-16T09:30:00Z",
		"Wed, 16 Nov 2026 09:30:00 GMT":   "2026-11-16T09:30:00Z", // wrong day of the week
		"yesterday":                       "2026-11-21T12:00:00Z",
		"":                                "2026-11-21T12:00:00Z",
		"Fri, 01 Jan 2027 10:00:00 +0000": "2026-11-21T12:00:00Z", // in the future
		"Thu, 01 Jan 1970 00:00:00 +0000": "2026-11-21T12:00:00Z", // absurd
		"0000-00-00T00:00:00Z":            "2026-11-21T12:00:00Z",
		"Sat, 31 Dec 9999 23:59:59 GMT":   "2026-11-21T12:00:00Z",
		"2026-11-16T09:30:00+0000":        "2026-11-16T09:30:00Z",
		"Mon, 16 Nov 26 09:30:00 GMT":     "2026-11-16T09:30:00Z",
		"Mon, 16 Nov 2026 09:30:00 Z":     "2026-11-16T09:30:00Z",
	} {
		it := oneItem(t, "<title>x</title><pubDate>"+claim+"</pubDate>")
		if got := it.Published.Truncate(time.Second).Format(time.RFC3339); got != want {
			t.Errorf("%q: got %s, want %s", claim, got, want)
		}
	}
}

func TestDatesThatOnlyWeRead(t *testing.T) {
	for claim, want := range map[string]string{
		"Tue, 14 Jul 2026 00:15:00 BST":   "2026-07-13T23:15:00Z",
		"14 Jul 2026 00:15:00 EST":        "2026-07-14T05:15:00Z",
		"Tue, 14 Jul 2026 00:15:00 GMT":   "2026-07-14T00:15:00Z",
		"14 July 2026 9:15 p.m.":          "2026-07-14T21:15:00Z",
		"July 14, 2026 9:15 p.m.":         "2026-07-14T21:15:00Z",
		"2026-07-14 00:15:00 +0100":       "2026-07-13T23:15:00Z",
		"2026-07":                         "2026-07-01T00:00:00Z",
		"13/07/2026":                      "2026-07-13T00:00:00Z",
		"07/13/2026":                      "2026-07-13T00:00:00Z",
		"Mawrth, 14 Jul 2026 00:15 GMT":   "2026-07-14T00:15:00Z",
		strings.Repeat("2026-07-14 ", 99): "",
	} {
		got := ""
		if d := parseDate(claim); !d.IsZero() {
			got = d.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%.40q: got %s, want %s", claim, got, want)
		}
	}
}
