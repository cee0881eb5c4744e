package text

// Eight bytes are looked at together here: most of what is read is plain
// English, and byte by byte this took a fifth of the time of reading a feed.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080 // the upper bit of each byte
)

// eight returns the bytes from i to i+8, the first one lowest.
func eight(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// printable says that all of x are printable ASCII or spaces.
func printable(x uint64) bool {
	return x&highs == 0 && (x+0x60*ones)&highs == highs && (x+ones)&highs == 0
}

// spacesIn marks the upper bit of each byte of x that is a space; all must be
// ASCII.
func spacesIn(x uint64) uint64 { return ^((x ^ ' '*ones) + 0x7f*ones) & highs }

// Printable returns how many bytes at the beginning of s are printable ASCII or
// spaces. It may stop up to seven bytes early.
func Printable(s string) (n int) {
	for n+8 <= len(s) && printable(eight(s, n)) {
		n += 8
	}
	return n
}

// ASCII returns how many bytes at the beginning of s are ASCII.
func ASCII(s string) (n int) {
	for n+8 <= len(s) && eight(s, n)&highs == 0 {
		n += 8
	}
	for n < len(s) && s[n] < 0x80 {
		n++
	}
	return n
}
