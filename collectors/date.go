package collectors

import (
	"strings"
	"time"
)

// absurd is the date before which no claim is believed: there was no web.
var absurd = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// months are the names of the months that are understood, whole or cut after
// three letters or more: English, and Welsh for the councils of Wales.
var months = [2][12]string{
	{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"},
	{"ionawr", "chwefror", "mawrth", "ebrill", "mai", "mehefin", "gorffennaf", "awst", "medi", "hydref", "tachwedd", "rhagfyr"},
}

// zones are the abbreviations that feeds use, in seconds east of UTC. BST is
// British, IST Irish.
var zones = map[string]int{
	"z": 0, "gmt": 0, "utc": 0, "ut": 0, "wet": 0,
	"bst": 3600, "ist": 3600, "west": 3600, "cet": 3600, "cest": 7200, "met": 3600, "mest": 7200,
	"eet": 7200, "eest": 10800, "msk": 10800, "jst": 32400, "kst": 32400, "aest": 36000, "aedt": 39600,
	"est": -18000, "edt": -14400, "cst": -21600, "cdt": -18000, "mst": -25200, "mdt": -21600, "pst": -28800, "pdt": -25200,
	"ast": -14400, "akst": -32400, "hst": -36000,
}

var meridiem = strings.NewReplacer("a.m.", "am", "p.m.", "pm", "a.m", "am", "p.m", "pm")

// parseDate reads a date in any form that feeds use; the zero time when it is
// none. A date without a zone is UTC; 3/11/2026 is in November, as in the
// United Kingdom, unless that month cannot be. It never looks the layout up in
// a list: it takes the numbers and words as they come, because real feeds mix
// all layouts.
func parseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) < 4 || len(s) > 64 {
		return time.Time{}
	}
	var c claim
	c.read(meridiem.Replace(strings.ToLower(s)))
	return c.time()
}

// claim is a date while it is read.
type claim struct {
	numbers [3]digitRun
	count   int
	month   int // by name
	zoned   bool
	offset  int // seconds east
	clock   bool
	hour    int
	minute  int
	second  int
	nano    int
	zoneAt  int // index behind the clock or its zone, where an offset may stand
}

type digitRun struct {
	value, digits int
	sep           byte // that follows
}

func (c *claim) read(s string) {
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case digit(b):
			i = c.number(s, i)
		case b >= 'a' && b <= 'z' || b >= 0x80:
			end := i
			for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 0x80) {
				end++
			}
			c.word(s[i:end], end < len(s) && s[end] == ',', end)
			i = end
		case (b == '+' || b == '-') && c.clock && strings.TrimSpace(s[c.zoneAt:i]) == "":
			i = c.shift(s, i)
		default:
			i++
		}
	}
}

// number reads digits at i: a part of the date, or the clock.
func (c *claim) number(s string, i int) int {
	end, value := digits(s, i)
	size := end - i
	switch {
	case !c.clock && size <= 2 && end < len(s) && s[end] == ':':
		return c.readClock(s, i)
	case !c.clock && (size == 6 || size == 4) && i > 0 && s[i-1] == 't': // 20261116T093000Z
		if size == 4 {
			value *= 100
		}
		c.clock, c.hour, c.minute, c.second, c.zoneAt = true, value/10000, value/100%100, value%100, end
		return end
	case c.count < len(c.numbers):
		n := digitRun{value: value, digits: size}
		if end < len(s) {
			n.sep = s[end]
		}
		c.numbers[c.count] = n
		c.count++
	}
	return end
}

// readClock reads 9:30, 09:30:00 or 09:30:00.123 at i.
func (c *claim) readClock(s string, i int) int {
	c.clock = true
	i, c.hour = digits(s, i)
	i, c.minute = digits(s, i+1)
	if i+1 < len(s) && s[i] == ':' && digit(s[i+1]) {
		i, c.second = digits(s, i+1)
	}
	if i+1 < len(s) && (s[i] == '.' || s[i] == ',') && digit(s[i+1]) {
		end, _ := digits(s, i+1)
		for place, j := int(1e8), i+1; j < end && place > 0; j, place = j+1, place/10 {
			c.nano += int(s[j]-'0') * place
		}
		i = end
	}
	c.zoneAt = i
	return i
}

