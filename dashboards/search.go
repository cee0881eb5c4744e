package dashboards

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

const (
	maxQuestion   = 200 // characters
	maxFound      = 24  // terms and councils on a page
	postsPerPage  = 20
	maxSearchPage = 25
)

// searchBody is what the search page shows.
type searchBody struct {
	Question string
	Problem  string // what is wrong with the question
	Found    []foundGroup
	Near     []foundLine // "did you mean"
	Posts    []itemView
	From     int // number of the first post
	Expanded []string
	Newer    string
	Older    string
	Until    time.Time // how far back was looked
	Cut      bool      // not to the end of the period
	Period   string
}

// foundGroup are the results of one kind.
type foundGroup struct {
	Heading string
	Lines   []foundLine
}

// foundLine is one term or council.
type foundLine struct {
	glossaryLine
	As      GlossaryName
	Note    string // of a council that is no more
	Chart   string // its chart
	Explain string // its place in the glossary
}

// answered is what a question found, for the page and for programs.
type answered struct {
	hits  []GlossaryHit
	lines []foundLine
	posts store.SearchPage
	query store.SearchQuery
}

// search answers the page of results. Questions are neither logged nor kept.
func (d *Dashboard) search(w http.ResponseWriter, r *http.Request) {
	question, number, err := parseQuestion(r.URL.Query())
	body := searchBody{Question: question, Period: d.period()}
	title := "Search"
	switch {
	case err != nil:
		body.Problem, title = err.Error(), "Error: Search"
		d.showSearch(w, r, http.StatusBadRequest, title, body)
		return
	case question == "":
		d.showSearch(w, r, http.StatusOK, title, body)
		return
	}
	a, err := d.ask(r.Context(), question, number)
	if err != nil {
		d.fail(w, r, discreet(err, question))
		return
	}
	d.fill(&body, a, number)
	d.showSearch(w, r, http.StatusOK, question+" – Search", body)
}

func (d *Dashboard) showSearch(w http.ResponseWriter, r *http.Request, status int, title string, body searchBody) {
	w.Header().Set("X-Robots-Tag", "noindex")
	p := d.page(r, "/search", title, body)
	p.Question = body.Question
	d.show(w, r, status, "search", p)
}

// parseQuestion reads ?q= and ?page=.
func parseQuestion(v url.Values) (question string, number int, err error) {
	question = plainLine(strings.ToValidUTF8(v.Get("q"), " "))
	if n := utf8.RuneCountInString(question); n > maxQuestion {
		runes := []rune(question)
		return string(runes[:maxQuestion]), 0, fmt.Errorf("the question has %d characters; ask with at most %d", n, maxQuestion)
	}
	number = 1
	if s := v.Get("page"); s != "" {
		if number, err = strconv.Atoi(s); err != nil || number < 1 || number > maxSearchPage {
			return question, 0, fmt.Errorf("page %q is not a number from 1 to %d", s, maxSearchPage)
		}
	}
	return question, number, nil
}

// discreet keeps a question out of the log, should an error quote it. That the
// reader left is no failure, and stays told apart.
func discreet(err error, question string) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	said := strings.ToLower(err.Error())
	for _, w := range strings.Fields(strings.ToLower(question)) {
		if strings.Contains(said, w) {
			return fmt.Errorf("search: the store did not answer (what it said is left out, because it may quote the reader)")
		}
	}
	return fmt.Errorf("search: %w", err)
}

// ask finds terms, councils and posts. Where the whole question names a topic
// or a tool, the posts tagged with it are found, too, whatever words they use.
func (d *Dashboard) ask(ctx context.Context, question string, number int) (answered, error) {
	a := answered{hits: d.Glossary.Find(question, maxFound)}
	view := chart.ParseQuery(nil, d.Now())
	a.query = store.SearchQuery{Words: question, From: view.From(), To: view.This, Limit: postsPerPage, Offset: (number - 1) * postsPerPage}
	councils := false
	for _, h := range a.hits {
		councils = councils || h.Kind == councilKind
		switch {
		case h.Whole && h.Kind == store.Topics:
			a.query.Topics = append(a.query.Topics, h.ID)
		case h.Whole && h.Kind == store.Tools:
			a.query.Tools = append(a.query.Tools, h.ID)
		}
	}
	counts, err := d.tally(ctx, councils)
	if err != nil {
		return a, err
	}
	terms := d.Glossary.Terms()
	for _, h := range a.hits {
		a.lines = append(a.lines, d.foundLine(h, terms, counts))
	}
	a.posts, err = d.Store.Search(ctx, a.query)
	return a, err
}

func (d *Dashboard) foundLine(h GlossaryHit, terms []GlossaryTerm, counts tally) foundLine {
	if h.Kind == councilKind {
		return d.foundCouncil(h, counts)
	}
	l := foundLine{glossaryLine: d.line(d.term(terms, h.Kind, h.ID), counts), As: GlossaryName{h.As, h.Lang}}
	l.Explain = "/glossary#" + l.Anchor
	return l
}

