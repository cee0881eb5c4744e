package council

import (
	"cmp"
	"slices"
)

// cue is a phrase of an evidence group found.
type cue struct {
	from, to    int32
	group, slot int32
	nested      bool
}

// around holds the cues of a text by where their evidence can stand, each in
// the order of their first word, so that a mention looks only at those near
// it.
type around struct {
	near     []cue   // adjoin a name
	sentence []cue   // stand in its sentence
	text     []cue   // stand anywhere; few of each group
	starts   []int32 // by sentence: its first cue in sentence
	british  bool    // something in the text is said in the United Kingdom only
	searched bool    // all words were looked through for that

	sums    []float32 // by group: points that a mention has got
	counts  []int32   // by group: cues kept
	stamped []int32   // by slot: the stamp of what it counted for
	stamp   int32
}

// mostTextCues bounds the phrases of one group that count anywhere in a text:
// the limits of the groups are reached with three or four.
const mostTextCues = 8

func newAround(groups, slots int) around {
	return around{
		sums: make([]float32, groups), counts: make([]int32, groups), stamped: make([]int32, slots),
	}
}

func (a *around) reset() {
	a.near, a.sentence, a.text, a.starts = a.near[:0], a.sentence[:0], a.text[:0], a.starts[:0]
	a.british, a.searched = false, false
}

// once reports whether the slot was not seen since the last stamp.
func (a *around) once(slot int32) bool {
	if a.stamped[slot] == a.stamp {
		return false
	}
	a.stamped[slot] = a.stamp
	return true
}

// enter sorts a cue in.
func (a *around) enter(c cue, g *group) {
	switch {
	case g.British:
		a.british = true
	case g.at == inText:
		a.text = append(a.text, c)
	case g.at == inSentence:
		a.sentence = append(a.sentence, c)
	default:
		a.near = append(a.near, c)
	}
}

// arrange drops the cues inside longer ones and lays them out by sentence.
// sentences gives the sentence of each word.
func (a *around) arrange(sentences []int32) {
	a.near, a.sentence, a.text = dropNested(a.near), dropNested(a.sentence), dropNested(a.text)
	a.thinText()
	for i, c := range a.sentence {
		for int32(len(a.starts)) <= sentences[c.from] {
			a.starts = append(a.starts, int32(i))
		}
	}
}

// thinText keeps few distinct cues of each group of those that count anywhere.
func (a *around) thinText() {
	clear(a.counts)
	a.stamp++
	a.text = slices.DeleteFunc(a.text, func(c cue) bool {
		if a.counts[c.group] == mostTextCues || !a.once(c.slot) {
			return true
		}
		a.counts[c.group]++
		return false
	})
}

// ofSentences returns the cues of the sentences from first to last.
func (a *around) ofSentences(first, last int32) []cue {
	first = max(first, 0)
	if last < first || int(first) >= len(a.starts) {
		return nil
	}
	end := int32(len(a.sentence))
	if int(last)+1 < len(a.starts) {
		end = a.starts[last+1]
	}
	return a.sentence[a.starts[first]:end]
}

// nearBetween returns the near cues that begin in the words from a to b.
func (a *around) nearBetween(from, to int32) []cue {
	at := func(word int32) int {
		i, _ := slices.BinarySearchFunc(a.near, word, func(c cue, w int32) int { return cmp.Compare(c.from, w) })
		return i
	}
	return a.near[at(from):at(to)]
}

// longestCue is the number of words of the longest phrase of evidence; a test
// holds it against the rules.
const longestCue = 6

// dropNested takes out cues that lie in a longer one of the same group:
// "council" in "council tax". Cues stand in the order of their first word.
func dropNested(cues []cue) []cue {
	for i, c := range cues {
		nested := false
		for j := i - 1; j >= 0 && !nested && cues[j].from > c.from-longestCue; j-- {
			nested = cues[j].holds(&c)
		}
		for j := i + 1; j < len(cues) && !nested && cues[j].from <= c.from; j++ {
			nested = cues[j].holds(&c)
		}
		cues[i].nested = nested
	}
	return slices.DeleteFunc(cues, func(c cue) bool { return c.nested })
}

// holds reports whether c lies in k, which is longer and of the same group.
func (k *cue) holds(c *cue) bool {
	return k.group == c.group && k.from <= c.from && c.to <= k.to && k.to-k.from > c.to-c.from
}
