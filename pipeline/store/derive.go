package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// derivedTables are swapped in this order. copies comes last: while it is the
// old one, the next plan still sees that cells must follow.
var derivedTables = []string{"cells", "mentions", "channels", "copies"}

// chunkItems bounds the items derived in one query, and so its memory: an item
// takes part in some 20 groups.
const chunkItems = 250_000

// cellsSQL counts per class. An item counts once in an area, even where it
// names two councils of it. p and story are 64-bit hashes: at a million
// distinct publishers one in 37 million recounts would be off by one.
const cellsSQL = `INSERT INTO cells_staging (week, area, kind, term, class, items, publishers, stories, solo, who, shared)
SELECT week, area, tag.1 AS kind, tag.2 AS term, class,
    count(), length(groupUniqArray(p) AS who), countIf(alone) + length(groupUniqArrayIf(story, NOT alone) AS shared), countIf(alone),
    who, shared
FROM (
    SELECT week, class, sipHash64(voice) AS p,
        sipHash64(if(c.original = '', i.id, c.original)) AS story,
        c.original = '' AND i.id NOT IN (SELECT original FROM copies_staging) AS alone,
        arrayJoin(arrayDistinct(arrayConcat([''], councils::Array(String), arrayFlatten(
            arrayMap(x -> splitByChar('\n', x), arrayFilter(x -> x != '',
                arrayMap(x -> transform(x::String, {councils:Array(String)}, {areas:Array(String)}, ''), councils))))))) AS area,
        arrayJoin(` + tagsSQL + `) AS tag
    FROM (SELECT week, id, class, ` + voiceSQL + `, councils, ` + termColumns + ` FROM items FINAL WHERE week IN {weeks:Array(Date32)}) AS i
    LEFT ANY JOIN (SELECT id, original FROM copies_staging WHERE week IN {weeks:Array(Date32)}) AS c ON c.id = i.id
)
GROUP BY week, area, kind, term, class`

// cellsOverallSQL adds the rows of class ”, from the states just made.
const cellsOverallSQL = `INSERT INTO cells_staging (week, area, kind, term, class, items, publishers, stories, solo, who, shared)
SELECT week, area, kind, term, '' AS overall,
    sum(c.items), length(groupUniqArrayArray(c.who) AS everyone), sum(c.solo) + length(groupUniqArrayArray(c.shared) AS told), sum(c.solo),
    everyone, told
FROM cells_staging AS c WHERE week IN {weeks:Array(Date32)} AND class != ''
GROUP BY week, area, kind, term`

const mentionsSQL = `INSERT INTO mentions_staging (week, kind, term, source, publisher, class, items)
SELECT week, tag.1 AS kind, tag.2 AS term, source, voice, class, count()
FROM (
    SELECT week, source, ` + voiceSQL + `, class, arrayJoin(` + tagsSQL + `) AS tag
    FROM items FINAL
    WHERE week IN {weeks:Array(Date32)}
        AND id NOT IN (SELECT id FROM copies_staging WHERE week IN {weeks:Array(Date32)})
)
GROUP BY week, kind, term, source, voice, class`

const channelsSQL = `INSERT INTO channels_staging (week, source, items, oldest, newest)
SELECT week, arrayJoin(via) AS channel, count(), min(published), max(published)
FROM items FINAL WHERE week IN {weeks:Array(Date32)}
GROUP BY week, channel`

// stage derives everything that the plan rewrites into the staging tables.
func (s *Store) stage(ctx context.Context, p plan) error {
	for _, table := range derivedTables {
		if err := s.conn.Exec(ctx, "TRUNCATE TABLE "+table+"_staging"); err != nil {
			return err
		}
	}
	if err := s.stageCopies(ctx, p); err != nil {
		return fmt.Errorf("copies: %w", err)
	}
	if err := s.stageRest(ctx, p); err != nil {
		return fmt.Errorf("clean weeks: %w", err)
	}
	chunks, err := s.chunks(ctx, p.cells.sorted())
	if err != nil {
		return err
	}
	for _, weeks := range chunks {
		if err := s.stageWeeks(ctx, weeks); err != nil {
			return fmt.Errorf("week %s and %d more: %w", weeks[0].Format(time.DateOnly), len(weeks)-1, err)
		}
	}
	return nil
}

func (s *Store) stageWeeks(ctx context.Context, weeks []time.Time) error {
	councils, areas, err := s.areaLists(ctx, weeks)
	if err != nil {
		return fmt.Errorf("councils: %w", err)
	}
	list := days("weeks", weeks)
	if err := s.fillStaging(ctx, cellsSQL, list, texts("councils", councils), texts("areas", areas)); err != nil {
		return fmt.Errorf("cells: %w", err)
	}
	for _, query := range []string{cellsOverallSQL, mentionsSQL, channelsSQL} {
		if err := s.fillStaging(ctx, query, list); err != nil {
			return err
		}
	}
	return nil
}

