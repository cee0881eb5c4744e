package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/radar"
)

// firstRows is how many rows a chart page shows before "show all".
const firstRows = 30

// chartBody is what the template of a chart page shows.
type chartBody struct {
	Chart     *chart.Matrix
	Shown     *chart.Matrix // the rows of the picture
	Filters   filters
	Board     template.HTML
	Numbers   template.HTML // empty where the board is the table already
	Key       []keyEntry
	Alt       string
	Freshness string
	Order     string
	NotYet    string // why nothing is ranked
	More      string // address of the view with all rows
	Option    string // address of the ECharts option; empty: not built in
	ECharts   string
	Files     []fileLink
	Snippet   string
	Intro     string
	Gaps      []chart.SourceGap
	GapShare  int      // per cent, see chart.GapShare
	Unheard   []string // councils that were not heard from and have no row
	Councils  councilNotes
}

type keyEntry struct{ Class, Name string }

type fileLink struct{ Address, Name string }

// chartPage answers the page of one chart.
func (d *Dashboard) chartPage(c chart.Chart) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, ok := d.query(w, r, c)
		if !ok {
			return
		}
		d.cached(w, r, "page "+d.base(r)+q.Address(c.Path), func(ctx context.Context) (*answer, error) {
			m, err := d.matrix(ctx, c, q)
			if err != nil {
				return nil, err
			}
			p := d.page(r, c.Path, c.Title, nil)
			p.Body, p.Description = d.chartBody(c, m, p.Base), m.Alt()
			html, err := d.pages.render("chart", p)
			return newAnswer(htmlType, html), err
		})
	}
}

// query reads the choices of an address, or answers with what is wrong in it.
func (d *Dashboard) query(w http.ResponseWriter, r *http.Request, c chart.Chart) (chart.Query, bool) {
	v := r.URL.Query()
	err := cmp.Or(chart.CheckQuery(v), checkAdoption(c, v), d.checkPlaces(v))
	if err != nil {
		d.problem(w, r, http.StatusBadRequest, "This address cannot be read", err.Error())
	}
	return chart.ParseQuery(v, d.Now()), err == nil
}

// maxPlace is longer than any name of the register, in bytes. What is longer is
// not repeated on the page that refuses it.
const maxPlace = 200

// checkPlaces reports an area or council that the register does not have, and
// an area where a council is asked for: of it charts would count what lists
// leave out.
func (d *Dashboard) checkPlaces(v url.Values) error {
	for _, name := range []string{"area", "council", "about"} {
		place, hint := v.Get(name), "the code of a council, such as E08000016"
		if name == "area" {
			hint = "nation:Wales, region:London or " + hint
		}
		_, isCouncil := d.Register.Council(place)
		switch isArea := !isCouncil && d.Register.AreaName(place) != ""; {
		case place == "" || isCouncil || isArea && name == "area":
		case isArea:
			return fmt.Errorf("%s %q is an area; write area=%s, or %s", name, place, url.QueryEscape(place), hint)
		case len(place) > maxPlace:
			return fmt.Errorf("%s has %d bytes, more than any name of the register; write %s", name, len(place), hint)
		default:
			return fmt.Errorf("%s %q is not in the register; write %s%s", name, place, hint, perhaps(d.Register.Near(place)))
		}
	}
	return nil
}

func perhaps(near []council.Council) string {
	if len(near) == 0 {
		return ""
	}
	return council.Perhaps(near)
}

// cached answers from the cache where this generation's answer stands there.
func (d *Dashboard) cached(w http.ResponseWriter, r *http.Request, key string, make func(context.Context) (*answer, error)) {
	a, err := keep(r.Context(), d, d.answers, key, make)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	a.serve(w, r, "no-cache")
}

// matrix returns a chart; all forms of one view share it.
func (d *Dashboard) matrix(ctx context.Context, c chart.Chart, q chart.Query) (*chart.Matrix, error) {
	return keep(ctx, d, d.charts, c.ID+q.Address(""), func(ctx context.Context) (*chart.Matrix, error) {
		names := d.names
		names.Sources = d.sourceNames
		return c.Make(ctx, d.Store, names, q)
	})
}

// sourceNames are those that the sources page shows, by key.
func (d *Dashboard) sourceNames() map[string]string {
	names := map[string]string{}
	for _, s := range d.Sources() {
		names[s.Key] = s.Name
	}
	return names
}

// keep makes a value once in a generation and a day: the running week is
// drawn from the date. While single weeks may be ahead of the generation
// nothing is kept.
func keep[V any](ctx context.Context, d *Dashboard, c *cache[V], key string, make func(context.Context) (V, error)) (v V, err error) {
	gen, err := d.state.generation(ctx)
	if err != nil {
		return v, err
	}
	if gen.Torn {
		return make(ctx)
	}
	return c.get(ctx, fmt.Sprintf("%d %s %s", gen.Number, d.Now().In(item.London).Format("060102"), key), make)
}

