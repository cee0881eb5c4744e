package chart

import (
	"fmt"
	"strconv"
	"strings"
)

// parts is what a square shows, in parts of the chart's unit.
func (m *Matrix) parts(c Cell) uint64 {
	if m.Unit == 0 {
		return c.Items
	}
	return c.Parts
}

// tenths rounds to one decimal place, and what is not nothing to at least one
// tenth: colour classes, orders and words go by it alike.
func (m *Matrix) tenths(parts uint64) uint64 {
	unit := max(1, m.Unit)
	whole, rest := parts/unit, parts%unit
	t := whole*10 + (rest*10+unit/2)/unit
	if t == 0 && parts > 0 {
		return 1
	}
	return t
}

// Amount writes parts of posts: "12", or with one decimal place what is not a
// whole number, "2.5"; "<0.1" is more than nothing.
func (m *Matrix) Amount(parts uint64) string {
	unit := max(1, m.Unit)
	if parts%unit == 0 {
		return Number(parts / unit)
	}
	if parts*20 < unit {
		return "<0.1"
	}
	t := m.tenths(parts)
	return fmt.Sprintf("%s.%d", Number(t/10), t%10)
}

// Shown is the number in a square.
func (m *Matrix) Shown(c Cell) string { return m.Amount(m.parts(c)) }

// value is the number in a square for a machine that draws it.
func (m *Matrix) value(c Cell) float64 { return float64(m.tenths(m.parts(c))) / 10 }

// exact writes parts as a decimal number that adds up with others to within
// rounding in the fifteenth digit.
func (m *Matrix) exact(parts uint64) string {
	unit := max(1, m.Unit)
	if parts%unit == 0 {
		return strconv.FormatUint(parts/unit, 10)
	}
	return strconv.FormatFloat(m.number(parts), 'f', -1, 64)
}

func (m *Matrix) number(parts uint64) float64 { return float64(parts) / float64(max(1, m.Unit)) }

// Alike reports whether the square's number is that of its posts.
func (m *Matrix) Alike(c Cell) bool { return m.Unit == 0 || c.Parts == c.Items*m.Unit }

// mentions says what a square shows: "12 items", or "2.5 mentions in 3 items"
// where a post counts in parts or more than once.
func (m *Matrix) mentions(c Cell) string {
	if m.Alike(c) {
		return Plural(c.Items, "item")
	}
	return strings.Replace(m.Shown(c), "<", "under ", 1) + " mentions in " + Plural(c.Items, "item")
}
