package story

import (
	"encoding/binary"
	"math/bits"
)

// sketch is a signature as it is compared.
type sketch struct {
	begin  beginning
	values [Bins / 8]uint64 // 8 values of 8 bits each
}

// parse unpacks a signature of Size bytes.
func parse(signature []byte) (s sketch) {
	copy(s.begin[:], signature[atHead:])
	for i := range s.values {
		s.values[i] = binary.LittleEndian.Uint64(signature[atBins+8*i:])
	}
	return s
}

// key is the three values of a band.
func (s *sketch) key(band int) uint32 {
	at := 3 * band
	low := s.values[at/8] >> (at % 8 * 8)
	if left := 8 - at%8; left < 3 {
		low |= s.values[at/8+1] << (left * 8)
	}
	return uint32(low) & 0xFFFFFF
}

// alike tells whether the later of two posts is a copy of the earlier.
func alike(a, b *sketch) bool {
	return equal(a, b) >= MinEqual || begins(&a.begin, &b.begin)
}

// equal counts the values that are equal: a byte of x is zero where they are,
// and only there adding 0x7F to its low bits leaves the top bit clear.
func equal(a, b *sketch) (n int) {
	const low = 0x7F7F7F7F7F7F7F7F
	for i, v := range a.values {
		x := v ^ b.values[i]
		n += bits.OnesCount64(^(x&low + low | x | low))
	}
	return n
}

// Similarity estimates the Jaccard similarity of two posts' pairs of words from
// their signatures, 0 to 1. One value in 256 is equal by chance, which is
// taken off. It is 0 when either is empty or of another version.
func Similarity(a, b []byte) float64 {
	if !valid(a) || !valid(b) {
		return 0
	}
	x, y := parse(a), parse(b)
	const chance = 1. / 256
	return max(0, (float64(equal(&x, &y))/Bins-chance)/(1-chance))
}

// Copy tells whether two posts, by their signatures, are one story.
func Copy(a, b []byte) bool {
	if !valid(a) || !valid(b) {
		return false
	}
	x, y := parse(a), parse(b)
	return alike(&x, &y)
}

func valid(signature []byte) bool {
	return len(signature) == Size && signature[0] == version
}
