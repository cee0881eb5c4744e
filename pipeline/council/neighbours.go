package council

import (
	"slices"
	"strings"

	"vantage/collectors/text"
)

// readNeighbours looks for a capitalised word directly behind a name, or
// before a name of one word: it is then likely to be part of a longer name.
func (w *work) readNeighbours(i int, m *mention) {
	s := &w.f.rules.Scores
	oneWord := w.f.surfaces[m.surface].oneWord
	if next := m.to; !m.possessed && int(next) < len(w.Words) && w.nameGap(m.to-1, next) && w.part(next) && !w.titled(m) {
		points := s.Capital
		if !oneWord {
			points /= 2
		}
		w.add(i, points, "part of a longer name: “%s”", w.Text[w.Words[m.from].Start:w.Words[next].End])
	}
	if last := m.from - 1; oneWord && last >= 0 && w.nameGap(last, m.from) && w.part(last) && !w.opener(last) && !w.titled(m) {
		w.add(i, s.Prefixed, "part of a longer name: “%s”", w.Text[w.Words[last].Start:w.Words[m.to-1].End])
	}
}

// part reports whether the word may belong to a longer name: it has a capital
// and is neither known nor all in capitals.
func (w *work) part(word int32) bool {
	return w.capital(word) && w.covers[word] == 0 && !w.shouting(word) && !w.f.openers[w.Words[word].Hash]
}

// opener reports whether the word owes its capital to the sentence that it
// opens: it ends like a participle ("Following Leeds"), or the rules list it
// among the openers, which makes it known.
func (w *work) opener(word int32) bool {
	return w.opens(word) && strings.HasSuffix(w.word(word), "ing")
}

// titled reports whether the sentence of the mention is written in Title Case,
// where a capital says nothing: three quarters of its long words have one, not
// counting the words with capitals that the mention stands among, which may be
// one name.
func (w *work) titled(m *mention) bool {
	const long, fewest = 4, 4
	from, to := m.from, m.to
	for !w.opens(from) && w.nameGap(from-1, from) && w.capital(from-1) {
		from--
	}
	for int(to) < len(w.Words) && !w.opens(to) && w.nameGap(to-1, to) && w.capital(to) {
		to++
	}
	n, capitals := 0, 0
	for i := from - 1; i >= 0 && w.sentences[i] == w.sentences[m.from]; i-- {
		n, capitals = w.countCase(i, long, n, capitals)
	}
	for i := to; int(i) < len(w.Words) && w.sentences[i] == w.sentences[m.from]; i++ {
		n, capitals = w.countCase(i, long, n, capitals)
	}
	return n+int(to-from) >= fewest && 4*capitals >= 3*n
}

func (w *work) countCase(word int32, long, n, capitals int) (int, int) {
	if len(w.word(word)) < long {
		return n, capitals
	}
	if w.capital(word) {
		capitals++
	}
	return n + 1, capitals
}

// readPerson looks for what makes the name a surname: initials before it, or a
// first name at the head of the sentence, and an age or a trade behind it.
func (w *work) readPerson(i int, m *mention) {
	s := &w.f.rules.Scores
	last := m.from - 1
	switch {
	case !w.f.surfaces[m.surface].oneWord || m.named:
	case i > 0 && w.mentions[i-1].to == m.from && w.nameGap(last, m.from) && w.mentions[i-1].points < s.Person/2:
		w.add(i, s.Person, "a first name before it makes it a person", "")
	case last >= 0 && w.initial(last):
		w.add(i, s.Person, "initials before it make it a person", "")
	case w.barrelled(m):
		w.add(i, s.Person, "one half of a double name", "")
	case w.told(m):
		w.add(i, s.Pronoun, "a person acts in its sentence", "")
	case w.aged(m):
		w.add(i, s.Person, "an age behind it makes it a person", "")
	}
}

// initial reports whether the word is an initial before a surname: "J. Sutton",
// "T J Sutton", but not "A Bolton school".
func (w *work) initial(word int32) bool {
	s := w.word(word)
	if len(s) != 1 || !upper(s[0]) {
		return false
	}
	gap := w.Text[w.Words[word].End:w.Words[word+1].Start]
	if gap == " " {
		return s != "A" && s != "I" && w.part1(word-1)
	}
	return gap == ". "
}

// part1 reports whether the word is an initial or a name before one.
func (w *work) part1(word int32) bool {
	return word >= 0 && w.nameGap(word, word+1) && w.capital(word) && w.covers[word] == 0
}

// barrelled reports whether a hyphen joins the mention to a name that is no
// council's: "Powys-Jones".
func (w *work) barrelled(m *mention) bool {
	half := func(word int32, gap string) bool { return gap == "-" && w.capital(word) && w.covers[word] == 0 }
	return int(m.to) < len(w.Words) && half(m.to, w.Text[w.Words[m.to-1].End:w.Words[m.to].Start]) ||
		m.from > 0 && half(m.from-1, w.Text[w.Words[m.from-1].End:w.Words[m.from].Start])
}

