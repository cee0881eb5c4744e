package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

const (
	itemsPerPage = 50
	maxPage      = 2000

	// The store holds days from 1900 to 2299 and takes others for the nearest of
	// these, or for no limit; the years between leave room for the weeks around.
	firstYear = 1901
	lastYear  = 2298
)

// itemsBody is what the template of the items page shows.
type itemsBody struct {
	Heading   string
	History   string // of the council that they are about
	Counts    store.Counts
	Copies    uint64 // posts that repeat another of the list
	JSON, CSV string // the same list for programs
	Items     []itemView
	Newer     string // addresses of the neighbouring pages
	Older     string
	From, To  uint64
	Back      string // the chart that these items are counted in
	BackName  string
	Single    bool
	Narrow    facetForm
}

// itemView is one item as people read it.
type itemView struct {
	ID, Title, URL, Extract string
	Publisher, Class        string
	Family                  string // of the publisher, where it is another
	Published               time.Time
	Lang                    string
	TitleLang               string // empty where the title is in our words
	Topics, Tools, Councils []tagView
	Marks                   []tagView // stage, lesson, what can be reused …
	Told                    *tellView // nil: told once
	Gone                    bool      // its text is no longer kept
	Sensitive               bool
}

type tagView struct{ Name, Address, Note string }

// items answers the page that lists exactly the items behind a number.
func (d *Dashboard) items(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	if id := v.Get("id"); id != "" {
		d.oneItem(w, r, id)
		return
	}
	q, number, err := parseItems(v, d.Now())
	if err = cmp.Or(err, d.checkPlaces(v), council.CheckView(v.Get("councils"))); err != nil {
		d.problem(w, r, http.StatusBadRequest, "This address cannot be read", err.Error())
		return
	}
	about := d.aboutCouncils(&q, v)
	got, err := d.Store.Stories(r.Context(), q)
	if err != nil {
		d.fail(w, r, fmt.Errorf("items: %w", err))
		return
	}
	body := itemsBody{Heading: d.heading(q, about), History: about.history, Counts: got.Counts, Copies: got.Counts.Items - got.Counts.Stories, Items: d.views(got.List)}
	body.Back, body.BackName = d.back(q, v)
	body.Narrow = newFacetForm(v, q)
	body.From, body.To = uint64(q.Offset+1), uint64(q.Offset+len(got.List))
	if number > 1 {
		body.Newer = turn("/items", v, number-1)
	}
	if body.To < got.Counts.Stories && number < maxPage {
		body.Older = turn("/items", v, number+1)
	}
	body.JSON, body.CSV = turn("/items.json", v, 1), turn("/items.csv", v, 1)
	d.show(w, r, http.StatusOK, "items", d.page(r, "", body.Heading, body))
}

func turn(path string, v url.Values, number int) string {
	v.Set("page", strconv.Itoa(number))
	if number == 1 {
		v.Del("page")
	}
	return path + "?" + v.Encode()
}

// parseItems reads the address of a cell. An unknown class or kind is an
// error: a wider list under a narrow heading would be a lie.
func parseItems(v url.Values, now time.Time) (store.ItemQuery, int, error) {
	q := store.ItemQuery{Kind: v.Get("kind"), Term: v.Get("term"), Limit: itemsPerPage}
	q.Area, q.Class = v.Get("area"), v.Get("class")
	if q.Class != "" && !slices.Contains(item.Classes, item.Class(q.Class)) {
		return q, 0, fmt.Errorf("class %q is not one of %v", q.Class, item.Classes)
	}
	if q.Kind != "" && q.Kind != store.Topics && q.Kind != store.Tools && q.Kind != store.Themes {
		return q, 0, fmt.Errorf("kind %q is not topic, tool or theme", q.Kind)
	}
	if err := parseFacets(v, &q); err != nil {
		return q, 0, err
	}
	if q.Term != "" && q.Kind == "" {
		q.Kind = store.Topics
	}
	var err error
	if q.From, q.To, err = parsePeriod(v, now); err != nil {
		return q, 0, err
	}
	number := 1
	if p := v.Get("page"); p != "" {
		if number, err = strconv.Atoi(p); err != nil || number < 1 || number > maxPage {
			return q, 0, fmt.Errorf("page %q is not a number from 1 to %d", p, maxPage)
		}
	}
	q.Offset = (number - 1) * itemsPerPage
	return q, number, nil
}

// parsePeriod reads ?week=, or ?from= and ?to=, each the day of any week;
// with none of them it is the usual period.
func parsePeriod(v url.Values, now time.Time) (from, to time.Time, err error) {
	if w := v.Get("week"); w != "" {
		from, err = monday("week", w)
		return from, from, err
	}
	to = item.Week(now)
	from = to.AddDate(0, 0, -7*(chart.DefaultWeeks-1))
	if s := v.Get("from"); s != "" {
		if from, err = monday("from", s); err != nil {
			return
		}
	}
	if s := v.Get("to"); s != "" {
		to, err = monday("to", s)
	}
	if err == nil && from.After(to) {
		err = fmt.Errorf("from %s lies after to %s", from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	return from, to, err
}

func monday(name, s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%s %q is not a date such as 2026-11-16", name, s)
	}
	if t.Year() < firstYear || t.Year() > lastYear {
		return t, fmt.Errorf("%s %q does not lie in the years %d to %d", name, s, firstYear, lastYear)
	}
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7), nil
}

