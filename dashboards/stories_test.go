package dashboards

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/pipeline/store"
)

func (m *memory) Stories(_ context.Context, q store.ItemQuery) (store.StoryPage, error) {
	p := store.StoryPage{Generation: m.gen()}
	here := map[string][]store.Row{}
	var c count
	for _, r := range m.rows {
		if m.match(r, q.Kind, q.Term, q.About, q.Filter) && says(r, q) {
			m.add(&c, r)
			here[m.original(r.ID)] = append(here[m.original(r.ID)], r)
		}
	}
	var shown []store.Row // of each story
	for original, rows := range here {
		first := slices.MinFunc(rows, byTime)
		if i := slices.IndexFunc(rows, func(r store.Row) bool { return r.ID == original }); i >= 0 {
			first = rows[i]
		}
		shown = append(shown, first)
	}
	// Of the same moment, the store's order is by the key of the id.
	slices.SortFunc(shown, func(a, b store.Row) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(xxhash.Sum64String(b.ID)%(1<<18), xxhash.Sum64String(a.ID)%(1<<18)))
	})
	p.Counts = c.counts()
	told := m.told()
	for _, r := range shown[min(q.Offset, len(shown)):min(q.Offset+q.Limit, len(shown))] {
		original := m.original(r.ID)
		p.List = append(p.List, storyOf(r, original, told[original], uint64(len(here[original]))))
	}
	return p, m.fail
}

func byTime(a, b store.Row) int {
	return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.ID, b.ID))
}

func (m *memory) original(id string) string { return cmp.Or(m.copies[id], id) }

// told groups all rows by the post that told it first.
func (m *memory) told() map[string][]store.Row {
	all := map[string][]store.Row{}
	for _, r := range m.rows {
		all[m.original(r.ID)] = append(all[m.original(r.ID)], r)
	}
	return all
}

// storyOf is the story of all its posts as one of them shows it.
func storyOf(shown store.Row, original string, all []store.Row, here uint64) store.Story {
	s := store.Story{Row: shown, Original: original, Here: here}
	slices.SortFunc(all, byTime)
	voices := map[string]bool{}
	for i, r := range all {
		p := store.Posted{ID: r.ID, Publisher: r.Publisher, Family: r.Family, Class: r.Class, AuthorKind: r.AuthorKind, URL: r.URL, Published: r.Published}
		voices[p.Voice()] = true
		if i == 0 {
			s.First = p
		} else if i <= store.MaxCopies {
			s.Copies = append(s.Copies, p)
		}
	}
	s.CopyCount, s.Publishers = uint64(len(all)-1), uint64(len(voices))
	return s
}

func (m *memory) Told(_ context.Context, id string) (store.Story, bool, error) {
	for _, r := range m.rows {
		if r.ID == id {
			return storyOf(r, m.original(id), m.told()[m.original(id)], 1), true, m.fail
		}
	}
	return store.Story{}, false, m.fail
}

// retold is a town of four posts: a release, its copies at a paper, at a site
// of the same house, and by a person.
func retold() *memory {
	m := town()
	clear(m.copies)
	m.rows = m.rows[:5]
	for i := range m.rows {
		r := &m.rows[i]
		r.Published, r.Topics = this.Add(time.Duration(-48+i*12)*time.Hour), []string{"open-data"}
		r.Publisher, r.Class = []string{"council.example", "paper.example", "live.example", "person:1f", "other.example"}[i], []string{"council", "press", "press", "person", "civic"}[i]
		if i > 0 && i < 4 {
			m.copies[r.ID] = m.rows[0].ID
		}
	}
	m.rows[1].Family, m.rows[2].Family = "house.example", "house.example"
	return m
}

const retoldList = "?kind=topic&term=open-data&from=2026-11-09&to=2026-11-16"

func house(c *Config) {
	c.Family = func(id string) string { return map[string]string{"house.example": "The House"}[id] }
}

