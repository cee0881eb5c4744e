package store

import (
	"fmt"
	"strings"
	"time"
)

// heatColumns are what a heat map needs of one term: its cells, see eachCount,
// and the distinct totals of the period.
const heatColumns = `toString(arraySort(groupArray((toInt32(week), c.items, c.publishers, c.stories)))),
	sum(c.items), uniqExactArray(who), sum(solo) + uniqExactArray(shared)`

// heatRow is one term of a heat map as a query answers it; kind ” stands for
// all items. Cells are as eachCount reads them.
type heatRow struct {
	Kind, Term, Cells string
	Total             Counts
}

func (r *heatRow) places() []any {
	return []any{&r.Kind, &r.Term, &r.Cells, &r.Total.Items, &r.Total.Publishers, &r.Total.Stories}
}

// add takes rows in the order of their terms.
func (h *Heat) add(r heatRow) error {
	if r.Kind != "" {
		h.Totals[r.Term] = r.Total
		return eachCount(r.Cells, func(week time.Time, c Counts) {
			h.Cells = append(h.Cells, Cell{Week: week, Term: r.Term, Counts: c})
		})
	}
	h.All = r.Total
	return eachCount(r.Cells, func(week time.Time, c Counts) { h.Heard[week] = c })
}

// eachCount reads "[(20773,12,7,10),…]": the Monday in days since 1970, items,
// publishers, stories. As text, because clickhouse-go makes four allocations
// for each entry of an array: half a year of 65 terms took 2.4 ms.
func eachCount(text string, add func(week time.Time, c Counts)) error {
	rest, whole := strings.CutPrefix(text, "[")
	for whole && rest != "]" {
		var n [4]int64
		rest, whole = strings.CutPrefix(strings.TrimPrefix(rest, ","), "(")
		for i := range n {
			var length int
			n[i], length = leadingNumber(rest)
			if length == 0 || length == len(rest) || rest[length] != ",,,)"[i] {
				whole = false
				break
			}
			rest = rest[length+1:]
		}
		if whole {
			add(time.Unix(n[0]*86_400, 0).UTC(), Counts{Items: uint64(n[1]), Publishers: uint64(n[2]), Stories: uint64(n[3])})
		}
	}
	if !whole {
		return fmt.Errorf("cells %.60q cannot be read at %.20q", text, rest)
	}
	return nil
}

// leadingNumber reads the number that s begins with, of up to 18 digits, and
// returns its length: 0 where there is none.
func leadingNumber(s string) (n int64, length int) {
	sign := int64(1)
	if strings.HasPrefix(s, "-") {
		sign, length = -1, 1
	}
	first := length
	for length < len(s) && length < first+18 && s[length] >= '0' && s[length] <= '9' {
		n = 10*n + int64(s[length]-'0')
		length++
	}
	if length == first {
		return 0, 0
	}
	return sign * n, length
}
