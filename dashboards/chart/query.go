package chart

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/council"
	"vantage/pipeline/store"
)

// Periods are the lengths, in weeks, that a reader can choose.
var Periods = []int{13, 26, 52, 104}

// DefaultWeeks is the period of an address that names none.
const DefaultWeeks = 26

// Orders of the rows.
const (
	ByRadar = "radar"
	ByItems = "items"
	ByName  = "name"
)

var orders = []string{ByRadar, ByItems, ByName}

// Query is what a reader asks of a chart. Its zero fields mean "all" or the
// default; Values leaves those out, so that one view has one address.
type Query struct {
	Area    string       // "nation:Wales", "region:North West"
	Council string       // register id; stands above Area
	Class   string       // publisher class
	Used    bool         // of tools: only where a public body uses them
	Weeks   int          // of the period, the running week included
	Order   string       // ByRadar, ByItems or ByName; empty: the chart's own
	All     bool         // every row, not only the first
	View    council.View // on which councils posts count; empty: council.Now
	This    time.Time    // Monday of the running week
	Today   time.Time    // the date in London, at midnight UTC
}

// CheckQuery reports the first parameter that ParseQuery would drop, with its
// value and what may stand there: a wider chart under a narrow address would
// mislead. Areas and councils are checked by who knows the register.
func CheckQuery(v url.Values) error {
	if w := v.Get("weeks"); w != "" {
		if n, err := strconv.Atoi(w); err != nil || !slices.Contains(Periods, n) {
			return fmt.Errorf("weeks %q is not one of %v", w, Periods)
		}
	}
	if c := v.Get("class"); c != "" && !slices.Contains(item.Classes, item.Class(c)) {
		return fmt.Errorf("class %q is not one of %v", c, item.Classes)
	}
	if o := v.Get("order"); o != "" && !slices.Contains(orders, o) {
		return fmt.Errorf("order %q is not one of %v", o, orders)
	}
	if a := v.Get("adoption"); a != "" && a != inUse {
		return fmt.Errorf("adoption %q is not %s, the one that charts can be narrowed to", a, inUse)
	}
	if r := v.Get("rows"); r != "" && r != allRows {
		return fmt.Errorf("rows %q is not %s; leave it out for the first rows", r, allRows)
	}
	return council.CheckView(v.Get("councils"))
}

// allRows is the value of ?rows= that shows more than the first.
const allRows = "all"

// inUse is the value of ?adoption= that narrows a chart of tools.
const inUse = "uses"

// ParseQuery reads the parameters of an address that CheckQuery accepts; what
// it does not know it drops. now sets the running week.
func ParseQuery(v url.Values, now time.Time) Query {
	q := Query{Area: v.Get("area"), Council: v.Get("council"), Class: v.Get("class"), Used: v.Get("adoption") == inUse, Order: v.Get("order"), All: v.Get("rows") == allRows, Weeks: DefaultWeeks, View: council.View(v.Get("councils")), This: item.Week(now), Today: Today(now)}
	if w, err := strconv.Atoi(v.Get("weeks")); err == nil && slices.Contains(Periods, w) {
		q.Weeks = w
	}
	if !slices.Contains(item.Classes, item.Class(q.Class)) {
		q.Class = ""
	}
	if !slices.Contains(orders, q.Order) {
		q.Order = ""
	}
	if q.View == council.Now || council.CheckView(string(q.View)) != nil {
		q.View = ""
	}
	return q
}

// Values is the query as parameters, sorted and without defaults.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(k, s string) {
		if s != "" {
			v.Set(k, s)
		}
	}
	set("area", q.Area)
	set("council", q.Council)
	set("class", q.Class)
	if q.Used {
		v.Set("adoption", inUse)
	}
	set("order", q.Order)
	set("councils", string(q.View))
	if q.Weeks != DefaultWeeks && q.Weeks != 0 {
		v.Set("weeks", strconv.Itoa(q.Weeks))
	}
	if q.All {
		v.Set("rows", allRows)
	}
	return v
}

// Address puts the query behind a path.
func (q Query) Address(path string) string { return address(path, q.Values()) }

func address(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// From is the Monday of the first week.
func (q Query) From() time.Time { return q.This.AddDate(0, 0, -7*(q.Weeks-1)) }

// Today is the date in London, at midnight UTC.
func Today(now time.Time) time.Time {
	y, m, d := now.In(item.London).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Filter says which items the query counts; of a council, only those about
// itself.
func (q Query) Filter() store.Filter {
	f := store.Filter{Area: q.Area, Class: q.Class, From: q.From(), To: q.This}
	if q.Council != "" {
		f.Area = q.Council
	}
	return f
}

// Narrow reports whether the query leaves items out.
func (q Query) Narrow() bool { return q.Area != "" || q.Council != "" || q.Class != "" || q.Used }

// Link names the items behind a number.
type Link struct {
	Kind, Term, Council string
	OneWeek             bool // the week is added by the caller; else the whole period
	Query               Query
}

// Path is the address of the page that lists the items. A period is written
// as its Mondays, so that the address means the same items next week.
func (l Link) Path() string {
	v := url.Values{}
	set := func(k, s string) {
		if s != "" {
			v.Set(k, s)
		}
	}
	if l.Term != "" {
		set("kind", l.Kind)
	}
	set("term", l.Term)
	set("area", l.Query.Area)
	set("council", l.Query.Council)
	set("class", l.Query.Class)
	if l.Query.Used {
		v.Set("adoption", inUse)
	}
	if l.Council != "" && l.Council != l.Query.Council {
		set("about", l.Council)
	}
	if v.Has("about") || v.Has("council") {
		set("councils", string(l.Query.View))
	}
	if !l.OneWeek {
		v.Set("from", l.Query.From().Format(time.DateOnly))
		v.Set("to", l.Query.This.Format(time.DateOnly))
	}
	return address("/items", v)
}
