package store

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/story"
)

// model is an independent account of what must be stored: it keeps every
// event that was delivered, in any order, and says from all of them at once
// what counts. It shares no code with the store but item.Week and
// story.Copies.
type model struct {
	events  map[string][]Row          // creates by id
	deletes map[string]uint64         // newest deletion by id
	gone    map[string]uint64         // withdrawn authors
	retags  map[string]map[uint64]Row // by id and version: the tags that a retag gave
	erased  map[uint64]bool           // messages that the store asked to erase
	areas   func(string) []string
	family  map[string]string // of the publishers that are not their own
	held    *counted          // between hold and its end
}

// counted is what counts after all events so far.
type counted struct {
	items map[string]Row
	told  map[string]string // see stories
}

// hold counts once for all that is asked until release, between which nothing
// may happen.
func (m *model) hold() (release func()) {
	items := m.items()
	m.held = &counted{items, stories(items)}
	return func() { m.held = nil }
}

// count returns what counts, and the story of each item.
func (m *model) count() (items map[string]Row, told map[string]string) {
	if m.held == nil {
		defer m.hold()()
	}
	return m.held.items, m.held.told
}

func newModel(areas func(string) []string) *model {
	return &model{events: map[string][]Row{}, deletes: map[string]uint64{}, gone: map[string]uint64{},
		retags: map[string]map[uint64]Row{}, erased: map[uint64]bool{}, areas: areas}
}

func (m *model) deliver(r Row) {
	if r.Deleted {
		m.deletes[r.ID] = max(m.deletes[r.ID], r.Version)
		return
	}
	m.events[r.ID] = append(m.events[r.ID], r)
}

// alive returns the creates of an id that no deletion covers.
func (m *model) alive(id string) (list []Row) {
	for _, r := range m.events[id] {
		if r.Version > m.deletes[id] && r.Version > m.gone[r.AuthorRef] {
			list = append(list, r)
		}
	}
	return list
}

// item returns what counts of an id.
func (m *model) item(id string) (Row, bool) {
	creates := m.alive(id)
	if len(creates) == 0 {
		return Row{}, false
	}
	out := slices.MaxFunc(creates, func(a, b Row) int { return cmp.Compare(a.Version, b.Version) })
	first := slices.MinFunc(creates, func(a, b Row) int { return cmp.Compare(a.Source, b.Source) })
	out.Source, out.Publisher, out.Class = first.Source, cmp.Or(m.family[first.Publisher], first.Publisher), first.Class
	out.Via = nil
	for _, r := range creates {
		out.Via = append(out.Via, r.Source)
	}
	slices.Sort(out.Via)
	out.Via = slices.Compact(out.Via)
	out.Week = item.Week(out.Published)
	if tags, ok := m.retags[id][out.Version]; ok {
		out.Topics, out.Tools, out.Councils = tags.Topics, tags.Tools, tags.Councils
		out.Themes, out.Adoption, out.Stage, out.Facets = tags.Themes, tags.Adoption, tags.Stage, tags.Facets
	}
	return out, true
}

// items returns everything that counts, by id.
func (m *model) items() map[string]Row {
	all := map[string]Row{}
	for id := range m.events {
		if r, ok := m.item(id); ok {
			all[id] = r
		}
	}
	return all
}

// stories names the story of each item: itself, or what it copies.
func stories(items map[string]Row) map[string]string {
	byWeek := map[time.Time][]story.Entry{}
	for id, r := range items {
		byWeek[r.Week] = append(byWeek[r.Week], story.Entry{ID: id, Published: r.Published, Signature: r.Signature})
	}
	told := map[string]string{}
	for week, own := range byWeek {
		var all []story.Entry
		for n := range 4 {
			all = append(all, byWeek[week.AddDate(0, 0, -7*n)]...)
		}
		copies := story.Copies(all)
		for _, e := range own {
			told[e.ID] = cmp.Or(copies[e.ID], e.ID)
		}
	}
	return told
}

// tally counts items, publishers and stories.
type tally struct {
	items               uint64
	publishers, stories map[string]bool
}

func (t *tally) counts() Counts {
	return Counts{Items: t.items, Publishers: uint64(len(t.publishers)), Stories: uint64(len(t.stories))}
}

type tallies[K comparable] map[K]*tally

func (t tallies[K]) add(key K, publisher, story string) {
	c := t[key]
	if c == nil {
		c = &tally{publishers: map[string]bool{}, stories: map[string]bool{}}
		t[key] = c
	}
	c.items++
	c.publishers[publisher], c.stories[story] = true, true
}

