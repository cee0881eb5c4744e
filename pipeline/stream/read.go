package stream

import (
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"

	"vantage/collectors/item"
)

// readItem reads the wire form as collectors of Vantage write it: without white
// space, names as they are published, nothing null or empty. ok is false for
// whatever else there is; that says nothing about its being valid. The item is
// empty before, and of no use where ok is false.
func readItem(b []byte, scratch *scratch, it *item.Item) (ok bool) {
	r := quick{b: b, scratch: scratch}
	r.scratch.reset()
	for sep := byte('{'); ; sep = ',' {
		if !r.take(sep) || !r.field(it) {
			return false
		}
		if r.at < len(b) && b[r.at] == '}' {
			return r.at == len(b)-1 && r.resolve()
		}
	}
}

// scratch is what reading an item needs, kept from one to the next.
type scratch struct {
	chars []byte // of all strings, one behind the other
	spans []span
	lists []list
}

// span is one string and where it belongs; nil: to a list.
type span struct {
	to       *string
	from, up int // in chars
}

// list is where n of the spans belong.
type list struct {
	to      *[]string
	from, n int
}

func (s *scratch) reset() { s.chars, s.spans, s.lists = s.chars[:0], s.spans[:0], s.lists[:0] }

// resolve makes the strings, all in one piece of memory. It fails where one has
// broken bytes; those of two strings must not make a whole character.
func (s *scratch) resolve() bool {
	all := string(s.chars)
	if !item.Valid(all) {
		return false
	}
	for _, p := range s.spans {
		if p.from < p.up && !utf8.RuneStart(all[p.from]) {
			return false
		}
		if p.to != nil {
			*p.to = all[p.from:p.up]
		}
	}
	for _, l := range s.lists {
		values := make([]string, l.n)
		for i, p := range s.spans[l.from : l.from+l.n] {
			values[i] = all[p.from:p.up]
		}
		*l.to = values
	}
	return true
}

// quick reads one piece after the other; what it returns is whether it could.
type quick struct {
	b  []byte
	at int
	*scratch
}

func (r *quick) take(c byte) bool {
	if r.at >= len(r.b) || r.b[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *quick) field(it *item.Item) bool {
	name, ok := r.name()
	if !ok {
		return false
	}
	switch string(name) {
	case "schema":
		n, ok := r.number()
		it.Schema = int(n)
		return ok
	case "version":
		n, ok := r.number()
		it.Version = n
		return ok
	case "op":
		return r.text((*string)(&it.Op))
	case "id":
		return r.text(&it.ID)
	case "content_hash":
		return r.text(&it.ContentHash)
	case "kind":
		return r.text(&it.Kind)
	case "source":
		return r.text(&it.Source)
	case "via":
		return r.list(&it.Via)
	case "publisher":
		return r.text(&it.Publisher)
	case "publisher_class":
		return r.text((*string)(&it.Class))
	case "feed_council":
		return r.text(&it.FeedCouncil)
	case "author_ref":
		return r.text(&it.AuthorRef)
	case "author_kind":
		return r.text(&it.AuthorKind)
	case "title":
		return r.text(&it.Title)
	case "text":
		return r.text(&it.Text)
	case "lang":
		return r.text(&it.Lang)
	case "url":
		return r.text(&it.URL)
	case "links":
		return r.list(&it.Links)
	case "hashtags":
		return r.list(&it.Hashtags)
	case "consent":
		return r.text(&it.Consent)
	}
	return r.rest(string(name), it)
}

// rest are the fields that most items do not have, and the times.
func (r *quick) rest(name string, it *item.Item) bool {
	switch name {
	case "published":
		return r.time(&it.Published)
	case "seen":
		return r.time(&it.Seen)
	case "updated":
		return r.someTime(&it.Updated)
	case "gap_from":
		return r.someTime(&it.GapFrom)
	case "gap_to":
		return r.someTime(&it.GapTo)
	case "sensitive":
		it.Sensitive = true
		for _, c := range []byte("true") {
			if !r.take(c) {
				return false
			}
		}
		return true
	}
	return false
}

// name reads a name and its colon.
func (r *quick) name() ([]byte, bool) {
	if !r.take('"') {
		return nil, false
	}
	from := r.at
	r.at += selfStanding(r.b[r.at:])
	name := r.b[from:min(r.at, len(r.b))]
	return name, r.take('"') && r.take(':')
}

func (r *quick) number() (int64, bool) {
	from := r.at
	for r.at < len(r.b) && r.b[r.at] >= '0' && r.b[r.at] <= '9' {
		r.at++
	}
	digits := r.b[from:r.at]
	if len(digits) == 0 || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil
}

func (r *quick) text(to *string) bool {
	from, ok := r.quoted()
	r.spans = append(r.spans, span{to, from, len(r.chars)})
	return ok
}

func (r *quick) list(to *[]string) bool {
	l := list{to: to, from: len(r.spans)}
	for sep := byte('['); ; sep = ',' {
		if !r.take(sep) || !r.text(nil) {
			return false
		}
		if l.n++; r.take(']') {
			r.lists = append(r.lists, l)
			return true
		}
	}
}

func (r *quick) time(to *time.Time) bool {
	from := r.at
	if !r.take('"') {
		return false
	}
	r.at += selfStanding(r.b[r.at:])
	return r.take('"') && to.UnmarshalJSON(r.b[from:r.at]) == nil
}

func (r *quick) someTime(to **time.Time) bool {
	*to = new(time.Time)
	return r.time(*to)
}

// quoted reads a string onto the end of chars and returns where it begins.
func (r *quick) quoted() (from int, ok bool) {
	from = len(r.chars)
	if !r.take('"') {
		return from, false
	}
	for {
		n := selfStanding(r.b[r.at:])
		r.chars = append(r.chars, r.b[r.at:r.at+n]...)
		r.at += n
		switch {
		case r.take('"'):
			return from, true
		case !r.take('\\') || !r.escape():
			return from, false
		}
	}
}

// escape reads what stands behind a backslash.
func (r *quick) escape() bool {
	if r.at >= len(r.b) {
		return false
	}
	c := r.b[r.at]
	r.at++
	switch c {
	case '"', '\\', '/':
		r.chars = append(r.chars, c)
	case 'n':
		r.chars = append(r.chars, '\n')
	case 't':
		r.chars = append(r.chars, '\t')
	case 'u':
		return r.code()
	default:
		return false
	}
	return true
}

// code reads a character by its number, unless it takes two of them.
func (r *quick) code() bool {
	if r.at+4 > len(r.b) {
		return false
	}
	n, err := strconv.ParseUint(string(r.b[r.at:r.at+4]), 16, 16)
	if err != nil || n >= 0xd800 && n < 0xe000 {
		return false
	}
	r.at += 4
	r.chars = utf8.AppendRune(r.chars, rune(n))
	return true
}

// selfStanding returns how many bytes at the beginning of b stand for
// themselves in a string, eight at a time.
func selfStanding(b []byte) (n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; n+8 <= len(b); n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quote, slash := x^'"'*ones, x^'\\'*ones
		// The upper bit of a byte of (v-n)&^v tells whether v is less than n there
		// or, by a borrow, behind such a byte.
		if ((x-' '*ones)&^x|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
	}
	for n < len(b) && b[n] >= ' ' && b[n] != '"' && b[n] != '\\' {
		n++
	}
	return n
}
