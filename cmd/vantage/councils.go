package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/council"
)

const councilsHelp = `Prints the register of councils: their ids for the configuration, their names
and domains, and what came before and after them.

  vantage councils list
  vantage councils list -nation Wales -format csv
  vantage councils list northampton -all
  vantage councils show Somerset
  vantage councils show E10000021 -format json
  vantage councils check
`

func runCouncils(_ context.Context, c console, args []string) error {
	fs := flagSet(c, "councils list|show|check [NAME|ID …] [flags]", councilsHelp)
	var q councilQuery
	fs.StringVar(&q.nation, "nation", "", "with list: England, Scotland, Wales or Northern Ireland")
	fs.StringVar(&q.kind, "type", "", "with list: a type, such as county or combined-authority")
	fs.BoolVar(&q.all, "all", false, "with list: also those that are abolished, to come or planned")
	fs.StringVar(&q.format, "format", "text", "text, json (a line for each council) or csv")
	date := fs.String("day", "", "the day that is meant, such as 2021-03-31 (default: today)")
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	if q.day, err = councilDay(*date); err != nil {
		return err
	}
	if !slices.Contains([]string{"text", "json", "csv"}, q.format) {
		return fmt.Errorf("councils: format %q is not text, json or csv", q.format)
	}
	r := council.Load()
	switch {
	case len(words) > 0 && words[0] == "list":
		q.words = strings.Join(words[1:], " ")
		return listCouncils(c, r, q)
	case len(words) > 1 && words[0] == "show":
		return showCouncils(c, r, q, strings.Join(words[1:], " "))
	case len(words) == 1 && words[0] == "check":
		return checkCouncils(c.out, r)
	}
	return errors.New("councils: say list, show NAME, show ID or check; see vantage councils -h")
}

// councilQuery says which councils are wanted, and how.
type councilQuery struct {
	words, nation, kind, format string
	all                         bool
	day                         time.Time
}

func councilDay(s string) (time.Time, error) {
	if s == "" {
		y, m, d := time.Now().In(item.London).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("councils: day %q is not a date such as 2021-03-31", s)
	}
	return t, nil
}

func listCouncils(c console, r *council.Register, q councilQuery) error {
	if err := q.check(r); err != nil {
		return err
	}
	list := slices.DeleteFunc(slices.Clone(r.All()), func(m council.Council) bool {
		return !q.all && !m.On(q.day) || q.nation != "" && m.Nation != q.nation || q.kind != "" && m.Type != q.kind || !named(r, m, q.words)
	})
	if len(list) == 0 {
		return fmt.Errorf("councils: none of %d fits what was asked (%q); -all also lists those that are abolished, to come or planned", len(r.All()), strings.Join(strings.Fields(q.nation+" "+q.kind+" "+q.words), " "))
	}
	if q.format != "text" {
		return writeCouncils(c, r, q, list)
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tTYPE\tREGION\tDOMAIN\tSTATUS")
	for _, m := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Name, m.Type, m.Region, cmp.Or(m.Domain, "-"), statusWords(m, q.day))
	}
	return table.Flush()
}

// check reports a nation or type that no council has.
func (q councilQuery) check(r *council.Register) error {
	nations, types := map[string]bool{"": true}, map[string]bool{"": true}
	for _, m := range r.All() {
		nations[m.Nation], types[m.Type] = true, true
	}
	for _, f := range []struct {
		name, value string
		known       map[string]bool
	}{{"nation", q.nation, nations}, {"type", q.kind, types}} {
		if !f.known[f.value] {
			return fmt.Errorf("councils: %s %q is not one of %s", f.name, f.value, sortedWords(f.known))
		}
	}
	return nil
}

func sortedWords(set map[string]bool) string {
	var list []string
	for s := range set {
		if s != "" {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// named reports whether any name of a council holds the words.
func named(r *council.Register, m council.Council, words string) bool {
	return words == "" || slices.ContainsFunc(r.Names(m.ID), func(n council.Name) bool {
		return strings.Contains(strings.ToLower(n.Text), strings.ToLower(words))
	})
}

// statusWords says whether a council is there on a day.
func statusWords(m council.Council, day time.Time) string {
	switch {
	case m.Ended(day):
		return "ended " + m.End.Format(time.DateOnly)
	case m.Status == council.Planned:
		return "planned"
	case !m.On(day):
		return "from " + m.Start.Format(time.DateOnly)
	case !m.End.IsZero():
		return "until " + m.End.Format(time.DateOnly)
	}
	return "current"
}

// checkCouncils prints what is wrong in the register, and how many councils
// of each kind it holds.
func checkCouncils(out io.Writer, r *council.Register) error {
	problems := r.Check()
	for _, p := range problems {
		fmt.Fprintln(out, p)
	}
	if len(problems) > 0 {
		return fmt.Errorf("councils: %d entries of the register are wrong", len(problems))
	}
	counts := map[string]int{}
	for _, m := range r.All() {
		counts[m.Status+"\t"+m.Type+"\t"+m.Nation]++
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STATUS\tTYPE\tNATION\tCOUNCILS")
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(table, "%s\t%d\n", k, counts[k])
	}
	fmt.Fprintf(table, "\nregister %s: %d councils, no contradictions\n", r.Version(), len(r.All()))
	return table.Flush()
}
