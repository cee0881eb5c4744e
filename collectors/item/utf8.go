package item

import (
	"math/bits"
	"unicode/utf8"
)

const ones, highs = 0x0101010101010101, 0x8080808080808080 // of each of eight bytes: 1, and the upper bit

// eight returns the bytes from i to i+8, the first one lowest.
func eight(s string, i int) uint64 {
	b := s[i : i+8] // one look at the bounds instead of eight
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Valid is utf8.ValidString for texts that are ASCII but for a character here
// and there: the standard one goes byte by byte from the first of those on.
func Valid(s string) bool {
	for n := 0; ; {
		n = ascii(s, n)
		if n == len(s) {
			return true
		}
		for n < len(s) && s[n] >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[n:])
			if r == utf8.RuneError && size == 1 {
				return false
			}
			n += size
		}
	}
}

// ascii returns the index of the first byte at or after n that is beyond ASCII.
func ascii(s string, n int) int {
	for ; n+32 <= len(s); n += 32 {
		if (eight(s, n)|eight(s, n+8)|eight(s, n+16)|eight(s, n+24))&highs != 0 {
			break
		}
	}
	for ; n+8 <= len(s); n += 8 {
		if beyond := eight(s, n) & highs; beyond != 0 {
			return n + bits.TrailingZeros64(beyond)/8
		}
	}
	for n < len(s) && s[n] < utf8.RuneSelf {
		n++
	}
	return n
}
