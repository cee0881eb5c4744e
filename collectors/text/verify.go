package text

import "strings"

// stands tells whether the form whose hashes were found is there: nothing
// between the words that ends a sentence, and the same case where it matters.
// The letters are not compared again: two words of 64 bits are one by chance
// once in 10^19 times, and words of up to eight letters never.
func (f *form) stands(text string, words []Word) bool {
	for i, w := range words {
		if i > 0 && !Adjoin(text, words[i-1], w) {
			return false
		}
		if f.exact != nil && !sameCase(text[w.Start:w.End], f.exact[i], i == len(words)-1) {
			return false
		}
	}
	return true
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
