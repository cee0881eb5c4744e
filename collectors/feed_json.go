package collectors

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// maxNesting is deep enough for every extension of JSON Feed seen.
const maxNesting = 64

// maxJSONItem is the size of the largest item that is read; it bounds the time
// that one item with a million keys takes.
const maxJSONItem = 3 << 20

var errDeepJSON = &FormatError{Sentence: "the JSON nests more than 64 deep, which no feed needs; ask the site to repair it"}

// jsonOutline is the shape of a JSON Feed, found without parsing it.
type jsonOutline struct {
	head  []byte // the object without its items
	items []span
	whole bool
}

// jsonScanner walks over a feed.
type jsonScanner struct {
	b     []byte
	out   jsonOutline
	depth int
	key   span // the last name in the outermost object
	list  int  // where the items began, -1 outside of them
	from  int  // where the open item began
	after int  // behind the items
}

// scanJSON finds the items of a feed, complete ones only. One item that is
// broken, or the end of the feed, so costs none of the others.
func scanJSON(b []byte) (jsonOutline, error) {
	s := jsonScanner{b: b, list: -1}
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				end = len(b) + 1
			} else if s.depth == 1 && bytes.HasPrefix(bytes.TrimLeft(b[end:min(len(b), end+64)], " "), []byte(":")) {
				s.key = span{i + 1, end - 1}
			}
			i = end - 1
		case '{', '[':
			if err := s.open(i); err != nil {
				return s.out, err
			}
		case '}', ']':
			if err := s.close(i); err != nil || s.out.whole {
				return s.out, err
			}
		}
	}
	if s.list >= 0 {
		s.out.head = slices.Concat(b[:s.list], []byte("[]}"))
	}
	return s.out, nil
}

func (s *jsonScanner) open(i int) error {
	if s.depth++; s.depth > maxNesting {
		return errDeepJSON
	}
	switch {
	case s.depth == 2 && s.b[i] == '[' && s.out.items == nil && string(s.b[s.key.from:s.key.to]) == "items":
		s.list = i
	case s.depth == 3 && s.list >= 0:
		s.from = i
	}
	return nil
}

func (s *jsonScanner) close(i int) error {
	s.depth--
	switch {
	case s.depth == 2 && s.list >= 0:
		s.out.items = append(s.out.items, span{s.from, i + 1})
		if len(s.out.items) > maxListed {
			return errTooMuch
		}
	case s.depth == 1 && s.list >= 0:
		s.out.head = append(s.b[:s.list:s.list], "[]"...)
		s.list, s.after = -1, i+1
	case s.depth <= 0:
		s.out.head = append(s.out.head, s.b[s.after:i+1]...)
		s.out.whole = true
	}
	return nil
}

// shallow refuses JSON that nests too deep.
func shallow(b []byte) error {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = stringEnd(b, i+1) - 1; i < 0 {
				return nil
			}
		case '{', '[':
			if depth++; depth > maxNesting {
				return errDeepJSON
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// stringEnd returns the index behind the closing quote of a string, -1 when
// there is none.
func stringEnd(b []byte, from int) int {
	for i := from; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// loose is a string where feeds also write numbers, null and other things.
type loose string

// UnmarshalJSON takes any value: what is no string or number is "".
func (l *loose) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(l))
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*l = loose(b)
	}
	return nil
}

// looseList is a list of strings, or one string with commas.
type looseList []string

// UnmarshalJSON takes any value; a list far too long for one is left out.
func (l *looseList) UnmarshalJSON(b []byte) error {
	if len(b) > maxTags<<10 {
		return nil
	}
	var many []loose
	if json.Unmarshal(b, &many) == nil {
		for _, s := range many {
			*l = append(*l, string(s))
		}
		return nil
	}
	var one loose
	if json.Unmarshal(b, &one) == nil && one != "" {
		*l = strings.Split(string(one), ",")
	}
	return nil
}

type jsonHead struct {
	Version  loose `json:"version"`
	Title    loose `json:"title"`
	Page     loose `json:"home_page_url"`
	Language loose `json:"language"`
}

