package store

import (
	"context"
	"strings"
)

// Where several councils count for one, its cells are theirs put together:
// publishers and stories told more than once are sets, which unite. Posts and
// stories told once add up, but for posts that name two of the councils; these
// few are looked for among the items.

// jointSQL puts cells together: {targets} names beside each of {councils}
// those that it counts for, one a line.
const jointSQL = `SELECT target, term, sum(n), uniqExactArray(who), sum(alone) + uniqExactArray(told)
FROM (
	SELECT arrayJoin(splitByChar('\n', transform(area::String, {councils:Array(String)}, {targets:Array(String)}, ''))) AS target,
		c.term::String AS term, c.items AS n, who, solo AS alone, shared AS told
	FROM cells AS c
	WHERE week >= {from:Date32} AND week <= {to:Date32} AND class = {class:String} AND kind IN ('', {kind:String})
		AND area IN {councils:Array(String)}
)
GROUP BY target, term`

// repeatsSQL counts how often posts are too many in these sums, and of them
// those that are a story alone. FINAL over all items would read every id; the
// keys of the posts that name two of the councils are found first.
const repeatsSQL = `SELECT target, term, sum(toUInt64(times - 1)), sumIf(toUInt64(times - 1), alone)
FROM (
	SELECT ` + termsSQL + `, alone, arrayJoin(arrayMap(t -> (t, countEqual(targets, t)), arrayDistinct(targets))) AS pair, pair.1 AS target, pair.2 AS times
	FROM (
		SELECT *, arrayFlatten(arrayMap(x -> splitByChar('\n', x), arrayFilter(x -> x != '',
				arrayMap(x -> transform(x::String, {councils:Array(String)}, {targets:Array(String)}, ''), councils)))) AS targets,
			id NOT IN (SELECT id FROM copies WHERE week >= {from:Date32}) AND id NOT IN (SELECT original FROM copies WHERE week >= {from:Date32}) AS alone
		FROM items FINAL
		PREWHERE key IN (SELECT key FROM items WHERE week >= {from:Date32} AND week <= {to:Date32}
			AND length(councils) > 1 AND arrayCount(x -> transform(x::String, {councils:Array(String)}, {targets:Array(String)}, '') != '', councils) > 1)
		WHERE week >= {from:Date32} AND week <= {to:Date32} AND ({class:String} = '' OR class = {class:String})
	)
)
WHERE times > 1 GROUP BY target, term`

// countMixed counts the posts, publishers and stories of the councils that
// several of those heard count for.
func (s *Store) countMixed(ctx context.Context, kind string, f Filter, sum *rolled, mixed []string) error {
	lists := map[string][]string{}
	for _, target := range mixed {
		for _, id := range sum.from[target] {
			lists[id] = append(lists[id], target)
		}
	}
	var councils, targets []string
	for id, list := range lists {
		councils, targets = append(councils, id), append(targets, strings.Join(list, "\n"))
	}
	args := append(filterArgs(kind, f), texts("councils", councils), texts("targets", targets))
	rows, err := s.conn.Query(ctx, jointSQL, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at place
		var c Counts
		if err := rows.Scan(&at.council, &at.term, &c.Items, &c.Publishers, &c.Stories); err != nil {
			return err
		}
		sum.sums[at] = Mentioned{sum.sums[at].Mentions, c}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return s.dropRepeats(ctx, args, sum)
}

// dropRepeats takes away what posts count too often. The items may be some
// seconds ahead of the cells, so it never takes all.
func (s *Store) dropRepeats(ctx context.Context, args []any, sum *rolled) error {
	rows, err := s.conn.Query(ctx, repeatsSQL, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at place
		var posts, alone uint64
		if err := rows.Scan(&at.council, &at.term, &posts, &alone); err != nil {
			return err
		}
		if m, known := sum.sums[at]; known {
			m.Items -= min(posts, m.Items-1)
			m.Stories -= min(alone, m.Stories-1)
			sum.sums[at] = m
		}
	}
	return rows.Err()
}
