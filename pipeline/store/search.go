package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SearchQuery says which posts a reader looks for: those that hold all words,
// or have one of the topics or tools that the words name.
type SearchQuery struct {
	Words         string // as the reader wrote them
	Topics, Tools []string
	From, To      time.Time // Mondays, inclusive
	Limit, Offset int
	Patience      time.Duration // how long to look; zero: 3 seconds
}

// SearchPage is one page of the posts found, newest first.
type SearchPage struct {
	Items []Row // texts cut to extracts
	More  bool  // there may be others behind them
	// Until is the Monday down to which was looked: From, or later where the
	// page was full, or time ran out, before.
	Until time.Time
}

// The bounds of a search. A reader waits no longer than searchTime for what is
// not there; a million posts of 1 KB are read in less than that.
const (
	searchTime  = 3 * time.Second
	searchWeeks = 1 // first step back; each further one is twice as long
	// MaxSearchWords is how many words are looked for at most.
	MaxSearchWords = 8
)

// Search returns one page of the posts that q looks for. Limit is 1 to 1,000.
// Words agree in any case, and in the plural or possessive, as whole words.
// What has expired or is marked as sensitive is not found by its words.
func (s *Store) Search(ctx context.Context, q SearchQuery) (SearchPage, error) {
	if q.Limit < 1 || q.Limit > maxPage || q.Offset < 0 {
		return SearchPage{}, fmt.Errorf("store: search: limit %d and offset %d: ask for 1 to %d posts from 0 on", q.Limit, q.Offset, maxPage)
	}
	h := newHunt(q)
	page := SearchPage{Until: q.To.AddDate(0, 0, 7)}
	timed, cancel := context.WithTimeout(ctx, cmp.Or(q.Patience, searchTime))
	defer cancel()
	want, weeks := q.Offset+q.Limit+1, searchWeeks
	var rows []Row
	for page.Until.After(q.From) && len(rows) < want {
		from := page.Until.AddDate(0, 0, -7*weeks)
		if from.Before(q.From) {
			from = q.From
		}
		more, err := s.searchWeeks(timed, h, from, page.Until.AddDate(0, 0, -7), want-len(rows))
		if err != nil && errors.Is(timed.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
			page.More = true
			break
		}
		if err != nil {
			return SearchPage{}, fmt.Errorf("store: search: %w", err)
		}
		rows, page.Until, weeks = append(rows, more...), from, 2*weeks
	}
	page.More = page.More || len(rows) == want
	page.Items = rows[min(q.Offset, len(rows)):min(q.Offset+q.Limit, len(rows))]
	for i := range page.Items {
		page.Items[i].Text = extract(page.Items[i].Text)
	}
	return page, nil
}

// hunt is a query made ready.
type hunt struct {
	SearchQuery
	patterns []*regexp.Regexp
	query    string
	args     []any
}

func newHunt(q SearchQuery) *hunt {
	h := &hunt{SearchQuery: q, args: []any{texts("topics", q.Topics), texts("tools", q.Tools)}}
	var says []string
	for i, w := range searchWords(q.Words) {
		root, ending := root(w)
		pattern := `(?i)(^|[^\pL\pN])` + regexp.QuoteMeta(root) + ending + `($|[^\pL\pN])`
		h.patterns = append(h.patterns, regexp.MustCompile(pattern))
		h.args = append(h.args, text(fmt.Sprint("w", i), root), text(fmt.Sprint("p", i), pattern))
		says = append(says, fmt.Sprintf(holdsWordSQL, i))
	}
	if says == nil {
		says = []string{"0"}
	}
	h.query = `SELECT week, id FROM items
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND deleted = 0
			AND (hasAny(topics, {topics:Array(String)}) OR hasAny(tools, {tools:Array(String)}) OR sensitive = 0 AND ` + strings.Join(says, " AND ") + `)
		ORDER BY published DESC, id LIMIT 1 BY week, id LIMIT {limit:UInt64} OFFSET {offset:UInt64}`
	return h
}

// holdsWordSQL is the condition of one word: a quick look for its root before the
// slow one for whole words.
const holdsWordSQL = `(positionCaseInsensitiveUTF8(title, {w%[1]d:String}) > 0 OR positionCaseInsensitiveUTF8(text, {w%[1]d:String}) > 0)
	AND (match(title, {p%[1]d:String}) OR match(text, {p%[1]d:String}))`

// searchWeeks returns the newest posts of the weeks from to to, at most limit.
// The table may hold many that no longer count, old revisions and expired texts,
// so it looks on, in ever longer steps, until it has enough or has seen all.
func (s *Store) searchWeeks(ctx context.Context, h *hunt, from, to time.Time, limit int) ([]Row, error) {
	var found []Row
	has := map[string]bool{} // a post whose date moved may stand in two weeks
	for step, offset := limit, 0; ; step, offset = min(2*step, lookUpSize), offset+step {
		args := append(slices.Clone(h.args), day("from", from), day("to", to), number("limit", step), number("offset", offset))
		weeks, ids, err := s.searchStep(ctx, h.query, args)
		if err != nil || len(ids) == 0 {
			return found, err
		}
		err = s.readRows(ctx, weeks, ids, func(r Row) {
			r.Signature, r.Seqs = nil, nil
			if !has[r.ID] && h.finds(&r) {
				has[r.ID], found = true, append(found, r)
			}
		})
		if err != nil || len(ids) < step || len(found) >= limit {
			return found[:min(len(found), limit)], err
		}
	}
}

// searchStep runs the query of a hunt.
func (s *Store) searchStep(ctx context.Context, query string, args []any) (weeks []time.Time, ids []string, err error) {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	set := weekSet{}
	for rows.Next() {
		var week time.Time
		var id string
		if err := rows.Scan(&week, &id); err != nil {
			return nil, nil, err
		}
		set.add(week)
		ids = append(ids, id)
	}
	return set.sorted(), ids, rows.Err()
}

// finds reports whether a post as it is now is looked for: the table may still
// hold revisions that no longer count.
func (h *hunt) finds(r *Row) bool {
	if anyOf(r.Topics, h.Topics) || anyOf(r.Tools, h.Tools) {
		return true
	}
	if len(h.patterns) == 0 || r.Sensitive {
		return false
	}
	for _, p := range h.patterns {
		if !p.MatchString(r.Title) && !p.MatchString(r.Text) {
			return false
		}
	}
	return true
}

func anyOf(list, of []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(of, s) })
}

// fillers are words that nobody looks for by themselves.
var fillers = []string{"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with", "y", "yr", "yn", "ar", "i", "o"}

// searchWords splits what a reader wrote; hyphens, apostrophes and signs part
// words. Fillers are left out unless there is nothing else.
func searchWords(s string) []string {
	s = strings.ToLower(strings.ToValidUTF8(s, " "))
	s = strings.NewReplacer("’s", " ", "'s", " ", "’", "'").Replace(s)
	all := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	var words []string
	for _, w := range all {
		if !slices.Contains(fillers, w) && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		words = slices.Compact(all)
	}
	return words[:min(len(words), MaxSearchWords)]
}

// root cuts an English plural ending off a word and returns the pattern of the
// endings that it may have in a text. It is a part of every form.
func root(w string) (root, ending string) {
	n := utf8.RuneCountInString(w)
	switch {
	case n > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3], `(y|ies|y['’]s)`
	case n > 3 && strings.HasSuffix(w, "y"):
		return w[:len(w)-1], `(y|ies|y['’]s)`
	case n > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss"):
		return w[:len(w)-1], `(s|es|['’]s)?`
	}
	return w, `(s|es|['’]s)?`
}
