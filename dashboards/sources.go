package dashboards

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vantage/collectors/item"
	"vantage/pipeline/store"
)

const (
	// sourcesPerPage keeps a page of two thousand sources quick to read.
	sourcesPerPage = 100
	coverageWeeks  = 26
)

// States by which the page of sources can be filtered; each holds several of
// the poller's.
const (
	needLook    = "look"
	working     = "working"
	notRead     = "waiting"
	pausedState = "paused"
)

var stateGroups = []struct{ id, name string }{
	{needLook, "Needing a look"}, {working, "Working"}, {notRead, "Not read yet"}, {pausedState, "Paused"},
}

// groupOf says which filter a source falls under.
func groupOf(state string) string {
	switch state {
	case "failing", "stopped":
		return needLook
	case "waiting", "":
		return notRead
	case "paused":
		return pausedState
	}
	return working
}

var stateWords = map[string]string{
	"waiting": "Not read yet", "ok": "Working", "unchanged": "Working, nothing new",
	"failing": "Failing", "stopped": "Stopped", "paused": "Paused",
}

// sourcesBody is what the page of sources shows.
type sourcesBody struct {
	Total    int
	Groups   []sourceGroup // how many in each state, with the address that shows only these
	Totals   store.Totals
	Lines    []sourceLine
	Matching int
	From, To int
	Prev     string
	Next     string

	States, Classes, Kinds []choice
	Find                   string
	Any                    bool   // something is filtered
	Usual                  string // pace

	Operator bool
	Self     string // this list, for the way back
}

type sourceGroup struct {
	Name, Address string
	Count         int
}

// sourceFilter is what the address of the page asks for.
type sourceFilter struct {
	state, class, kind, find string
	page                     int
}

// sources answers the page that says what is read, when, and what is wrong.
func (d *Dashboard) sources(w http.ResponseWriter, r *http.Request) {
	f, err := parseSourceFilter(r.URL.Query())
	if err != nil {
		d.problem(w, r, http.StatusBadRequest, "This address cannot be read", err.Error())
		return
	}
	body, err := d.sourcesBody(r, f)
	if err != nil {
		d.fail(w, r, fmt.Errorf("sources: %w", err))
		return
	}
	p := d.page(r, "/sources", "Sources", body)
	if body.Operator {
		w.Header().Set("Cache-Control", "no-store")
		d.showFresh(w, r, http.StatusOK, "sources", p)
		return
	}
	d.show(w, r, http.StatusOK, "sources", p)
}

func parseSourceFilter(v url.Values) (sourceFilter, error) {
	f := sourceFilter{state: v.Get("state"), class: v.Get("class"), kind: v.Get("kind"), find: strings.TrimSpace(v.Get("find")), page: 1}
	known := f.state == ""
	for _, g := range stateGroups {
		known = known || g.id == f.state
	}
	switch {
	case !known:
		return f, fmt.Errorf("state %q is not one of look, working, waiting, paused", f.state)
	case f.class != "" && !slices.Contains(item.Classes, item.Class(f.class)):
		return f, fmt.Errorf("class %q is not one of %v", f.class, item.Classes)
	}
	if p := v.Get("page"); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > maxPage {
			return f, fmt.Errorf("page %q is not a number from 1 to %d", p, maxPage)
		}
		f.page = n
	}
	return f, nil
}

func (f sourceFilter) takes(s SourceView) bool {
	if f.find != "" {
		text := strings.ToLower(s.Name + " " + s.Key + " " + s.Publisher + " " + s.URL)
		if !strings.Contains(text, strings.ToLower(f.find)) {
			return false
		}
	}
	return (f.state == "" || groupOf(s.State) == f.state) && (f.class == "" || string(classOf(s)) == f.class) && (f.kind == "" || s.Kind == f.kind)
}

// address is the page's own with another state and page number.
func (f sourceFilter) address(state string, page int) string {
	v := url.Values{}
	for key, value := range map[string]string{"state": state, "class": f.class, "kind": f.kind, "find": f.find} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/sources"
	}
	return "/sources?" + v.Encode()
}

func (d *Dashboard) sourcesBody(r *http.Request, f sourceFilter) (sourcesBody, error) {
	body := sourcesBody{Operator: d.Operator.Sources != nil && d.signedIn(r), Find: f.find, Any: f.address(f.state, 1) != "/sources", Self: f.address(f.state, f.page)}
	counts, err := d.Store.SourceCounts(r.Context())
	if err != nil {
		return body, err
	}
	weeks, err := d.Store.SourceWeeks(r.Context(), d.Now(), coverageWeeks)
	if err != nil {
		return body, err
	}
	if body.Totals, err = d.Store.Totals(r.Context()); err != nil {
		return body, err
	}
	all := d.Sources()
	body.Total, body.Usual = len(all), usualPace(all)
	body.choices(all, f)
	list := slices.DeleteFunc(slices.Clone(all), func(s SourceView) bool { return !f.takes(s) })
	slices.SortFunc(list, bySourceOrder)
	body.Matching = len(list)
	from := min((f.page-1)*sourcesPerPage, len(list))
	to := min(from+sourcesPerPage, len(list))
	body.From, body.To = from+1, to
	if f.page > 1 {
		body.Prev = f.address(f.state, f.page-1)
	}
	if to < len(list) {
		body.Next = f.address(f.state, f.page+1)
	}
	for _, s := range list[from:to] {
		body.Lines = append(body.Lines, newSourceLine(s, body.Usual, counts[s.Key], weeks[s.Key]))
	}
	return body, nil
}

// bySourceOrder puts those that need a look first and the paused ones last.
func bySourceOrder(a, b SourceView) int {
	rank := map[string]int{needLook: 0, notRead: 1, working: 1, pausedState: 2}
	return cmp.Or(cmp.Compare(rank[groupOf(a.State)], rank[groupOf(b.State)]), cmp.Compare(strings.ToLower(nameOf(a)), strings.ToLower(nameOf(b))), cmp.Compare(a.Key, b.Key))
}

func nameOf(s SourceView) string { return cmp.Or(s.Name, s.Publisher, s.Key) }

// choices counts what each filter would show.
func (b *sourcesBody) choices(all []SourceView, f sourceFilter) {
	states, classes, kinds := map[string]int{}, map[item.Class]int{}, map[string]int{}
	for _, s := range all {
		states[groupOf(s.State)]++
		classes[classOf(s)]++
		kinds[s.Kind]++
	}
	b.States = []choice{{"", "All", f.state == ""}}
	for _, g := range stateGroups {
		b.States = append(b.States, choice{g.id, g.name, g.id == f.state})
		if n := states[g.id]; n > 0 {
			b.Groups = append(b.Groups, sourceGroup{Name: g.name, Count: n, Address: sourceFilter{}.address(g.id, 1)})
		}
	}
	b.Classes = []choice{{"", "Everybody", f.class == ""}}
	for _, c := range item.Classes {
		if classes[c] > 0 || string(c) == f.class {
			b.Classes = append(b.Classes, choice{string(c), classNames[c], string(c) == f.class})
		}
	}
	b.Kinds = []choice{{"", "All kinds", f.kind == ""}}
	for kind := range kinds {
		b.Kinds = append(b.Kinds, choice{kind, kindName(kind), kind == f.kind})
	}
	slices.SortFunc(b.Kinds[1:], func(a, b choice) int { return cmp.Compare(a.Name, b.Name) })
}
