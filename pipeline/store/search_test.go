package store

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func said(title, text string) func(*Row) {
	return func(r *Row) { r.Title, r.Text, r.Topics, r.ContentHash = title, text, nil, title+text }
}

// searched returns the ids of the posts found by words in the last 26 weeks.
func searched(t testing.TB, s *Store, q SearchQuery) []string {
	t.Helper()
	q.From, q.To, q.Patience = week.AddDate(0, 0, -7*25), week, time.Minute
	if q.Limit == 0 {
		q.Limit = 50
	}
	page, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%q: %v", q.Words, err)
	}
	var ids []string
	for _, r := range page.Items {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestSearchFindsWholeWordsInAnyForm(t *testing.T) {
	s := open(t)
	write(t, s,
		post("bins", 1, said("Two bins for flats", "The council's policies on recycling-bins")),
		post("cabinet", 1, said("Cabinet meets", "A policy for Môn")),
		post("tagged", 1, topics("rpa")),
		post("old", 1, said("A bin of long ago", ""), published(week.AddDate(0, 0, -7*40))),
		post("secret", 1, said("A bin", "hidden"), func(r *Row) { r.Sensitive = true }),
		post("expired", 1, said("A bin", "gone"), func(r *Row) { r.Expires = now.Add(-time.Hour) }),
	)
	for _, tt := range []struct {
		words string
		want  []string
	}{
		{"bin", []string{"bins"}}, {"BINS", []string{"bins"}}, {"bin's", []string{"bins"}}, {"recycling-bin", []string{"bins"}},
		{"policy", []string{"bins", "cabinet"}}, {"policies", []string{"bins", "cabinet"}}, {"policies and bins", []string{"bins"}},
		{"Môn", []string{"cabinet"}}, {"MÔN", []string{"cabinet"}}, {"inet", nil}, {"council", []string{"bins"}},
		{"', '') OR 1 = 1 --", nil}, {"%", nil}, {"bin.*", []string{"bins"}}, {"{w0:String}", nil}, {"שלום", nil}, {"\xff\x00", nil},
	} {
		got := searched(t, s, SearchQuery{Words: tt.words})
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q finds %v, want %v", tt.words, got, tt.want)
		}
	}
	if got := searched(t, s, SearchQuery{Words: "robots", Topics: []string{"rpa"}}); !slices.Equal(got, []string{"tagged"}) {
		t.Errorf("the topic of the words finds %v", got)
	}
}

func TestSearchFindsWhatIsThereNow(t *testing.T) {
	s := open(t)
	write(t, s, post("a", 1, said("gritters", "")), post("b", 1, said("gritters", "")), post("c", 1, said("gritters", "")))
	write(t, s, post("a", 2, said("bins", "")), gone("b", 2), post("c", 2, said("gritters moved", ""), published(week.AddDate(0, 0, -7))))
	if got := searched(t, s, SearchQuery{Words: "gritter"}); !slices.Equal(got, []string{"c"}) {
		t.Errorf("found %v, want the one that still says so, once", got)
	}
}

func TestSearchTurnsPages(t *testing.T) {
	s := open(t)
	var rows []Row
	for i := range 30 {
		rows = append(rows, post(fmt.Sprintf("p%02d", i), 1, said("gritters out "+strconv.Itoa(i), ""), published(week.AddDate(0, 0, -i*6))))
	}
	write(t, s, rows...)
	var all []string
	for offset := 0; ; offset += 7 {
		page, err := s.Search(t.Context(), SearchQuery{Words: "gritters", From: week.AddDate(0, 0, -7*25), To: week, Limit: 7, Offset: offset, Patience: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Items {
			all = append(all, r.ID)
		}
		if !page.More {
			break
		}
	}
	if len(all) != 30 || !slices.IsSorted(all) {
		t.Errorf("the pages hold %v, want 30 posts, newest first", all)
	}
}

func TestSearchWords(t *testing.T) {
	for s, want := range map[string]string{
		"The bins of Leeds": "bins leeds", "council’s AI-policy": "council ai policy", "the": "the", "": "", "--": "", "a b b": "b",
		"one two three four five six seven eight nine": "one two three four five six seven eight",
	} {
		if got := strings.Join(searchWords(s), " "); got != want {
			t.Errorf("%q gives %q, want %q", s, got, want)
		}
	}
}

// BenchmarkSearch looks for words in a database of a million posts, or of as
// many as VANTAGE_BENCH_ROWS says.
func BenchmarkSearch(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("VANTAGE_BENCH_ROWS"))
	if n == 0 {
		n = 1_000_000
	}
	s := open(b)
	g := newRealRows(26)
	for left := n; left > 0; left -= 5000 {
		write(b, s, g.rows(min(left, 5000))...)
	}
	common, rare := g.words[17], "nowhere"
	for _, q := range []SearchQuery{{Words: common}, {Words: common + " " + g.words[18]}, {Words: rare}, {Words: rare, Topics: []string{"topic-01"}}} {
		b.Run(fmt.Sprintf("%d words, %d topics, rare %v", len(searchWords(q.Words)), len(q.Topics), q.Words == rare), func(b *testing.B) {
			for b.Loop() {
				searched(b, s, q)
			}
		})
	}
}

// The table holds revisions that no longer count until it merges them, and
// texts until a day after they expired.
func TestSearchLooksBehindWhatNoLongerCounts(t *testing.T) {
	s := open(t)
	at := func(n int) func(*Row) { return published(week.Add(30*time.Hour - time.Duration(n)*time.Minute)) }
	var before, after []Row
	for n := range 40 {
		id := fmt.Sprintf("p%02d", n)
		before = append(before, post(id, 1, said("gritters", ""), at(n)))
		if n < 35 {
			after = append(after, post(id, 2, said("bins", ""), at(n)))
		}
	}
	write(t, s, before...)
	write(t, s, after...)
	if got := searched(t, s, SearchQuery{Words: "gritters", Limit: 3}); !slices.Equal(got, []string{"p35", "p36", "p37"}) {
		t.Errorf("found %v", got)
	}
	if got := searched(t, s, SearchQuery{Words: "gritters", Limit: 3, Offset: 3}); !slices.Equal(got, []string{"p38", "p39"}) {
		t.Errorf("found on the second page %v", got)
	}
}
