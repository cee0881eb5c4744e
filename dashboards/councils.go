package dashboards

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/dashboards/chart"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// councilNotes say how the councils of a chart are counted.
type councilNotes struct {
	History string   // of the council that was chosen
	Counted string   // what counts where
	Changes []string // a sentence about each council that was reorganised
	Sum     string   // of all rows; empty: the chart has none
}

// shortList is how many sentences stand on the page as they are; more are
// folded away.
const shortList = 3

// Folded reports whether there are many changes.
func (n councilNotes) Folded() bool { return len(n.Changes) > shortList }

func (d *Dashboard) councilNotes(m *chart.Matrix) councilNotes {
	q := m.Query
	n := councilNotes{Changes: m.Reorganised.Changes}
	roll := d.names.Roll(q)
	if q.Council != "" {
		n.History = d.Register.History(q.Council, roll.Day)
	}
	if m.Weekly() {
		if others := d.others(roll.Members(q.Council), q.Council); q.Council != "" && len(others) > 0 {
			n.Counted = "Posts about " + d.areaName(q.Council) + " or " + orWords(d, others) + " count here, each once."
		}
		return n
	}
	n.Counted = countedWords(m)
	if !m.Empty() {
		n.Sum = m.Amount(m.Total)
	}
	return n
}

// countedWords says why numbers may be no whole ones, or more than the posts.
func countedWords(m *chart.Matrix) string {
	var said []string
	if s := m.Reorganised.Sentence(); s != "" {
		said = append(said, s)
	}
	if m.Reorganised.Fraction {
		said = append(said, "A number with a decimal point holds parts of posts, which add up to whole ones: the totals are the same however councils are counted.")
	}
	if m.Reorganised.Repeats {
		said = append(said, "A post that names two councils which now count as one counts twice there.")
	}
	return strings.Join(said, " ")
}

// others are the councils of a list besides one, without former codes.
func (d *Dashboard) others(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(m string) bool {
		c, ok := d.Register.Council(m)
		return m == id || ok && (c.ID != m || c.ID == id)
	})
}

// namedOthers is how many councils a heading names.
const namedOthers = 3

// orWords names councils: "Surrey", "Mendip, Sedgemoor or Somerset County
// Council", or says how many there are.
func orWords(d *Dashboard, ids []string) string {
	if len(ids) > namedOthers {
		return "one of " + chart.Plural(uint64(len(ids)), "council") + " that count for it"
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = d.areaName(id)
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// there reports whether a council exists on a day.
func (d *Dashboard) there(id string, day time.Time) bool {
	c, ok := d.Register.Council(id)
	return ok && c.On(day)
}

// viewChoices offers what councils a chart counts: always on the chart of
// councils, on others where a council is chosen for which others count.
func (d *Dashboard) viewChoices(c chart.Chart, q chart.Query) []choice {
	view := cmp.Or(q.View, council.Now)
	if c.ID == "councils" {
		return []choice{
			{"", "Today’s councils", view == council.Now}, {string(council.Then), "The councils of the time", view == council.Then},
			{string(council.Cells), "Districts and unitaries, with shares of counties", view == council.Cells},
		}
	}
	if q.Council == "" {
		return nil
	}
	count := func(v council.View) int {
		as := q
		as.View = v
		return len(d.others(d.names.Roll(as).Members(q.Council), q.Council))
	}
	before, all := count(council.Now), count(council.Cells)
	if all == 0 {
		return nil
	}
	list := []choice{{"", "With its predecessors", view == council.Now}, {string(council.Then), "Its own posts only", view == council.Then}}
	if before == 0 {
		list = []choice{{"", "Its own posts only", view != council.Cells}}
	}
	if all > before {
		list = append(list, choice{string(council.Cells), "Also its county and combined authority", view == council.Cells})
	}
	return list
}

// aboutCouncils names the councils of a list of items.
type aboutCouncils struct {
	row, chosen string // of the row, and of the filter
	history     string
}

// aboutCouncils reads the councils of an address, as the charts count them,
// into the query.
func (d *Dashboard) aboutCouncils(q *store.ItemQuery, v url.Values) (a aboutCouncils) {
	roll := d.names.RollAs(cmp.Or(council.View(v.Get("councils")), council.Now), q.To, chart.Today(d.Now()))
	name := func(id string, members []string) string {
		if others := d.others(members, id); len(others) > 0 {
			return d.areaName(id) + " or " + orWords(d, others)
		}
		return d.areaName(id)
	}
	area := q.Area
	if id := v.Get("council"); id != "" {
		q.Councils, area = roll.Members(id), ""
		a.chosen, a.history = name(id, q.Councils), d.Register.History(id, roll.Day)
	}
	if id := v.Get("about"); id != "" {
		if q.About = d.names.About(roll, id, area); len(q.About) == 0 {
			q.About = []string{id}
		}
		a.row, a.history = name(id, q.About), d.Register.History(id, roll.Day)
	}
	return a
}
