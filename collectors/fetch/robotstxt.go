package fetch

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// maxRobots is how much of a robots.txt is read, in bytes: RFC 9309, 2.5, asks
// for 500 KiB or more.
const maxRobots = 512 << 10

// robotsFile is what a robots.txt says to one product.
type robotsFile struct {
	rules []robotsRule
	delay time.Duration // of Crawl-delay; 0 when absent
}

type robotsRule struct {
	path  string // normalised; * stands for anything, $ at the end for the end
	allow bool
}

// parseRobots reads a robots.txt for a product token (RFC 9309, 2.2): the
// groups that name it, else those for *; groups of one name count as one.
func parseRobots(body []byte, token string) robotsFile {
	if len(body) > maxRobots { // half a rule would be another rule
		body = body[:bytes.LastIndexAny(body[:maxRobots+1], "\r\n")+1]
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	var own, all robotsFile
	var named, inOwn, inAll, open bool // open: user-agent lines follow each other
	for line := range bytes.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		key, value, ok := robotsLine(line)
		switch {
		case !ok:
		case key == "user-agent":
			if !open {
				inOwn, inAll, open = false, false, true
			}
			if value == "*" {
				inAll = true
			} else if strings.EqualFold(productToken(value), token) {
				inOwn, named = true, true
			}
		case key == "allow" || key == "disallow" || key == "crawl-delay":
			open = false
			if inOwn {
				own.add(key, value)
			}
			if inAll {
				all.add(key, value)
			}
		}
	}
	if named {
		return own
	}
	return all
}

func robotsLine(line []byte) (key, value string, ok bool) {
	text, _, _ := strings.Cut(string(line), "#")
	key, value, ok = strings.Cut(text, ":")
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), ok
}

func (f *robotsFile) add(key, value string) {
	if key == "crawl-delay" {
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
			f.delay = max(f.delay, time.Duration(min(seconds, maxDelay.Seconds())*float64(time.Second)))
		}
		return
	}
	if value != "" { // an empty rule forbids nothing
		f.rules = append(f.rules, robotsRule{path: normalPath(value), allow: key == "allow"})
	}
}

// allows says whether a path with its query may be read: the longest rule that
// matches decides, and an allow where two are as long (RFC 9309, 2.2.2).
func (f *robotsFile) allows(path string) bool {
	path = normalPath(path)
	if path == "/robots.txt" {
		return true
	}
	allow, longest := true, -1
	for _, r := range f.rules {
		if n := len(r.path); n < longest || n == longest && allow || !robotsMatch(r.path, path) {
			continue
		}
		allow, longest = r.allow, len(r.path)
	}
	return allow
}

// robotsMatch compares a path with a pattern from its beginning. It takes the
// first place for each part between asterisks, which is enough, since only
// the last part can be bound to the end.
func robotsMatch(pattern, path string) bool {
	pattern, end := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(path, parts[0])
	if !ok {
		return false
	}
	for i, part := range parts[1:] {
		if end && i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return !end || rest == ""
}

// normalPath gives equal paths one form: what is not ASCII percent-encoded,
// what need not be decoded, hex digits in capitals.
func normalPath(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			if n, err := strconv.ParseUint(path[i+1:i+3], 16, 8); err == nil {
				i += 2
				if unreserved(byte(n)) {
					b.WriteByte(byte(n))
				} else {
					b.WriteString("%" + strings.ToUpper(path[i-1:i+1]))
				}
				continue
			}
		}
		if c <= ' ' || c > '~' || c == '%' {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// productToken is the part of a name before its version.
func productToken(name string) string {
	end := strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	})
	if end >= 0 {
		return name[:end]
	}
	return name
}
