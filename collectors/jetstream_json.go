package collectors

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// maxJSONDepth bounds the nesting of a frame; a post nests ten deep.
const maxJSONDepth = 64

// eachMember calls f with every member of a JSON object until f returns false:
// the key as it stands between its quotes, and the bytes of the value. It
// reports false for what is no whole object. Values are found, not checked.
func eachMember(b []byte, f func(key, value []byte) bool) bool {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return false
	}
	for i++; ; {
		i = skipSpace(b, i)
		if i < len(b) && b[i] == '}' {
			return true
		}
		keyEnd := endOfString(b, i)
		if keyEnd < 0 {
			return false
		}
		at := skipSpace(b, keyEnd)
		if at >= len(b) || b[at] != ':' {
			return false
		}
		at = skipSpace(b, at+1)
		end := endOfValue(b, at)
		if end < 0 || !f(b[i+1:keyEnd-1], b[at:end]) {
			return false
		}
		i = skipSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i++
		} else if i >= len(b) || b[i] != '}' {
			return false
		}
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// endOfString returns the index behind the string that begins at i, -1 where
// there is none.
func endOfString(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for from := i + 1; ; {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return -1
		}
		at := from + n
		slashes := 0
		for at-1-slashes > i && b[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at + 1
		}
		from = at + 1
	}
}

// endOfValue returns the index behind the value that begins at i, -1 where
// there is none or it nests too deep.
func endOfValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return endOfString(b, i)
	case '{', '[':
		return endOfNested(b, i)
	}
	end := i
	for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' && b[end] > ' ' {
		end++
	}
	if end == i {
		return -1
	}
	return end
}

func endOfNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = endOfString(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			if depth++; depth > maxJSONDepth {
				return -1
			}
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// jetString returns what stands between the quotes of a string without
// escapes; nil for everything else.
func jetString(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil
	}
	return value[1 : len(value)-1]
}

// appendJetText appends the text of a JSON string, escapes resolved.
func appendJetText(dst, value []byte) []byte {
	if plain := jetString(value); plain != nil {
		return append(dst, plain...)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return dst
	}
	return append(dst, s...)
}

// jetNumber returns a whole number that is not negative, 0 for everything else.
func jetNumber(value []byte) int64 {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// jetMicros reads an RFC 3339 time as Unix microseconds, 0 where it is none.
func jetMicros(value []byte) int64 {
	t, err := time.Parse(time.RFC3339Nano, string(value))
	if err != nil {
		return 0
	}
	return t.UnixMicro()
}