// foundCouncil describes a council; a former one with who took over.
func (d *Dashboard) foundCouncil(h GlossaryHit, counts tally) foundLine {
	c, _ := d.Register.Council(h.ID)
	l := foundLine{As: GlossaryName{h.As, h.Lang}, Chart: chart.Query{Council: h.ID}.Address("/")}
	l.GlossaryTerm = GlossaryTerm{Kind: councilKind, ID: h.ID, Name: h.Name, About: c.Name}
	for _, n := range d.Register.Names(h.ID) {
		if lang := nameLanguages[n.Kind]; lang != "" {
			l.Names = append(l.Names, GlossaryName{n.Text, lang})
		}
	}
	l.Posts, l.Address = counts[councilKind][h.ID], "/items?"+url.Values{"about": {h.ID}}.Encode()
	if c.Status == council.Abolished {
		var heirs []string
		for _, id := range c.Successors {
			heirs = append(heirs, d.areaName(id))
		}
		l.Note = "until " + c.End.Format("2 January 2006")
		if len(heirs) > 0 {
			l.Note += "; now " + strings.Join(heirs, " and ")
		}
	}
	return l
}

// nameLanguages are the languages of the kinds of names in the register.
var nameLanguages = map[string]string{"welsh": "cy", "welsh-official": "cy", "gaelic-official": "gd", "irish-official": "ga"}

// groups are the kinds of results in the order of the page.
var groups = []struct{ kind, heading string }{
	{store.Themes, "Themes"}, {store.Topics, "Topics"}, {store.Tools, "Tools"}, {councilKind, "Councils"},
}

// fill puts an answer on the page.
func (d *Dashboard) fill(body *searchBody, a answered, number int) {
	for _, g := range groups {
		group := foundGroup{Heading: g.heading}
		for i, l := range a.lines {
			if l.Kind == g.kind && !a.hits[i].Slip {
				group.Lines = append(group.Lines, l)
			}
		}
		if group.Lines != nil {
			body.Found = append(body.Found, group)
		}
	}
	for i, l := range a.lines {
		if a.hits[i].Slip && len(body.Near) < 5 {
			body.Near = append(body.Near, l)
		}
	}
	for _, row := range a.posts.Items {
		body.Posts = append(body.Posts, d.view(row))
	}
	for _, id := range a.query.Topics {
		body.Expanded = append(body.Expanded, d.termName(store.Topics, id))
	}
	for _, id := range a.query.Tools {
		body.Expanded = append(body.Expanded, d.termName(store.Tools, id))
	}
	body.From, body.Until = a.query.Offset+1, a.posts.Until
	body.Cut = a.posts.More && a.posts.Until.After(a.query.From) && len(a.posts.Items) < postsPerPage
	v := url.Values{"q": {body.Question}}
	if number > 1 {
		body.Newer = turn("/search", v, number-1)
	}
	if a.posts.More && len(a.posts.Items) == postsPerPage && number < maxSearchPage {
		body.Older = turn("/search", v, number+1)
	}
}

// foundJSON and foundPost are results as programs read them.
type foundJSON struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	About   string `json:"about,omitempty"`
	FoundAs string `json:"found_as,omitempty"`
	Lang    string `json:"lang,omitempty"`
	Near    bool   `json:"near,omitempty"` // one letter of the question is wrong
	Posts   uint64 `json:"posts"`
	Address string `json:"address"`
	Note    string `json:"note,omitempty"`
}

type foundPost struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	URL       string    `json:"url,omitempty"`
	Publisher string    `json:"publisher"`
	Class     string    `json:"class"`
	Published time.Time `json:"published"`
	Lang      string    `json:"lang,omitempty"`
	Topics    []string  `json:"topics"`
	Tools     []string  `json:"tools"`
	Councils  []string  `json:"councils"`
}

type searchJSON struct {
	Question string      `json:"question"`
	Found    []foundJSON `json:"found"`
	Posts    []foundPost `json:"posts"`
	More     bool        `json:"more"`
	Searched string      `json:"searched_from"` // a Monday
}

// searchAPI answers programs: the same as the page.
func (d *Dashboard) searchAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	question, number, err := parseQuestion(r.URL.Query())
	if err == nil && question == "" {
		err = fmt.Errorf("there is no question; ask with ?q=words")
	}
	if err != nil {
		sendJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	a, err := d.ask(r.Context(), question, number)
	if err != nil {
		d.fail(w, r, discreet(err, question))
		return
	}
	out := searchJSON{Question: question, Found: []foundJSON{}, Posts: []foundPost{}, More: a.posts.More, Searched: a.posts.Until.Format(time.DateOnly)}
	for i, l := range a.lines {
		out.Found = append(out.Found, foundJSON{l.Kind, l.ID, l.Name, l.About, l.As.Text, l.As.Lang, a.hits[i].Slip, l.Posts, d.base(r) + cmp.Or(l.Address, l.Explain), l.Note})
	}
	for _, row := range a.posts.Items {
		v := d.view(row)
		out.Posts = append(out.Posts, foundPost{row.ID, v.Title, v.URL, v.Publisher, row.Class, row.Published, row.Lang, filled(row.Topics), filled(row.Tools), filled(row.Councils)})
	}
	sendJSON(w, http.StatusOK, out)
}

func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func sendJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the reader left
}

// searchRoutes are the pages of the glossary, where it is wired.
func (d *Dashboard) searchRoutes() {
	if d.Glossary == nil {
		return
	}
	d.mux.HandleFunc("GET /search", d.search)
	d.mux.HandleFunc("GET /glossary", d.glossary)
	d.mux.HandleFunc("GET /api/v1/search", d.searchAPI)
}
