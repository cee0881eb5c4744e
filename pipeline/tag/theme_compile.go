package tag

import (
	"maps"
	"math/bits"
	"slices"
	"strings"

	"vantage/collectors/text"
	"vantage/pipeline/theme"
)

// compileThemes takes the phrases of themes out of the rules and gives them,
// topics, tools and words their weights.
func (c *compiler) compileThemes(learned *theme.Weights) {
	m := &themer{terms: make([]span, len(c.rules))}
	c.themer, c.said = m, make([]said, len(c.list))
	numbers := map[string]int32{}
	var ids []string
	for i, r := range c.rules {
		if r.kind == Themes {
			numbers[r.ID] = int32(len(ids))
			ids, m.rules = append(ids, r.ID), append(m.rules, int32(i))
		}
	}
	if learned == nil {
		learned = theme.Unlearned(ids)
	}
	m.first = learned.First
	for _, id := range ids {
		bias, known := learned.Bias[id]
		if !known { // younger than the table: one sure phrase decides
			bias = 1 - theme.Sure + m.first
		}
		m.bias = append(m.bias, bias)
	}
	for p, phrase := range c.list {
		prior := c.takeStrengths(p, numbers)
		if len(prior) > 0 {
			c.said[p].weights = m.enter(prior, learned.Cues[sayCue(phrase)], numbers)
		}
	}
	for i, r := range c.rules {
		m.terms[i] = m.enter(c.termStrengths(i, numbers), learned.Cues[termCue(r.Rule)], numbers)
	}
	m.pound = m.enter(nil, learned.Cues[poundCue], numbers)
	for i, sign := range councilSigns {
		m.signs[i] = m.enter(nil, learned.Cues[sign.cue()], numbers)
	}
	m.enterWords(learned.Words, numbers, placeWords(c.councils))
}

// poundCue is the sign of money, which is no word.
const poundCue = "says " + pound

// The names of cues in a table of weights.
func sayCue(p text.Phrase) string {
	if p.Case {
		return "says " + p.Text
	}
	return "says " + foldPhrase(p.Text)
}

func termCue(r *Rule) string { return r.kind + " " + r.ID }

// foldPhrase writes the folded words of s with a space between.
func foldPhrase(s string) string {
	var b []byte
	for i, w := range text.Words(nil, s) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = text.FoldWord(b, s, w)
	}
	return string(b)
}

// strength is what a role says for a theme.
func strength(r role) float32 {
	switch r {
	case likely:
		return theme.Likely
	case hint:
		return theme.Hint
	case unless:
		return theme.Against
	}
	return theme.Sure
}

// takeStrengths returns what a phrase is worth by hand for each theme, and
// takes the themes out of the rules that it serves.
func (c *compiler) takeStrengths(phrase int, numbers map[string]int32) map[int32]float32 {
	prior := map[int32]float32{}
	c.serves[phrase] = slices.DeleteFunc(c.serves[phrase], func(u use) bool {
		r := c.rules[u.rule]
		if r.kind != Themes {
			return false
		}
		if n := numbers[r.ID]; strength(u.role) < 0 || prior[n] < strength(u.role) {
			prior[n] = strength(u.role)
		}
		return true
	})
	return prior
}

// termStrengths returns what a topic or tool is worth by hand: it is sure for
// the theme that it belongs to.
func (c *compiler) termStrengths(rule int, numbers map[string]int32) map[int32]float32 {
	prior := map[int32]float32{}
	for _, above := range c.above[rule] {
		prior[numbers[c.rules[above].ID]] = theme.Sure
	}
	return prior
}

// enter adds the sum of both as weights, in the order of the themes.
func (m *themer) enter(prior map[int32]float32, learned map[string]float32, numbers map[string]int32) span {
	sum := maps.Clone(prior)
	if sum == nil {
		sum = map[int32]float32{}
	}
	for id, w := range learned {
		if n, ok := numbers[id]; ok {
			sum[n] += w
		}
	}
	s := span{from: int32(len(m.weights))}
	for _, n := range slices.Sorted(maps.Keys(sum)) {
		m.weights = append(m.weights, weight{n, sum[n]})
	}
	s.to = int32(len(m.weights))
	return s
}

