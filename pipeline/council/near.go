package council

import (
	"cmp"
	"slices"
	"strings"
)

// Attribution names whose facts the register holds; data/SOURCES.md says
// which are whose.
const Attribution = "Contains information from mySociety (CC BY 4.0) and GeoNames (CC BY 4.0), and public sector information licensed under the Open Government Licence v3.0. Contains OS data © Crown copyright and database right 2024. Hex layout by Open Innovations."

// nearest is how many councils are offered for a word that is none, and
// farthest how many letters of it may be wrong.
const (
	nearest  = 4
	farthest = 3
)

// longestAsked is the bytes of the longest word that is compared: twice those
// of the longest name. What strangers ask for can be far longer, and would be
// compared with thousands of names.
const longestAsked = 120

// Near returns the councils whose id or one of whose names is most like s,
// at most four: with the fewest letters wrong, or with s as a part. Nothing is
// near a word that is longer than any name.
func (r *Register) Near(s string) []Council {
	if len(s) > longestAsked {
		return nil
	}
	key := foldKey(s)
	if key == "" {
		return nil
	}
	wrong := make([]int, len(r.all)) // letters, by council
	for i, c := range r.all {
		wrong[i] = distance(strings.ToLower(s), strings.ToLower(c.ID), 1)
	}
	for _, n := range r.names {
		if n.kind != "domain" && n.kind != "handle" {
			wrong[n.council] = min(wrong[n.council], unlike(key, foldKey(n.text)))
		}
	}
	var found []int
	for i, d := range wrong {
		if d <= farthest {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int {
		return cmp.Or(cmp.Compare(wrong[a], wrong[b]), cmp.Compare(statusRank(r.all[a].Status), statusRank(r.all[b].Status)))
	})
	var list []Council
	for _, i := range found[:min(nearest, len(found))] {
		list = append(list, r.all[i])
	}
	return list
}

// unlike is how many letters are wrong; a part of a name counts as three.
func unlike(key, name string) int {
	limit := min(farthest, len(key)/3)
	d := distance(key, name, limit)
	if d > limit && len(key) > 3 && strings.Contains(name, key) {
		return farthest
	}
	return d
}

// distance is the number of letters to change, add or leave out, up to a
// limit; more than the limit is farthest and one.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return farthest + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range x {
		corner := row[0]
		row[0] = i + 1
		for j, d := range y {
			cost := corner
			if c != d {
				cost++
			}
			corner, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	if row[len(y)] > limit {
		return farthest + 1
	}
	return row[len(y)]
}

// Perhaps is the end of an error about a council that is not known: what
// could be meant, or how to find out.
func Perhaps(near []Council) string {
	if len(near) == 0 {
		return "; `vantage councils list` prints all"
	}
	var list []string
	for _, c := range near {
		list = append(list, c.Short+" ("+c.ID+")")
	}
	return "; perhaps " + strings.Join(list, ", ")
}
