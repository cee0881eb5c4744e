package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// aboutSQL are the posts about any of some councils, with their stories. What
// several councils have in common stands in no derived table.
const aboutSQL = `FROM (
		SELECT week, id, ` + voiceSQL + `, councils, ` + termColumns + ` FROM items FINAL
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND ({class:String} = '' OR class = {class:String})
			AND hasAny(councils, {councils:Array(String)})
	) AS i
	LEFT ANY JOIN (SELECT id, original FROM copies WHERE week >= {from:Date32} AND week <= {to:Date32}) AS c ON c.id = i.id`

// termsSQL are the terms of a post, and "" for the post itself.
const termsSQL = `arrayJoin(arrayConcat([''], arrayMap(t -> t::String, ` + ofKindSQL + `))) AS term`

const countsOfPosts = `uniqExact(post), uniqExact(voice), uniqExact(story)`

// severalSQL counts by term and week, and by term alone, where total is 1.
const severalSQL = `SELECT term, week, grouping(week) AS total, ` + countsOfPosts + `
FROM (
	SELECT i.week AS week, i.id AS post, voice, if(c.original = '', i.id, c.original) AS story, ` + termsSQL + `
	` + aboutSQL + `
)
GROUP BY GROUPING SETS ((term, week), (term))
ORDER BY term, week`

// countItems counts a heat map of several councils: some 0.2 s over a million
// items.
func (s *Store) countItems(ctx context.Context, h *Heat, councils []string) error {
	rows, err := s.conn.Query(ctx, severalSQL, append(filterArgs(h.Kind, h.Filter), texts("councils", councils))...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var term string
		var week time.Time
		var total uint64
		var c Counts
		if err := rows.Scan(&term, &week, &total, &c.Items, &c.Publishers, &c.Stories); err != nil {
			return err
		}
		h.addCount(term, week.UTC(), total > 0, c)
	}
	slices.SortStableFunc(h.Cells, func(a, b Cell) int { return strings.Compare(a.Term, b.Term) })
	return rows.Err()
}

// addCount takes the counts of a term, "" for all items, in a week or in all.
func (h *Heat) addCount(term string, week time.Time, total bool, c Counts) {
	switch {
	case term == "" && total:
		h.All = c
	case term == "":
		h.Heard[week] = c
	case total:
		h.Totals[term] = c
	default:
		h.Cells = append(h.Cells, Cell{Week: week, Term: term, Counts: c})
	}
}
