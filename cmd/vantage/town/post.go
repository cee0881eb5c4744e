package town

import (
	"fmt"
	"html"
	"strings"
	"time"
)

// Note stands at the end of every post, so that no copy of one can pass for
// news about a real body.
const Note = "An invented sample post."

// post is one post as its feed shows it.
type post struct {
	Topic     string // what it was written about; empty: nothing
	Link      string // also its guid
	Title     string
	HTML      string
	Lang      string
	Published time.Time
	Updated   time.Time // zero: never edited
}

// write makes a post of a body on a subject, at the body's address with link
// behind it. Its length is between about 40
// and 150 words.
func (t *Town) write(b *body, topic string, at time.Time, link string) post {
	r := t.rand
	org := b.council
	if org == nil {
		org = pick(r, t.register)
	}
	w := &writer{words: t.words, rand: r, subject: t.words.subjects[topic], at: at, used: map[string]bool{}}
	w.org = t.nameOf(org)
	w.welsh = welshNames[org.ID]
	if len(w.subject.Tools) > 0 {
		w.tool = pick(r, w.subject.Tools)
	}
	p := post{Topic: topic, Lang: "en", Title: w.say(w.Titles), Published: at}
	sentences := []string{w.say(w.Openers), w.say(w.Subject)}
	for range 2 + r.IntN(2) {
		sentences = append(sentences, w.say(w.General))
	}
	if w.tool != "" && r.Float64() < 0.75 {
		sentences = append(sentences, w.say(w.words.Tools))
	}
	for range r.IntN(3) {
		sentences = append(sentences, w.say(w.Subject), w.say(w.General))
	}
	if b.council != nil && w.welsh != "" && r.Float64() < 0.4 {
		p.Title, p.Lang = w.say(w.WelshTitles), "cy"
		sentences = append([]string{w.say(w.Welsh), w.say(w.Welsh), w.say(w.Welsh)}, sentences...)
	}
	p.Link = b.address(link)
	p.HTML = paragraphs(sentences) + t.tail(b, org.Name, org.Domain, p.Link)
	return p
}

// release makes one body's print of the notice: its own first or last
// sentence, and now and then one sentence left out.
func (t *Town) release(b *body, at time.Time, link string) post {
	r := t.rand
	notice := t.words.Release
	w := &writer{words: t.words, rand: r, at: at, used: map[string]bool{}, org: b.Name}
	if b.council != nil {
		w.org = b.council.Name
	}
	sentences := append([]string{}, notice.Body...)
	if r.IntN(3) == 0 {
		i := 1 + r.IntN(len(sentences)-1)
		sentences = append(sentences[:i], sentences[i+1:]...)
	}
	if r.IntN(2) == 0 {
		sentences = append([]string{w.say(notice.Prefixes)}, sentences...)
	}
	if r.IntN(2) == 0 {
		sentences = append(sentences, w.say(notice.Suffixes))
	}
	p := post{Topic: notice.Topic, Lang: "en", Title: notice.Title, Published: at, Link: b.address(link)}
	p.HTML = paragraphs(sentences) + t.tail(b, "", "", p.Link)
	return p
}

// edit adds a sentence to a post, as its author would.
func (t *Town) edit(p *post, at time.Time) {
	w := &writer{words: t.words, rand: t.rand, at: at, used: map[string]bool{}}
	p.HTML += "<p>Update: " + html.EscapeString(w.say([]string{
		"the figures above were corrected on {day}.", "a reader in {place} sent a better link.",
		"there are now {n} replies.", "the next date is in {month}.",
	})) + "</p>"
	p.Updated = at
}

func paragraphs(sentences []string) string {
	var b strings.Builder
	for i, s := range sentences {
		if i%3 == 0 {
			if i > 0 {
				b.WriteString("</p>\n")
			}
			b.WriteString("<p>")
		} else {
			b.WriteString(" ")
		}
		b.WriteString(html.EscapeString(s))
	}
	return b.String() + "</p>\n"
}

// tail is the note, with links: to the post itself and, where somebody writes
// about a council, now and then to that council's front page.
func (t *Town) tail(b *body, name, domain, link string) string {
	s := ""
	if b.council == nil && domain != "" && t.rand.IntN(2) == 0 {
		s = fmt.Sprintf("<p>See also <a href=\"https://www.%s/\">%s</a>.</p>\n", domain, html.EscapeString(name))
	}
	return s + fmt.Sprintf("<p><a href=\"%s\">Link</a>. <em>%s</em></p>", link, Note)
}
