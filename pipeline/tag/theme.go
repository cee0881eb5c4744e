package tag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vantage/collectors/text"
	"vantage/pipeline/theme"
)

// themer decides what a post is about: it adds up what the phrases, topics,
// tools and words of a post weigh for each theme (see package theme).
type themer struct {
	first   float32   // the best theme must score more than this
	bias    []float32 // by theme
	rules   []int32   // by theme: its rule
	terms   []span    // by rule: topics and tools
	words   []slot    // open addressing by hash of the word, in all its forms; 0: free
	stems   []span    // by stem
	pound   span      // of the sign of money
	signs   [len(councilSigns)]span
	weights []weight
}

// span is a part of themer.weights.
type span struct{ from, to int32 }

// weight is what a feature says for a theme, in log-odds.
type weight struct {
	theme int32
	by    float32
}

// slot is one form of a word with weights: the upper 48 bits of its hash, and
// the number of its stem plus one. Small slots are found in nearer caches.
type slot uint64

// mostStems is how many stems slots can number.
const mostStems = 1<<16 - 1

func slotOf(hash uint64, stem int32) slot { return slot(hash&^mostStems | uint64(stem+1)) }

func (s slot) holds(hash uint64) bool { return (uint64(s)^hash)&^mostStems == 0 }

func (s slot) stem() int32 { return int32(s&mostStems) - 1 }

// weighing is what one call of Tag needs for its themes.
type weighing struct {
	scores []float32
	ranked []int32      // themes by score
	cues   []text.Match // phrases with weights
	sure   []bool       // by theme: a sure phrase spoke for it
	found  [theme.Words]slot
	seen   []uint32 // by stem: the post that held it last
	said   []uint32 // by phrase of the vocabulary: the post that said it last
	post   uint32
	why    []contribution
}

// contribution is one reason for or against a theme.
type contribution struct {
	theme int32
	by    float32
	what  string
}

func (m *themer) weighing(phrases int) weighing {
	n := len(m.rules)
	return weighing{scores: make([]float32, n), ranked: make([]int32, 0, n), sure: make([]bool, n),
		seen: make([]uint32, len(m.stems)), said: make([]uint32, phrases)}
}

// themesOf appends the themes of a post whose topics and tools are found, in
// the order of the vocabulary.
func (t *Tagger) themesOf(s *scratch, r *Result, all string, quiet bool) {
	m, re := t.themer, &s.themes
	copy(re.scores, m.bias)
	clear(re.sure)
	re.why = re.why[:0]
	re.post++
	t.weighPhrases(s, all, quiet)
	for _, i := range s.touched {
		if t.rules[i].kind != Themes && t.holds(i, s.seen[i]) {
			re.add(m.weights[m.terms[i].from:m.terms[i].to], 1, quiet, t.rules[i].kind+" “", t.rules[i].Name, "”")
		}
	}
	for i, sign := range councilSigns {
		if sp := m.signs[i]; sp.from < sp.to && sign.holds(t.councils, r.Councils) {
			re.add(m.weights[sp.from:sp.to], 1, quiet, "names ", sign.name, "")
		}
	}
	t.weighTags(s, quiet)
	t.weighWords(s, all, quiet)
	for _, n := range m.rank(re) {
		r.Themes = append(r.Themes, Hit{ID: t.rules[m.rules[n]].ID, Reasons: re.reasons(n, quiet)})
	}
}

// weighPhrases adds the phrases in the beginning of the post. One inside a
// longer one does not count: a data breach is not about data.
func (t *Tagger) weighPhrases(s *scratch, all string, quiet bool) {
	m, re := t.themer, &s.themes
	for i, c := range re.cues {
		repeated := re.said[c.Phrase] == re.post
		re.said[c.Phrase] = re.post
		if repeated || inside(re.cues, i) {
			continue
		}
		said := all[s.words[c.From].Start:s.words[c.To-1].End]
		sp := t.said[c.Phrase].weights
		spoken := m.weights[sp.from:sp.to]
		re.add(spoken, 1, quiet, "says “", said, "”")
		for _, w := range spoken {
			re.sure[w.theme] = re.sure[w.theme] || w.by >= theme.Likely
		}
	}
	re.cues = re.cues[:0]
	if spoken := m.weights[m.pound.from:m.pound.to]; len(spoken) > 0 && strings.Contains(all, pound) {
		re.add(spoken, 1, quiet, "says “", pound, "”")
	}
}

const pound = "£"

