package tag

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// compiler gathers phrases, each one once, with the rules that they serve.
type compiler struct {
	*Tagger
	index  map[text.Phrase]int
	serves [][]use // by phrase
}

// manner names how the code reads rules. Raise it when the same rules are read
// differently, so that a retag takes up what was tagged before.
const manner = "4 "

// Compile makes a tagger. It refuses a vocabulary in which Check finds
// problems other than failing examples.
func Compile(v *Vocabulary, r *council.Register) (*Tagger, error) {
	if problems := v.checkForm(); len(problems) > 0 {
		return nil, fmt.Errorf("vocabulary: %w", problems[0])
	}
	around, err := compileSector()
	if err != nil {
		return nil, fmt.Errorf("sector.yaml: %w", err)
	}
	facets, err := compileFacets()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(manner + v.hash() + " " + r.Version() + " " + facets.hash))
	c := compiler{index: map[text.Phrase]int{}, Tagger: &Tagger{
		version: "v-" + hex.EncodeToString(sum[:6]),
		tags:    map[uint64][]tagUse{}, themes: map[string]int{}, tools: map[string]int32{},
		finder: r.Finder(), councils: r, sector: around, facets: facets,
	}}
	for _, rules := range [][]Rule{v.themes, v.topics, v.tools} {
		for i := range rules {
			c.add(&rules[i])
		}
	}
	c.link()
	c.own = len(c.list)
	c.compileThemes(v.weights)
	names := c.finder.Phrases()
	c.cues = c.own + len(names)
	c.layUses()
	c.phrases = text.NewPhrases(slices.Concat(c.list, names, facets.cues))
	n := len(c.rules)
	c.pool.New = func() any {
		return &scratch{seen: make([]role, n), held: make([]holding, len(facets.list)), themes: c.themer.weighing(len(c.list))}
	}
	return c.Tagger, nil
}

func (c *compiler) add(r *Rule) {
	i := int32(len(c.rules))
	c.rules = append(c.rules, &rule{Rule: r, needsWith: len(r.With) > 0})
	switch r.kind {
	case Themes:
		c.themes[r.ID] = int(i)
	case Tools:
		c.tools[r.ID] = i
	}
	c.serve(r.Any, false, use{i, says})
	c.serveNames(r, use{i, says})
	c.serve(r.Case, true, use{i, cased})
	c.serve(r.With, false, use{i, with})
	c.serve(r.Not, false, use{i, unless})
	c.serve(r.Likely, false, use{i, likely})
	c.serve(r.Hint, false, use{i, hint})
	for _, tag := range r.Tags {
		c.tag(tag, tagUse{use: use{i, sure}})
	}
	for _, s := range r.Any { // #MachineLearning is the phrase in one word
		c.tag(s, tagUse{use{i, says}, len(text.Words(nil, s)) == 1})
	}
	for _, site := range r.Sites {
		c.sites.add(strings.ToLower(site), i)
	}
}

// tag enters a hashtag; where one does more than one thing for a rule, the
// first counts.
func (c *compiler) tag(tag string, u tagUse) {
	h := text.HashWord(tag)
	if !slices.ContainsFunc(c.tags[h], func(t tagUse) bool { return t.rule == u.rule }) {
		c.tags[h] = append(c.tags[h], u)
	}
}

func (c *compiler) serve(phrases []string, exact bool, u use) {
	for _, s := range phrases {
		c.enter(text.Phrase{Text: s, Case: exact}, u)
	}
}

func (c *compiler) enter(p text.Phrase, u use) {
	at, ok := c.index[p]
	if !ok {
		at = len(c.list)
		c.index[p] = at
		c.list = append(c.list, p)
		c.serves = append(c.serves, nil)
	}
	if !slices.Contains(c.serves[at], u) {
		c.serves[at] = append(c.serves[at], u)
	}
}

// layUses lays out what the phrases do for topics and tools. Those that do
// nothing for them are only about themes, which are read early in a post.
func (c *compiler) layUses() {
	for p, list := range c.serves {
		c.said[p].uses = span{int32(len(c.uses)), int32(len(c.uses) + len(list))}
		c.uses = append(c.uses, list...)
		c.list[p].Early = len(list) == 0
	}
}

// link finds the themes that follow from each topic, and through its first
// topic from each tool.
func (c *compiler) link() {
	byTopic := map[string]int{}
	for _, r := range c.rules {
		if r.kind == Topics && r.Theme != "" {
			byTopic[r.ID] = c.themes[r.Theme]
		}
	}
	c.above = make([][]int, len(c.rules))
	for i, r := range c.rules {
		switch r.kind {
		case Topics:
			c.above[i] = themesOf(byTopic, r.ID)
		case Tools: // the first topic is what the tool is mainly for
			c.above[i] = themesOf(byTopic, r.Topics[:min(1, len(r.Topics))]...)
		}
	}
}

func themesOf(byTopic map[string]int, topics ...string) []int {
	var themes []int
	for _, id := range topics {
		if theme, ok := byTopic[id]; ok && !slices.Contains(themes, theme) {
			themes = append(themes, theme)
		}
	}
	return themes
}
