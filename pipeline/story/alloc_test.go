//go:build !race

package story

import (
	"strings"
	"testing"
)

// The race detector empties pools at random, so this is counted without it.
func TestSignDoesNotAllocate(t *testing.T) {
	dst := make([]byte, 0, Size)
	long := strings.Repeat(news+" ", 6)
	if n := testing.AllocsPerRun(100, func() { dst = Sign(dst[:0], "A title", long) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
