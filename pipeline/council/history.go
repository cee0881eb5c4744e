package council

import (
	"fmt"
	"strings"
	"time"
)

const dayWords = "2 January 2006"

// Sentence says in one sentence why the posts of a council count elsewhere,
// or, where they stay, that it no longer exists; "" for all others.
func (ro *Rollup) Sentence(id string) string {
	if ro == nil {
		return ""
	}
	c, ok := ro.register.Council(id)
	if !ok {
		return ""
	}
	heirs := ro.names(ro.Targets(c.ID))
	each := eachWords(len(heirs))
	switch ended := c.Ended(ro.Day); {
	case ended && ro.Moved(c.ID):
		return fmt.Sprintf("%s was abolished on %s; its posts count %sfor %s.", c.Short, c.End.Format(dayWords), each, and(heirs))
	case ended:
		return fmt.Sprintf("%s was abolished on %s; %s took over.", c.Short, c.End.Format(dayWords), and(ro.names(c.Successors)))
	case ro.Moved(c.ID) && len(heirs) > 12:
		return fmt.Sprintf("%s lies over %d councils; its posts count %sfor them.", c.Short, len(heirs), each)
	case ro.Moved(c.ID):
		return fmt.Sprintf("%s lies over %d councils; its posts count %sfor %s.", c.Short, len(heirs), each, and(heirs))
	}
	return ""
}

// eachWords says the part that each of n gets, with a space behind it. All
// parts of one council are equal wherever the register splits once; where it
// splits twice this is the mean.
func eachWords(n int) string {
	switch n {
	case 1:
		return ""
	case 2:
		return "half each "
	case 3:
		return "a third each "
	case 4:
		return "a quarter each "
	}
	return fmt.Sprintf("1/%d each ", n)
}

func (ro *Rollup) names(ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = ro.register.AreaName(id)
	}
	return list
}

// and joins names: "Elmbridge, Mole Valley and Tandridge".
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " and " + list[last]
}

// History says in one or two sentences what a council came from and what
// follows it, as of a day; "" where nothing is known.
func (r *Register) History(id string, day time.Time) string {
	c, ok := r.Council(id)
	if !ok {
		return ""
	}
	ro := Rollup{register: r}
	var said []string
	before := and(ro.names(c.Predecessors))
	switch {
	case c.Status == Planned && before != "":
		said = append(said, fmt.Sprintf("%s is planned%s in place of councils such as %s; no law says so yet.", c.Short, fromDay(c.Start), before))
	case c.Status == Planned:
		said = append(said, fmt.Sprintf("%s is planned%s; no law says so yet.", c.Short, fromDay(c.Start)))
	case before != "" && c.Start.After(day):
		said = append(said, fmt.Sprintf("%s will take over from %s on %s.", c.Short, before, c.Start.Format(dayWords)))
	case before != "":
		said = append(said, fmt.Sprintf("%s took over from %s on %s.", c.Short, before, c.Start.Format(dayWords)))
	}
	after := and(ro.names(c.Successors))
	switch {
	case c.Ended(day):
		said = append(said, fmt.Sprintf("%s was abolished on %s; %s took over.", c.Short, c.End.Format(dayWords), after))
	case !c.End.IsZero():
		said = append(said, fmt.Sprintf("%s will be abolished on %s; %s will take over.", c.Short, c.End.Format(dayWords), after))
	}
	return strings.Join(said, " ")
}

func fromDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " for " + t.Format(dayWords)
}
