package council

import (
	"slices"
	"strings"

	"vantage/collectors/text"
)

// announced reports whether a colon, semicolon or dash stands before the
// mention: a new clause begins with it.
func (w *work) announced(m *mention) bool {
	if m.from == 0 {
		return true
	}
	gap := strings.TrimSpace(w.Text[w.Words[m.from-1].End:w.Words[m.from].Start])
	return gap == ":" || gap == ";" || gap == "–" || gap == "—" || gap == "-" && !adjoin(w, m.from-1, m.from)
}

// asked reports whether a question about the mention asks what it does: "Why
// did Somerset come …?"
func (w *work) asked(m *mention) bool {
	last := m.from - 1
	return last >= 0 && w.nameGap(last, m.from) && (w.opens(last) || last > 0 && w.opens(last-1)) && w.f.auxiliaries[w.Words[last].Hash] && !m.possessed
}

var howHash, whyHash = text.HashWord("how"), text.HashWord("why")

// explained reports whether "how" or "why" stands before the mention.
func (w *work) explained(m *mention) bool {
	if m.from == 0 || m.possessed || !w.nameGap(m.from-1, m.from) {
		return false
	}
	h := w.Words[m.from-1].Hash
	return h == howHash || h == whyHash
}

// serves reports whether a word of public services stands before the mention
// and "in" or "for": "council tax support in Harrow".
func (w *work) serves(m *mention) bool {
	if m.from < 2 || w.Words[m.from-1].Hash != inHash && w.Words[m.from-1].Hash != forHash {
		return false
	}
	const least = 0.6 // points: not of a weak word
	for _, c := range w.ofSentences(w.sentences[m.from], w.sentences[m.from]) {
		gap := m.from - 1 - c.to // "the residents index in Camden"
		if g := w.group(&c); (gap == 0 || gap == 1 && !w.capital(c.to)) && g.Points >= least && adjoin(w, m.from-2, m.from-1) {
			return true
		}
	}
	return false
}

// surnames are the classes of names that are also those of people.
var surnames = []string{"name", "place+name", "word"}

var heHash, sheHash = text.HashWord("he"), text.HashWord("she")

// told reports whether the mention opens its sentence, may be a surname, and
// "he" or "she" follows in the sentence.
func (w *work) told(m *mention) bool {
	if !w.opens(m.from) || !slices.Contains(surnames, m.class) || m.possessed {
		return false
	}
	for i := m.to; int(i) < len(w.Words) && w.sentences[i] == w.sentences[m.from]; i++ {
		if h := w.Words[i].Hash; h == heHash || h == sheHash {
			return true
		}
	}
	return false
}

// auxiliary returns the word behind the mention, or behind its list, that makes
// it one who acts: "has", "will".
func (w *work) auxiliary(i int) (word string, ok bool) {
	first, last := w.listEnds(i)
	if w.governed(first) || int(last.to) >= len(w.Words) || !w.f.auxiliaries[w.Words[last.to].Hash] || !adjoin(w, last.to-1, last.to) {
		return "", false
	}
	return w.word(last.to), true
}

var prepositions = hashes("of", "for", "with", "by", "on", "about", "against", "under", "over", "like", "behind")

// governed reports whether a preposition stands before the mention, so that
// somebody else acts: "a man from Walsall has".
func (w *work) governed(m *mention) bool {
	return m.locative || m.from > 0 && adjoin(w, m.from-1, m.from) && slices.Contains(prepositions, w.Words[m.from-1].Hash)
}

// helped reports whether an auxiliary stands between the mention and the cue:
// "Reading has bought".
func (w *work) helped(m *mention, c *cue) bool {
	return c.from == m.to+1 && w.nameGap(m.to-1, m.to) && w.nameGap(m.to, c.from) && w.f.auxiliaries[w.Words[m.to].Hash]
}

// subject reports whether the mention, or its list, opens the sentence and
// what follows looks like a verb: a small word that ends in -s or -ed.
func (w *work) subject(i int) bool {
	first, last := w.listEnds(i)
	next := last.to
	if last.possessed || !w.opens(first.from) && !w.announced(first) || int(next) >= len(w.Words) || !w.nameGap(next-1, next) || w.covers[next] != 0 {
		return false
	}
	s := w.word(next)
	if w.f.pasts[w.Words[next].Hash] {
		return !w.capital(next)
	}
	verb := strings.HasSuffix(s, "ed") || strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ss")
	return verb && len(s) > 3 && !w.capital(next) && !slices.Contains(notVerbs, w.Words[next].Hash)
}

// isBritish reports whether the text has words that are said in the United
// Kingdom only. It looks through the words once.
func (w *work) isBritish() bool {
	if !w.british && !w.searched {
		w.british = slices.ContainsFunc(w.Words, func(x text.Word) bool { return w.f.british[x.Hash] })
		w.searched = true
	}
	return w.british
}

// readAbroad takes back what speaks for a council anywhere, where the text
// points abroad and nothing in it is British: a council abroad has residents,
// a budget and a full name, too.
func (w *work) readAbroad(i int, m *mention) {
	s := &w.f.rules.Scores
	if m.abroad >= 0 || w.isBritish() {
		return
	}
	abroad := -m.abroad
	if m.best == official {
		abroad -= s.AbroadSpared
	}
	weight, ok := w.f.rules.Weights[m.class]
	if !ok {
		weight = 1
	}
	if back := weight * min(m.local-s.AbroadKept, s.AbroadTimes*abroad); back > 0 {
		w.add(i, -back, "councils abroad have that, too", "")
	}
}
