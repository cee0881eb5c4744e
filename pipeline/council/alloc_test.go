//go:build !race

package council_test

import (
	"strings"
	"testing"

	"vantage/pipeline/council"
)

// TestFindHardlyAllocates: a text without councils costs nothing, one with a
// council the list that is returned. The race detector empties pools at
// random, so this is counted without it.
func TestFindHardlyAllocates(t *testing.T) {
	f := newFinder()
	for s, most := range map[string]float64{
		"The gate was open and the path was dry that day. See https://example.org/walk or ask @someone.": 0,
		"Hackney's cabinet and Leeds City Council agreed; Bath, York and Hull did not. Snow in Derby.":   1,
	} {
		p := f.read([]string{s})[0]
		f.Find(p)
		if n := testing.AllocsPerRun(200, func() { f.Find(p) }); n > most {
			t.Errorf("%q costs %v allocations, more than %v", s, n, most)
		}
	}
}

// TestNearDoesNoWorkForWhatIsTooLong: a stranger's word of a megabyte is not
// compared with every name.
func TestNearDoesNoWorkForWhatIsTooLong(t *testing.T) {
	r, long := council.Load(), strings.Repeat("a", 4096)
	if n := testing.AllocsPerRun(2, func() { r.Near(long) }); n > 0 {
		t.Errorf("4 KiB cost %v allocations", n)
	}
}
