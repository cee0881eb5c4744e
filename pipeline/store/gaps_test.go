package store

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"vantage/pipeline/store/engine/enginetest"
)

// frontPage is the period that is kept ready.
var frontPage = Filter{From: addWeeks(week, -25), To: week}

func addGap(t testing.TB, s *Store, gaps ...Gap) {
	t.Helper()
	for _, g := range gaps {
		if err := s.AddGap(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
}

// shown renders the gaps of a heat map as "source from+hours rate" lines.
func shown(t testing.TB, s *Store, f Filter) string {
	t.Helper()
	h, err := s.Heat(t.Context(), Topics, f)
	if err != nil {
		t.Fatal(err)
	}
	return words(h.Gaps)
}

func words(gaps []Gap) string {
	var lines []string
	for _, g := range gaps {
		lines = append(lines, fmt.Sprintf("%s %s+%g %.5f", g.Source, g.From.Format("01-02T15"), g.To.Sub(g.From).Hours(), g.Rate))
	}
	return strings.Join(lines, "; ")
}

// twoSources writes seven posts a week of feed-b, of councils in Wales, and two
// of feed-p, of the press, in the four weeks before the running one.
func twoSources(t testing.TB, s *Store) {
	t.Helper()
	for ago := 1; ago <= 4; ago++ {
		for n := range 9 {
			p := post(fmt.Sprint(ago, "-", n), 1, weeksAgo(ago), func(r *Row) { r.Councils = []string{"W1"} })
			if n >= 7 {
				p = post(fmt.Sprint(ago, "-", n), 1, weeksAgo(ago), from("feed-p", "p.example", "press"))
			}
			write(t, s, p)
		}
	}
}

// TestGapCarriesTheUsualRateOfItsSource compares with rates worked out by
// hand: 28 posts in the 805 hours from the Monday of the first post until now
// (the clocks went back on 25 October),
// without the 60 that were missed. The period that is kept ready and one that
// is counted say the same.
func TestGapCarriesTheUsualRateOfItsSource(t *testing.T) {
	s := open(t)
	twoSources(t, s)
	addGap(t, s,
		Gap{Source: "feed-b", From: addWeeks(week, -1).Add(24 * time.Hour), To: addWeeks(week, -1).Add(84 * time.Hour)},
		Gap{Source: "feed-p", From: week, To: week.Add(30 * time.Hour)},
		Gap{Source: "never-heard", From: week, To: week.Add(time.Hour)},
		Gap{Source: "feed-b", From: addWeeks(week, -40), To: addWeeks(week, -39)})
	refresh(t, s)
	if rate := 28.0 / (4*168 + 1 + 132 - 60); math.Abs(rate-0.03758) > 1e-5 {
		t.Fatal(rate)
	}
	want := "feed-b 11-10T00+60 0.03758; feed-p 11-16T00+30 0.01032; never-heard 11-16T00+1 0.00000"
	if got := shown(t, s, frontPage); got != want {
		t.Errorf("kept ready:\n got %s\nwant %s", got, want)
	}
	if _, _, ready, err := s.readSpan(ctx(t), Topics, frontPage); !ready || err != nil {
		t.Fatalf("the front page is not kept ready: %v", err)
	}
	shorter := Filter{From: addWeeks(week, -12), To: week}
	if got := shown(t, s, shorter); got != want {
		t.Errorf("counted:\n got %s\nwant %s", got, want)
	}
	h, err := s.CouncilHeat(ctx(t), Topics, shorter, nil)
	if err != nil || words(h.Gaps) != want {
		t.Errorf("by council: %s, %v", words(h.Gaps), err)
	}
}

// TestGapOfASourceThatTheChartDoesNotCountIsNotShown holds a gap of the press
// away from a chart of councils, and one of Wales from a chart of England.
func TestGapOfASourceThatTheChartDoesNotCountIsNotShown(t *testing.T) {
	s := open(t)
	twoSources(t, s)
	addGap(t, s,
		Gap{Source: "feed-b", From: addWeeks(week, -1), To: addWeeks(week, -1).Add(60 * time.Hour)},
		Gap{Source: "feed-p", From: week, To: week.Add(30 * time.Hour)})
	refresh(t, s)
	for name, c := range map[string]struct {
		f    Filter
		want string
	}{
		"councils":         {Filter{Class: "council"}, "feed-b 11-09T00+60 0.03758"},
		"press":            {Filter{Class: "press"}, "feed-p 11-16T00+30 0.01032"},
		"Wales":            {Filter{Area: "nation:Wales"}, "feed-b 11-09T00+60 0.03758"},
		"a Welsh council":  {Filter{Area: "W1"}, "feed-b 11-09T00+60 0.03758"},
		"England":          {Filter{Area: "nation:England"}, ""},
		"press in Wales":   {Filter{Area: "nation:Wales", Class: "press"}, ""},
		"people":           {Filter{Class: "person"}, ""},
		"after both weeks": {Filter{From: addWeeks(week, 1), To: addWeeks(week, 1)}, ""},
	} {
		if c.f.From.IsZero() {
			c.f.From, c.f.To = frontPage.From, frontPage.To
		}
		if got := shown(t, s, c.f); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// TestCopiesWeighNothing: a source that only repeats what others said first is
// missed without a loss.
func TestCopiesWeighNothing(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, release(1)), post("z", 1, release(2), from("feed-z", "z.example", "council"), func(r *Row) { r.Councils = []string{"W1"} }))
	addGap(t, s, Gap{Source: "feed-z", From: week, To: week.Add(time.Hour)})
	refresh(t, s)
	if got := shown(t, s, frontPage); got != "feed-z 11-16T00+1 0.00000" {
		t.Error(got)
	}
	for _, f := range []Filter{{Class: "council"}, {Area: "W1"}} {
		f.From, f.To = frontPage.From, frontPage.To
		if got := shown(t, s, f); got != "" {
			t.Errorf("%+v: %s", f, got)
		}
	}
}

func TestGapMakesANewGenerationAndLeavesTheNumbers(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	refresh(t, s)
	addGap(t, s, Gap{Source: "feed-b", From: addWeeks(week, -3), To: addWeeks(week, -2)})
	refresh(t, s)
	h, err := s.Heat(ctx(t), Topics, frontPage)
	if err != nil || h.Generation.Number != 2 || len(h.Gaps) != 1 || h.All.Items != 1 {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestOddGaps: one that comes twice, several that overlap, hours that no week
// can hold, and none at all. None of them may stop the pipeline for good.
func TestOddGaps(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	at := func(hours int) time.Time { return week.Add(time.Duration(hours) * time.Hour) }
	addGap(t, s, Gap{Source: "x", From: at(1), To: at(3)}, Gap{Source: "x", From: at(1), To: at(3)}, Gap{Source: "x", From: at(2), To: at(5)},
		Gap{Source: "x", From: at(5), To: at(6)}, Gap{Source: "x", From: at(8), To: at(9)},
		Gap{Source: `q"'\` + "\t\n", From: at(1), To: at(2)},
		Gap{Source: "wide", From: time.Date(-9000, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
		Gap{Source: "later", From: time.Date(5000, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)})
	refresh(t, s)
	want := "wide 01-01T00+1.139568e+06 0.00000; q\"'\\\t\n 11-16T01+1 0.00000; x 11-16T01+5 0.00000; x 11-16T08+1 0.00000"
	if got := shown(t, s, frontPage); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if err := s.AddGap(ctx(t), Gap{Source: "x", From: week, To: week}); err == nil {
		t.Error("took an empty gap")
	}
	if err := s.AddGap(ctx(t), Gap{From: week, To: at(1)}); err == nil {
		t.Error("took a gap of no source")
	}
}

// TestThousandsOfGapsDoNotStopARefresh: an address holds a megabyte at most.
func TestThousandsOfGapsDoNotStopARefresh(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1))
	const fill = `INSERT INTO gaps SELECT concat('source-', toString(number % 500)), toDateTime64('2026-06-01 00:00:00', 3, 'UTC') + toIntervalHour(number / 500 * 4) AS t,
		t + toIntervalHour(1) FROM numbers(20000)`
	if err := s.conn.Exec(ctx(t), fill); err != nil {
		t.Fatal(err)
	}
	refresh(t, s)
	for _, f := range []Filter{frontPage, {From: addWeeks(week, -24), To: week}} {
		if h, err := s.Heat(ctx(t), Topics, f); err != nil || len(h.Gaps) != 20000 || h.All.Items != 1 || len(h.Totals) != 1 {
			t.Errorf("%d gaps, %+v, %v", len(h.Gaps), h.All, err)
		}
	}
}

// TestWeeksOfGapsBeginInLondon: in summer the week begins an hour before
// midnight UTC.
func TestWeeksOfGapsBeginInLondon(t *testing.T) {
	s := open(t)
	july := time.Date(2026, 7, 6, 0, 0, 0, 0, time.UTC)
	addGap(t, s, Gap{Source: "in", From: july.Add(-2 * time.Hour), To: july.Add(-30 * time.Minute)},
		Gap{Source: "out", From: july.Add(-3 * time.Hour), To: july.Add(-time.Hour)})
	write(t, s, post("a", 1, published(july.Add(time.Hour))))
	refresh(t, s)
	if got := shown(t, s, Filter{From: july, To: july}); !strings.HasPrefix(got, "in ") || strings.Contains(got, "out") {
		t.Error(got)
	}
}

// TestDatabaseOfAnEarlierSchemaIsBroughtUpToDate opens a database as the first
// three schema files made it, with a ranking and a period in their old form.
func TestDatabaseOfAnEarlierSchemaIsBroughtUpToDate(t *testing.T) {
	server := enginetest.Open(t)
	old := &Store{conn: server.Connect(t), database: server.Database}
	exec := func(query string) {
		t.Helper()
		if err := old.conn.Exec(ctx(t), query); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE schema_files (number UInt32, name String) ENGINE = ReplacingMergeTree ORDER BY number`)
	first := []string{"schema/0001_items.sql", "schema/0002_derived.sql", "schema/0003_radar.sql"}
	for _, name := range first {
		if err := old.applyFile(ctx(t), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.recordFiles(ctx(t), first, 0); err != nil {
		t.Fatal(err)
	}
	exec(`INSERT INTO rankings (as_of, kind, rules) VALUES ('2026-11-16', 'topic', 'radar-1')`)
	exec(`INSERT INTO spans (first, last, kind) VALUES ('2026-05-25', '2026-11-16', '')`)
	s := reopen(t, server)
	write(t, s, post("a", 1))
	refresh(t, s)
	h, err := s.Heat(ctx(t), Topics, frontPage)
	if err != nil || h.All.Items != 1 || h.Generation.Number != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	if got, err := s.Scores(ctx(t), Topics, week); err != nil || got.Computed.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got, want := tables(t, s), tables(t, open(t)); got != want {
		t.Errorf("the tables are\n%s\nand those of a new database\n%s", got, want)
	}
}

// tables describes all tables of a store and the schema files it knows.
func tables(t *testing.T, s *Store) (list string) {
	t.Helper()
	const query = `SELECT arrayStringConcat(arraySort(groupArray(line)), '\n') FROM (
		SELECT concat(name, ' ', replaceAll(engine_full, database, '')) AS line FROM system.tables WHERE database = {database:String}
		UNION ALL SELECT concat(table, '.', name, ' ', toString(position), ' ', type) FROM system.columns WHERE database = {database:String}
		UNION ALL SELECT concat(toString(number), ' ', name) FROM schema_files FINAL)`
	if err := s.conn.QueryRow(ctx(t), query, text("database", s.database)).Scan(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCutOffCellsAreAnError(t *testing.T) {
	for text, want := range map[string]string{"[]": "[]", "[(20773,1,2,3)]": "[20773 1 2 3]", "[(-3,1,2,3),(4,5,6,7)]": "[-3 1 2 3 4 5 6 7]"} {
		if got, err := cellNumbers(text); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "[", "[(1,2,3,4", "[(1,2,3)]", "[(1,2,x,4)]", "(1,2,3,4)"} {
		if _, err := cellNumbers(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
