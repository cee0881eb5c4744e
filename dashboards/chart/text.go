package chart

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"vantage/pipeline/radar"
)

// Number groups thousands with commas.
func Number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural writes a number and its noun.
func Plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") {
		return Number(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
	}
	return Number(n) + " " + noun + "s"
}

// Period says the days that the chart covers.
func (m *Matrix) Period() string {
	return m.Filter.From.Format("2 January 2006") + " to " + m.Filter.To.AddDate(0, 0, 6).Format("2 January 2006")
}

// Alt is the chart in a few plain sentences: the words for who cannot see it.
// Every number in it stands in the table too.
func (m *Matrix) Alt() string {
	if m.Empty() {
		return fmt.Sprintf("Empty heat map, %s: no items were found.", m.Period())
	}
	said := []string{fmt.Sprintf("Heat map of %s by %s, %s.", Plural(uint64(len(m.Rows)), m.RowNoun), m.ColNoun, m.Period())}
	if i, j, ok := m.Peak(); ok {
		said = append(said, fmt.Sprintf("The most items in one cell: %s, %s, %s.",
			m.Rows[i].Name, m.Cols[j].Name, m.mentions(m.Rows[i].Cells[j])))
	}
	if rising := m.rising(); rising != "" {
		said = append(said, rising)
	}
	if m.Weekly() && m.Cols[len(m.Cols)-1].Partial {
		said = append(said, "The last week is not over yet.")
	}
	for _, s := range []string{m.Reorganised.Sentence(), m.unheard(), m.partMissed()} {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, " ")
}

// rising names the labelled rows, at most five.
func (m *Matrix) rising() string {
	if !m.Ranked {
		return ""
	}
	var names []string
	for _, r := range m.Rows {
		if r.Score.Label != radar.None && len(names) < 5 {
			names = append(names, fmt.Sprintf("%s (%s)", r.Name, r.Score.Label))
		}
	}
	if len(names) == 0 {
		return "The radar marks nothing as rising."
	}
	return "Rising: " + strings.Join(names, ", ") + "."
}

func (m *Matrix) unheard() string {
	var n uint64
	if m.Weekly() {
		for _, c := range m.Cols {
			if !c.Heard {
				n++
			}
		}
	} else {
		for _, r := range m.Rows {
			if !r.Heard {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	if m.Weekly() {
		return "Nothing was heard in " + Plural(n, m.ColNoun) + "."
	}
	return "Nothing was heard from " + Plural(n, m.RowNoun) + "."
}

// Say speaks one cell: "Damp sensors, 16 to 22 November 2026: 12 items, 7
// publishers, 10 stories". Of a week that is drawn as a gap it says what was
// missed.
func (m *Matrix) Say(row, col int) string {
	said := m.sayCell(row, col)
	if missed := m.Cols[col].MissedWords(); missed != "" {
		said += "; " + missed
	}
	return said
}

func (m *Matrix) sayCell(row, col int) string {
	r, c := m.Rows[row], m.Cols[col]
	where := r.Name + ", " + c.Name
	if c.Partial {
		where += " (so far)"
	}
	switch cell := r.Cells[col]; cell.State {
	case Unheard:
		return where + ": not heard from"
	case Zero:
		return where + ": no items"
	default:
		return fmt.Sprintf("%s: %s, %s, %s", where, m.mentions(cell), Plural(cell.Publishers, "publisher"), Plural(cell.Stories, "story"))
	}
}

// ClassName says the range of class k: "5 to 9", "100 or more"; where squares
// show fractions "5 to under 10".
func (m *Matrix) ClassName(k int) string {
	switch lo, hi := m.Range(k); {
	case m.Reorganised.Fraction && k == 1 && hi == 0:
		return "any number"
	case m.Reorganised.Fraction && k == 1:
		return "under " + Number(hi+1)
	case m.Reorganised.Fraction && hi > 0:
		return Number(lo) + " to under " + Number(hi+1)
	case hi == 0:
		return Number(lo) + " or more"
	case lo == hi:
		return Number(lo)
	default:
		return Number(lo) + " to " + Number(hi)
	}
}

// Freshness says of when the numbers are.
func (m *Matrix) Freshness(zone *time.Location) string {
	if m.Generation.Number == 0 {
		return "No numbers have been worked out yet."
	}
	return "Numbers as of " + m.Generation.Time.In(zone).Format("15:04 on 2 January 2006") + "."
}
