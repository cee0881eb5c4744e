package dashboards

import (
	"context"
	"fmt"
	"net/http"
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
	look, first := d.look(r, c, q)
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

// look reads how a picture is wanted: ?theme=dark, ?width=420 or 760, and
// ?first=20 for the rows of an embedded chart.
func (d *Dashboard) look(r *http.Request, c chart.Chart, q chart.Query) (l chart.Look, first bool) {
	v, base := r.URL.Query(), d.base(r)
	l = chart.Look{Theme: chart.ThemeNamed(v.Get("theme")), Base: base, Site: base + q.Address(c.Path), Sample: d.Site.Sample}
	switch v.Get("width") {
	case "420":
		l.Width = 420
	case "760":
		l.Width = 760
	}
	return l, v.Get("first") != ""
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
