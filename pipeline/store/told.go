package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Story is one story in a list: the post that stands for it, and who told it
// first and again, under whatever filter.
type Story struct {
	// Row is the first post of the story under the filter of the list, without
	// Signature and Seqs; Text is cut to an extract.
	Row
	Original   string   // id of the first post of all
	Here       uint64   // posts of it under the filter
	First      Posted   // the first post of all
	Copies     []Posted // the others, oldest first; at most MaxCopies
	CopyCount  uint64   // all of them
	Publishers uint64   // independent publishers of all its posts
}

// MaxCopies is how many copies of one story a list names.
const MaxCopies = 100

// Posted says who published a post, and when.
type Posted struct {
	ID, Publisher, Family, Class, AuthorKind, URL string
	Published                                     time.Time
}

// Voice is who counts as the independent publisher.
func (p Posted) Voice() string { return cmp.Or(p.Family, p.Publisher) }

// StoryPage is one page of stories; the counts are those of the cell.
type StoryPage struct {
	Generation Generation
	Counts
	List []Story
}

// storyPageSQL takes of each story the first post under the filter: the
// original where it is there, else the earliest copy, as one number that sorts
// by copied, milliseconds and 18 bits of the key. Newest first.
const storyPageSQL = `SELECT argMin(week, rank), argMin(id, rank), min(rank) AS first, count()
	FROM (
		SELECT i.week AS week, i.id AS id, sipHash64(if(c.original = '', i.id, c.original)) AS story,
			bitOr(bitOr(bitShiftLeft(toUInt64(c.original != ''), 62), bitShiftLeft(toUInt64(greatest(i.at, 0)), 18)), i.key % 262144) AS rank
		FROM (SELECT week, id, key, toUnixTimestamp64Milli(published) AS at ` + matching + `) AS i
		LEFT ANY JOIN (SELECT id, original FROM copies WHERE week >= {from:Date32} AND week <= {to:Date32}) AS c ON c.id = i.id
	)
	GROUP BY story ORDER BY first % 4611686018427387904 DESC LIMIT {limit:UInt64} OFFSET {offset:UInt64}`

// Stories returns one page of the stories that the cell under the same filter
// counts, each once, newest first, with the cell's counts. Limit is 1 to 1,000.
func (s *Store) Stories(ctx context.Context, q ItemQuery) (StoryPage, error) {
	var page StoryPage
	generation, err := s.consistent(ctx, func() error {
		page = StoryPage{}
		args, err := s.itemArgs(ctx, &q)
		if err != nil || q.From.IsZero() {
			return err
		}
		err = s.conn.QueryRow(ctx, itemCountsSQL, args...).Scan(&page.Counts.Items, &page.Publishers, &page.Counts.Stories)
		if err != nil || page.Counts.Items == 0 {
			return err
		}
		page.List, err = s.readStoryPage(ctx, append(args, number("limit", q.Limit), number("offset", q.Offset)))
		return err
	})
	if err != nil {
		return StoryPage{}, fmt.Errorf("store: stories: %w", err)
	}
	page.Generation = generation
	return page, nil
}

// Told returns who told the story of one post, which stands for it; ok is false
// where it is not stored.
func (s *Store) Told(ctx context.Context, id string) (story Story, ok bool, err error) {
	row, found, err := s.Item(ctx, id)
	if err != nil || !found {
		return Story{}, false, err
	}
	row.Signature, row.Seqs = nil, nil
	list := []Story{{Row: row, Here: 1}}
	_, err = s.consistent(ctx, func() error { return s.readTellers(ctx, list) })
	if err != nil {
		return Story{}, false, fmt.Errorf("store: story of %s: %w", id, err)
	}
	return list[0], true, nil
}

func (s *Store) readStoryPage(ctx context.Context, args []any) ([]Story, error) {
	rows, err := s.conn.Query(ctx, storyPageSQL, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	weeks, here := weekSet{}, map[string]uint64{}
	var ids []string
	for rows.Next() {
		var week time.Time
		var id string
		var rank, n uint64
		if err := rows.Scan(&week, &id, &rank, &n); err != nil {
			return nil, err
		}
		weeks.add(week)
		ids = append(ids, id)
		here[id] = n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	list := make([]Story, 0, len(ids))
	if err := s.readRows(ctx, weeks.sorted(), ids, func(r Row) {
		r.Signature, r.Seqs, r.Text = nil, nil, extract(r.Text)
		list = append(list, Story{Row: r, Here: here[r.ID]})
	}); err != nil {
		return nil, err
	}
	return list, s.readTellers(ctx, list)
}

// readTellers fills in who told each story. The copies of a story stand in the
// weeks up to copyWeeks after its original, which stands as much before any of
// them.
func (s *Store) readTellers(ctx context.Context, list []Story) error {
	weeks := weekSet{}
	for i := range list {
		weeks.add(list[i].Week)
	}
	weeks = widen(weeks, copyWeeks, copyWeeks)
	if err := s.readOriginals(ctx, weeks, list); err != nil {
		return err
	}
	members, err := s.readMembers(ctx, weeks, list)
	if err != nil {
		return err
	}
	var ids []string
	for _, some := range members {
		ids = append(ids, some...)
	}
	posted, err := s.readPosted(ctx, weeks, ids)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].tell(members[list[i].Original], posted)
	}
	return nil
}

