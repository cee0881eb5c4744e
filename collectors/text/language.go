package text

import (
	_ "embed"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// languageWords lists, for each language, the small words that its sentences
// cannot do without, and some that posts of this field are full of. They are
// written as Words folds them: lower case, without accents and apostrophes.
//
//go:embed languages.txt
var languageWords string

const (
	maxLanguages = 32
	// enoughWeight is what the words of a post must add up to: two small words
	// that no other language has, or three or four that some share.
	enoughWeight = 1.5
	// homeWeight is what speaks for English before a word is read: most posts
	// that this program reads are English, and headlines have few small words.
	homeWeight = 0.8
	// endingWeight is what an ending says, beside a whole word.
	endingWeight = 0.5
	// clearLead is by how much the best language must be ahead of the next.
	clearLead = 1.25
	// letterWeight is what one accented letter says, as between Irish (acute)
	// and Scottish Gaelic (grave).
	letterWeight = 0.3
	// languageBytes is how much of a text is read at most: some hundred words
	// tell. After each stretch of words it is seen whether fewer do: one language
	// has sureWeight and is ahead by sureLead.
	languageBytes = 640
	stretch       = 12
	sureWeight    = 5
	sureLead      = 3
)

// languages are the known languages, and their words, endings and letters, each
// with the languages that have it as bits of codes.
type languages struct {
	codes   []string
	english int // its place in codes
	words   wordSet
	endings wordSet               // of 3 and 4 letters
	letters map[rune]uint32       // beyond ASCII, lower case
	weight  [maxLanguages]float64 // of a word that n languages share
}

// wordSet holds the languages of hashed words, by open addressing: the table
// has a power of two of places, at most half of them taken.
type wordSet struct{ places []wordPlace }

type wordPlace struct {
	hash uint64
	mask uint32
}

func newWordSet() wordSet { return wordSet{make([]wordPlace, 1<<12)} }

func (s wordSet) at(hash uint64) *wordPlace {
	for i := hash; ; i++ {
		if p := &s.places[i&uint64(len(s.places)-1)]; p.hash == hash || p.mask == 0 {
			return p
		}
	}
}

func (s wordSet) add(hash uint64, mask uint32) {
	p := s.at(hash)
	p.hash, p.mask = hash, p.mask|mask
}

func (s wordSet) get(hash uint64) uint32 { return s.at(hash).mask }

var knownLanguages = readLanguages(languageWords)

func readLanguages(list string) *languages {
	l := &languages{words: newWordSet(), endings: newWordSet(), letters: map[rune]uint32{}}
	for line := range strings.Lines(list) {
		code, words, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(code, "#") {
			continue
		}
		bit := l.bit(code)
		for _, w := range strings.Fields(words) {
			l.enter(w, bit)
		}
	}
	l.english = slices.Index(l.codes, "en")
	for n := range l.weight {
		l.weight[n] = 1 / math.Pow(float64(max(n, 1)), 1.5)
	}
	return l
}

// enter takes in one entry: a word, "-" and an ending, or "+" and letters.
func (l *languages) enter(entry string, bit uint32) {
	switch entry[0] {
	case '-':
		l.endings.add(HashWord(entry[1:]), bit)
	case '+':
		for _, r := range entry[1:] {
			l.letters[r] |= bit
		}
	default:
		l.words.add(HashWord(entry), bit)
	}
}

// bit returns the bit of a language, which it gets at its first line.
func (l *languages) bit(code string) uint32 {
	for i, c := range l.codes {
		if c == code {
			return 1 << i
		}
	}
	l.codes = append(l.codes, code)
	return 1 << (len(l.codes) - 1)
}

// Language returns the language of a text as a BCP 47 tag: en, cy, gd, ga, some
// other European languages by their small words, others by their script, "und"
// for a script that several share. It is "" where the text is too short or too
// mixed to tell. words are those of text, as Words returns them. It allocates
// nothing.
//
// Word lists rather than letter statistics: on posts of one sentence they tell
// Irish from Scottish Gaelic, cost a microsecond and stay readable as data.
func Language(text string, words []Word) string {
	text = text[:min(len(text), languageBytes)]
	if code := scriptOf(text); code != "" {
		return code
	}
	var score [maxLanguages]float64
	known := knownLanguages
	score[known.english] += homeWeight
	for i, w := range words {
		if w.End > len(text) {
			break
		}
		known.add(&score, known.words.get(w.Hash), 1)
		if i%stretch == stretch-1 && known.isSure(&score) {
			return known.best(&score)
		}
	}
	for _, w := range words {
		if w.End > len(text) {
			break
		}
		if known.words.get(w.Hash) == 0 {
			known.add(&score, known.ending(text, w), endingWeight)
		}
	}
	known.readLetters(text, &score)
	return known.best(&score)
}

// ending returns the languages of the word's longest known ending, for words
// of six letters and more.
func (l *languages) ending(text string, w Word) uint32 {
	if w.End-w.Start < 6 {
		return 0
	}
	for n := 4; n > 2; n-- {
		if runs, odds := runsOf8(load8(text, w.End-n)); ^(runs&^odds)&(1<<n-1) != 0 {
			continue // not only ASCII letters
		}
		if mask := l.endings.get(longHash(text[w.End-n : w.End])); mask != 0 {
			return mask
		}
	}
	return 0
}

// add counts a word, or a part of one, for the languages that have it: the less
// the more of them there are.
func (l *languages) add(score *[maxLanguages]float64, mask uint32, part float64) {
	weight := part * l.weight[bits.OnesCount32(mask)]
	for ; mask != 0; mask &= mask - 1 {
		score[bits.TrailingZeros32(mask)] += weight
	}
}

func (l *languages) best(score *[maxLanguages]float64) string {
	first, second := l.lead(score)
	if score[first] < enoughWeight || score[first] < clearLead*second {
		return ""
	}
	return l.codes[first]
}

func (l *languages) isSure(score *[maxLanguages]float64) bool {
	first, second := l.lead(score)
	return score[first] >= sureWeight && score[first] >= sureLead*second
}

// lead returns the language that is ahead, and the score of the next.
func (l *languages) lead(score *[maxLanguages]float64) (first int, second float64) {
	first = -1
	for i := range l.codes {
		switch {
		case first < 0 || score[i] > score[first]:
			if first >= 0 {
				second = score[first]
			}
			first = i
		case score[i] > second:
			second = score[i]
		}
	}
	return first, second
}

// readLetters adds what letters beyond ASCII say among the languages that the
// words speak for: many have an é, few of them are in question.
func (l *languages) readLetters(text string, score *[maxLanguages]float64) {
	for i := beyondASCII(text, 0); i < len(text); i = beyondASCII(text, i) {
		r, n := utf8.DecodeRuneInString(text[i:])
		for mask := l.letters[unicode.ToLower(r)]; mask != 0; mask &= mask - 1 {
			if i := bits.TrailingZeros32(mask); score[i] > 0 {
				score[i] += letterWeight
			}
		}
		i += n
	}
}

// scripts that tell the language, or that several languages share ("und").
var scripts = []struct {
	code  string
	table *unicode.RangeTable
}{
	{"ja", unicode.Hiragana}, {"ja", unicode.Katakana}, {"zh", unicode.Han}, {"ko", unicode.Hangul},
	{"el", unicode.Greek}, {"he", unicode.Hebrew}, {"th", unicode.Thai}, {"und", unicode.Cyrillic},
	{"und", unicode.Arabic}, {"und", unicode.Devanagari}, {"bn", unicode.Bengali}, {"pa", unicode.Gurmukhi},
	{"ta", unicode.Tamil}, {"und", unicode.Letter},
}

// beyondASCII returns where the first byte beyond ASCII stands, from i on, or
// the length of the text.
func beyondASCII(text string, i int) int {
	const high = 0x8080808080808080
	for ; i+8 <= len(text); i += 8 {
		if found := load8(text, i) & high; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// allLatin tells whether every letter is a Latin one, as in most texts.
func allLatin(text string) bool {
	for i := beyondASCII(text, 0); i < len(text); i = beyondASCII(text, i) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return false
		}
		i += n
	}
	return true
}

// scriptOf answers for a text that is mostly not in Latin letters, "" for
// others. A little kana makes a text with many Chinese characters Japanese.
func scriptOf(text string) string {
	if allLatin(text) {
		return ""
	}
	var letters, latin int
	var counts [16]int
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c|0x20 >= 'a' && c|0x20 <= 'z' {
				letters++
				latin++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if unicode.Is(unicode.Latin, r) {
			latin++
			continue
		}
		for s := range scripts {
			if unicode.Is(scripts[s].table, r) {
				counts[s]++
				break
			}
		}
	}
	if letters == 0 || 2*latin >= letters {
		return ""
	}
	const kana = 2 // the first two scripts
	if counts[0]+counts[1] > (letters-latin)/20 {
		return scripts[0].code
	}
	best := kana
	for s := kana; s < len(scripts); s++ {
		if counts[s] > counts[best] {
			best = s
		}
	}
	return scripts[best].code
}
