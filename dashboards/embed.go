package dashboards

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
)

// Rows of an embedded chart: as many as fit the 1,000 pixels that WordPress
// grants a frame.
const embedRows = 20

// Size of the frame in the snippet, in CSS pixels. With scripts the frame
// tells its true height.
const (
	frameWidth  = 800
	frameHeight = 640
)

type embedBody struct {
	Chart           *chart.Matrix
	Theme           string // light, dark or empty: as the reader's system
	Alt, Freshness  string
	NotYet          string
	Page            string // address of the chart's page
	Pictures        []picture
	Option, ECharts string // empty: not built in
	Rows            int
	Key             []keyEntry
}

// picture is one drawing of the chart for readers of one kind of screen.
// Media is empty for the last, which fits all others.
type picture struct{ Media, Address string }

// embed answers the page that other sites frame: picture and text first; the
// script only enhances and tells the host its height.
func (d *Dashboard) embed(w http.ResponseWriter, r *http.Request) {
	c, ok := chart.Find(r.PathValue("id"))
	if !ok {
		d.notFound(w, r)
		return
	}
	public(w.Header())
	framed(w.Header())
	q, readable := d.query(w, r, c)
	if !readable {
		return
	}
	theme := r.URL.Query().Get("theme")
	if err := oneOf(r.URL.Query(), "theme", themes); err != nil {
		d.problem(w, r, http.StatusBadRequest, "This address cannot be read", err.Error())
		return
	}
	d.cached(w, r, "embed "+theme+" "+d.base(r)+q.Address(c.Path), func(ctx context.Context) (*answer, error) {
		m, err := d.matrix(ctx, c, q)
		if err != nil {
			return nil, err
		}
		p := d.page(r, c.Path, c.Title, nil)
		p.Body = d.embedBody(m.First(embedRows), theme, p.Base)
		body, err := d.pages.render("embed", p)
		return newAnswer(htmlType, body), err
	})
}

func (d *Dashboard) embedBody(m *chart.Matrix, theme, base string) embedBody {
	b := embedBody{
		Chart: m, Theme: theme, Freshness: m.Freshness(item.London), Alt: m.Alt(), NotYet: notYet(m),
		Page: base + m.Query.Address(m.Path), Pictures: pictures(m, theme), Rows: len(m.Rows), Key: key(m),
	}
	if d.assets.echarts != "" && !m.Empty() {
		b.Option, b.ECharts = variant(m, "option.json", m.Query, "", 0), d.assets.echarts
	}
	return b
}

// pictures lists the drawings, the most special first. A narrow screen gets
// the newest 13 weeks; where the columns are no weeks that would be other
// numbers.
func pictures(m *chart.Matrix, theme string) []picture {
	narrow := m.Query
	if m.Weekly() {
		narrow.Weeks = 13
	}
	small := "(max-width: 560px)"
	if theme != "" {
		return []picture{{small, variant(m, "svg", narrow, theme, 420)}, {"", variant(m, "svg", m.Query, theme, 760)}}
	}
	dark := "(prefers-color-scheme: dark)"
	return []picture{
		{small + " and " + dark, variant(m, "svg", narrow, "dark", 420)}, {small, variant(m, "svg", narrow, "light", 420)},
		{dark, variant(m, "svg", m.Query, "dark", 760)}, {"", variant(m, "svg", m.Query, "light", 760)},
	}
}

func variant(m *chart.Matrix, ext string, q chart.Query, theme string, width int) string {
	v := q.Values()
	v.Set("first", strconv.Itoa(embedRows))
	if theme != "" {
		v.Set("theme", theme)
	}
	if width > 0 {
		v.Set("width", strconv.Itoa(width))
	}
	return "/charts/" + m.ID + "." + ext + "?" + v.Encode()
}

// snippet is what a blogger pastes into a page. The script gives the frame its
// true height; where a site takes no scripts the frame keeps the one written.
func snippet(base string, m *chart.Matrix) string {
	return fmt.Sprintf(`<iframe src="%s" title="%s" width="%d" height="%d" style="border:0;width:100%%" loading="lazy"></iframe><script async src="%s/embed.js"></script>`,
		html.EscapeString(base+m.Query.Address("/embed/"+m.ID)), html.EscapeString(m.Title), frameWidth, frameHeight, html.EscapeString(base))
}

// embedScript answers /embed.js, whose address stands in other people's pages
// for years and so carries no hash.
func (d *Dashboard) embedScript(w http.ResponseWriter, r *http.Request) {
	public(w.Header())
	d.assets.byPath[strings.TrimPrefix(d.assets.paths["embed.js"], "/assets/")].serve(w, r, "public, max-age=3600")
}
