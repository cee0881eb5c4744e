package tag

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a stretch of a post. For names what was found because of it: empty
// where nothing was.
type Piece struct {
	Text string
	For  []string
}

// Post returns the text that the tagger reads: the title, then the text.
func (in Input) Post() string { return join(in.Title, in.Text) }

// MarkPhrases cuts a post into pieces, so that every phrase that the reasons of
// the lines quote (“…”, #…) stands alone. The reasons quote a post letter by
// letter, so that positions need not be kept while posts are tagged; a phrase
// that stands there twice is marked twice, and slight evidence is not marked. Joined, the pieces are the post. Of
// phrases that overlap the first one is marked, and of those the longest.
func MarkPhrases(post string, lines []Line) []Piece {
	var found []marked
	for _, l := range lines {
		for _, reason := range l.Reasons {
			if slight(reason) {
				continue
			}
			for _, phrase := range quoted(reason) {
				found = appendPlaces(found, post, phrase, l.Name)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b marked) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var list []Piece
	at := 0
	for i := 0; i < len(found); i++ {
		m := found[i]
		if m.from < at {
			continue
		}
		if m.from > at {
			list = append(list, Piece{Text: post[at:m.from]})
		}
		p := Piece{Text: post[m.from:m.to]}
		for ; i < len(found) && found[i].from < m.to; i++ { // all that this stretch speaks for
			if !slices.Contains(p.For, found[i].name) {
				p.For = append(p.For, found[i].name)
			}
		}
		i--
		list, at = append(list, p), m.to
	}
	if at < len(post) {
		list = append(list, Piece{Text: post[at:]})
	}
	return list
}

type marked struct {
	from, to int
	name     string
}

// slightPoints are too few to mark a phrase for: small words add a tenth here
// and there, and a text full of marks shows nothing.
const slightPoints = 0.3

// slight reports whether a reason ends in few points, such as (+0.1).
func slight(reason string) bool {
	open := strings.LastIndexByte(reason, '(')
	if open < 0 {
		return false
	}
	points, err := strconv.ParseFloat(strings.TrimSuffix(reason[open+1:], ")"), 64)
	return err == nil && math.Abs(points) < slightPoints
}

// quoted returns what a reason quotes.
func quoted(reason string) (list []string) {
	for rest := reason; ; {
		_, after, ok := strings.Cut(rest, "“")
		if !ok {
			break
		}
		phrase, then, ok := strings.Cut(after, "”")
		if !ok {
			break
		}
		list, rest = append(list, phrase), then
	}
	if _, tag, ok := strings.Cut(reason, "hashtag #"); ok {
		tag, _, _ = strings.Cut(tag, " ")
		list = append(list, "#"+tag)
	}
	return list
}

// appendPlaces finds a phrase wherever it stands as whole words; a hashtag in
// any case.
func appendPlaces(found []marked, post, phrase, name string) []marked {
	const most = 200 // places of one phrase, so that a text of one word costs little
	if phrase == "" {
		return found
	}
	anyCase := phrase[0] == '#'
	for from, n := 0, 0; n < most; {
		i := indexPhrase(post[from:], phrase, anyCase)
		if i < 0 {
			break
		}
		at := from + i
		to := at + len(phrase)
		if whole(post, at, to) {
			found = append(found, marked{at, to, name})
			n++
		}
		from = to
	}
	return found
}

// indexPhrase is strings.Index, in any case of ASCII letters where asked for.
func indexPhrase(s, phrase string, anyCase bool) int {
	if !anyCase {
		return strings.Index(s, phrase)
	}
	for i := strings.IndexByte(s, phrase[0]); i >= 0 && i+len(phrase) <= len(s); {
		if strings.EqualFold(s[i:i+len(phrase)], phrase) {
			return i
		}
		next := strings.IndexByte(s[i+1:], phrase[0])
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return -1
}

// whole reports whether no letter or digit adjoins the stretch.
func whole(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	return (from == 0 || !wordly(before)) && (to == len(s) || !wordly(after))
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// ReadLine reads a post as Filter does: one JSON object. The error says what is
// wrong in it.
func (t *Tagger) ReadLine(line []byte) (Input, error) { return t.readInput(line) }

// Answer is the JSON that Filter prints for a post, without the end of line.
func (t *Tagger) Answer(in Input, r Result) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(t.answer(in, r)); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
