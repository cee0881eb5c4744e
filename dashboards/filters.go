package dashboards

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"vantage/collectors/item"
	"vantage/dashboards/chart"
)

// filters are the choices of the form above a chart. It is a plain GET form,
// so every view has an address and no script is needed.
type filters struct {
	Action                   string
	Areas, Councils, Classes []choice
	Periods, Orders          []choice
	Any                      bool   // something is chosen
	Reset                    string // address without filters
	All                      bool
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
	f := filters{Action: c.Path, Any: q.Narrow() || q.Weeks != chart.DefaultWeeks || q.Order != "", Reset: c.Path, All: q.All}
	f.Areas = append(f.Areas, choice{"", "Whole country", q.Area == ""})
	for _, id := range d.Register.AreaIDs() {
		name := d.Register.AreaName(id)
		if strings.HasPrefix(id, "region:") {
			name = "England: " + name
		}
		f.Areas = append(f.Areas, choice{id, name, id == q.Area})
	}
	f.Councils = d.councilChoices(q)
	f.Classes = append(f.Classes, choice{"", "Everybody", q.Class == ""})
	for _, class := range item.Classes {
		f.Classes = append(f.Classes, choice{string(class), classNames[class], string(class) == q.Class})
	}
	for _, w := range chart.Periods {
		f.Periods = append(f.Periods, choice{strconv.Itoa(w), strconv.Itoa(w) + " weeks", w == q.Weeks})
	}
	f.Orders = orders(c, q)
	return f
}

// councilChoices lists the councils of the chosen area by name.
func (d *Dashboard) councilChoices(q chart.Query) []choice {
	all := []choice{{"", "All councils", q.Council == ""}}
	for _, c := range d.names.Councils {
		chosen := c.ID == q.Council
		if chosen || d.current[c.ID] && (q.Area == "" || slices.Contains(c.Areas, q.Area)) {
			all = append(all, choice{c.ID, c.Name, chosen})
		}
	}
	slices.SortFunc(all[1:], func(a, b choice) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func orders(c chart.Chart, q chart.Query) []choice {
	list := []choice{{"", "What rises most", false}, {chart.ByItems, "Number of posts", false}, {chart.ByName, "Name", false}}
	if c.ID == "councils" {
		list = []choice{{"", "Name", false}, {chart.ByItems, "Number of posts", false}}
	}
	for i := range list {
		list[i].Chosen = list[i].Value == q.Order || list[i].Value == "" && q.Order == chart.ByRadar
	}
	return list
}
