package text

import "strings"

// stands verifies the form behind the hashes: same letters, same case where
// it matters, and nothing between the words that ends a sentence.
func (f *form) stands(text string, words []Word) bool {
	rest := f.folded
	for i, w := range words {
		if i > 0 && !Adjoin(text, words[i-1], w) {
			return false
		}
		ok := false
		if rest, ok = cutFolded(rest, text, w); !ok {
			return false
		}
		if f.exact != nil && !sameCase(text[w.Start:w.End], f.exact[i], i == len(words)-1) {
			return false
		}
	}
	return rest == ""
}

// cutFolded takes the folded form of word w and the space behind it from the
// head of rest, if they stand there.
func cutFolded(rest, text string, w Word) (string, bool) {
	s := text[w.Start:w.End]
	for i := 0; i < len(s); i++ {
		f := asciiFold[s[i]]
		if f <= lastClass {
			return cutOther(rest, text, w)
		}
		if i >= len(rest) || rest[i] != f {
			return "", false
		}
	}
	if len(rest) <= len(s) || rest[len(s)] != ' ' {
		return "", false
	}
	return rest[len(s)+1:], true
}

// cutOther is cutFolded for words beyond ASCII letters and digits.
func cutOther(rest, text string, w Word) (string, bool) {
	var buf [64]byte
	folded := FoldWord(buf[:0], text, w)
	if len(rest) <= len(folded) || rest[:len(folded)] != string(folded) || rest[len(folded)] != ' ' {
		return "", false
	}
	return rest[len(folded)+1:], true
}

// sameCase reports whether the word stands as exact, but for a plural or
// possessive ending.
func sameCase(word, exact string, last bool) bool {
	word = cutPossessive(word)
	if !last || len(word) <= len(exact) {
		return word == exact
	}
	tail := word[len(exact):]
	return word[:len(exact)] == exact && (tail == "s" || tail == "es")
}

// Adjoin reports whether b can continue a phrase after a: between them lie at
// most six bytes and no punctuation that ends a clause.
func Adjoin(text string, a, b Word) bool {
	gap := text[a.End:b.Start]
	if gap == " " || gap == "" || gap == "-" {
		return true
	}
	if len(gap) > 6 {
		return false
	}
	if strings.ContainsAny(gap, ",;:!?()[]{}<>|\"#@\t•…“”") || strings.Count(gap, "\n") > 1 {
		return false
	}
	return !strings.Contains(gap, ". ") && !strings.Contains(gap, ".\n")
}
