package eval

import (
	"strings"
	"time"

	"vantage/collectors/text"
	"vantage/pipeline/council"
	"vantage/pipeline/tag"
)

// Text is one labelled text, a line of JSON. It has labels of councils (their
// register ids), of themes (their names), or both; nil: it was not labelled
// for that.
type Text struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Text        string    `json:"text"`
	Links       []string  `json:"links"`
	Hashtags    []string  `json:"hashtags"`
	Date        string    `json:"date"`         // 2006-01-02, or empty
	FeedCouncil string    `json:"feed_default"` // whose own channel it came from
	Councils    *[]string `json:"labels"`
	AlsoOK      []string  `json:"also_ok"`  // councils that are neither right nor wrong
	Category    string    `json:"category"` // "neg-…" is a trap
	Themes      *[]string `json:"topics"`
}

// Trap says that the text only looks as if it named a council.
func (t Text) Trap() bool { return strings.HasPrefix(t.Category, "neg-") }

// Answers are what was found in one text.
type Answers struct {
	Councils []string        // that count in charts
	Places   []string        // these and those that are mere places
	Themes   []string        // by name
	Matches  []council.Match // with the reasons, where there are any
}

// Ours returns the answers of the tagger.
func Ours(t *tag.Tagger, v *tag.Vocabulary) func(Text) Answers {
	return func(l Text) Answers {
		published, _ := time.Parse(time.DateOnly, l.Date)
		r := t.Tag(tag.Input{
			ID: l.ID, Title: l.Title, Text: l.Text, Links: l.Links, Hashtags: l.Hashtags,
			Published: published, FeedCouncil: l.FeedCouncil,
		})
		a := Answers{Councils: r.Counted(), Matches: r.Councils}
		for _, m := range r.Councils {
			a.Places = append(a.Places, m.ID)
		}
		for _, h := range r.Themes {
			a.Themes = append(a.Themes, v.Name(tag.Themes, h.ID))
		}
		return a
	}
}

// PlainNames is the baseline: a council is named where one of its names
// stands, and a theme where a part of its own name does ("waste" or "recycling").
func PlainNames(r *council.Register, v *tag.Vocabulary) func(Text) Answers {
	var phrases []text.Phrase
	var says []func(*Answers)
	add := func(phrase string, f func(*Answers)) {
		phrases, says = append(phrases, text.Phrase{Text: phrase}), append(says, f)
	}
	for _, c := range r.All() {
		found := func(a *Answers) { a.Councils = union(a.Councils, []string{c.ID}) }
		add(c.Name, found)
		add(c.Short, found)
	}
	for _, rule := range v.Rules(tag.Themes) {
		for part := range strings.SplitSeq(rule.Name, "&") {
			add(strings.TrimSpace(part), func(a *Answers) { a.Themes = union(a.Themes, []string{rule.Name}) })
		}
	}
	trie := text.NewPhrases(phrases)
	return func(l Text) Answers {
		var a Answers
		all := l.Title + "\n" + l.Text
		for _, m := range trie.Find(nil, all, text.Words(nil, all), 0) {
			says[m.Phrase](&a)
		}
		a.Places = a.Councils
		return a
	}
}
