package dashboards

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
	"vantage/dashboards/web"
)

// templates are the parsed pages by name; each is the layout with its own
// blocks.
type templates struct{ byName map[string]*template.Template }

var pageNames = []string{"chart", "items", "sources", "about", "error", "embed", "nominate", "sent", "operator", "optout", "search", "glossary", "try"}

func loadTemplates(d *Dashboard) (*templates, error) {
	funcs := template.FuncMap{
		"asset":    func(name string) string { return d.assets.paths[name] },
		"number":   chart.Number,
		"plural":   chart.Plural,
		"when":     when,
		"moment":   func(t time.Time) string { return moment(t, d.Now()) },
		"sentence": sentence,
		"rate":     rateWords,
		"relative": func(t time.Time) string { return relative(t, d.Now()) },
		"exact":    exact,
		"len64":    func(list []string) uint64 { return uint64(len(list)) },
		"len64i":   func(n int) uint64 { return uint64(n) },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"day":      func(t time.Time) string { return t.In(item.London).Format("2 January 2006") },
		"short":    func(t time.Time) string { return t.In(item.London).Format("2 Jan 2006") },
	}
	t := &templates{byName: map[string]*template.Template{}}
	for _, name := range pageNames {
		files := []string{"templates/layout.html", "templates/parts.html", "templates/" + name + ".html"}
		if name == "embed" {
			files = files[1:]
		}
		parsed, err := template.New(name).Funcs(funcs).ParseFS(web.Templates, files...)
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		t.byName[name] = parsed
	}
	return t, nil
}

// when says a moment as a clock in London shows it.
func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(item.London).Format("15:04 on 2 January 2006")
}

// moment says a recent moment in few words.
func moment(t, now time.Time) string {
	t, now = t.In(item.London), now.In(item.London)
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04") + " today"
	case t.Year() == now.Year():
		return t.Format("15:04, 2 Jan")
	}
	return t.Format("15:04, 2 Jan 2006")
}

// sentence writes an error message as a sentence.
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[size:]
	return strings.TrimSuffix(s, ".") + "."
}

// page is what the layout needs; Body is the page's own.
type page struct {
	Site        Site
	Title       string
	Description string
	Path        string // of the navigation entry that is open
	Nav         []navEntry
	Base        string // absolute address of the site
	SampleNote  string
	Searches    bool   // there is a search box
	Question    string // what stands in it
	Takes       bool   // readers may propose pages
	Tries       bool   // readers may try a text
	Attribution string
	LicenceURL  string
	Body        any
}

type navEntry struct {
	Path, Name string
	Open       bool
}

func (d *Dashboard) page(r *http.Request, path, title string, body any) page {
	p := page{
		Site: d.Site, Title: title, Path: path, Base: d.base(r), Body: body,
		Takes: d.Operator.Nominations != nil, Tries: d.Reading != nil, Attribution: chart.Attribution, LicenceURL: chart.LicenceURL,
	}
	p.Searches = d.Glossary != nil
	if d.Site.Sample {
		p.SampleNote = chart.SampleNote
	}
	for _, c := range chart.All() {
		p.Nav = append(p.Nav, navEntry{c.Path, c.Nav, c.Path == path})
	}
	for _, e := range []navEntry{{Path: "/sources", Name: "Sources"}, {Path: "/about", Name: "About"}} {
		e.Open = e.Path == path
		p.Nav = append(p.Nav, e)
	}
	return p
}

// base is the address before every path, without a slash at the end.
func (d *Dashboard) base(r *http.Request) string {
	if d.Site.BaseURL != "" {
		return trimSlash(d.Site.BaseURL)
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func trimSlash(s string) string {
	for len(s) > 0 && s[len(s)-1] == '/' {
		s = s[:len(s)-1]
	}
	return s
}

// render runs the template of a page.
func (t *templates) render(name string, p page) ([]byte, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	root := "layout"
	if name == "embed" {
		root = "frame"
	}
	if err := t.byName[name].ExecuteTemplate(b, root, p); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return bytes.Clone(b.Bytes()), nil
}

const htmlType = "text/html; charset=utf-8"