// word reads the name of a month or zone, am or pm. Other words are days of
// the week, in any language.
func (c *claim) word(w string, comma bool, end int) {
	switch {
	case w == "am" || w == "pm":
		if c.hour <= 12 {
			c.hour %= 12
			if w == "pm" {
				c.hour += 12
			}
		}
		c.zoneAt = end
		return
	case c.clock && !c.zoned:
		if offset, ok := zones[w]; ok {
			c.offset, c.zoneAt = offset, end
			return
		}
	}
	if comma && c.count == 0 {
		return // Mawrth is March and Tuesday
	}
	if m := monthOf(w); m > 0 && (c.month == 0 || c.month == 3) {
		c.month = m
	}
}

func monthOf(w string) int {
	if len(w) < 3 {
		return 0
	}
	for _, names := range months {
		for i, name := range names {
			if strings.HasPrefix(name, w) {
				return i + 1
			}
		}
	}
	return 0
}

// shift reads +01:00, +0100, +1.
func (c *claim) shift(s string, i int) int {
	end, value := digits(s, i+1)
	size := end - i - 1
	hours, minutes := value, 0
	if size > 2 {
		hours, minutes = value/100, value%100
	} else if end+1 < len(s) && s[end] == ':' && digit(s[end+1]) {
		end, minutes = digits(s, end+1)
	}
	if size == 0 || size > 4 || hours > 14 || minutes > 59 {
		return max(end, i+1)
	}
	c.zoned, c.offset = true, hours*3600+minutes*60
	if s[i] == '-' {
		c.offset = -c.offset
	}
	return end
}

func (c *claim) time() time.Time {
	if c.count > 0 && c.month == 0 && !c.clock {
		switch n := c.numbers[0]; n.digits {
		case 10:
			return time.Unix(int64(n.value), 0).UTC()
		case 13:
			return time.UnixMilli(int64(n.value)).UTC()
		}
	}
	year, month, day := c.date()
	if year <= 0 || month < 1 || month > 12 || day < 1 || day > 366 || c.hour > 24 || c.minute > 59 || c.second > 60 {
		return time.Time{}
	}
	return time.Date(year, time.Month(month), day, c.hour, c.minute, c.second, c.nano, time.UTC).Add(-time.Duration(c.offset) * time.Second)
}

// date finds year, month and day among the numbers; zero when they do not fit.
func (c *claim) date() (year, month, day int) {
	x, y, z := c.numbers[0], c.numbers[1], c.numbers[2]
	switch {
	case c.month > 0 && c.count == 1 && x.digits == 4: // July 2026
		return x.value, c.month, 1
	case c.month > 0 && c.count > 1 && x.digits == 4:
		return x.value, c.month, y.value
	case c.month > 0 && c.count > 1:
		return century(y), c.month, x.value
	case c.month > 0:
		return 0, 0, 0
	case c.count == 1:
		return compact(x)
	case c.count == 2 && x.digits == 4 && y.digits == 3: // day of the year
		return x.value, 1, y.value
	case c.count == 2 && x.digits == 4:
		return x.value, y.value, 1
	case c.count == 3 && x.digits == 4:
		return monthDay(x.value, y.value, z.value)
	case c.count == 3 && x.digits <= 2 && (z.digits == 4 || x.sep != '-'):
		return monthDay(century(z), y.value, x.value)
	case c.count == 3 && x.digits == 2:
		return monthDay(century(x), y.value, z.value)
	}
	return 0, 0, 0
}

// monthDay swaps month and day where only that can be.
func monthDay(year, month, day int) (int, int, int) {
	if month > 12 && day <= 12 {
		month, day = day, month
	}
	if day > 31 {
		return 0, 0, 0
	}
	return year, month, day
}

// compact reads 2026, 20261116 and 20261116093000 without its clock.
func compact(n digitRun) (year, month, day int) {
	v := n.value
	switch n.digits {
	case 4:
		return v, 1, 1
	case 14:
		v /= 1_000_000
	case 8:
	default:
		return 0, 0, 0
	}
	return v / 10000, v / 100 % 100, v % 100
}

// century completes a year of two digits, as RFC 2822 does.
func century(n digitRun) int {
	switch {
	case n.digits > 2:
		return n.value
	case n.value < 50:
		return 2000 + n.value
	}
	return 1900 + n.value
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// digits returns the index behind the digits at i, and their value.
func digits(s string, i int) (end, value int) {
	for end = i; end < len(s) && digit(s[end]); end++ {
		if value < 1e15 {
			value = value*10 + int(s[end]-'0')
		}
	}
	return end, value
}

// publishedAt is the claim, unless there is none or it is absurd or lies in
// the future: then it is when we first saw the item.
func publishedAt(claim, seen time.Time) time.Time {
	if claim.Before(absurd) || claim.After(seen) {
		return seen.UTC()
	}
	return claim.UTC()
}
