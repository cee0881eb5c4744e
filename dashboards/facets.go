package dashboards

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"vantage/dashboards/chart"
	"vantage/pipeline/store"
)

// word is a value of an address and how pages name it.
type word struct{ value, name, heading string }

// stageWords are the stages in the order of the way.
var stageWords = []word{
	{"idea", "Idea", "that are an idea"}, {"discovery", "Discovery", "in discovery"}, {"alpha", "Alpha", "in alpha"},
	{"pilot", "Pilot", "in a pilot"}, {"live", "Live", "that went live"}, {"evaluated", "Evaluated", "that were evaluated"},
	{"stopped", "Stopped", "that were stopped"},
}

// markWords are what else a post can carry.
var markWords = []word{
	{"lesson", "Lesson", "with a lesson"}, {"failure", "Failure", "about a failure"}, {"event", "Event", "about an event to go to"},
	{"repository", "Has code", "with a code repository"}, {"template", "Has a template", "with a template"},
	{"standard", "Has a standard", "with a standard"}, {"dataset", "Has data", "with a dataset"},
}

// adoptionWords are what a post does with a tool.
var adoptionWords = []word{{"uses", "in use", "in use"}, {"offers", "offered", "offered by its maker or seller"}}

// parseFacets reads ?stage=, ?has= (several, all of which must hold) and
// ?adoption=.
func parseFacets(v url.Values, q *store.ItemQuery) error {
	q.Stage, q.Facets, q.Adoption = v.Get("stage"), nil, v.Get("adoption")
	if err := checkWord("stage", q.Stage, stageWords); err != nil {
		return err
	}
	for _, has := range v["has"] {
		if err := checkWord("has", has, markWords); err != nil {
			return err
		}
		if has != "" && !slices.Contains(q.Facets, has) {
			q.Facets = append(q.Facets, has)
		}
	}
	return checkWord("adoption", q.Adoption, adoptionWords)
}

func checkWord(name, value string, words []word) error {
	if value == "" || slices.ContainsFunc(words, func(w word) bool { return w.value == value }) {
		return nil
	}
	var values []string
	for _, w := range words {
		values = append(values, w.value)
	}
	return fmt.Errorf("%s %q is not one of %v", name, value, values)
}

// facetHeading says what a list is narrowed to.
func facetHeading(q store.ItemQuery) (words []string) {
	for _, w := range stageWords {
		if w.value == q.Stage {
			words = append(words, w.heading)
		}
	}
	for _, w := range markWords {
		if slices.Contains(q.Facets, w.value) {
			words = append(words, w.heading)
		}
	}
	for _, w := range adoptionWords {
		switch {
		case w.value != q.Adoption:
		case q.Kind == store.Tools && q.Term != "":
			words = append(words, w.heading)
		default:
			words = append(words, "with a tool "+w.heading)
		}
	}
	return words
}

// marks are the stage and the marks of a post, as words that lead to the posts
// with the same.
func marks(row store.Row) (tags []tagView) {
	link := func(key, value string) string { return "/items?" + url.Values{key: {value}}.Encode() }
	for _, w := range stageWords {
		if w.value == row.Stage {
			tags = append(tags, tagView{Name: w.name, Address: link("stage", w.value)})
		}
	}
	for _, w := range markWords {
		if slices.Contains(row.Facets, w.value) {
			tags = append(tags, tagView{Name: w.name, Address: link("has", w.value)})
		}
	}
	return tags
}

// toolTags names the tools of a post and what it does with each.
func (d *Dashboard) toolTags(row store.Row) []tagView {
	tags := d.tags(store.Tools, row.Tools)
	for i := range tags {
		if i >= len(row.Adoption) {
			break
		}
		for _, w := range adoptionWords {
			if w.value == row.Adoption[i] {
				tags[i].Note = w.name
			}
		}
	}
	return tags
}

// facetForm are the choices above a list of posts; a plain GET form.
type facetForm struct {
	Keep                     []keptValue // what else the address says
	Stages, Marks, Adoptions template.HTML
	Any                      bool
	Reset                    string
}

type keptValue struct{ Name, Value string }

func newFacetForm(v url.Values, q store.ItemQuery) facetForm {
	f := facetForm{Any: q.Stage != "" || len(q.Facets) > 0 || q.Adoption != ""}
	rest := url.Values{}
	for name, values := range v {
		if name == "page" || name == "stage" || name == "has" || name == "adoption" {
			continue
		}
		rest[name] = values
		for _, value := range values {
			f.Keep = append(f.Keep, keptValue{name, value})
		}
	}
	slices.SortFunc(f.Keep, func(a, b keptValue) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	f.Reset = "/items?" + rest.Encode()
	mark := ""
	if len(q.Facets) > 0 {
		mark = q.Facets[0]
	}
	f.Stages = wordOptions("Any stage", stageWords, q.Stage)
	f.Marks = wordOptions("Anything", markWords, mark)
	f.Adoptions = wordOptions("Any mention", adoptionWords, q.Adoption)
	return f
}

func wordOptions(all string, words []word, chosen string) template.HTML {
	list := []choice{{"", all, chosen == ""}}
	for _, w := range words {
		list = append(list, choice{w.value, strings.ToUpper(w.name[:1]) + w.name[1:], w.value == chosen})
	}
	return options(list)
}

// checkAdoption keeps ?adoption= to the chart of tools: on another it would
// narrow nothing.
func checkAdoption(c chart.Chart, v url.Values) error {
	if a := v.Get("adoption"); a != "" && c.Kind != store.Tools {
		return fmt.Errorf("adoption %q narrows tools only; take it out, or go to /tools", a)
	}
	return nil
}

// usedTools are the ids of the tools that a post says a public body uses, in
// one text.
func usedTools(tools, adoption []string) string {
	var used []string
	for i, a := range adoption {
		if a == "uses" && i < len(tools) {
			used = append(used, tools[i])
		}
	}
	return strings.Join(used, " ")
}
