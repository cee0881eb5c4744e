package council

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vantage/collectors/text"
)

// span is a surface or block found, before overlaps are resolved.
type span struct {
	from, to int32
	surface  int32 // -1: a block
}

// cue is a phrase of an evidence group found.
type cue struct {
	from, to    int32
	group, slot int32
	nested      bool
}

// maxMentions bounds the work on one post: mentions are compared with each
// other and with every cue. The longest lists of councils have some 400.
const maxMentions = 500

// collect sorts what was found into mentions and cues. Of names that overlap
// the longest wins, so that a block swallows the names in it.
func (w *work) collect() {
	for _, m := range w.Names {
		role := &w.f.roles[m.Phrase]
		if role.surface >= 0 {
			w.spans = append(w.spans, span{m.From, m.To, int32(role.surface)})
		}
		if role.block {
			w.spans = append(w.spans, span{m.From, m.To, -1})
		}
		for _, s := range role.slots {
			w.cues = append(w.cues, cue{m.From, m.To, s.group, s.id, false})
		}
	}
	w.dropNested()
	w.dropOverlaps()
	for _, s := range w.spans {
		if s.surface >= 0 && len(w.mentions) < maxMentions && !w.inAddress(s) {
			w.mention(s)
		}
	}
}

// dropNested takes out cues that lie in a longer one of the same group:
// "council" in "council tax". Cues stand in the order of their first word.
func (w *work) dropNested() {
	kept := w.cues[:0]
	for i, c := range w.cues {
		nested := false
		for j := i - 1; j >= 0 && !nested && w.cues[j].to > c.from-8; j-- {
			nested = w.cues[j].holds(&c)
		}
		for j := i + 1; j < len(w.cues) && !nested && w.cues[j].from <= c.from; j++ {
			nested = w.cues[j].holds(&c)
		}
		w.cues[i].nested = nested
	}
	for _, c := range w.cues {
		if !c.nested {
			kept = append(kept, c)
		}
	}
	w.cues = kept
}

// holds reports whether c lies in k, which is longer and of the same group.
func (k *cue) holds(c *cue) bool {
	return k.group == c.group && k.from <= c.from && c.to <= k.to && k.to-k.from > c.to-c.from
}

// dropOverlaps keeps the longest of the names that overlap, in the order of
// the text.
func (w *work) dropOverlaps() {
	slices.SortFunc(w.spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(b.to-b.from, a.to-a.from), cmp.Compare(a.from, b.from), cmp.Compare(a.surface, b.surface))
	})
	w.taken = append(w.taken[:0], make([]bool, len(w.Words))...)
	kept := w.spans[:0]
	for _, s := range w.spans {
		if taken := w.taken[s.from:s.to]; !slices.Contains(taken, true) {
			kept = append(kept, s)
			for i := range taken {
				taken[i] = true
			}
		}
	}
	slices.SortFunc(kept, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	w.spans = kept
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
	k := &w.f.register.all[c]
	return (k.End.IsZero() || !w.now.After(k.End)) && (k.Start.IsZero() || !w.now.Before(k.Start)) && k.Status != Planned
}

// possessive reports whether the word ends in an 's.
func (w *work) possessive(word int32) bool {
	s := w.Text[w.Words[word].Start:w.Words[word].End]
	return strings.HasSuffix(s, "'s") || strings.HasSuffix(s, "’s") ||
		strings.HasPrefix(w.Text[w.Words[word].End:], "’") && strings.HasSuffix(s, "s")
}

// joined reports whether a and b stand in one list: only a comma, "and", "or",
// & or a slash between them.
func (w *work) joined(a, b mention) bool {
	if a.possessed {
		return false
	}
	gap := strings.TrimSpace(w.Text[w.Words[a.to-1].End:w.Words[b.from].Start])
	switch gap {
	case ",", "/", "&", "and", "or", ", and", ", or", "a", "ac", ", the", "and the", ", and the":
		return true
	}
	return false
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

// split numbers the sentences.
func (w *work) split() {
	n := int32(0)
	for i := range w.Words {
		if i > 0 && ends(w.Text[w.Words[i-1].End:w.Words[i].Start]) {
			n++
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
