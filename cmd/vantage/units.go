package main

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Duration is a stretch of time as people write it: 90s, 2h, 30d.
type Duration time.Duration

// maxDays is what fits into a Duration.
const maxDays = float64(math.MaxInt64 / (24 * time.Hour))

// UnmarshalText reads 90s, 1h30m or 30d.
func (d *Duration) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.ParseFloat(n, 64)
		if err != nil || !(days >= 0 && days <= maxDays) { // also what is no number
			return fmt.Errorf("%q is not a duration; write 30d, 12h or 90s", s)
		}
		*d = Duration(days * 24 * float64(time.Hour))
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration; write 30d, 12h or 90s", s)
	}
	*d = Duration(v)
	return nil
}

// String is how the configuration writes it.
func (d Duration) String() string {
	text, _ := d.MarshalText() // never fails
	return string(text)
}

// MarshalText writes whole days as 30d and the rest as Go does.
func (d Duration) MarshalText() ([]byte, error) {
	const day = 24 * time.Hour
	if v := time.Duration(d); v >= day && v%day == 0 {
		return fmt.Appendf(nil, "%dd", v/day), nil
	}
	s := time.Duration(d).String()
	if t, ok := strings.CutSuffix(s, "m0s"); ok {
		s = t + "m"
	}
	if t, ok := strings.CutSuffix(s, "h0m"); ok {
		s = t + "h"
	}
	return []byte(s), nil
}

// Size is a number of bytes as people write it: 64MiB, 4GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// UnmarshalText reads 64MiB, 4GB or a plain number of bytes.
func (z *Size) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	unit, number := int64(1), s
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(s, u.name); ok {
			unit, number = u.bytes, strings.TrimSpace(n)
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	bytes := v * float64(unit)
	if err != nil || !(bytes >= 1 && bytes < math.MaxInt64) { // also what is no number
		return fmt.Errorf("%q is not a size; write 64MiB or 4GiB", s)
	}
	*z = Size(bytes)
	return nil
}

// MarshalText writes the largest unit that divides the size.
func (z Size) MarshalText() ([]byte, error) {
	for _, u := range sizeUnits[:3] {
		if int64(z) >= u.bytes && int64(z)%u.bytes == 0 {
			return fmt.Appendf(nil, "%d%s", int64(z)/u.bytes, u.name), nil
		}
	}
	return strconv.AppendInt(nil, int64(z), 10), nil
}

// Secret is an address, or a list of them, that may hold passwords. It prints
// without them.
type Secret string

// UnmarshalText takes the address as it is.
func (s *Secret) UnmarshalText(b []byte) error { *s = Secret(b); return nil }

// MarshalText hides the password, so that `vantage config` can be shown.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Token is a secret word. It prints as "(hidden)".
type Token string

// MarshalText hides the token, so that `vantage config` can be shown.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes the token as it is.
func (t *Token) UnmarshalText(b []byte) error { *t = Token(b); return nil }

func (t Token) String() string {
	if t == "" {
		return ""
	}
	return "(hidden)"
}

// String hides the password of each address, and the whole where it cannot be
// told apart.
func (s Secret) String() string {
	var list []string
	for _, part := range strings.Split(string(s), ",") {
		if len(list) > 0 && !strings.Contains(part, "://") { // a comma within an address
			list[len(list)-1] += "," + part
			continue
		}
		list = append(list, part)
	}
	for i, part := range list {
		list[i] = withoutPassword(strings.TrimSpace(part))
	}
	return strings.Join(list, ",")
}

func withoutPassword(address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "(hidden: not a readable address)"
	}
	if q := u.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	if u.User != nil && slices.Contains(natsSchemes, u.Scheme) {
		if _, ok := u.User.Password(); !ok { // one word before the host is a token there
			u.User = url.User("xxxxx")
		}
	}
	return u.Redacted()
}
