package chart

import (
	"math"
	"slices"
)

// RampSteps is the number of colour classes: as many as readers can tell
// apart and name.
const RampSteps = 6

// Breaks returns the lower bounds of the colour classes above the first, at
// most five, from the series 1, 2, 5, 10, 20, 50 … so that a small change of
// the largest count does not move them. Where the counts span more than the
// series can cover from a low one to the largest, it takes wider steps: 1, 3,
// 10, 30 … or 1, 10, 100 … (the rule that Our World in Data draws by).
func Breaks(counts []uint64) []uint64 {
	counts = slices.DeleteFunc(slices.Clone(counts), func(c uint64) bool { return c == 0 })
	if len(counts) == 0 {
		return nil
	}
	slices.Sort(counts)
	low, high := counts[len(counts)/10], counts[len(counts)-1]
	steps := []uint64{1, 2, 5}
	switch span := float64(high) / float64(low); {
	case span > 1000:
		steps = []uint64{1}
	case span > 100:
		steps = []uint64{1, 3}
	}
	return newest(series(steps, high), RampSteps-1)
}

// series lists the steps times powers of ten above 1 and up to high.
func series(steps []uint64, high uint64) []uint64 {
	var all []uint64
	for p := uint64(1); p <= high && p < math.MaxUint64/100; p *= 10 {
		for _, s := range steps {
			if v := s * p; v > 1 && v <= high {
				all = append(all, v)
			}
		}
	}
	return all
}

func newest(s []uint64, n int) []uint64 { return s[max(0, len(s)-n):] }

// Range returns the smallest and largest count of class k; hi is 0 for the
// open last class.
func (m *Matrix) Range(k int) (lo, hi uint64) {
	lo = 1
	if k > 1 {
		lo = m.Breaks[k-2]
	}
	if k <= len(m.Breaks) {
		hi = m.Breaks[k-1] - 1
	}
	return lo, hi
}