// stageCopies writes the copies of every week that the cells of the plan look
// at: their own, and the later ones that may name one of their items.
func (s *Store) stageCopies(ctx context.Context, p plan) error {
	batch, err := s.conn.PrepareBatch(manyPartitions(ctx), "INSERT INTO copies_staging (week, id, original)")
	if err != nil {
		return err
	}
	defer batch.Close()
	n := 0
	for week, copies := range p.staged {
		for id, original := range copies {
			if err := batch.Append(week, id, original); err != nil {
				return err
			}
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return batch.Send()
}

// stageRest copies the weeks that stay as they are from the months that are
// swapped.
func (s *Store) stageRest(ctx context.Context, p plan) error {
	for _, table := range derivedTables {
		weeks, fresh := p.cells, p.cells
		if table == "copies" {
			weeks, fresh = p.copies, p.around
		}
		split := splitMonths(weeks, fresh)
		if len(split) == 0 {
			continue
		}
		query := "INSERT INTO " + table + "_staging SELECT * FROM " + table +
			" WHERE toString(toYYYYMM(week)) IN {months:Array(String)} AND week NOT IN {weeks:Array(Date32)}"
		if err := s.fillStaging(ctx, query, texts("months", split), days("weeks", fresh.sorted())); err != nil {
			return err
		}
	}
	return nil
}

// splitMonths names those months of the weeks that hold others than the fresh
// ones.
func splitMonths(weeks, fresh weekSet) []string {
	var list []time.Time
	for _, w := range weeks.sorted() {
		for n := -4; n <= 4; n++ {
			if other := addWeeks(w, n); other.Month() == w.Month() && !fresh[other] {
				list = append(list, w)
				break
			}
		}
	}
	return months(list)
}

// areaLists names the councils that the weeks' items mention and, beside each,
// its areas, one a line.
func (s *Store) areaLists(ctx context.Context, weeks []time.Time) (councils, areas []string, err error) {
	const query = `SELECT DISTINCT arrayJoin(councils)::String AS id FROM items WHERE week IN {weeks:Array(Date32)} ORDER BY id`
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, nil, err
		}
		councils = append(councils, id)
		areas = append(areas, strings.Join(s.areas(id), "\n"))
	}
	return councils, areas, rows.Err()
}

// chunks cuts the weeks so that no query derives more than chunkItems, unless
// one week alone holds more.
func (s *Store) chunks(ctx context.Context, weeks []time.Time) ([][]time.Time, error) {
	size, err := s.sizes(ctx, weeks)
	if err != nil {
		return nil, err
	}
	var chunks [][]time.Time
	var sum uint64
	for _, w := range weeks {
		if sum += size[w]; len(chunks) == 0 || sum > chunkItems {
			chunks, sum = append(chunks, nil), size[w]
		}
		chunks[len(chunks)-1] = append(chunks[len(chunks)-1], w)
	}
	return chunks, nil
}

// sizes counts the rows of the weeks.
func (s *Store) sizes(ctx context.Context, weeks []time.Time) (map[time.Time]uint64, error) {
	const query = `SELECT week, count() FROM items WHERE week IN {weeks:Array(Date32)} GROUP BY week`
	rows, err := s.conn.Query(ctx, query, days("weeks", weeks))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	size := map[time.Time]uint64{}
	for rows.Next() {
		var week time.Time
		var n uint64
		if err := rows.Scan(&week, &n); err != nil {
			return nil, err
		}
		size[week.UTC()] = n
	}
	return size, rows.Err()
}

// swap puts the staged partitions of these months in place. One that holds
// nothing any more is dropped: replacing it by nothing would leave the old one.
func (s *Store) swap(ctx context.Context, table string, parts partitions, months []string) error {
	var commands []string
	for _, month := range months {
		switch {
		case parts[table+"_staging"][month]:
			commands = append(commands, "REPLACE PARTITION "+month+" FROM "+table+"_staging")
		case parts[table][month]:
			commands = append(commands, "DROP PARTITION "+month)
		}
	}
	if len(commands) == 0 {
		return nil
	}
	if err := s.conn.Exec(ctx, "ALTER TABLE "+table+" "+strings.Join(commands, ", ")); err != nil {
		return fmt.Errorf("swap %d partitions of %s: %w", len(months), table, err)
	}
	return nil
}

// replace puts the one staged partition of a table in place.
func (s *Store) replace(ctx context.Context, table, partition string) error {
	if err := s.conn.Exec(ctx, "ALTER TABLE "+table+" REPLACE PARTITION "+partition+" FROM "+table+"_staging"); err != nil {
		return fmt.Errorf("swap %s: %w", table, err)
	}
	return nil
}

// months names the partitions of the derived tables that hold the weeks.
func months(weeks []time.Time) []string {
	var list []string
	for _, w := range weeks {
		list = append(list, w.Format("200601"))
	}
	return slices.Compact(list)
}

// partitions are the months that hold rows, by table.
type partitions map[string]map[string]bool

// partitions looks at the derived tables and their staging tables, all at once:
// one look takes some 15 ms.
func (s *Store) partitions(ctx context.Context) (partitions, error) {
	const query = `SELECT DISTINCT table, partition FROM system.parts
		WHERE database = {database:String} AND table IN {tables:Array(String)} AND active AND rows > 0`
	tables := slices.Concat(derivedTables, each(derivedTables, func(table string) string { return table + "_staging" }))
	rows, err := s.conn.Query(ctx, query, text("database", s.database), texts("tables", tables))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := partitions{}
	for rows.Next() {
		var table, month string
		if err := rows.Scan(&table, &month); err != nil {
			return nil, err
		}
		if list[table] == nil {
			list[table] = map[string]bool{}
		}
		list[table][month] = true
	}
	return list, rows.Err()
}