// enterWords lays out the words in all their forms, but for those that are
// names of places: "Reading" is none of "reads". The table is at most three
// quarters full. What is placed first is found at the first look, so the usual
// forms of all words come before the odd ones: three of four words of a text
// are found so, and two of four where the order is by chance.
func (m *themer) enterWords(words theme.Table, numbers map[string]int32, places map[string]bool) {
	stems := make(map[uint64]int32, 16*len(words)) // by hash of the form
	var forms [][]uint64                           // hashes, by place among the forms of a word
	for _, stem := range slices.Sorted(maps.Keys(words)) {
		if len(m.stems) == mostStems {
			break // the heaviest table that was learned has a fifteenth of that
		}
		for n, form := range theme.Forms(stem) {
			if n == len(forms) {
				forms = append(forms, nil)
			}
			if places[form] {
				continue
			}
			hash := text.HashWord(form)
			if _, ok := stems[hash]; !ok {
				forms[n] = append(forms[n], hash)
			}
			stems[hash] = int32(len(m.stems))
		}
		m.stems = append(m.stems, m.enter(nil, words[stem], numbers))
	}
	m.words = make([]slot, 1<<bits.Len(uint(len(stems)+len(stems)/3)))
	for _, hash := range slices.Concat(forms...) {
		i := hash & uint64(len(m.words)-1)
		for m.words[i] != 0 {
			i = (i + 1) & uint64(len(m.words)-1)
		}
		m.words[i] = slotOf(hash, stems[hash])
	}
}

// Sample returns what the themes of a post are learned from. Places are words
// that say nothing of a theme, however often they stand beside one.
func (t *Tagger) Sample(in Input, places map[string]bool) theme.Sample {
	all := join(in.Title, in.Text)
	var s theme.Sample
	words := text.Words(nil, all)
	for _, c := range t.cuesOf(all, words) {
		s.Cues = append(s.Cues, sayCue(t.list[c.Phrase]))
	}
	if strings.Contains(all, pound) {
		s.Cues = append(s.Cues, poundCue)
	}
	found := t.Tag(in)
	for _, h := range found.Topics {
		s.Cues = append(s.Cues, Topics+" "+h.ID)
	}
	for _, h := range found.Tools {
		s.Cues = append(s.Cues, Tools+" "+h.ID)
	}
	for _, sign := range councilSigns {
		if sign.holds(t.councils, found.Councils) {
			s.Cues = append(s.Cues, sign.cue())
		}
	}
	words = words[:min(len(words), theme.Words)]
	s.Length = len(words)
	for _, w := range words {
		folded := string(text.FoldWord(nil, all, w))
		// A word of accents alone folds to nothing.
		if folded != "" && !places[folded] && !strings.ContainsAny(folded[:1], "0123456789") {
			s.Words = append(s.Words, string(theme.AppendStem(nil, all, w)))
		}
	}
	return s
}

// cuesOf returns the phrases of themes in a post that count.
func (t *Tagger) cuesOf(all string, words []text.Word) []text.Match {
	var cues, counted []text.Match
	for _, m := range t.phrases.Find(nil, all, words, theme.Words) {
		if t.isCue(m) {
			cues = append(cues, m)
		}
	}
	for i := range cues {
		if !inside(cues, i) && !repeated(cues, i) {
			counted = append(counted, cues[i])
		}
	}
	return counted
}

// isCue reports whether a match is a phrase of a theme in the part of the post
// that is read for it.
func (t *Tagger) isCue(m text.Match) bool {
	return int(m.Phrase) < t.own && m.To <= theme.Words && t.said[m.Phrase].weights != span{}
}

// Priors returns the strength by hand of a cue for a theme.
func (t *Tagger) Priors() func(themeID, cue string) float64 {
	strengths := map[[2]string]float64{}
	note := func(cue string, list []weight) {
		for _, w := range list {
			strengths[[2]string{t.rules[t.themer.rules[w.theme]].ID, cue}] = float64(w.by)
		}
	}
	for p, s := range t.said {
		note(sayCue(t.list[p]), t.themer.weights[s.weights.from:s.weights.to])
	}
	for i, s := range t.themer.terms {
		note(termCue(t.rules[i].Rule), t.themer.weights[s.from:s.to])
	}
	return func(themeID, cue string) float64 { return strengths[[2]string{themeID, cue}] }
}
