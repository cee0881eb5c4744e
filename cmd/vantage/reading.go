package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"vantage/dashboards"
	"vantage/pipeline/council"
	"vantage/pipeline/tag"
)

// reading answers the page "try your text" by the rules in use. It keeps
// nothing and logs nothing.
type reading struct{ h *house }

func (r reading) Rules() string { return r.h.pipeline.Tagger().Version() }

// Read says what is found in a draft, and why.
func (r reading) Read(_ context.Context, d dashboards.Draft) (dashboards.Understood, error) {
	in, err := r.input(d)
	if err != nil {
		return dashboards.Understood{}, err
	}
	t := r.h.pipeline.Tagger()
	found := t.Tag(in)
	lines := tag.Lines(found, r.h.vocabulary.Load(), r.h.register)
	answer, err := t.Answer(in, found)
	if err != nil {
		return dashboards.Understood{}, err
	}
	u := dashboards.Understood{Rules: found.Rules, Language: tag.LanguageName(found.Lang), JSON: indented(answer)}
	for _, p := range tag.MarkPhrases(in.Post(), lines) {
		u.Pieces = append(u.Pieces, dashboards.Piece(p))
	}
	for _, l := range lines {
		if n := len(u.Groups); n == 0 || u.Groups[n-1].Heading != l.Heading {
			u.Groups = append(u.Groups, dashboards.FindingGroup{Heading: l.Heading})
		}
		g := &u.Groups[len(u.Groups)-1]
		g.Lines = append(g.Lines, dashboards.Finding{Name: l.Name, ID: l.ID, Note: l.Note, Reasons: l.Reasons})
	}
	return u, nil
}

func indented(line []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, line, "", "  "); err != nil {
		return string(line)
	}
	return b.String()
}

// input makes what the tagger reads of a draft. Addresses in the text count as
// links.
func (r reading) input(d dashboards.Draft) (tag.Input, error) {
	in := tag.Input{Title: d.Title, Text: d.Text}
	if d.Link != "" {
		u, err := url.Parse(d.Link)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return in, refusal("link", fmt.Sprintf("%q is not a web address; write one such as https://www.example.gov.uk/news", d.Link))
		}
		in.Links = append(in.Links, d.Link)
	}
	for _, word := range strings.Fields(d.Text) {
		if strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://") {
			in.Links = append(in.Links, strings.TrimRight(word, ".,;:!?)]”’\"'"))
		}
	}
	var err error
	if in.Published, err = draftDate(d.Date, r.h.now()); err != nil {
		return in, err
	}
	in.FeedCouncil, err = r.council(d.Council)
	return in, err
}

// draftDate reads a date as people write it; none is now.
func draftDate(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	for _, layout := range []string{time.DateOnly, "2/1/2006", "2 January 2006", "2 Jan 2006", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return now, refusal("date", fmt.Sprintf("%q is not a date; write one such as 2022-11-16 or 16 November 2022", s))
}

// council finds the one that is meant by a code or a name.
func (r reading) council(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if c, ok := r.h.register.Council(strings.ToUpper(s)); ok {
		return c.ID, nil
	}
	if c, ok := r.h.register.Council(s); ok {
		return c.ID, nil
	}
	named := r.h.register.ByName(s)
	if len(named) == 1 {
		return named[0].ID, nil
	}
	if len(named) > 1 {
		return "", refusal("council", fmt.Sprintf("%q is the name of several councils; write the code of one: %s", s, withCodes(named)))
	}
	words := fmt.Sprintf("no council is called %q; write its name, or its code such as E08000038", s)
	if near := r.h.register.Near(s); len(near) > 0 {
		words += "; near it are " + withCodes(near)
	}
	return "", refusal("council", words)
}

func withCodes(councils []council.Council) string {
	var names []string
	for _, c := range councils[:min(len(councils), 4)] {
		names = append(names, c.Short+" ("+c.ID+")")
	}
	return strings.Join(names, ", ")
}

// ReadJSON answers as `vantage tag` does.
func (r reading) ReadJSON(_ context.Context, post []byte) ([]byte, error) {
	t := r.h.pipeline.Tagger()
	in, err := t.ReadLine(post)
	if err != nil {
		return nil, refusal("body", err.Error())
	}
	if n := len(in.Title) + len(in.Text); n > dashboards.MaxDraft {
		return nil, refusal("size", fmt.Sprintf("title and text have %d bytes and must have %d or fewer; `vantage tag` takes longer ones", n, dashboards.MaxDraft))
	}
	return t.Answer(in, t.Tag(in))
}