// inside reports whether match i lies in a longer one. Matches come in the
// order of From.
func inside(cues []text.Match, i int) bool {
	c := cues[i]
	for j := i - 1; j >= 0 && cues[j].From > c.From-longestCue; j-- {
		if cues[j].To >= c.To && cues[j].To-cues[j].From > c.To-c.From {
			return true
		}
	}
	for j := i + 1; j < len(cues) && cues[j].From == c.From; j++ {
		if cues[j].To > c.To {
			return true
		}
	}
	return false
}

// longestCue bounds how many words a phrase of a theme has.
const longestCue = 8

func repeated(cues []text.Match, i int) bool {
	return slices.ContainsFunc(cues[:i], func(c text.Match) bool { return c.Phrase == cues[i].Phrase })
}

// weighTags adds what hashtags beside the text and links say for themes that no
// phrase spoke for.
func (t *Tagger) weighTags(s *scratch, quiet bool) {
	for n, i := range t.themer.rules {
		if s.seen[i]&(sure|says) == 0 || s.themes.sure[n] {
			continue
		}
		s.themes.scores[n] += theme.Sure
		if quiet {
			continue
		}
		for _, e := range s.why {
			if e.rule == i {
				s.themes.why = append(s.themes.why, contribution{int32(n), theme.Sure, e.text})
			}
		}
	}
}

// weighWords adds the words in the beginning of the post, each once.
func (t *Tagger) weighWords(s *scratch, all string, quiet bool) {
	m, re := t.themer, &s.themes
	words := s.words[:min(len(s.words), theme.Words)]
	scale := float32(theme.Scale(len(words)))
	m.look(re.found[:len(words)], words)
	for i, w := range words {
		stem := m.stem(w.Hash, re.found[i])
		if stem < 0 || re.seen[stem] == re.post {
			continue
		}
		re.seen[stem] = re.post
		re.add(m.weights[m.stems[stem].from:m.stems[stem].to], scale, quiet, "word “", all[w.Start:w.End], "”")
	}
}

// look reads the first slot of each word. None depends on another, so that the
// processor waits for far memory once and not for every word.
func (m *themer) look(found []slot, words []text.Word) {
	mask := uint64(len(m.words) - 1)
	for i := range found {
		found[i] = m.words[words[i].Hash&mask]
	}
}

// stem returns the number of a word's stem, -1 where it has no weight; found is
// its first slot.
func (m *themer) stem(hash uint64, found slot) int32 {
	mask := uint64(len(m.words) - 1)
	for i := hash + 1; ; i++ {
		switch {
		case found == 0:
			return -1
		case found.holds(hash):
			return found.stem()
		}
		found = m.words[i&mask]
	}
}

// add counts the weights of a feature.
func (re *weighing) add(list []weight, scale float32, quiet bool, before, what, after string) {
	for _, w := range list {
		re.scores[w.theme] += w.by * scale
	}
	if quiet || len(list) == 0 {
		return
	}
	reason := before + what + after
	for _, w := range list {
		re.why = append(re.why, contribution{w.theme, w.by * scale, reason})
	}
}

// rank returns the numbers of the themes that are taken, in the order of the
// vocabulary.
func (m *themer) rank(re *weighing) []int32 {
	re.ranked = re.ranked[:0]
	for n, score := range re.scores {
		if score > min(0, m.first) {
			re.ranked = append(re.ranked, int32(n))
		}
	}
	slices.SortFunc(re.ranked, func(a, b int32) int { return cmp.Compare(re.scores[b], re.scores[a]) })
	n := 0
	for n < len(re.ranked) && n < theme.Most && (n == 0 && re.scores[re.ranked[0]] > m.first || n > 0 && re.scores[re.ranked[n]] > 0) {
		n++
	}
	re.ranked = re.ranked[:n]
	slices.Sort(re.ranked)
	return re.ranked
}

// mostReasons is how many reasons are given for a theme.
const mostReasons = 5

// reasons lists what spoke most for the theme, with its weight.
func (re *weighing) reasons(n int32, quiet bool) []string {
	if quiet {
		return nil
	}
	var own []contribution
	for _, c := range re.why {
		if c.theme == n && c.by >= 0.05 {
			own = append(own, c)
		}
	}
	slices.SortStableFunc(own, func(a, b contribution) int { return cmp.Compare(b.by, a.by) })
	var list []string
	for _, c := range own[:min(len(own), mostReasons)] {
		list = append(list, fmt.Sprintf("%s (%+.1f)", c.what, c.by))
	}
	return list
}
