package council

import (
	"strings"
	"unicode"

	"vantage/collectors/text"
)

// readShape reads what lies in the writing around a bare name: capitals, the
// place in the sentence, results of games, dollars.
func (w *work) readShape(i int, m *mention) {
	s := &w.f.rules.Scores
	for g, found := range w.signs {
		if found {
			g := &w.f.rules.Evidence[w.f.signs[g]]
			points := g.Points * w.danger(g, m)
			w.gain(i, m, g, points)
			w.because(int32(i), points, g.Reason, "")
		}
	}
	if m.best != bare {
		return
	}
	if w.tagged(m) {
		w.add(i, s.Hashtag, "as a hashtag", "")
		m.supported = true
		return
	}
	if !w.capital(m.from) || !w.capital(m.to-1) {
		w.add(i, w.lowerPoints(m), "written without a capital", "")
	}
	if word, ok := w.auxiliary(i); ok {
		w.add(i, s.Auxiliary, "acts: “%s”", word)
		m.local += s.Auxiliary
		m.supported = true
	} else if w.subject(i) || w.asked(m) {
		w.add(i, s.Subject, "acts", "")
		m.supported = true
	}
	if w.travelled(m) {
		w.add(i, s.Journey, "one end of a journey", "")
		m.place = m.place || !m.supported
	}
	if m.possessed {
		points := w.served(m)
		w.add(i, points, "public services belong to it", "")
		m.supported = m.supported || points > 0
	}
	if w.explained(m) {
		w.add(i, s.How, "how or why it acts", "")
		m.supported = true
	}
	if w.serves(m) {
		w.add(i, s.ServiceIn, "public services in it", "")
		m.supported = true
	}
	if w.headed(m) {
		w.add(i, s.Headline, "heads a headline", "")
		m.supported = true
	}
	if m.class == "word" {
		w.readWord(i, m)
	}
	if w.seated(m) {
		w.add(i, s.Party, "the seat of a councillor", "")
		m.supported, m.named = true, true
	}
	if w.alone(m) {
		w.add(i, s.Alone, "stands by itself", "")
		m.supported = true
	}
	if w.inTown(m) {
		w.add(i, s.InTown, "names where another place is", "")
		m.place = m.place || !m.supported
	}
	w.readNeighbours(i, m)
	w.readPerson(i, m)
	w.readPlace(i, m)
}

// readPlace reads what makes the name a place on an envelope, or a side in a
// game.
func (w *work) readPlace(i int, m *mention) {
	s := &w.f.rules.Scores
	if w.addressed(m) {
		w.add(i, s.Address, "in a postal address", "")
		m.place = true
	}
	if w.result(m) || w.scores(i) {
		w.add(i, s.Score, "beside a result of a game", "")
		m.place = true
	}
	if w.versus(m) {
		w.add(i, s.Versus, "against another side", "")
		m.place = true
	}
}

// readWord looks where a name stands that is also a word: "Reading" begins
// many a sentence, but has no capital inside one unless it is the town.
func (w *work) readWord(i int, m *mention) {
	s := &w.f.rules.Scores
	switch {
	case w.opens(m.from):
		if !m.possessed && !w.acts(i) {
			w.add(i, s.Opening, "also a word, and first in its sentence", "")
		}
	case w.capital(m.from) && (!w.capital(m.from-1) || w.covers[m.from-1]&inName != 0):
		w.add(i, s.Inside, "with a capital inside the sentence", "")
	}
}

// acts reports whether what follows the mention makes it one who acts.
func (w *work) acts(i int) bool {
	m := &w.mentions[i]
	for _, c := range w.nearBetween(m.to, m.to+1) {
		if w.group(&c).Subject && w.follows(m, &c, false) {
			return true
		}
	}
	_, ok := w.auxiliary(i)
	return ok
}

// served is what the words of public services that begin within three words
// behind a possessive are worth.
func (w *work) served(m *mention) (points float32) {
	const least = 0.6 // points: less has a weak word
	s := &w.f.rules.Scores
	for _, c := range w.ofSentences(w.sentences[m.from], w.sentences[m.from]) {
		if c.from < m.to || c.from >= m.to+3 {
			continue
		}
		switch p := w.group(&c).Points; {
		case p >= least:
			return s.Service
		case p > 0:
			points = s.ServiceWeak
		}
	}
	return points
}

