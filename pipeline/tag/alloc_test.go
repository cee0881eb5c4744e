//go:build !race

package tag

import (
	"strings"
	"testing"
)

// TestQuietHardlyAllocates: nothing but the joined title and the lists of the
// result. The race detector empties pools at random, so this is counted
// without it.
func TestQuietHardlyAllocates(t *testing.T) {
	tg := tagger(t)
	in := Input{Title: "A walk", Text: strings.Repeat("The gate was open and the path was dry that day. ", 20), Quiet: true}
	tg.Tag(in)
	if n := testing.AllocsPerRun(200, func() { tg.Tag(in) }); n > 1 {
		t.Errorf("a post about nothing costs %v allocations, want 1", n)
	}
}