// aged reports whether an age stands behind the mention: "Hart, 43," or "Harlow
// was 34 and".
func (w *work) aged(m *mention) bool {
	if next := m.to; int(next)+2 < len(w.Words) && w.Words[next].Hash == wasHash && w.goals(next+1) && len(w.word(next+1)) == 2 && w.Words[next+2].Hash == andHash {
		return true
	}
	if int(m.to) >= len(w.Words) || w.Text[w.Words[m.to-1].End:w.Words[m.to].Start] != ", " {
		return false
	}
	age := w.word(m.to)
	rest := w.Text[w.Words[m.to].End:]
	return len(age) == 2 && digit(age[0]) && digit(age[1]) && rest != "" && strings.IndexByte(",.;) ", rest[0]) >= 0 && !strings.HasPrefix(rest, " ")
}

var locatives = hashes("in", "into", "to", "from", "near", "around", "through", "via", "outside", "across", "between", "inside", "leaving", "towards", "then", "yn", "yng", "ym")

// located reports whether a word of place or direction stands before the
// mention or its list.
func (w *work) located(m *mention) bool {
	return m.from > 0 && adjoin(w, m.from-1, m.from) && slices.Contains(locatives, w.Words[m.from-1].Hash)
}

var (
	toHash      = text.HashWord("to")
	betweenHash = text.HashWord("between")
	andHash     = text.HashWord("and")
	forHash     = text.HashWord("for")
	wasHash     = text.HashWord("was")
)

// travelled reports whether the mention is one end of "from Leeds to Hebden
// Bridge", "Crewe to Manchester" or "between Newbury and Swindon".
func (w *work) travelled(m *mention) bool {
	if m.possessed {
		return false
	}
	if to := m.to; int(to)+1 < len(w.Words) && w.nameGap(to-1, to) && w.nameGap(to, to+1) && w.capital(to+1) {
		if h := w.Words[to].Hash; h == toHash || h == andHash && m.from > 0 && w.Words[m.from-1].Hash == betweenHash {
			return true
		}
	}
	if m.from < 2 || !w.nameGap(m.from-1, m.from) || !w.nameGap(m.from-2, m.from-1) || !w.capital(m.from-2) {
		return false
	}
	h := w.Words[m.from-1].Hash
	return h == toHash && !w.opens(m.from-2) || h == andHash && m.from >= 3 && w.Words[m.from-3].Hash == betweenHash
}

// seated reports whether a party and a comma stand before the mention, as behind
// the name of a councillor.
func (w *work) seated(m *mention) bool {
	last := m.from - 1
	return last >= 0 && w.Text[w.Words[last].End:w.Words[m.from].Start] == ", " && w.f.parties[w.Words[last].Hash] &&
		strings.HasPrefix(w.Text[w.Words[m.to-1].End:], ")")
}

// alone reports whether the mention stands between bullets, bars or lines.
func (w *work) alone(m *mention) bool {
	before, behind := w.Text[:w.Words[m.from].Start], w.Text[w.Words[m.to-1].End:]
	before, behind = strings.TrimRight(before, " "), strings.TrimLeft(behind, " ")
	return hasAny(before, strings.HasSuffix) && hasAny(behind, strings.HasPrefix)
}

func hasAny(s string, has func(s, mark string) bool) bool {
	for _, mark := range []string{"\n", "|", "•", "·", "—", "/"} {
		if has(s, mark) {
			return true
		}
	}
	return false
}

// inTown reports whether a place that is no council stands before the mention
// and a comma: "Ringwood, Hampshire", "Wellesley Road, Croydon"; or before it in
// a list of places: "in Hucknall, Kirkby and Sutton".
func (w *work) inTown(m *mention) bool {
	last := m.from - 1
	if last < 1 || w.seated(m) {
		return false
	}
	if w.Text[w.Words[last].End:w.Words[m.from].Start] == ", " {
		return w.town(last) && !w.opens(last)
	}
	if w.Words[last].Hash != andHash || !w.town(last-1) {
		return false
	}
	for i := last - 1; i > 0 && i > last-8 && w.capital(i); i-- {
		if w.nameGap(i-1, i) && slices.Contains(locatives, w.Words[i-1].Hash) {
			return true
		}
	}
	return false
}

func (w *work) town(word int32) bool {
	return w.capital(word) && w.covers[word]&inName == 0 && !w.f.openers[w.Words[word].Hash]
}

func hashes(words ...string) (list []uint64) {
	for _, s := range words {
		list = append(list, text.HashWord(s))
	}
	return list
}

// notVerbs end like verbs of the third person and are none.
var notVerbs = hashes("is", "was", "as", "its", "this", "his", "has", "does", "across", "towards", "always", "buses", "trains", "fans", "roads", "streets", "hotels", "pubs", "shops", "restaurants", "houses", "players", "races", "lads", "trams", "students", "based", "red", "speed", "united")
