package collectors

import (
	"strings"
	"unicode/utf8"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// What reading the texts of one feed may take, over all its entries, in units
// of some nanoseconds. The largest real feed seen, of 300 KB, takes 83,000, so
// that ten megabytes of such take 2.8 millions.
const (
	maxEffort     = 3_000_000
	effortOfMark  = 8 // a tag, an entity or a hashtag
	effortOfLink  = 80
	effortControl = 2
	effortBeyond  = 1 // a byte beyond ASCII
)

// hastyTitle is how many bytes of each title are read when no more effort is left.
const hastyTitle = 256

// reading reads the texts of one feed as long as the effort is that of a real
// one. Behind that, entries have a title and no text.
type reading struct{ left int }

// plain is plain within the effort that is left.
func (r *reading) plain(markup string) (out string, links []string) {
	if r.left -= effort(markup); r.left < 0 {
		return "", nil
	}
	out, links = plain(markup)
	r.left -= effortOfLink * (len(links) + strings.Count(out, "://"))
	return out, links
}

// title is title within the effort that is left.
func (r *reading) title(markup string) string {
	if r.left -= effort(markup); r.left < 0 {
		markup = text.CutBytes(markup, hastyTitle)
	}
	return title(markup)
}

// effort sums up what makes a text slow to read.
func effort(markup string) int {
	sum := 0
	for _, mark := range []string{"<", "&", "#"} {
		sum += effortOfMark * strings.Count(markup, mark)
	}
	for at := 0; at < len(markup); at++ {
		if at += text.Printable(markup[at:]); at == len(markup) {
			break
		}
		switch c := markup[at]; {
		case c >= utf8.RuneSelf:
			sum += effortBeyond
		case c < ' ' && c != '\n' && c != '\t' && c != '\r':
			sum += effortControl
		}
	}
	return sum
}

// title makes one tidy line of a title, which may hold markup.
func title(markup string) string {
	line, _ := plain(text.CutBytes(markup, maxTitleMarkup))
	return strings.TrimRight(text.CutBytes(text.Line(line), item.MaxTitle), " ")
}

// maxTitleMarkup is how many bytes of a title are read, markup included.
const maxTitleMarkup = 16 * item.MaxTitle

// maxEscaped is how often a site may have escaped its markup too often.
const maxEscaped = 3

// plain makes text of markup. What still looks like markup then was escaped
// once too often; after maxEscaped times no "<" is left in it at all, so that
// no tag survives whatever a site sends.
func plain(markup string) (out string, links []string) {
	out, links = text.FromHTML(undouble(markup))
	for n := 0; text.LooksLikeHTML(out); n++ {
		if n == maxEscaped {
			out = text.Clean(strings.ReplaceAll(out, "<", " "))
			break
		}
		var more []string
		out, more = text.FromHTML(out)
		links = append(links, more...)
	}
	if repaired := undouble(out); repaired != out {
		out = text.Clean(repaired)
	}
	return out, links
}
