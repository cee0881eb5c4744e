package story

import (
	"strings"
	"unicode/utf8"

	"vantage/collectors/text"
)

// read takes the words of one text, which so many bytes follow.
func (s *scratch) read(body string, follow int) {
	s.words = text.Words(s.words[:0], body)
	s.take(body, s.words, follow)
}

// take appends the hashes of a text's words. Web addresses, handles and HTML
// entities are left out.
func (s *scratch) take(body string, words []text.Word, follow int) {
	skip := 0
	mark, bracket := cutAt(body, tail-follow)
	if mark > 0 {
		s.cut, s.bracket = len(s.folds), bracket
	}
	if mark == 0 && allSaid(body) {
		for _, w := range words[:min(len(words), maxWords-len(s.folds))] {
			s.folds = append(s.folds, w.Hash)
		}
		return
	}
	for _, w := range words {
		if w.Start < skip {
			continue
		}
		if skip = unsaid(body, w); skip > 0 {
			continue
		}
		if len(s.folds) == maxWords {
			return
		}
		s.folds = append(s.folds, w.Hash)
		if w.End <= mark {
			s.cut = len(s.folds)
		}
	}
}

// allSaid tells, of most posts, that no word of theirs is unsaid.
func allSaid(body string) bool {
	return strings.IndexByte(body, '@') < 0 && strings.IndexByte(body, '&') < 0 && !strings.Contains(body, "://")
}

// unsaid tells a word that is no part of what is said by where the text goes
// on behind it; 0 means that it counts.
func unsaid(body string, w text.Word) int {
	switch {
	case strings.HasPrefix(body[w.End:], "://"):
		return w.End + length(body[w.End:])
	case w.Start > 0 && body[w.Start-1] == '@':
		return w.End
	case body[w.Start] == '&':
		return entity(body, w)
	}
	return 0
}

// length returns how many bytes of rest belong to a web address.
func length(rest string) int {
	if i := strings.IndexAny(rest, " \t\r\n<>\"'"); i >= 0 {
		return i
	}
	return len(rest)
}

// maxEntity is the longest name of an HTML entity that is looked for, with its
// ampersand and semicolon.
const maxEntity = 10

// entity returns the end of the HTML entity that begins with the word, an
// ampersand; with an s behind one that is an apostrophe, because text.Words
// leaves a possessive out as well. 0 means that it is no entity, or that it
// stands for an ampersand.
func entity(body string, w text.Word) int {
	name := body[w.Start:min(len(body), w.Start+maxEntity)]
	end := strings.IndexByte(name, ';') + 1
	if end < 3 || w.End-w.Start > 1 || strings.ContainsAny(name[1:end], " &\n") {
		return 0
	}
	rest := body[w.Start+end:]
	switch name[:end] {
	case "&#38;":
		return 0
	case "&#39;", "&#039;", "&apos;", "&rsquo;", "&#8217;", "&#x27;":
		if len(rest) > 0 && rest[0] == 's' && (len(rest) == 1 || !letter(rest[1:])) {
			end++
		}
	}
	return w.Start + end
}

func letter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= utf8.RuneSelf && r != '’'
}
