package text

import "strings"

// TrimAddress cuts the punctuation of the sentence from the end of a web address
// that stands in it. A bracket that the address itself opened is its own.
func TrimAddress(address string) string {
	round := strings.Count(address, ")") - strings.Count(address, "(") // more closed than opened
	square := strings.Count(address, "]") - strings.Count(address, "[")
	for {
		address = strings.TrimRight(address, ".,;:!?'’”…")
		switch {
		case round > 0 && strings.HasSuffix(address, ")"):
			round--
		case square > 0 && strings.HasSuffix(address, "]"):
			square--
		default:
			return address
		}
		address = address[:len(address)-1]
	}
}