func TestStoryShowsOnceWithWhoFollowed(t *testing.T) {
	_, s := serve(t, retold(), house)
	_, body := get(t, s.URL+"/items"+retoldList)
	for _, want := range []string{
		"5 posts from 4 independent publishers, telling 2 stories; 3 posts are copies.",
		`First published by <strong>council.example</strong> on <time datetime="2026-11-14T00:00:00Z">14 November 2026</time>; 3 copies at 2 other publishers</summary>`,
		`paper.example</a> (The House), <time`, `live.example</a> (The House), <time`, `A person</a>, <time`,
		`href="/items.csv?`, `href="/items.json?`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "person:1f") || strings.Count(body, "<li>\n<h2>") != 2 || strings.Contains(body, "count in this list") {
		t.Errorf("%d stories, or a person is named, or a needless sentence:\n%s", strings.Count(body, "<li>\n<h2>"), body)
	}
	_, body = get(t, s.URL+"/items"+retoldList+"&class=press")
	for _, want := range []string{"2 posts from 1 independent publisher, telling 1 story; 1 post is a copy.", "First published by <strong>council.example</strong>", "2 of these posts count in this list.", ": first</li>"} {
		if !strings.Contains(body, want) {
			t.Errorf("the list of the press does not say %q", want)
		}
	}
	_, body = get(t, s.URL+"/items?id="+url.QueryEscape(retold().rows[2].ID))
	if !strings.Contains(body, "First published by <strong>council.example</strong>") || strings.Contains(body, "in this list") {
		t.Error("a copy alone does not say where it comes from, or speaks of a list")
	}
}

func TestListsOfItemsForPrograms(t *testing.T) {
	_, s := serve(t, retold(), house)
	r, body := get(t, s.URL+"/items.json"+retoldList)
	var f storyFile
	if err := json.Unmarshal([]byte(body), &f); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d: %v", r.StatusCode, err)
	}
	if f.Posts != 5 || f.Stories != 2 || f.Copies != 3 || f.Licence == "" || len(f.List) != 2 || f.Next != "" {
		t.Errorf("%+v", f)
	}
	told := f.List[1]
	if told.FirstPublisher != "council.example" || told.Copies != 3 || told.Publishers != 3 || told.Here != 4 || told.Story != told.ID || len(told.FollowedBy) != 3 ||
		told.FollowedBy[0].Family != "The House" || told.FollowedBy[2].Publisher != "A person" {
		t.Errorf("%+v", told)
	}
	r, body = get(t, s.URL+"/items.csv"+retoldList)
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(lines) != 3 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d lines (%v)", len(lines), err)
	}
	at := func(name string) string { return lines[2][slices.Index(lines[0], name)] }
	if at("first_publisher") != "council.example" || at("copies") != "3" || at("publishers") != "3" || at("posts_here") != "4" || at("first_published") != "2026-11-14T00:00:00Z" {
		t.Errorf("%v", lines[2])
	}
	for _, wrong := range []string{"?week=never", "?class=pirates", "?page=0"} {
		if r, _ := get(t, s.URL+"/items.csv"+wrong); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s answers %d", wrong, r.StatusCode)
		}
	}
}

func TestLongListForProgramsNamesItsNextPage(t *testing.T) {
	m := town()
	_, s := serve(t, m)
	const address = "/items.json?from=2026-01-05&to=2026-11-16"
	seen, next := map[string]bool{}, s.URL+address
	var posts uint64
	for next != "" {
		var f storyFile
		_, body := get(t, next)
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			t.Fatal(err)
		}
		for _, line := range f.List {
			seen[line.ID] = true
			posts += line.Here
		}
		if next = f.Next; next == "" && (uint64(len(seen)) != f.Stories || posts != f.Posts) {
			t.Errorf("%d stories of %d posts over all pages, the head says %d of %d", len(seen), posts, f.Stories, f.Posts)
		}
	}
	if len(seen) <= itemsPerFile {
		t.Fatalf("one page held all %d", len(seen))
	}
}
