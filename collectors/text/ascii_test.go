package text

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// byByte says what plainRun, ASCII and Printable look for, byte by byte.
func byByte(s string) (run, ascii, printable int) {
	for ascii < len(s) && s[ascii] < utf8.RuneSelf {
		ascii++
	}
	for printable < len(s) && s[printable] >= ' ' && s[printable] < 0x7f {
		printable++
	}
	word := func(i int) bool { return i >= 0 && i < len(s) && s[i] > ' ' && s[i] < 0x7f }
	for word(run) || run > 0 && run < len(s) && s[run] == ' ' && word(run+1) {
		run++
	}
	return run, ascii, printable
}

func TestEightBytesAtATimeAreTheSameAsOneByOne(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	letters := []string{"a", "Z", "~", "!", " ", " ", "<", "\n", "\t", "\x00", "\x1f", "\x7f", "\x80", "\xff", "é", "€", "town"}
	for range 200_000 {
		var b strings.Builder
		rare := r.IntN(40) + 1
		for range r.IntN(40) {
			if r.IntN(rare) == 0 {
				b.WriteString(letters[r.IntN(len(letters))])
			} else {
				b.WriteString("wards and parks"[r.IntN(10):][:1])
			}
		}
		s := b.String()
		run, ascii, printable := byByte(s)
		if got := plainRun(s); got != run {
			t.Fatalf("plainRun(%q) = %d, want %d", s, got, run)
		}
		if got := ASCII(s); got != ascii {
			t.Fatalf("ASCII(%q) = %d, want %d", s, got, ascii)
		}
		if got := Printable(s); got > printable || got < printable-7 {
			t.Fatalf("Printable(%q) = %d, want %d or up to 7 fewer", s, got, printable)
		}
		if f := (folder{}); clean(s) {
			if f.write(s); string(f.out) != s {
				t.Fatalf("clean(%q), but it becomes %q", s, f.out)
			}
		}
	}
}
