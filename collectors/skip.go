package collectors

import (
	"strconv"
	"strings"
	"time"
)

// Skip holds the hours and days, in GMT, at which a source asks not to be
// visited (skipHours and skipDays of RSS 2.0).
type Skip struct {
	Hours uint32 `json:"hours,omitempty"` // bit n: the hour from n o'clock
	Days  uint8  `json:"days,omitempty"`  // bit n: time.Weekday n
}

const (
	allHours = 1<<24 - 1
	allDays  = 1<<7 - 1
)

// parseSkip reads the hours (0 to 23; 24 is midnight too) and the English
// names of days. What excludes all hours or all days excludes nothing.
func parseSkip(hours, days []string) Skip {
	var s Skip
	for _, text := range hours {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 && n <= 24 {
			s.Hours |= 1 << (n % 24)
		}
	}
	for _, text := range days {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(strings.TrimSpace(text), d.String()) {
				s.Days |= 1 << d
			}
		}
	}
	if s.Hours == allHours {
		s.Hours = 0
	}
	if s.Days == allDays {
		s.Days = 0
	}
	return s
}

// skip reads skipHours and skipDays of a feed.
func (f *fields) skip(n *names) Skip {
	inside := func(name string) (texts []string) {
		for i := range f.all {
			if e := &f.all[i]; e.name == name {
				for _, inner := range n.children(nil, e.inner, "", false) {
					texts = append(texts, inner.text())
				}
			}
		}
		return texts
	}
	return parseSkip(inside("skiphours"), inside("skipdays"))
}

func (s Skip) none() bool { return s == Skip{} }

// after returns t, or the beginning of the next hour that is not excluded.
func (s Skip) after(t time.Time) time.Time {
	t = t.UTC()
	for s.Hours != allHours && s.Days != allDays && (s.Hours&(1<<t.Hour()) != 0 || s.Days&(1<<t.Weekday()) != 0) {
		t = t.Truncate(time.Hour).Add(time.Hour)
	}
	return t
}