// readOriginals names the first post of each story.
func (s *Store) readOriginals(ctx context.Context, weeks weekSet, list []Story) error {
	originals := map[string]string{}
	const query = `SELECT id, original FROM copies WHERE week IN {weeks:Array(Date32)} AND xxHash64(id) IN {keys:Array(UInt64)}`
	keys := each(list, func(s Story) uint64 { return keyOf(s.ID) })
	if err := s.eachPair(ctx, query, weeks, keys, func(id, original string) { originals[id] = original }); err != nil {
		return err
	}
	for i := range list {
		list[i].Original = cmp.Or(originals[list[i].ID], list[i].ID)
	}
	return nil
}

// readMembers returns the posts of every story that has copies, by the id of
// its first post, which is one of them.
func (s *Store) readMembers(ctx context.Context, weeks weekSet, list []Story) (map[string][]string, error) {
	members := map[string][]string{}
	wanted := map[string]bool{}
	for i := range list {
		wanted[list[i].Original] = true
	}
	keys := each(list, func(s Story) uint64 { return keyOf(s.Original) })
	const query = `SELECT id, original FROM copies WHERE week IN {weeks:Array(Date32)} AND xxHash64(original) IN {keys:Array(UInt64)}`
	err := s.eachPair(ctx, query, weeks, keys, func(id, original string) {
		if !wanted[original] {
			return // another id with this key
		}
		if members[original] == nil {
			members[original] = []string{original}
		}
		members[original] = append(members[original], id)
	})
	return members, err
}

func (s *Store) eachPair(ctx context.Context, query string, weeks weekSet, keys []uint64, take func(a, b string)) error {
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks.sorted()), numbers("keys", keys))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		take(a, b)
	}
	return rows.Err()
}

// postedFields are what Posted says, and the revision and deletion by which
// the row that counts is known.
var (
	postedFields = fieldsNamed("id", "revision", "deleted", "publisher", "class", "family", "author_kind", "published", "url", "expires")
	postedSQL    = "SELECT " + names(postedFields) + " FROM items PREWHERE key IN {keys:Array(UInt64)} WHERE week IN {weeks:Array(Date32)}"
)

func fieldsNamed(wanted ...string) (some []field) {
	for _, f := range allFields {
		if slices.Contains(wanted, f.name) {
			some = append(some, f)
		}
	}
	return some
}

// readPosted reads who published these posts. A post whose text has expired
// keeps its publisher and date.
func (s *Store) readPosted(ctx context.Context, weeks weekSet, ids []string) (map[string]Posted, error) {
	newest := map[string]record{}
	for _, id := range ids {
		newest[id] = record{}
	}
	for some := range slices.Chunk(ids, lookUpSize) {
		err := s.eachRecord(ctx, postedFields, func(r record) {
			if old, ok := newest[r.ID]; ok && r.revision > old.revision {
				newest[r.ID] = r
			}
		}, postedSQL, numbers("keys", each(some, keyOf)), days("weeks", weeks.sorted()))
		if err != nil {
			return nil, err
		}
	}
	posted := map[string]Posted{}
	for id, r := range newest {
		if r.revision > 0 && !r.Deleted {
			hideExpired(&r.Row, s.now())
			posted[id] = postedOf(&r.Row)
		}
	}
	return posted, nil
}

func postedOf(r *Row) Posted {
	return Posted{ID: r.ID, Publisher: r.Publisher, Family: r.Family, Class: r.Class, AuthorKind: r.AuthorKind, URL: r.URL, Published: r.Published}
}

// tell sorts the posts of a story by time. Without copies it is told once.
func (st *Story) tell(members []string, posted map[string]Posted) {
	var all []Posted
	for _, id := range members {
		if p, ok := posted[id]; ok {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		all = []Posted{postedOf(&st.Row)}
	}
	slices.SortFunc(all, func(a, b Posted) int { return cmp.Or(a.Published.Compare(b.Published), strings.Compare(a.ID, b.ID)) })
	voices := map[string]bool{}
	for _, p := range all {
		voices[p.Voice()] = true
	}
	st.First, st.CopyCount, st.Publishers = all[0], uint64(len(all)-1), uint64(len(voices))
	st.Copies = all[1:min(len(all), 1+MaxCopies)]
}
