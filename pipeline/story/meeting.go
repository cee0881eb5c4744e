package story

import (
	"math/bits"
	"slices"
)

// meeting finds the numbers that share a key.
type meeting struct {
	shift         uint
	once, twice   []uint64 // bitmaps by a hash of the key
	shared, other []uint64
}

const (
	// bitsPerPost is the room of the bitmaps: one post in 16 whose key nobody
	// shares is sorted in vain.
	bitsPerPost = 16

	// radix is how many bits of a key are sorted by at a time, and fewSorted
	// how many keys are sorted by comparing instead.
	radix     = 12
	fewSorted = 2000
)

func newMeeting(posts int) *meeting {
	size := min(32, uint(bits.Len(uint(posts*bitsPerPost)|63)))
	return &meeting{shift: 32 - size, once: make([]uint64, 1<<size/64), twice: make([]uint64, 1<<size/64)}
}

// each calls fn with every group of two or more numbers whose keys are equal,
// as key<<32 | number, ascending. Numbers whose has is false are left out; a
// nil has means all.
func (m *meeting) each(keys []uint32, has []bool, fn func([]uint64)) {
	m.keepShared(keys, has)
	m.sort()
	for lo, hi := 0, 0; lo < len(m.shared); lo = hi {
		for hi = lo + 1; hi < len(m.shared) && m.shared[hi]>>32 == m.shared[lo]>>32; {
			hi++
		}
		if hi > lo+1 {
			fn(m.shared[lo:hi])
		}
	}
}

// keepShared collects those whose key, or one with the same hash, comes twice.
func (m *meeting) keepShared(keys []uint32, has []bool) {
	clear(m.once)
	clear(m.twice)
	for i, k := range keys {
		if has == nil || has[i] {
			word, bit := m.place(k)
			m.twice[word] |= m.once[word] & bit
			m.once[word] |= bit
		}
	}
	m.shared = m.shared[:0]
	for i, k := range keys {
		if word, bit := m.place(k); m.twice[word]&bit != 0 && (has == nil || has[i]) {
			m.shared = append(m.shared, uint64(k)<<32|uint64(i))
		}
	}
}

// place is the bit of a key in the bitmaps.
func (m *meeting) place(key uint32) (word uint32, bit uint64) {
	h := key * spread >> m.shift
	return h / 64, 1 << (h % 64)
}

// sort orders by key; the numbers are ascending already and stay so, because a
// radix sort is stable.
func (m *meeting) sort() {
	if len(m.shared) < fewSorted {
		slices.Sort(m.shared)
		return
	}
	for shift := 32; shift < 64; shift += radix {
		m.sortBy(shift)
	}
}

// sortBy is one pass: it counts each digit and lays the keys out behind one
// another.
func (m *meeting) sortBy(shift int) {
	var at [1 << radix]int32
	for _, k := range m.shared {
		at[k>>shift%(1<<radix)]++
	}
	if at[m.shared[0]>>shift%(1<<radix)] == int32(len(m.shared)) {
		return
	}
	sum := int32(0)
	for d, n := range at {
		at[d], sum = sum, sum+n
	}
	m.other = slices.Grow(m.other[:0], len(m.shared))[:len(m.shared)]
	for _, k := range m.shared {
		d := k >> shift % (1 << radix)
		m.other[at[d]] = k
		at[d]++
	}
	m.shared, m.other = m.other, m.shared
}