func (d *Dashboard) chartBody(c chart.Chart, m *chart.Matrix, base string) chartBody {
	shown := some(m, false)
	b := chartBody{
		Chart: m, Shown: shown, Filters: d.filters(c, m.Query), Key: key(m), Alt: m.Alt(), Freshness: m.Freshness(item.London),
		Order: orderWords(m), NotYet: notYet(m), Files: files(m), Snippet: snippet(base, m), Intro: intros[c.ID], Unheard: d.unheard(m), Councils: d.councilNotes(m),
		Gaps: m.GapsBySource(), GapShare: int(100 * chart.GapShare),
	}
	if m.Empty() {
		return b
	}
	b.Board = board(shown)
	if m.Weekly() {
		b.Numbers = numbers(shown)
	}
	if d.assets.echarts != "" {
		b.Option, b.ECharts = m.Query.Address("/charts/"+m.ID+".option.json"), d.assets.echarts
	}
	if len(shown.Rows) < len(m.Rows) {
		q := m.Query
		q.All = true
		b.More = q.Address(c.Path)
	}
	return b
}

var intros = map[string]string{
	"topics":   "Each square is one topic in one week. The more posts from the public feeds that we read, the stronger the colour. Choose a square to read exactly the posts that it counts.",
	"tools":    "Each square is one tool in one week. The more posts from the public feeds that we read, the stronger the colour. Choose a square to read exactly the posts that it counts.",
	"themes":   "Each square is one theme, a group of topics, in one week. The more posts from the public feeds that we read, the stronger the colour. Choose a square to read exactly the posts that it counts.",
	"councils": "Each square is one topic at one council over the period: posts by or about that council. Choose a square to read exactly the posts that it counts. Councils stand in alphabetical order: this is not a ranking.",
}

func key(m *chart.Matrix) []keyEntry {
	entries := []keyEntry{{"z", "none"}}
	for k := 1; k <= m.Classes() && !m.Empty(); k++ {
		entries = append(entries, keyEntry{"c" + strconv.Itoa(m.Step(k)+1), m.ClassName(k)})
	}
	entries = append(entries, keyEntry{"u", "not heard from"})
	if m.HasGaps() {
		entries = append(entries, keyEntry{"g c3", "part missed"})
	}
	if m.Weekly() {
		entries = append(entries, keyEntry{"p", "week not over"})
	}
	return entries
}

// orderWords says why the rows stand as they do.
func orderWords(m *chart.Matrix) string {
	switch {
	case !m.Weekly() && m.Query.Order == chart.ByItems:
		return "You asked for councils by number of posts. A council that publishes more is not a better one."
	case !m.Weekly():
		return ""
	case m.Query.Order == chart.ByItems:
		return "You asked for rows by number of posts in the period."
	case m.Query.Order == chart.ByName:
		return "You asked for rows by name."
	case !m.Ranked:
		return "Rows are in the order of their number of posts."
	case m.Query.Narrow():
		return "Rows, labels and sentences are those of the radar over the whole country; only the numbers in the squares are filtered."
	}
	return "Rows are in the order of the radar: what rises most, compared with what the same sources usually write, comes first. " + m.Ranking.Window.Sentence()
}

// notYet says what is missing before anything can be ranked.
func notYet(m *chart.Matrix) string {
	if !m.Weekly() || m.Ranked {
		return ""
	}
	have := m.Ranking.Items
	return fmt.Sprintf("Not enough posts yet to say what is rising: %s of %d from sources that can be compared. They come by themselves as sources are read.",
		chart.Number(have), radar.EnoughItems)
}

func files(m *chart.Matrix) []fileLink {
	var list []fileLink
	for _, f := range []struct{ ext, name string }{{"csv", "CSV"}, {"json", "JSON"}, {"svg", "SVG picture"}, {"png", "PNG picture"}} {
		list = append(list, fileLink{m.Query.Address("/charts/" + m.ID + "." + f.ext), f.name})
	}
	return list
}

// unheard names the councils of the register that have no row because
// nothing was heard from them. They are never drawn as zero.
func (d *Dashboard) unheard(m *chart.Matrix) []string {
	if m.Weekly() {
		return nil
	}
	shown := map[string]bool{}
	for _, r := range m.Rows {
		shown[r.ID] = true
	}
	roll := d.names.Roll(m.Query)
	var names []string
	for _, c := range d.names.Councils {
		if d.names.There(c.ID, roll) && !shown[c.ID] && (m.Query.Area == "" || slices.Contains(c.Areas, m.Query.Area)) && m.Query.Council == "" {
			names = append(names, c.Name)
		}
	}
	return names
}
