package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// heatColumns are what a heat map needs of one term: its cells, see addCells,
// and the distinct totals of the period.
const heatColumns = `toString(arraySort(groupArray((toInt32(week), c.items, c.publishers, c.stories)))),
	sum(c.items), uniqExactArray(who), sum(solo) + uniqExactArray(shared)`

// heatRow is one term of a heat map as a query answers it; kind ” stands for
// all items.
type heatRow struct {
	kind, term, counts string
	total              Counts
}

func (r *heatRow) places() []any {
	return []any{&r.kind, &r.term, &r.counts, &r.total.Items, &r.total.Publishers, &r.total.Stories}
}

// add takes rows in the order of their terms.
func (h *Heat) add(r heatRow) error {
	if r.kind != "" {
		h.Totals[r.term] = r.total
		return eachCount(r.counts, func(week time.Time, c Counts) {
			h.Cells = append(h.Cells, Cell{Week: week, Term: r.term, Counts: c})
		})
	}
	h.All = r.total
	return eachCount(r.counts, func(week time.Time, c Counts) { h.Heard[week] = c })
}

// eachCount reads "[(20773,12,7,10),…]": the Monday in days since 1970, items,
// publishers, stories. As text, because clickhouse-go makes four allocations
// for each entry of an array: half a year of 65 terms took 2.4 ms.
func eachCount(text string, add func(week time.Time, c Counts)) error {
	list, ok := strings.CutPrefix(text, "[")
	list, closed := strings.CutSuffix(list, "]")
	for ok && closed && list != "" {
		var cell string
		cell, list, ok = strings.Cut(strings.TrimPrefix(list, ","), ")")
		var n [4]int64
		for i := range n {
			number, rest, _ := strings.Cut(strings.TrimPrefix(cell, "("), ",")
			v, err := strconv.ParseInt(number, 10, 64)
			if err != nil {
				return fmt.Errorf("cells %.60q: %w", text, err)
			}
			n[i], cell = v, rest
		}
		add(time.Unix(n[0]*86_400, 0).UTC(), Counts{Items: uint64(n[1]), Publishers: uint64(n[2]), Stories: uint64(n[3])})
	}
	if !ok || !closed {
		return fmt.Errorf("cells %.60q are cut off", text)
	}
	return nil
}
