package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"vantage/pipeline/council"
)

// councilLine is a council as JSON lines hold it. Dates are ISO 8601; the
// lists hold ids.
type councilLine struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Short        string         `json:"short"`
	Type         string         `json:"type"`
	Tier         string         `json:"tier"`
	Nation       string         `json:"nation"`
	Region       string         `json:"region,omitempty"`
	County       string         `json:"county,omitempty"`
	Authority    string         `json:"authority,omitempty"`
	Status       string         `json:"status"` // of the register
	Exists       bool           `json:"exists"` // on the day asked for
	Start        string         `json:"start,omitempty"`
	End          string         `json:"end,omitempty"`
	Successors   []string       `json:"successors,omitempty"`
	Predecessors []string       `json:"predecessors,omitempty"`
	Members      []string       `json:"members,omitempty"` // on the day asked for
	FormerCodes  []string       `json:"former_codes,omitempty"`
	Latitude     float64        `json:"latitude,omitempty"`
	Longitude    float64        `json:"longitude,omitempty"`
	Wikidata     string         `json:"wikidata,omitempty"`
	Uncertain    bool           `json:"uncertain,omitempty"` // something is not confirmed by an official list
	History      string         `json:"history,omitempty"`
	Names        []council.Name `json:"names"`
}

func lineOf(r *council.Register, m council.Council, day time.Time) councilLine {
	return councilLine{
		ID: m.ID, Name: m.Name, Short: m.Short, Type: m.Type, Tier: m.Tier, Nation: m.Nation, Region: m.Region, County: m.County, Authority: m.Authority,
		Status: m.Status, Exists: m.On(day), Start: isoDay(m.Start), End: isoDay(m.End), Successors: m.Successors, Predecessors: m.Predecessors,
		Members: r.Members(m.ID, day), FormerCodes: m.Former, Latitude: m.Lat, Longitude: m.Lon, Wikidata: m.Wikidata, Uncertain: m.Uncertain,
		History: r.History(m.ID, day), Names: r.Names(m.ID),
	}
}

func isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// writeCouncils prints councils for programs; whose facts they are it says
// beside them.
func writeCouncils(c console, r *council.Register, q councilQuery, list []council.Council) error {
	defer fmt.Fprintln(c.err, council.Attribution)
	if q.format == "csv" {
		return writeCouncilTable(c, r, q, list)
	}
	lines := json.NewEncoder(c.out)
	lines.SetEscapeHTML(false)
	for _, m := range list {
		if err := lines.Encode(lineOf(r, m, q.day)); err != nil {
			return err
		}
	}
	return nil
}

func writeCouncilTable(c console, r *council.Register, q councilQuery, list []council.Council) error {
	w := csv.NewWriter(c.out)
	w.Write([]string{"id", "name", "short", "type", "tier", "nation", "region", "county", "authority", "status", "exists", "start", "end",
		"successors", "predecessors", "former_codes", "latitude", "longitude", "wikidata", "uncertain", "names", "welsh_gaelic_irish", "abbreviations", "domains", "handles"})
	for _, m := range list {
		ids := func(list []string) string { return strings.Join(list, " ") }
		n := lineOf(r, m, q.day)
		w.Write([]string{n.ID, n.Name, n.Short, n.Type, n.Tier, n.Nation, n.Region, n.County, n.Authority, n.Status, strconv.FormatBool(n.Exists), n.Start, n.End,
			ids(n.Successors), ids(n.Predecessors), ids(n.FormerCodes), degrees(n.Latitude), degrees(n.Longitude), n.Wikidata, strconv.FormatBool(n.Uncertain),
			forms(r, m.ID, "|", "official", "bare"), forms(r, m.ID, "|", "welsh", "gaelic", "irish"), forms(r, m.ID, "|", "abbr"),
			forms(r, m.ID, "|", "domain"), forms(r, m.ID, "|", "handle")})
	}
	w.Flush()
	return w.Error()
}

func degrees(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 5, 64)
}

// forms joins the names of a council whose kind begins with one of some words.
func forms(r *council.Register, id, sep string, kinds ...string) string {
	var list []string
	for _, n := range r.Names(id) {
		if slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(n.Kind, k) }) {
			list = append(list, n.Text)
		}
	}
	return strings.Join(list, sep)
}

// showCouncils prints the council of an id, or all that go by a name.
func showCouncils(c console, r *council.Register, q councilQuery, s string) error {
	list := r.ByName(s)
	if m, ok := r.Council(strings.ToUpper(s)); ok {
		list = []council.Council{m}
	} else if m, ok := r.Council(strings.ToLower(s)); ok {
		list = []council.Council{m}
	}
	if len(list) == 0 {
		return fmt.Errorf("councils: %q is not in the register%s", s, council.Perhaps(r.Near(s)))
	}
	if q.format != "text" {
		return writeCouncils(c, r, q, list)
	}
	for i, m := range list {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		if err := showCouncil(c, r, q.day, m); err != nil {
			return err
		}
	}
	return nil
}

func showCouncil(c console, r *council.Register, day time.Time, m council.Council) error {
	n := lineOf(r, m, day)
	fmt.Fprintf(c.out, "%s  %s (%s)\n", m.ID, m.Name, statusWords(m, day))
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	uncertain := ""
	if m.Uncertain {
		uncertain = "something here is not confirmed by an official list"
	}
	for _, line := range [][2]string{
		{"type", m.Type + ", " + m.Tier + " tier"}, {"lies in", places(r, m)}, {"short name", m.Short},
		{"names", forms(r, m.ID, ", ", "official", "bare")}, {"Welsh, Gaelic, Irish", forms(r, m.ID, ", ", "welsh", "gaelic", "irish")},
		{"abbreviations", forms(r, m.ID, ", ", "abbr")}, {"domains", forms(r, m.ID, ", ", "domain")}, {"handles", forms(r, m.ID, ", ", "handle")},
		{"former codes", strings.Join(m.Former, ", ")}, {"from, until", strings.Trim(n.Start+" to "+n.End, " ")}, {"history", n.History},
		{"members", idsAndNames(r, n.Members)}, {"successors", idsAndNames(r, m.Successors)}, {"predecessors", idsAndNames(r, m.Predecessors)},
		{"Wikidata", m.Wikidata}, {"uncertain", uncertain},
	} {
		if line[1] != "" && line[1] != "to" {
			fmt.Fprintf(table, "  %s\t%s\n", line[0], line[1])
		}
	}
	return table.Flush()
}

func places(r *council.Register, m council.Council) string {
	var list []string
	for _, id := range []string{m.County, m.Authority} {
		if over, ok := r.Council(id); ok {
			list = append(list, over.Name)
		}
	}
	if m.Region != m.Nation {
		list = append(list, m.Region)
	}
	return strings.Join(slices.DeleteFunc(append(list, m.Nation), func(s string) bool { return s == "" }), ", ")
}

func idsAndNames(r *council.Register, ids []string) string {
	var list []string
	for _, id := range ids {
		list = append(list, r.AreaName(id)+" ("+id+")")
	}
	return strings.Join(list, ", ")
}
