package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// chartCounts are the numbers of a chart: topic -> Monday -> items.
type chartCounts map[string]map[string]int

func (c chartCounts) add(topic, week string, n int) {
	if n == 0 {
		return
	}
	if c[topic] == nil {
		c[topic] = map[string]int{}
	}
	c[topic][week] = n
}

// allWeeks and all topics: a page shows 30 otherwise.
const allWeeks = "?rows=all&weeks=104"

func fromJSON(t testing.TB, v *instance) chartCounts {
	t.Helper()
	var chart struct {
		Columns []struct{ ID string }
		Rows    []struct {
			ID    string
			Items []*int // nil where nothing was heard
		}
	}
	if err := json.Unmarshal(v.get("/charts/topics.json"+allWeeks), &chart); err != nil {
		t.Fatal(err)
	}
	counts := chartCounts{}
	for _, r := range chart.Rows {
		for i, n := range r.Items {
			if n != nil {
				counts.add(r.ID, chart.Columns[i].ID, *n)
			}
		}
	}
	return counts
}

func fromCSV(t testing.TB, v *instance) chartCounts {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(v.get("/charts/topics.csv" + allWeeks))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	topic, week, items := slices.Index(rows[0], "topic_id"), slices.Index(rows[0], "week_start"), slices.Index(rows[0], "items")
	counts := chartCounts{}
	for _, r := range rows[1:] {
		if r[items] == "" {
			continue // nothing was heard
		}
		n, err := strconv.Atoi(r[items])
		if err != nil {
			t.Fatal(err)
		}
		counts.add(r[topic], r[week], n)
	}
	return counts
}

// pageCell is a number of the page with the address behind it.
var pageCell = regexp.MustCompile(`<a[^>]* href="/items\?([^"]*)"[^>]*>(?:<[^>]*>)*([0-9,]+)<`)

func fromPage(t testing.TB, v *instance) chartCounts {
	t.Helper()
	counts := chartCounts{}
	for _, m := range pageCell.FindAllStringSubmatch(string(v.get("/"+allWeeks)), -1) {
		q := parseQuery(t, m[1])
		if q.Get("term") == "" || q.Get("week") == "" {
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		counts.add(q.Get("term"), q.Get("week"), n)
	}
	return counts
}

func compareCounts(t *testing.T, where string, got, want map[string]map[string]int) {
	t.Helper()
	bad := 0
	topics := slices.Sorted(maps.Keys(want))
	for topic := range got {
		if want[topic] == nil {
			topics = append(topics, topic)
		}
	}
	for _, topic := range topics {
		if !maps.Equal(got[topic], want[topic]) {
			if bad++; bad <= 5 {
				t.Errorf("%s: %s has %v\nrecounted %v", where, topic, got[topic], want[topic])
			}
		}
	}
	if bad > 5 {
		t.Errorf("%s: %d more topics differ", where, bad-5)
	}
}

// TestRealInputEqualsARecount is the promise of the front page: 7,093 real
// documents through the whole path, every number of the page, the CSV and the
// JSON equal to a recount that never saw the database.
func TestRealInputEqualsARecount(t *testing.T) {
	docs := readArchive(t)
	site := serveArchive(t, docs)
	v := start(t, site.configure(t, "1h"), "run", "-now", archiveEnd)
	end := v.settle()
	want, distinct := recount(t, site)
	if distinct != len(docs) || end.Items != uint64(len(docs)) {
		t.Errorf("%d documents, of which the feeds have %d and the store %d", len(docs), distinct, end.Items)
	}
	compareCounts(t, "JSON", fromJSON(t, v), want)
	compareCounts(t, "CSV", fromCSV(t, v), want)
	compareCounts(t, "page", fromPage(t, v), want)
}

// TestSecondRoundAsksOnlyForChanges visits every feed again.
func TestSecondRoundAsksOnlyForChanges(t *testing.T) {
	site := serveArchive(t, readArchive(t)[:500])
	v := start(t, site.configure(t, "2s"), "run", "-now", archiveEnd)
	first := v.settle()
	before := published(t, v)
	v.wait("to visit every feed again", func() bool { return site.same.Load() >= int64(2*len(site.feeds)) })
	if n := site.full.Load(); n != int64(len(site.feeds)) {
		t.Errorf("%d answers had a body, want one for each of %d feeds", n, len(site.feeds))
	}
	if after := published(t, v); after != before {
		t.Errorf("a round without changes published: %d items before, %d after", before, after)
	}
	if s := v.settle(); s.Items != first.Items {
		t.Errorf("%d items, %d after the second round", first.Items, s.Items)
	}
}

var publishedMetric = regexp.MustCompile(`(?m)^vantage_collector_items_total\{.*\} (\d+)$`)

func published(t *testing.T, v *instance) (n int) {
	t.Helper()
	for _, m := range publishedMetric.FindAllSubmatch(v.get("/metrics"), -1) {
		i, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		n += i
	}
	return n
}

// TestKillsChangeNoNumber kills the whole group five times, the parent alone
// three times and the engine alone three times, at random moments of a run
// over real input; then the numbers must be those of a run in peace.
func TestKillsChangeNoNumber(t *testing.T) {
	docs := readArchive(t)
	site := serveArchive(t, docs)
	dir := site.configure(t, "1h")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	moment := func() { time.Sleep(time.Duration(100+r.IntN(2500)) * time.Millisecond) }

	kinds := []string{"group", "group", "group", "group", "group", "parent", "parent", "parent", "engine", "engine", "engine"}
	r.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	v := start(t, dir, "run", "-now", archiveEnd)
	for _, kind := range kinds {
		moment()
		switch kind {
		case "engine":
			v.wait("to have an engine", func() bool { return v.enginePID() != 0 })
			kill(t, v.enginePID())
			continue
		case "parent":
			kill(t, v.cmd.Process.Pid)
			<-v.done
			eventually(t, "the engine of a killed parent ends", v.groupEmpty)
		case "group":
			v.killGroup()
		}
		v = start(t, dir, "run", "-now", archiveEnd)
	}
	end := v.settle()
	if end.Items != uint64(len(docs)) {
		t.Errorf("%d items, want %d: lost or doubled", end.Items, len(docs))
	}
	want, _ := recount(t, site)
	compareCounts(t, fmt.Sprintf("after %v", kinds), fromJSON(t, v), want)
	v.stop()
	if !v.groupEmpty() {
		t.Error("a process stayed behind")
	}
}
