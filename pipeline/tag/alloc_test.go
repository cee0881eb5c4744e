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

// TestTouchesDoesNotAllocate: most of what a network says is about nothing of
// ours, and thousands of posts a second are looked at.
func TestTouchesDoesNotAllocate(t *testing.T) {
	tg := tagger(t)
	post := "The gate was open and #the path was dry, see https://example.org/walk or ask @someone. " + strings.Repeat("We read in the bath. ", 10)
	links := []string{"https://example.org/walk"}
	for name, f := range map[string]func(string, []string) bool{"Touches": tg.Touches, "Concerns": tg.Concerns} {
		if f(post, links) {
			t.Fatalf("%s takes the post", name)
		}
		if n := testing.AllocsPerRun(200, func() { f(post, links) }); n > 0 {
			t.Errorf("%s costs %v allocations", name, n)
		}
	}
}
