package text

import "strings"

// What is found is a phrase by the hashes of its words, 64 bits each, whose
// letters are not compared again: two words are one by chance once in 10^19
// times, and words of up to eight letters never.

// joined reports whether nothing between the words ends a sentence.
func joined(text string, words []Word) bool {
	for i := 1; i < len(words); i++ {
		if !Adjoin(text, words[i-1], words[i]) {
			return false
		}
	}
	return true
}

// sameCases reports whether the words stand as exact, but for the ending of the
// last.
func sameCases(text string, words []Word, exact []string) bool {
	for i, w := range words {
		if !sameCase(text[w.Start:w.End], exact[i], i == len(words)-1) {
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
