package text

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"

	"vantage/collectors/item"
)

// FromHTML returns the text that a reader of html sees, and the addresses
// that it links to, as written and without repeats. Scripts, styles, comments
// and everything else that is not read aloud is left out; block elements begin
// a new line; a bare "<" stays. The text is as tidy as Clean makes it and has
// at most item.MaxText bytes; there are at most item.MaxList links.
//
// It takes any input, also plain text and broken markup, in time linear to
// its length.
func FromHTML(markup string) (plain string, links []string) {
	if strings.IndexByte(markup, '<') < 0 {
		return CutBytes(Clean(html.UnescapeString(markup)), item.MaxText), nil
	}
	r := reader{tokens: html.NewTokenizer(strings.NewReader(markup))}
	r.tokens.AllowCDATA(true)
	r.text.out = make([]byte, 0, min(len(markup), item.MaxText))
	for r.step() {
	}
	return strings.TrimRight(CutBytes(string(r.text.out), item.MaxText), " \n"), r.links
}

// reader walks the tokens of one document.
type reader struct {
	tokens *html.Tokenizer
	text   folder
	links  []string
	hidden string // name of the element whose content is skipped
	depth  int    // open elements of that name
	lower  [16]byte
}

// step reads one token and reports whether there may be more.
func (r *reader) step() bool {
	switch kind := r.tokens.Next(); kind {
	case html.ErrorToken:
		return false
	case html.TextToken:
		if r.depth == 0 && len(r.text.out) < item.MaxText {
			r.words(r.tokens.Raw())
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		r.start(kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		r.end(r.name())
	}
	return len(r.text.out) < item.MaxText || len(r.links) < item.MaxList
}

// words appends a text token as it was written: Tokenizer.Text would copy each
// one to replace NUL, which the folder leaves out anyway.
func (r *reader) words(raw []byte) {
	if inner, ok := bytes.CutPrefix(raw, []byte("<![CDATA[")); ok {
		r.text.write(bytes.TrimSuffix(inner, []byte("]]>")))
		return
	}
	if bytes.IndexByte(raw, '&') >= 0 {
		raw = []byte(html.UnescapeString(string(raw)))
	}
	r.text.write(raw)
}

// name returns the name of the tag in lower case, "" for names longer than any
// that matters here. Tokenizer.TagName would copy each.
func (r *reader) name() []byte {
	raw := bytes.TrimLeft(r.tokens.Raw(), "</")
	for i, c := range raw {
		switch {
		case c <= ' ' || c == '/' || c == '>':
			return r.lower[:i]
		case i == len(r.lower):
			return nil
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		r.lower[i] = c
	}
	return nil
}

func (r *reader) start(closed bool) {
	name := r.name()
	if closed {
		// <script/> and <iframe/> come from XHTML and hide nothing; without
		// this the tokenizer would take all that follows for their content.
		r.tokens.NextIsNotRawText()
	}
	if r.depth > 0 && string(name) == "body" {
		r.depth = 0 // a head that was never closed
	}
	if r.depth > 0 {
		if !closed && string(name) == r.hidden {
			r.depth++
		}
		return
	}
	switch effect(name) {
	case hides:
		if !closed {
			r.hidden, r.depth = string(name), 1
		}
	case parts:
		r.text.gap = '\n'
	case spaces:
		r.text.space()
	case points:
		r.link()
	}
}

func (r *reader) end(name []byte) {
	switch {
	case r.depth > 0:
		if string(name) == r.hidden {
			r.depth--
		}
	case effect(name) == parts:
		r.text.gap = '\n'
	}
}

// link keeps the target of an anchor.
func (r *reader) link() {
	if len(r.links) >= item.MaxList {
		return
	}
	for more := true; more; {
		var key, value []byte
		key, value, more = r.tokens.TagAttr()
		if string(key) != "href" {
			continue
		}
		if target := strings.TrimSpace(string(value)); target != "" && !r.known(target) {
			r.links = append(r.links, target)
		}
		return
	}
}

func (r *reader) known(link string) bool {
	for _, l := range r.links {
		if l == link {
			return true
		}
	}
	return false
}

// What an element does to the text around it.
const (
	flows  = iota // nothing: a word may go on behind it
	parts         // begins a new line
	spaces        // parts words
	hides         // its content is not text
	points        // a link
)

func effect(name []byte) int {
	switch string(name) {
	case "a", "area":
		return points
	case "p", "br", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table",
		"blockquote", "pre", "hr", "dl", "dt", "dd", "section", "article", "aside", "header",
		"footer", "main", "nav", "figure", "figcaption", "address", "details", "summary",
		"fieldset", "form", "caption", "dialog", "title", "legend", "option":
		return parts
	case "td", "th", "img", "button", "input", "video", "audio":
		return spaces
	case "script", "style", "iframe", "noembed", "noframes", "noscript", "template", "svg",
		"math", "textarea", "select", "head":
		return hides
	}
	return flows
}
