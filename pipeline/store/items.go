package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// extractRunes is how much of a text a list of items shows.
const extractRunes = 300

// maxPage bounds one page of items.
const maxPage = 1000

// matching are the items counted in a cell, under the same rules as the cells:
// live, tagged, about a council of the area. An empty list of councils means
// everywhere.
const matching = `FROM items FINAL
	WHERE week >= {from:Date32} AND week <= {to:Date32}
		AND ({class:String} = '' OR class = {class:String})
		AND ({term:String} = '' OR has(` + ofKindSQL + `, {term:String}))
		AND ` + saysSQL + `
		AND (empty({about:Array(String)}) OR hasAny(councils, {about:Array(String)}))
		AND (NOT {inarea:Bool} OR hasAny(councils, {councils:Array(String)}))`

const itemCountsSQL = `SELECT count(), uniqExact(voice), uniqExact(if(c.original = '', i.id, c.original))
	FROM (SELECT id, ` + voiceSQL + ` ` + matching + `) AS i
	LEFT ANY JOIN (SELECT id, original FROM copies WHERE week >= {from:Date32} AND week <= {to:Date32}) AS c ON c.id = i.id`

const itemPageSQL = `SELECT week, id ` + matching + ` ORDER BY published DESC, id LIMIT {limit:UInt64} OFFSET {offset:UInt64}`

// Items returns one page of the items that the cell under the same filter
// counts, newest first, with the cell's counts. Limit is 1 to 1,000.
func (s *Store) Items(ctx context.Context, q ItemQuery) (ItemPage, error) {
	var page ItemPage
	generation, err := s.consistent(ctx, func() (err error) {
		page = ItemPage{Story: map[string]string{}}
		return s.readItems(ctx, q, &page)
	})
	if err != nil {
		return ItemPage{}, fmt.Errorf("store: items: %w", err)
	}
	page.Generation = generation
	return page, nil
}

// itemArgs are the parameters of matching. The period of q is filled in; From
// stays zero where nothing is stored.
func (s *Store) itemArgs(ctx context.Context, q *ItemQuery) ([]any, error) {
	if q.Limit < 1 || q.Limit > maxPage || q.Offset < 0 {
		return nil, fmt.Errorf("limit %d and offset %d: ask for 1 to %d items from 0 on", q.Limit, q.Offset, maxPage)
	}
	var err error
	if q.Filter, err = s.period(ctx, q.Filter); err != nil || q.From.IsZero() {
		return nil, err
	}
	var councils []string
	if q.somewhere() {
		if councils, err = s.councilsIn(ctx, q.Filter); err != nil {
			return nil, err
		}
	}
	return append(filterArgs(q.Kind, q.Filter), text("term", q.Term), texts("about", q.About),
		boolean("inarea", q.somewhere()), texts("councils", councils),
		text("stage", q.Stage), texts("facets", q.Facets), text("adoption", q.Adoption)), nil
}

func (s *Store) readItems(ctx context.Context, q ItemQuery, page *ItemPage) error {
	args, err := s.itemArgs(ctx, &q)
	if err != nil || q.From.IsZero() {
		return err
	}
	err = s.conn.QueryRow(ctx, itemCountsSQL, args...).Scan(&page.Counts.Items, &page.Publishers, &page.Stories)
	if err != nil || page.Counts.Items == 0 {
		return err
	}
	args = append(args, number("limit", q.Limit), number("offset", q.Offset))
	if err := s.readPage(ctx, args, page); err != nil {
		return err
	}
	return s.readStories(ctx, page)
}

// readPage finds the page's ids first, so that texts are read for them alone.
func (s *Store) readPage(ctx context.Context, args []any, page *ItemPage) error {
	rows, err := s.conn.Query(ctx, itemPageSQL, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	weeks := weekSet{}
	var ids []string
	for rows.Next() {
		var week time.Time
		var id string
		if err := rows.Scan(&week, &id); err != nil {
			return err
		}
		weeks.add(week)
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	byID := map[string]Row{}
	if err := s.readRows(ctx, weeks.sorted(), ids, func(r Row) {
		r.Signature, r.Seqs, r.Text = nil, nil, extract(r.Text)
		byID[r.ID] = r
	}); err != nil {
		return err
	}
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			page.Items = append(page.Items, r)
		}
	}
	return nil
}

// readRows reads live rows whole; what has expired is left out of them. It
// reads every revision of these ids and takes the highest, because
// FINAL would read the texts of all their neighbours too.
func (s *Store) readRows(ctx context.Context, weeks []time.Time, ids []string, take func(Row)) error {
	now := s.now()
	wanted := make(map[string]record, len(ids))
	for _, id := range ids {
		wanted[id] = record{}
	}
	err := s.eachRecord(ctx, allFields, func(r record) {
		if old, ok := wanted[r.ID]; ok && r.revision > old.revision {
			wanted[r.ID] = r
		}
	}, rowsSQL, days("weeks", weeks), numbers("keys", each(ids, keyOf)))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if r := wanted[id]; r.revision > 0 && !r.Deleted {
			hideExpired(&r.Row, now)
			take(r.Row)
		}
	}
	return nil
}

var (
	allFields = concat(small, content, signs)
	rowsSQL   = "SELECT " + names(allFields) + " FROM items PREWHERE key IN {keys:Array(UInt64)} WHERE week IN {weeks:Array(Date32)}"
)

// readStories names the originals of the copies on the page.
func (s *Store) readStories(ctx context.Context, page *ItemPage) error {
	weeks := weekSet{}
	keys := make([]uint64, len(page.Items))
	for i, r := range page.Items {
		weeks.add(r.Week)
		keys[i] = keyOf(r.ID)
	}
	const query = `SELECT id, original FROM copies WHERE week IN {weeks:Array(Date32)} AND xxHash64(id) IN {keys:Array(UInt64)}`
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks.sorted()), numbers("keys", keys))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, original string
		if err := rows.Scan(&id, &original); err != nil {
			return err
		}
		page.Story[id] = original
	}
	return rows.Err()
}

// Item returns one post with its whole text, and whether it is stored.
func (s *Store) Item(ctx context.Context, id string) (Row, bool, error) {
	entries, err := s.lookUp(ctx, []string{id})
	if err != nil {
		return Row{}, false, fmt.Errorf("store: item %s: %w", id, err)
	}
	e := entries[id]
	if !e.known || e.row.Deleted {
		return Row{}, false, nil
	}
	var row Row
	found := false
	err = s.readRows(ctx, []time.Time{e.row.Week}, []string{id}, func(r Row) { row, found = r, true })
	if err != nil {
		return Row{}, false, fmt.Errorf("store: item %s: %w", id, err)
	}
	return row, found, nil
}

// extract cuts a text to its beginning, behind a whole word where there is one.
func extract(s string) string {
	n := 0
	for i := range s {
		if n == extractRunes {
			if space := strings.LastIndexByte(s[:i], ' '); space > 0 {
				i = space
			}
			return strings.TrimRight(s[:i], " ,;:–-") + " …"
		}
		n++
	}
	return s
}
