package council

import (
	"cmp"
	"slices"
)

// span is a surface or block found, before overlaps are resolved.
type span struct {
	from, to int32
	surface  int32 // -1: a block
}

// dropOverlaps keeps, of the names that overlap, those that together cover the
// most words, and of these the fewest: "West Sussex and Brighton & Hove" is two
// names, not "Sussex and Brighton".
func (w *work) dropOverlaps() {
	slices.SortFunc(w.spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.from, b.from), cmp.Compare(a.surface, b.surface))
	})
	w.best = append(w.best[:0], best{})
	for i, s := range w.spans {
		before, _ := slices.BinarySearchFunc(w.spans[:i], s.from+1, func(o span, to int32) int { return cmp.Compare(o.to, to) })
		take := best{w.best[before].words + s.to - s.from, w.best[before].spans + 1, int32(before), true}
		if last := w.best[i]; !take.beats(last) {
			take = best{words: last.words, spans: last.spans}
		}
		w.best = append(w.best, take)
	}
	w.keepBest()
}

// best is the best choice among the first spans.
type best struct {
	words, spans, before int32
	taken                bool // the last of them is in it, behind the first before
}

func (b best) beats(o best) bool {
	return b.words > o.words || b.words == o.words && b.spans < o.spans
}

// keepBest reduces the spans to the best choice, in the order of the text, and
// marks their words.
func (w *work) keepBest() {
	n := len(w.spans)
	for i := n; i > 0; {
		if !w.best[i].taken {
			i--
			continue
		}
		n--
		i, w.spans[n] = int(w.best[i].before), w.spans[i-1]
	}
	w.spans = append(w.spans[:0], w.spans[n:]...)
	w.covers = append(w.covers[:0], make([]cover, len(w.Words))...)
	for _, s := range w.spans {
		w.cover(s.from, s.to, inName)
	}
}

// cover says what a word is part of.
type cover uint8

const (
	inName     cover = 1 << iota
	inEvidence       // what it says is weighed elsewhere
)

func (w *work) cover(from, to int32, as cover) {
	for i := from; i < to; i++ {
		w.covers[i] |= as
	}
}
