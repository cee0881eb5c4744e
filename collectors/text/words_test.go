package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// folded returns the words of s as they are compared.
func folded(s string) []string {
	var list []string
	for _, w := range Words(nil, s) {
		list = append(list, string(FoldWord(nil, s, w)))
	}
	return list
}

func TestWords(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Open data, now!", "open data now"},
		{"hyphen is a space", "machine-learning", "machine learning"},
		{"longer than eight letters", "Northamptonshire reorganisation", "northamptonshire reorganisation"},
		{"exactly eight letters", "Camdenxx yes", "camdenxx yes"},
		{"possessive", "the council's and the council’s plan", "the council and the council plan"},
		{"possessive in capitals", "THE COUNCIL'S PLAN", "the council plan"},
		{"plural possessive", "the councils’ plan", "the councils plan"},
		{"apostrophe joins", "don't rock’n’roll O’Brien", "dont rocknroll obrien"},
		{"quoted word", "the 'council' said ‘no’", "the council said no"},
		{"ampersand", "Adur & Worthing, H&F, a &amp; b", "adur and worthing h and f a and b"},
		{"accents", "Ynys Môn, Béal Feirste, Dùn Èideann", "ynys mon beal feirste dun eideann"},
		{"combining accent", "Mo\u0302n", "mon"},
		{"ligatures", "Æther straße Łódź", "aether strasse lodz"},
		{"dots and digits", "GOV.UK wcag 2.2 gpt-4o", "gov uk wcag 2 2 gpt 4o"},
		{"underscore", "snake_case", "snake case"},
		{"other scripts", "Привет мир 你好", "привет мир 你好"},
		{"right to left", "שלום עולם", "שלום עולם"},
		{"emoji", "bins🗑️today", "bins today"},
		{"empty", "", ""},
		{"only signs", " --- ’’’ && ", "and and"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(folded(tt.text), " "); got != tt.want {
				t.Errorf("Words(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestHashAgreesWithHashWord(t *testing.T) {
	for _, s := range []string{"a", "council", "Council's", "eightlet", "sixteen letters!", "Môn", "straße", "d’accord", "Rhondda"} {
		for _, w := range Words(nil, s) {
			if want := HashWord(string(FoldWord(nil, s, w))); w.Hash != want {
				t.Errorf("%q: the hash of the word differs from that of its folded form", s[w.Start:w.End])
			}
		}
	}
	if HashWord("Milton Keynes") != HashWord("miltonkeynes") {
		t.Error("HashWord must skip spaces")
	}
}

func TestWordsDoesNotAllocate(t *testing.T) {
	s := strings.Repeat("Bro Morgannwg’s budget & the council's “plan” for Ynys Môn. ", 20)
	dst := Words(nil, s)
	if n := testing.AllocsPerRun(100, func() { dst = Words(dst[:0], s) }); n != 0 {
		t.Errorf("Words allocates %v times", n)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"council’s", "a&amp;b", "\xff\xfe", "’s", "M\u0302", "12345678'9", "a'", "x’s’s", "ʼ", "ʼa", "aʼ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end, words := 0, Words(nil, s)
		if slow := oddWords(nil, s, 0, len(s)); !slices.Equal(words, slow) {
			t.Fatalf("%q: got %v, read byte by byte %v", s, words, slow)
		}
		for _, w := range words {
			if w.Start < end || w.End <= w.Start || w.End > len(s) {
				t.Fatalf("word [%d,%d) after %d in %d bytes", w.Start, w.End, end, len(s))
			}
			end = w.End
			if utf8.ValidString(s) && w.Hash != HashWord(string(FoldWord(nil, s, w))) {
				t.Fatalf("the hash of %q is not that of its folded form %q", s[w.Start:w.End], FoldWord(nil, s, w))
			}
		}
	})
}

// Words reads 64 bytes at a time; what they are must not depend on where its
// blocks begin and end.
func TestWordsOfAnyShapeAnywhere(t *testing.T) {
	parts := []string{
		"a", "I", "be", "council", "Councils", "sixteenLettersIn", "x1234567", "seventeen4letters", "reallyQuiteExtremelyLongWord42",
		" ", " ", " ", "  ", "-", ".", ", ", "_", "\n", "\x00", "@", "[", "`", "{", "/", ":", "'", "’", "'s", "’s ", "''", "n't", "&", "&amp;", "&amp", " & ",
		"é", "Môn", "ß", "İ", "日本", "\u0301", "–", "£", "\xff", "\xe2\x80", "%", "(", "$",
	}
	random := newRandom(7)
	for range 20_000 {
		var b strings.Builder
		for range random.below(40) {
			b.WriteString(parts[random.below(len(parts))])
		}
		text := b.String()
		if got, want := Words(nil, text), oddWords(nil, text, 0, len(text)); !slices.Equal(got, want) {
			t.Fatalf("%q: got %v, read byte by byte %v", text, got, want)
		}
	}
}
