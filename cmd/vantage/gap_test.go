package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// gapArchive holds seven weeks of a blog and of a gazette, ten posts a week
// each, and the news that the gazette could not be heard for 60 hours in the
// week of 12 September 2022, when six of its posts were.
func gapArchive() string {
	var lines strings.Builder
	first := time.Date(2022, 8, 8, 9, 0, 0, 0, time.UTC)
	for week := range 7 {
		for n := range 20 {
			source, class := "blog", "civic"
			if n >= 10 {
				source, class = "gazette", "press"
			}
			if n >= 16 && week == 5 {
				continue
			}
			at := first.AddDate(0, 0, 7*week).Add(time.Duration(n) * time.Hour)
			fmt.Fprintf(&lines, `{"schema":1,"kind":"feed","id":"https://%s.example/%d-%d","source":"%s","title":"Open data portal, report %d of week %d","published":%q,"publisher":"%s.example","publisher_class":"%s"}`+"\n",
				source, week, n, source, n, week, at.Format(time.RFC3339), source, class)
		}
	}
	lines.WriteString(`{"schema":1,"op":"gap","kind":"mastodon","source":"gazette","gap_from":"2022-09-14T06:00:00Z","gap_to":"2022-09-16T18:00:00Z"}` + "\n")
	return lines.String()
}

// TestGapComesFromTheStreamToEveryForm sends a gap the way of every item,
// through stream, pipeline and store, and looks at what a reader gets. The
// share is worked out by hand: 66 posts in the 1,249 hours from Monday 8 August
// until now in which the gazette was heard make 3.17 in 60 hours; with 16 posts
// heard that week it is 16.5 % of them, with the gazette's own six 34.6 %.
func TestGapComesFromTheStreamToEveryForm(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, configFile, "source_files: []\nlisten: 127.0.0.1:0\n")
	v := start(t, dir, "run", "-now", archiveEnd)
	if _, stderr, err := invoke(t, dir, nil, "import", writeFile(t, dir, "gap.jsonl", gapArchive())); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	v.settle()
	for address, want := range map[string]string{
		"":                       "yes 16.5",
		"?weeks=13":              "yes 16.5",
		"?class=press":           "yes 34.6",
		"?class=civic":           "no ",
		"?class=civic&weeks=104": "no ",
	} {
		if got := gapOfWeek(t, v, address, "2022-09-12"); got != want {
			t.Errorf("%q: the week has %q, want %q", address, got, want)
		}
		if got := gapOfWeek(t, v, address, "2022-09-05"); got != "no " {
			t.Errorf("%q: the week before has %q", address, got)
		}
	}
	const words = "60 hours of gazette were missed"
	for path, said := range map[string]string{
		"/":                              words,
		"/charts/topics.svg":             words,
		"/charts/topics.json":            `"gap":true,"missed_share":0.1654,"missed":[{"source":"gazette","hours":60}]`,
		"/charts/topics.option.json":     words,
		"/embed/topics":                  "Part of 1 week was missed: 60 hours of gazette.",
		"/charts/topics.svg?class=press": words,
	} {
		if got := string(v.get(path)); !strings.Contains(got, said) {
			t.Errorf("%s does not say %q", path, said)
		}
	}
	if got := string(v.get("/charts/topics.svg?class=civic")); strings.Contains(got, "missed") {
		t.Error("a gap of the press is drawn on a chart of civic groups")
	}
}

// gapOfWeek returns the columns "gap" and "missed_percent" of the first topic
// in a week.
func gapOfWeek(t *testing.T, v *instance, address, week string) string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(v.get("/charts/topics.csv" + address))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at, gap, lost := slices.Index(rows[0], "week_start"), slices.Index(rows[0], "gap"), slices.Index(rows[0], "missed_percent")
	for _, r := range rows[1:] {
		if r[at] == week {
			return r[gap] + " " + r[lost]
		}
	}
	t.Fatalf("%s has no week of %s", address, week)
	return ""
}
