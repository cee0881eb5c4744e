package item

import "unicode/utf8"

const ones, highs = 0x0101010101010101, 0x8080808080808080 // of each of eight bytes: 1, and the upper bit

// eight returns the bytes from i to i+8, the first one lowest.
func eight(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// Valid is utf8.ValidString for texts that are ASCII but for a character here
// and there: the standard one goes byte by byte from the first of those on.
func Valid(s string) bool {
	for {
		n := 0
		for n+8 <= len(s) && eight(s, n)&highs == 0 {
			n += 8
		}
		for n < len(s) && s[n] < utf8.RuneSelf {
			n++
		}
		if n == len(s) {
			return true
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		if r == utf8.RuneError && size == 1 {
			return false
		}
		s = s[n+size:]
	}
}
