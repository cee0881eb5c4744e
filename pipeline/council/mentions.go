package council

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vantage/collectors/text"
)

// maxMentions bounds the work on one post: mentions are compared with each
// other and with every cue. The longest lists of councils have some 400.
const maxMentions = 500

// collect sorts what was found into mentions and, where there are any, cues.
// Of names that overlap the longest wins, so that a block swallows the names
// in it.
func (w *work) collect() {
	named := false
	for _, m := range w.Names {
		if !w.f.names[m.Phrase] {
			continue
		}
		role := &w.f.roles[m.Phrase]
		if at := role.surface; at >= 0 {
			w.spans, named = append(w.spans, span{m.From, m.To, int32(at)}), true
		}
		if role.block {
			w.spans = append(w.spans, span{m.From, m.To, -1})
		}
		for _, t := range role.tails {
			if from := w.head(t.head, m.From); from >= 0 {
				w.spans, named = append(w.spans, span{from, m.To, int32(t.surface)}), true
			}
		}
	}
	if !named {
		return
	}
	w.dropOverlaps()
	for _, s := range w.spans {
		if s.surface >= 0 && len(w.mentions) < maxMentions && !w.inAddress(s) {
			w.mention(s)
		}
	}
	if len(w.mentions) > 0 {
		w.collectCues()
	}
}

// collectCues enters the evidence, and marks the words that it covers. A word
// of a name makes no place of others: the castle of Castle Point.
func (w *work) collectCues() {
	for _, m := range w.Names {
		for _, s := range w.f.roles[m.Phrase].slots {
			g := &w.f.rules.Evidence[s.group]
			if g.Place && w.covers[m.From]&inName != 0 && w.covers[m.To-1]&inName != 0 {
				continue
			}
			w.enter(cue{m.From, m.To, s.group, s.id, false}, g)
		}
	}
	for _, m := range w.Names {
		if len(w.f.roles[m.Phrase].slots) > 0 {
			w.cover(m.From, m.To, inEvidence)
		}
	}
}

// head returns the word where the words of a head begin that end, with a
// comma, before word to; -1 when they do not stand there.
func (w *work) head(words []uint64, to int32) int32 {
	from := to - int32(len(words))
	if from < 0 || w.Text[w.Words[to-1].End:w.Words[to].Start] != ", " {
		return -1
	}
	for i, h := range words {
		if w.Words[from+int32(i)].Hash != h {
			return -1
		}
	}
	return from
}

// inAddress reports whether the name is part of a handle, a host or a link.
func (w *work) inAddress(s span) bool {
	start, end := w.Words[s.from].Start, w.Words[s.to-1].End
	if start > 0 {
		switch c := w.Text[start-1]; c {
		case '@', '_', '.':
			return true
		case '/', '-', '=', '?', '&', '%':
			head := w.Text[max(0, start-200):start]
			head = head[strings.LastIndexAny(head, " \n\t")+1:]
			if strings.Contains(head, "://") || strings.HasPrefix(head, "www.") {
				return true
			}
		}
	}
	if end+1 < len(w.Text) {
		next := w.Text[end+1]
		return w.Text[end] == '_' || w.Text[end] == '@' || w.Text[end] == '.' && (next >= 'a' && next <= 'z')
	}
	return false
}

// mention enters a name with the owners who lived at the time of the post.
func (w *work) mention(s span) {
	m := mention{from: s.from, to: s.to, surface: s.surface, number: int32(len(w.mentions)), list: int32(len(w.mentions))}
	m.owners = w.living(w.f.surfaces[s.surface].owners)
	m.best, m.class = m.owners[0].kind, m.owners[0].class
	m.possessed = w.possessive(s.to - 1)
	if n := len(w.mentions); n > 0 && w.joined(w.mentions[n-1], m) && !w.within(w.mentions[n-1], m) {
		m.list = w.mentions[n-1].list
	}
	m.lastOfList = m.number
	if m.list != m.number {
		w.mentions[m.list].lastOfList = m.number
	}
	w.mentions = append(w.mentions, m)
}

// living returns the owners that existed at the time of the post, or all when
// none did. Of predecessor and successor with one name the date decides. A
// name that is official for one owner counts only for that one.
func (w *work) living(owners []owner) []owner {
	if len(owners) == 1 {
		return owners
	}
	from := len(w.owners)
	for _, o := range owners {
		if w.alive(o.council) && !slices.ContainsFunc(owners, func(p owner) bool { return p.kind < o.kind }) {
			w.owners = append(w.owners, o)
		}
	}
	if len(w.owners) == from {
		return owners
	}
	return w.owners[from:len(w.owners):len(w.owners)]
}