// lowerPoints is what a name without its capital loses: little in a text that
// has no capitals, unless the name is also a word or a person's.
func (w *work) lowerPoints(m *mention) float32 {
	s := &w.f.rules.Scores
	if (m.class == "safe" || m.class == "place-minor") && !w.hasCapitals() {
		return s.LowerText
	}
	return s.Lower
}

// hasCapitals reports whether the text has a capital anywhere. It looks through
// the text once.
func (w *work) hasCapitals() bool {
	if !w.caseRead {
		w.capitals = strings.ContainsFunc(w.Text, unicode.IsUpper)
		w.caseRead = true
	}
	return w.capitals
}

// headed reports whether the name stands alone before a colon, first in its
// sentence.
func (w *work) headed(m *mention) bool {
	return w.opens(m.from) && strings.HasPrefix(w.Text[w.Words[m.to-1].End:], ": ")
}

// nameGap reports whether words a and b are parted by one space only.
func (w *work) nameGap(a, b int32) bool {
	return w.Text[w.Words[a].End:w.Words[b].Start] == " "
}

// opens reports whether the word is the first of its sentence.
func (w *work) opens(word int32) bool {
	return word == 0 || w.sentences[word] != w.sentences[word-1]
}

// tagged reports whether the mention is written as a hashtag.
func (w *work) tagged(m *mention) bool {
	start := w.Words[m.from].Start
	return start > 0 && w.Text[start-1] == '#'
}

// addressed reports whether a postcode stands within four words behind the
// mention.
func (w *work) addressed(m *mention) bool {
	for a := m.to; a < m.to+4 && int(a)+1 < len(w.Words); a++ {
		out, in := w.word(a), w.word(a+1)
		if len(in) == 3 && digit(in[0]) && upper(in[1]) && upper(in[2]) &&
			len(out) >= 2 && len(out) <= 4 && upper(out[0]) && (digit(out[1]) || len(out) > 2 && digit(out[2])) {
			return true
		}
	}
	return false
}

func (w *work) word(i int32) string { return w.Text[w.Words[i].Start:w.Words[i].End] }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

// result reports whether a result such as 36-26 stands within two words of
// the mention.
func (w *work) result(m *mention) bool {
	for a := m.from - 4; a < m.to+3; a++ {
		if a < 0 || int(a)+1 >= len(w.Words) || a+1 >= m.from && a < m.to {
			continue
		}
		gap := w.Text[w.Words[a].End:w.Words[a+1].Start]
		if (gap == "-" || gap == "–") && w.goals(a) && w.goals(a+1) && w.sentences[a] == w.sentences[m.from] {
			return true
		}
	}
	return false
}

// scores reports whether the mention is one of two sides with their goals:
// "Wigan 1, Derby 1".
func (w *work) scores(i int) bool {
	first, last := w.listEnds(i)
	goals := func(m *mention) bool {
		return int(m.to) < len(w.Words) && w.nameGap(m.to-1, m.to) && len(w.word(m.to)) == 1 && w.goals(m.to)
	}
	return last.number-first.number == 1 && goals(first) && goals(last)
}

// versus reports whether the mention is one side of "Hull v Blackpool".
func (w *work) versus(m *mention) bool {
	is := func(word int32) bool {
		return word >= 0 && int(word) < len(w.Words) && (w.Words[word].Hash == vHash || w.Words[word].Hash == vsHash)
	}
	return is(m.to) && adjoin(w, m.to-1, m.to) || is(m.from-1) && adjoin(w, m.from-1, m.from)
}

var vHash, vsHash = text.HashWord("v"), text.HashWord("vs")

// goals reports whether the word is a number of one or two digits.
func (w *work) goals(word int32) bool {
	s := w.word(word)
	return len(s) <= 2 && digit(s[0]) && digit(s[len(s)-1])
}

// numberedStreet reports whether the text names a street by number, as in
// "20th Street".
func (w *work) numberedStreet() bool {
	for i := 1; i < len(w.Words); i++ {
		if h := w.Words[i].Hash; h != streetHash && h != avenueHash {
			continue
		}
		if s := w.word(int32(i - 1)); digit(s[0]) && strings.HasSuffix(s, "th") {
			return true
		}
	}
	return false
}

var streetHash, avenueHash = text.HashWord("street"), text.HashWord("avenue")

// dollarSum reports whether s holds a sum such as $13 million or $2.3m.
func dollarSum(s string) bool {
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 || i+1 >= len(s) {
			return false
		}
		if c := s[i+1]; c >= '0' && c <= '9' {
			return true
		}
		s = s[i+1:]
	}
}