type jsonItem struct {
	ID        loose     `json:"id"`
	URL       loose     `json:"url"`
	External  loose     `json:"external_url"`
	Title     loose     `json:"title"`
	HTML      loose     `json:"content_html"`
	Text      loose     `json:"content_text"`
	Summary   loose     `json:"summary"`
	Published loose     `json:"date_published"`
	Modified  loose     `json:"date_modified"`
	Language  loose     `json:"language"`
	Tags      looseList `json:"tags"`
}

func readJSON(b []byte, base *url.URL) (raw, error) {
	b = withoutControls(b)
	out, err := scanJSON(b)
	if err != nil {
		return raw{}, err
	}
	var head jsonHead
	if len(out.head) <= maxContent {
		err = json.Unmarshal(out.head, &head)
	}
	switch {
	case len(out.items) == 0 && !out.whole:
		return raw{}, &FormatError{Sentence: "the feed breaks off before its first entry is complete; it will be tried again later"}
	case !strings.Contains(string(head.Version), "jsonfeed.org") && len(out.items) == 0:
		return raw{}, &FormatError{Sentence: "this is JSON, but not a JSON Feed; give the address of a feed in RSS, Atom or JSON Feed", Err: err}
	}
	version := string(head.Version[strings.LastIndexByte(string(head.Version), '/')+1:])
	r := raw{base: base, info: FeedInfo{
		Title: string(head.Title), Link: string(head.Page), Format: strings.TrimSpace("json " + version),
		Lang: string(head.Language), Truncated: !out.whole,
	}}
	if r.info.Dropped = len(out.items) - maxEntries; r.info.Dropped > 0 {
		out.items = outer(out.items)
		out.items = pick(out.items, newest(jsonDates(b, out.items), maxEntries))
	}
	r.info.Dropped = max(0, r.info.Dropped)
	for _, s := range out.items {
		var it jsonItem
		if s.to-s.from > maxJSONItem || json.Unmarshal(b[s.from:s.to], &it) != nil {
			r.info.Skipped++
			continue
		}
		r.entries = append(r.entries, it.entry())
	}
	if len(r.entries) == 0 && r.info.Skipped > 0 {
		return raw{}, &FormatError{Sentence: "no entry of the JSON can be read; ask the site to repair it"}
	}
	return r, nil
}

func (it *jsonItem) entry() entry {
	e := entry{
		guid: strings.TrimSpace(string(it.ID)), link: first(string(it.URL), string(it.External)), title: escape(string(it.Title)),
		body: first(string(it.HTML), escape(string(it.Text))), short: escape(string(it.Summary)),
		published: parseDate(string(it.Published)), updated: parseDate(string(it.Modified)),
		lang: string(it.Language), tags: it.Tags,
	}
	if e.published.IsZero() {
		e.published = e.updated
	}
	if e.link == "" && canonical(nil, e.guid) != "" {
		e.link = e.guid
	}
	return e
}

// withoutControls replaces the control characters that JSON forbids and
// careless servers leave in strings. It may return b itself.
func withoutControls(b []byte) []byte {
	isControl := func(c byte) bool { return c < ' ' }
	at := slices.IndexFunc(b, isControl)
	if at < 0 {
		return b
	}
	out := bytes.Clone(b)
	for i := at; i < len(out); i++ {
		if isControl(out[i]) {
			out[i] = ' '
		}
	}
	return out
}

// jsonDates returns the dates of items, in Unix seconds.
func jsonDates(b []byte, items []span) []int64 {
	dates := make([]int64, len(items))
	for i, s := range items {
		for _, name := range []string{`"date_published"`, `"date_modified"`} {
			_, rest, ok := bytes.Cut(b[s.from:s.to], []byte(name))
			rest = bytes.TrimLeft(rest, ": \t\r\n\"")
			if end := bytes.IndexByte(rest, '"'); ok && end > 0 && end < 64 {
				dates[i] = max(dates[i], parseDate(string(rest[:end])).Unix())
			}
		}
	}
	return dates
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// escape makes markup of plain text.
func escape(s string) string { return escaper.Replace(s) }
