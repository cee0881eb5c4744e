package fetch

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads seconds or a date (RFC 9110, 10.2.3). What lies in the past
// or cannot be read is the zero time; what lies more than a week ahead counts
// as a week.
func retryAfter(value string, now time.Time) time.Time {
	if value = strings.TrimSpace(value); value == "" {
		return time.Time{}
	}
	var until time.Time
	// A number too large for an int64 comes as the largest, with an error.
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		seconds = min(max(seconds, 0), int64(maxHold/time.Second))
		until = now.Add(time.Duration(seconds) * time.Second)
	} else if date, err := http.ParseTime(value); err == nil {
		until = date
	}
	switch {
	case !until.After(now):
		return time.Time{}
	case until.After(now.Add(maxHold)):
		return now.Add(maxHold)
	}
	return until
}

// freshFor returns how long an answer holds (RFC 9111, 4.2.1): max-age, else the
// time from Date to Expires; 0 when it says neither.
func freshFor(h http.Header) time.Duration {
	control := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	for _, word := range []string{"max-age", "no-store", "no-cache"} {
		if strings.Contains(control, word) {
			return maxAge(control)
		}
	}
	if h.Get("Expires") == "" {
		return 0
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	date, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil {
		return 0
	}
	return max(0, expires.Sub(date))
}

// maxAge reads max-age of Cache-Control; 0 when there is none, or when the
// answer must not be stored at all.
func maxAge(value string) time.Duration {
	var age time.Duration
	for part := range strings.SplitSeq(value, ",") {
		name, number, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseInt(strings.Trim(number, `"`), 10, 32)
			if err == nil && seconds > 0 {
				age = time.Duration(seconds) * time.Second
			}
		}
	}
	return age
}