func (t tallies[K]) counts() map[K]Counts {
	out := map[K]Counts{}
	for k, c := range t {
		out[k] = c.counts()
	}
	return out
}

// in tells whether the item counts under the filter.
func (m *model) in(r Row, f Filter) bool {
	if r.Week.Before(f.From) || r.Week.After(f.To) || f.Class != "" && f.Class != r.Class {
		return false
	}
	return f.Area == "" && f.Councils == nil || slices.ContainsFunc(r.Councils, func(id string) bool { return m.inside(id, f) })
}

// inside tells whether a council is one of the filter's.
func (m *model) inside(id string, f Filter) bool {
	if f.Councils != nil {
		return slices.Contains(f.Councils, id)
	}
	return f.Area == "" || id == f.Area || slices.Contains(m.areas(id), f.Area)
}

func tagsOf(kind string, r Row) []string {
	switch kind {
	case Tools:
		return r.Tools
	case Themes:
		return r.Themes
	case Used:
		return withAdoption(r, "uses")
	}
	return r.Topics
}

// withAdoption are the tools with which the post does this.
func withAdoption(r Row, adoption string) (tools []string) {
	for i, a := range r.Adoption {
		if a == adoption {
			tools = append(tools, r.Tools[i])
		}
	}
	return tools
}

// says tells whether the item has the stage, the facets and the adoption.
func says(r Row, q ItemQuery) bool {
	if q.Stage != "" && q.Stage != r.Stage || q.Adoption != "" && len(withAdoption(r, q.Adoption)) == 0 {
		return false
	}
	if q.Adoption != "" && q.Kind == Tools && q.Term != "" && !slices.Contains(withAdoption(r, q.Adoption), q.Term) {
		return false
	}
	return !slices.ContainsFunc(q.Facets, func(f string) bool { return !slices.Contains(r.Facets, f) })
}

type weekTerm struct {
	week time.Time
	term string
}

// heat recounts a heat map: cells, heard weeks, totals by term, and all.
func (m *model) heat(kind string, f Filter) (cells map[weekTerm]Counts, heard map[time.Time]Counts, totals map[string]Counts, all Counts) {
	items, told := m.count()
	byCell, byWeek, byTerm, whole := tallies[weekTerm]{}, tallies[time.Time]{}, tallies[string]{}, tallies[bool]{}
	for id, r := range items {
		if !m.in(r, f) {
			continue
		}
		byWeek.add(r.Week, r.Publisher, told[id])
		whole.add(true, r.Publisher, told[id])
		for _, term := range tagsOf(kind, r) {
			byCell.add(weekTerm{r.Week, term}, r.Publisher, told[id])
			byTerm.add(term, r.Publisher, told[id])
		}
	}
	return byCell.counts(), byWeek.counts(), byTerm.counts(), whole.counts()[true]
}

type councilTerm struct{ council, term string }

// councilHeat recounts the council x term matrix.
func (m *model) councilHeat(kind string, f Filter) (cells map[councilTerm]Counts, heard map[string]Counts) {
	items, told := m.count()
	byCell, byCouncil := tallies[councilTerm]{}, tallies[string]{}
	for id, r := range items {
		if !m.in(r, Filter{Class: f.Class, From: f.From, To: f.To}) {
			continue
		}
		for _, council := range r.Councils {
			if !m.inside(council, f) {
				continue
			}
			byCouncil.add(council, r.Publisher, told[id])
			for _, term := range tagsOf(kind, r) {
				byCell.add(councilTerm{council, term}, r.Publisher, told[id])
			}
		}
	}
	return byCell.counts(), byCouncil.counts()
}

// list returns the ids behind a cell, newest first, and their counts.
func (m *model) list(q ItemQuery) ([]string, Counts) {
	items, told := m.count()
	sum := tallies[bool]{}
	var ids []string
	for id, r := range items {
		if !m.in(r, q.Filter) || !says(r, q) || q.Term != "" && !slices.Contains(tagsOf(q.Kind, r), q.Term) ||
			q.About != nil && !slices.ContainsFunc(r.Councils, func(id string) bool { return slices.Contains(q.About, id) }) {
			continue
		}
		ids = append(ids, id)
		sum.add(true, r.Publisher, told[id])
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(items[b].Published.Compare(items[a].Published), strings.Compare(a, b))
	})
	return ids, sum.counts()[true]
}

// channels recounts what each channel showed.
func (m *model) channels() map[string]uint64 {
	n := map[string]uint64{}
	for _, r := range m.items() {
		for _, v := range r.Via {
			n[v]++
		}
	}
	return n
}
