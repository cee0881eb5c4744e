package dashboards

import (
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
	"vantage/pipeline/store"
)

// filters are the choices of the form above a chart. It is a plain GET form,
// so every view has an address and no script is needed.
type filters struct {
	Action                   string
	Areas, Councils, Classes template.HTML
	Periods, Orders          template.HTML
	Views                    template.HTML // empty where all views are the same
	Uses                     template.HTML // of tools only
	Any                      bool          // something is chosen
	Reset                    string        // address without filters
}

type choice struct {
	Value, Name string
	Chosen      bool
}

var classNames = map[item.Class]string{
	item.Council: "Councils", item.Central: "Central government", item.Civic: "Civic groups and bloggers",
	item.Press: "Press", item.Vendor: "Suppliers", item.Person: "People", item.Unknown: "Not known",
}

func (d *Dashboard) filters(c chart.Chart, q chart.Query) filters {
	f := filters{
		Action: c.Path, Reset: c.Path, Any: q.Narrow() || q.Weeks != chart.DefaultWeeks || q.Order != "" || q.View != "",
		Areas: options(d.areaChoices(q)), Councils: options(d.councilChoices(q)), Classes: options(classChoices(q)),
		Periods: options(periodChoices(q)), Orders: options(orderChoices(c, q)), Views: options(d.viewChoices(c, q)),
	}
	if c.Kind == store.Tools {
		f.Uses = options([]choice{{"", "Every mention", !q.Used}, {"uses", "In use by a public body", q.Used}})
	}
	return f
}

// options writes the choices of a select. By hand, because there are 400
// councils, which take html/template three milliseconds.
func options(list []choice) template.HTML {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(`<option value="` + html.EscapeString(c.Value) + `"`)
		if c.Chosen {
			b.WriteString(" selected")
		}
		b.WriteString(">" + html.EscapeString(c.Name) + "</option>")
	}
	return template.HTML(b.String())
}

func (d *Dashboard) areaChoices(q chart.Query) []choice {
	list := []choice{{"", "Whole country", q.Area == ""}}
	for _, id := range d.Register.AreaIDs() {
		name := d.Register.AreaName(id)
		if strings.HasPrefix(id, "region:") {
			name = "England: " + name
		}
		list = append(list, choice{id, name, id == q.Area})
	}
	return list
}

func classChoices(q chart.Query) []choice {
	list := []choice{{"", "Everybody", q.Class == ""}}
	for _, class := range item.Classes {
		list = append(list, choice{string(class), classNames[class], string(class) == q.Class})
	}
	return list
}

func periodChoices(q chart.Query) (list []choice) {
	for _, w := range chart.Periods {
		list = append(list, choice{strconv.Itoa(w), strconv.Itoa(w) + " weeks", w == q.Weeks})
	}
	return list
}

// councilChoices lists the councils of the chosen area by name.
func (d *Dashboard) councilChoices(q chart.Query) []choice {
	all := []choice{{"", "All councils", q.Council == ""}}
	today := chart.Today(d.Now())
	for _, c := range d.names.Councils {
		chosen := c.ID == q.Council
		if chosen || d.there(c.ID, today) && (q.Area == "" || slices.Contains(c.Areas, q.Area)) {
			all = append(all, choice{c.ID, c.Name, chosen})
		}
	}
	return all
}

func orderChoices(c chart.Chart, q chart.Query) []choice {
	list := []choice{{"", "What rises most", false}, {chart.ByItems, "Number of posts", false}, {chart.ByName, "Name", false}}
	if c.ID == "councils" {
		list = []choice{{"", "Name", false}, {chart.ByItems, "Number of posts", false}}
	}
	for i := range list {
		list[i].Chosen = list[i].Value == q.Order || list[i].Value == "" && q.Order == chart.ByRadar
	}
	return list
}