// heading says in words what the list holds.
func (d *Dashboard) heading(q store.ItemQuery, about aboutCouncils) string {
	words := []string{"Posts"}
	if q.Term != "" {
		words = append(words, "about “"+d.termName(q.Kind, q.Term)+"”")
	}
	words = append(words, facetHeading(q)...)
	if about.row != "" {
		words = append(words, "by or about "+about.row)
	}
	if about.chosen != "" {
		words = append(words, "in "+about.chosen)
	}
	if q.Area != "" && about.chosen == "" {
		words = append(words, "in "+d.areaName(q.Area))
	}
	if q.Class != "" {
		words = append(words, "from "+strings.ToLower(classNames[item.Class(q.Class)]))
	}
	if q.From.Equal(q.To) {
		return strings.Join(words, " ") + ", " + chart.WeekName(q.From)
	}
	return strings.Join(words, " ") + ", " + q.From.Format("2 January 2006") + " to " + q.To.AddDate(0, 0, 6).Format("2 January 2006")
}

func (d *Dashboard) areaName(id string) string { return cmp.Or(d.Register.AreaName(id), id) }

func (d *Dashboard) termName(kind, id string) string {
	for _, t := range d.Terms(kind) {
		if t.ID == id {
			return t.Name
		}
	}
	return id
}

// back is the chart that the reader came from.
func (d *Dashboard) back(q store.ItemQuery, v url.Values) (address, name string) {
	id := "topics"
	switch {
	case q.Kind == store.Tools:
		id = "tools"
	case q.Kind == store.Themes:
		id = "themes"
	case len(q.About) > 0:
		id = "councils"
	}
	c, _ := chart.Find(id)
	view := chart.Query{Area: v.Get("area"), Council: v.Get("council"), Class: q.Class, View: council.View(v.Get("councils"))}
	view.Used = q.Kind == store.Tools && q.Adoption == "uses"
	return view.Address(c.Path), c.Nav
}

// oneItem shows a single item, for links to the original of a copy.
func (d *Dashboard) oneItem(w http.ResponseWriter, r *http.Request, id string) {
	story, found, err := d.Store.Told(r.Context(), id)
	switch {
	case err != nil:
		d.fail(w, r, fmt.Errorf("item %s: %w", id, err))
	case !found:
		d.problem(w, r, http.StatusNotFound, "This post is not here", "It may have been deleted by its author, or its address may be wrong.")
	default:
		v := d.storyView(&story)
		title := cmp.Or(v.Title, "One post")
		d.show(w, r, http.StatusOK, "items", d.page(r, "", title, itemsBody{
			Heading: title, Items: []itemView{v}, Single: true, Back: "/", BackName: "Topics"}))
	}
}

func (d *Dashboard) views(stories []store.Story) []itemView {
	views := make([]itemView, len(stories))
	for i := range stories {
		views[i] = d.storyView(&stories[i])
	}
	return views
}

func (d *Dashboard) storyView(s *store.Story) itemView {
	v := d.view(s.Row)
	v.Told = d.tellView(s)
	return v
}

func (d *Dashboard) view(row store.Row) itemView {
	v := itemView{
		ID: row.ID, Title: row.Title, URL: row.URL, Extract: extract(row), Class: classNames[item.Class(row.Class)], Published: row.Published, Lang: row.Lang, Sensitive: row.Sensitive,
	}
	v.Publisher, v.Family = d.who(row.Publisher, row.Family, row.Class, row.AuthorKind)
	v.Gone = row.Title == "" && row.Text == "" && row.URL == ""
	if v.Sensitive {
		v.Title, v.Extract = "Post marked as sensitive", ""
	}
	if v.Title == "" && !v.Gone {
		v.Title = "Post without a title"
	}
	if v.Title != "" && v.Title == row.Title {
		v.TitleLang = row.Lang
	}
	v.Topics = d.tags(store.Topics, row.Topics)
	v.Tools, v.Marks = d.toolTags(row), marks(row)
	v.Councils = d.councilTags(row)
	return v
}

func (d *Dashboard) tags(kind string, ids []string) []tagView {
	var tags []tagView
	for _, id := range ids {
		tags = append(tags, tagView{Name: d.termName(kind, id), Address: "/items?" + url.Values{"kind": {kind}, "term": {id}}.Encode()})
	}
	return tags
}

// councilTags says of every council found whether it counts in the charts.
func (d *Dashboard) councilTags(row store.Row) []tagView {
	var tags []tagView
	for _, c := range row.Found {
		t := tagView{Name: d.areaName(c.ID), Address: "/items?" + url.Values{"about": {c.ID}}.Encode()}
		if !slices.Contains(row.Councils, c.ID) {
			t.Note = "mentioned, not counted"
		} else if c.Sense == "feed" {
			t.Note = "its own channel"
		}
		tags = append(tags, t)
	}
	return tags
}

// extract is the beginning of the text as the store cuts it, without the title that many feeds
// repeat there.
func extract(row store.Row) string {
	return strings.TrimSpace(strings.TrimPrefix(row.Text, row.Title))
}