// alive reports whether the council existed at the time of the post. A planned
// one is alive only once it is known when it begins.
func (w *work) alive(c int) bool {
	return w.f.register.all[c].On(w.now)
}

// possessive reports whether the word ends in an 's.
func (w *work) possessive(word int32) bool {
	s := w.Text[w.Words[word].Start:w.Words[word].End]
	return strings.HasSuffix(s, "'s") || strings.HasSuffix(s, "’s") ||
		strings.HasSuffix(s, "s") && (strings.HasPrefix(w.Text[w.Words[word].End:], "’ ") || strings.HasPrefix(w.Text[w.Words[word].End:], "' "))
}

// joined reports whether a and b stand in one list: only a comma, "and", "or",
// & or a slash between them, or a figure and a comma ("Lambeth 5, Lewisham 1",
// "Manchester got £60m, Liverpool £44m").
func (w *work) joined(a, b mention) bool {
	if a.possessed {
		return false
	}
	const most = 3 // words between
	from := a.to
	if n := b.from - a.to; n > 0 && n <= most && (w.figure(b.from-1) || n == 1 && slices.Contains(answers, w.Words[a.to].Hash)) {
		from = b.from
	}
	gap := strings.TrimLeft(strings.TrimSpace(w.Text[w.Words[from-1].End:w.Words[b.from].Start]), "%m)")
	switch gap {
	case ",", "/", "&", "+", "↔", "→", "and", "or", ", and", ", or", "a", "ac", ", the", "and the", ", and the":
		return true
	case ";":
		return from > a.to
	}
	return w.aside(w.Text[w.Words[a.to-1].End:w.Words[b.from].Start])
}

// answers stand behind the names of a list: "Suffolk yes, Norfolk no".
var answers = hashes("yes", "no", "maybe", "not", "in", "out", "up", "down", "first", "second", "third", "too")

// aside reports whether the gap is a short bracket and a comma, as in "Rugby
// (no majority), Redditch".
func (w *work) aside(gap string) bool {
	const longest = 30 // bytes
	at := strings.IndexByte(gap, ')')
	if len(gap) > longest || at < 0 || !strings.HasPrefix(gap, " (") {
		return false
	}
	rest := strings.TrimSpace(gap[at+1:])
	return rest == "," || rest == "and" || rest == ", and" || rest == "&"
}

// figure reports whether the word is a number, perhaps with a unit: 3, 1.2m.
func (w *work) figure(word int32) bool {
	s := strings.TrimRight(w.word(word), "mbnkth")
	return s != "" && len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

// within reports whether b is the county of a, so that "Guildford, Surrey" is
// one place and no list.
func (w *work) within(a, b mention) bool {
	for _, o := range a.owners {
		county := w.f.register.all[o.council].County
		if county != "" && slices.ContainsFunc(b.owners, func(p owner) bool { return w.f.register.all[p.council].ID == county }) {
			return true
		}
	}
	return false
}

// capital reports whether the word begins with a capital letter.
func (w *work) capital(word int32) bool {
	r, _ := utf8.DecodeRuneInString(w.Text[w.Words[word].Start:])
	return unicode.IsUpper(r)
}

// shouting reports whether all letters of the word are capitals.
func (w *work) shouting(word int32) bool {
	s := w.Text[w.Words[word].Start:w.Words[word].End]
	return len(s) > 1 && strings.ToUpper(s) == s
}

// longestSentence is how many words count as one sentence, so that the work on
// a text without full stops is bounded: four times an ordinary one.
const longestSentence = 80

// split numbers the sentences.
func (w *work) split() {
	n, from := int32(0), 0
	for i := range w.Words {
		if i > 0 && (i-from >= longestSentence || ends(w.Text[w.Words[i-1].End:w.Words[i].Start])) {
			n++
			from = i
		}
		w.sentences = append(w.sentences, n)
	}
}

// ends reports whether what lies between two words ends a sentence.
func ends(gap string) bool {
	if gap == " " || gap == "" {
		return false
	}
	i := strings.IndexAny(gap, ".!?…\n")
	return i >= 0 && (gap[i] == '\n' || i+1 < len(gap))
}

func adjoin(w *work, a, b int32) bool {
	return text.Adjoin(w.Text, w.Words[a], w.Words[b])
}
