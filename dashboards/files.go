package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vantage/dashboards/chart"
)

// form is one suffix of a chart's address.
type form struct {
	ext, kind string
	write     func(m *chart.Matrix, l chart.Look) ([]byte, error)
	picture   bool // shows the first rows only, and has a theme and a width
}

var forms = []form{
	{ext: "option.json", kind: "application/json", write: func(m *chart.Matrix, _ chart.Look) ([]byte, error) { return m.Option() }, picture: true},
	{ext: "json", kind: "application/json", write: func(m *chart.Matrix, l chart.Look) ([]byte, error) { return m.JSON(l.Sample) }},
	{ext: "csv", kind: "text/csv; charset=utf-8; header=present", write: func(m *chart.Matrix, l chart.Look) ([]byte, error) { return m.CSV(l.Sample) }},
	{ext: "svg", kind: "image/svg+xml", write: func(m *chart.Matrix, l chart.Look) ([]byte, error) { return m.SVG(l), nil }, picture: true},
	{ext: "png", kind: "image/png", write: paint, picture: true},
}

// painters bounds how many pictures are painted at once: one of all councils
// takes some 50 MB.
var painters = make(chan struct{}, 2)

func paint(m *chart.Matrix, l chart.Look) ([]byte, error) {
	painters <- struct{}{}
	defer func() { <-painters }()
	return m.PNG(l, 1)
}

// chartFile answers /charts/<id>.<ext>.
func (d *Dashboard) chartFile(w http.ResponseWriter, r *http.Request) {
	id, ext, _ := strings.Cut(r.PathValue("file"), ".")
	c, known := chart.Find(id)
	f, made := findForm(ext)
	if !known || !made {
		d.notFound(w, r)
		return
	}
	q, ok := d.query(w, r, c)
	if !ok {
		return
	}
	look, first, ok := d.look(w, r, c, q)
	if !ok {
		return
	}
	h := w.Header()
	public(h)
	h.Set("Link", fmt.Sprintf(`<%s>; rel="license"`, chart.LicenceURL))
	if ext == "csv" {
		h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="vantage-%s.csv"`, id))
	}
	key := fmt.Sprintf("file %s %s %d %t %s%s", f.ext, look.Theme.Name, look.Width, first, look.Base, q.Address(c.Path))
	d.cached(w, r, key, func(ctx context.Context) (*answer, error) {
		m, err := d.matrix(ctx, c, q)
		if err != nil {
			return nil, err
		}
		if f.picture {
			m = some(m, first)
		}
		body, err := f.write(m, look)
		return newAnswer(f.kind, body), err
	})
}

// Choices of how a picture is drawn. The first rows are those of an embedded
// chart.
var (
	themes   = []string{chart.Light.Name, chart.Dark.Name}
	widths   = []string{"420", "760"}
	firstFew = []string{strconv.Itoa(embedRows)}
)

// look reads how a picture is wanted: ?theme=dark, ?width=420 or 760, and
// ?first=20 for the rows of an embedded chart; or answers with what is wrong
// in it.
func (d *Dashboard) look(w http.ResponseWriter, r *http.Request, c chart.Chart, q chart.Query) (l chart.Look, first, ok bool) {
	v, base := r.URL.Query(), d.base(r)
	if err := cmp.Or(oneOf(v, "theme", themes), oneOf(v, "width", widths), oneOf(v, "first", firstFew)); err != nil {
		d.problem(w, r, http.StatusBadRequest, "This address cannot be read", err.Error())
		return l, false, false
	}
	l = chart.Look{Theme: chart.ThemeNamed(v.Get("theme")), Base: base, Site: base + q.Address(c.Path), Sample: d.Site.Sample}
	l.Width, _ = strconv.Atoi(v.Get("width")) // 0: the picture's own
	return l, v.Get("first") != "", true
}

// oneOf reports a choice that there is none of; an empty one is left open.
func oneOf(v url.Values, name string, choices []string) error {
	if c := v.Get(name); c != "" && !slices.Contains(choices, c) {
		return fmt.Errorf("%s %.200q is not one of %v", name, c, choices)
	}
	return nil
}

// some keeps the rows that a picture shows.
func some(m *chart.Matrix, first bool) *chart.Matrix {
	switch {
	case first:
		return m.First(embedRows)
	case m.Weekly() && !m.Query.All:
		return m.Top(firstRows)
	}
	return m
}

func findForm(ext string) (form, bool) {
	for _, f := range forms {
		if f.ext == ext {
			return f, true
		}
	}
	return form{}, false
}
