package radar

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"vantage/pipeline/story"
)

// document is one text of a corpus with its two-word phrases.
type document struct {
	Date, Title, Lead, Body, Kind, Place string
	Sources                              []string

	feed, source string
	phrases      []string
}

// archive is a corpus by unit of time, copies left out. A unit takes the part
// of the radar's week, however long it is: what matters is how much comes in.
type archive struct {
	start time.Time
	units [][]document
	first map[string]int // unit in which a source or feed was first heard
}

// read reads one of the shared collections of dated texts.
func read(t *testing.T, name, start string, days int) archive {
	t.Helper()
	dir := cmp.Or(os.Getenv("VANTAGE_SHARED"), filepath.Join("..", "..", "..", "shared"))
	f, err := os.Open(filepath.Join(dir, "corpora", name+".jsonl.gz"))
	if err != nil {
		t.Skipf("the shared corpora are not here (set VANTAGE_SHARED): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	a := archive{first: map[string]int{}}
	if a.start, err = time.Parse(time.DateOnly, start); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(z)
	in.Buffer(nil, 8<<20)
	var docs []document
	var entries []story.Entry
	for in.Scan() {
		var d document
		if err := json.Unmarshal(in.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.DateOnly, d.Date)
		if err != nil || at.Before(a.start) || len(d.Sources) == 0 {
			continue
		}
		d.source, d.feed = d.Sources[0], cmp.Or(d.Kind, "all")
		entries = append(entries, story.Entry{ID: fmt.Sprint(len(docs)), Published: at, Signature: story.Sign(nil, d.Title, d.Lead+"\n"+d.Body)})
		docs = append(docs, d)
	}
	copies := story.Copies(entries)
	for i, d := range docs {
		u := int(entries[i].Published.Sub(a.start) / (24 * time.Hour) / time.Duration(days))
		for u >= len(a.units) {
			a.units = append(a.units, nil)
		}
		if _, ok := copies[fmt.Sprint(i)]; ok {
			continue
		}
		d.phrases = phrases(d.Title + ". " + d.Lead + ". " + d.Body)
		a.units[u] = append(a.units[u], d)
		for _, who := range []string{d.source, "feed " + d.feed} {
			if first, ok := a.first[who]; !ok || u < first {
				a.first[who] = u
			}
		}
	}
	return a
}

var stop = wordSet(`about after all also and any are been between both but can could did does each for from
	get gov had has have her his how into its may more not one other our out over per set should some such than that
	the their them there these they this those two under use used using via was were what when where which who will
	with within would you your january february march april may june july august september october november december`)

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// phrases returns the distinct pairs of neighbouring words without stop words.
func phrases(s string) []string {
	seen := map[string]bool{}
	before := ""
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '.' && r != '\'' }) {
		plain := strings.Trim(w, ".'")
		if len(plain) < 3 || stop[plain] {
			before = ""
			continue
		}
		if before != "" {
			seen[before+" "+plain] = true
		}
		if before = plain; strings.HasSuffix(w, ".") {
			before = ""
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// monday is the date that unit u begins on for the radar, which counts weeks.
func monday(u int) time.Time { return asOf.AddDate(0, 0, 7*(u-10_000)) }

// past counts the sixteen units before unit now for the radar.
func (a archive) past(now int) Input {
	in := Input{AsOf: monday(now)}
	feeds, counts := map[string]*Feed{}, map[[2]string]*Count{}
	terms, said := map[string]*Term{}, map[string]map[string]bool{}
	for u := range Units {
		spoke := map[[3]string]bool{}
		for _, d := range a.units[now-1-u] {
			f := feeds[d.feed]
			if f == nil {
				f = &Feed{Key: d.feed, First: monday(a.first["feed "+d.feed])}
				feeds[d.feed] = f
			}
			f.Items[u]++
			for _, p := range d.phrases {
				key := [2]string{p, d.feed}
				c, t := counts[key], terms[p]
				if c == nil {
					c = &Count{Term: p, Feed: d.feed}
					counts[key] = c
				}
				if t == nil {
					t = &Term{ID: p}
					terms[p], said[p] = t, map[string]bool{}
				}
				c.Items[u]++
				if who := [3]string{p, d.feed, d.source}; !spoke[who] {
					spoke[who] = true
					c.Sources[u]++
				}
				if u < EvidenceWeeks {
					t.Items28++
					said[p][d.source] = true
				}
				if u == 0 {
					t.Items7++
				}
			}
		}
	}
	for _, f := range feeds {
		in.Feeds = append(in.Feeds, *f)
	}
	for p, t := range terms {
		for who := range said[p] {
			t.Sources++
			if a.first[who] < now-EvidenceWeeks {
				t.Known++
			}
		}
		in.Terms = append(in.Terms, *t)
	}
	for _, c := range counts {
		in.Counts = append(in.Counts, *c)
	}
	return in
}

// stayed returns the phrases that over the four units from now on have six
// items, three sources, three units, and double what the rates of the same
// feeds over the baseline predict.
func (a archive) stayed(in Input, now int) map[string]bool {
	base, all := map[string]float64{}, 0.0
	for _, f := range in.Feeds {
		base[f.Key] = float64(sum(f.Items[EvidenceWeeks:]))
		all += base[f.Key]
	}
	size, items := map[string]float64{}, map[string]int{}
	sources, seen := map[string]map[string]bool{}, map[string]map[int]bool{}
	for u := now; u < now+4; u++ {
		for _, d := range a.units[u] {
			size[d.feed]++
			for _, p := range d.phrases {
				if sources[p] == nil {
					sources[p], seen[p] = map[string]bool{}, map[int]bool{}
				}
				items[p]++
				sources[p][d.source], seen[p][u] = true, true
			}
		}
	}
	prior := 0.0
	for f, n := range size {
		prior += n * PriorItems / (base[f] + PriorItems)
	}
	usual := map[string]float64{}
	for _, c := range in.Counts {
		b := float64(sum(c.Items[EvidenceWeeks:]))
		usual[c.Term] += b*size[c.Feed]/(base[c.Feed]+PriorItems) + b/all*prior
	}
	yes := map[string]bool{}
	for p, n := range items {
		yes[p] = n >= 6 && len(sources[p]) >= 3 && len(seen[p]) >= 3 && float64(n) >= 2*usual[p]
	}
	return yes
}

// distinct keeps the first n phrases that are not the same story as a better
// one: at most 60 % of their items in common, and at most 70 % of their own.
func (a archive) distinct(now int, ranked []string, n int) []string {
	docs := map[string]map[int]bool{}
	id := 0
	for u := range EvidenceWeeks {
		for _, d := range a.units[now-1-u] {
			id++
			for _, p := range d.phrases {
				if docs[p] == nil {
					docs[p] = map[int]bool{}
				}
				docs[p][id] = true
			}
		}
	}
	var kept []string
	for _, p := range ranked {
		same := slices.ContainsFunc(kept, func(k string) bool {
			both := 0.0
			for d := range docs[p] {
				if docs[k][d] {
					both++
				}
			}
			return both >= 0.6*(float64(len(docs[p])+len(docs[k]))-both) || both >= 0.7*float64(len(docs[p]))
		})
		if !same {
			kept = append(kept, p)
		}
		if len(kept) == n {
			break
		}
	}
	return kept
}
