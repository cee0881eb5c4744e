package dashboards

import (
	"fmt"
	"time"
)

// inWords says a stretch of time as people do, in its largest unit.
func inWords(d time.Duration) string {
	d = d.Abs()
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int((d + u.size/2) / u.size); n > 1 || n == 1 && d >= u.size*9/10 {
			if n == 1 {
				return "1 " + u.name
			}
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return "a minute"
}

// relative says a moment as seen from now: "in 20 minutes", "5 minutes ago".
func relative(t, now time.Time) string {
	switch d := t.Sub(now); {
	case d > 30*time.Second:
		return "in " + inWords(d)
	case d < -30*time.Second:
		return inWords(d) + " ago"
	}
	return "now"
}

// exact is a moment for those who need it to the second, in UTC.
func exact(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }
