package dashboards

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"vantage/collectors/item"
	"vantage/pipeline/store"
)

// sourceLine is one source of the list.
type sourceLine struct {
	SourceView
	ClassName string
	Stored    store.SourceCount
	Word      string // of the state
	Visits    string // how many of its visits worked, in words
	OwnPace   string // its pace, where it is not the usual one
	Bad       bool
	Spark     string // path of the drawing of its weeks
	Heard     int    // weeks with a post
	Most      uint64 // in a week
	Paused    bool
}

// kindName is how pages write a kind of source.
func kindName(kind string) string {
	if name := map[string]string{"feed": "Feed", "mastodon": "Mastodon", "bluesky": "Bluesky", "govuk": "GOV.UK", "hackernews": "Hacker News", "github": "GitHub", "opml": "List of feeds"}[kind]; name != "" {
		return name
	}
	return kind
}

func classOf(s SourceView) item.Class {
	if slices.Contains(item.Classes, item.Class(s.Class)) {
		return item.Class(s.Class)
	}
	return item.Unknown
}

// visitWords says how many visits of the last four weeks worked. A share that
// is not whole is never rounded to none or all.
func visitWords(s SourceView) string {
	switch {
	case s.Since.IsZero():
		return ""
	case s.Coverage >= 1 && s.Following:
		return "no break"
	case s.Coverage >= 1:
		return "all visits worked"
	case s.Coverage <= 0:
		return "no visit worked"
	case s.Following:
		return "with breaks"
	}
	return fmt.Sprintf("%.0f%% of visits worked", min(99, max(1, math.Floor(100*s.Coverage))))
}

// usualPace is the pace of more than half of the sources, or "": it is said
// once and not in every line.
func usualPace(all []SourceView) string {
	count := map[string]int{}
	for _, s := range all {
		if count[s.Pace]++; 2*count[s.Pace] > len(all) {
			return s.Pace
		}
	}
	return ""
}

// rateWords says a rate of posts a week in few words; "" where there is none.
func rateWords(aWeek float64) string {
	switch n := math.Round(aWeek); {
	case aWeek <= 0:
		return ""
	case n < 1:
		return "under 1 a week"
	case n < 70:
		return fmt.Sprintf("%.0f a week", n)
	default:
		return fmt.Sprintf("%.0f a day", n/7)
	}
}

func newSourceLine(s SourceView, usual string, stored store.SourceCount, weeks []uint64) sourceLine {
	s.Name = nameOf(s)
	line := sourceLine{SourceView: s, Stored: stored, ClassName: classNames[classOf(s)], Word: cmp.Or(stateWords[s.State], s.State),
		Bad: groupOf(s.State) == needLook, Paused: s.State == "paused"}
	switch {
	case s.Following:
		line.Word = "Listening now"
	case s.Pace != usual && s.State != "stopped" && !line.Paused:
		line.OwnPace = s.Pace
	}
	line.Kind, line.Visits = kindName(s.Kind), visitWords(s)
	line.Spark, line.Heard, line.Most = spark(weeks)
	return line
}

// spark draws one bar for each week, 4 units apart and at most 20 high.
func spark(weeks []uint64) (path string, heard int, most uint64) {
	most = slices.Max(append([]uint64{0}, weeks...))
	var b strings.Builder
	for i, n := range weeks {
		if n == 0 {
			continue
		}
		heard++
		fmt.Fprintf(&b, "M%d 20v-%dh3v%dz", 4*i, max(2, 20*n/most), max(2, 20*n/most))
	}
	return b.String(), heard, most
}
