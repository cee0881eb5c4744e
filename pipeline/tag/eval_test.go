package tag

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// themed is one line of the public set; its topics are names of themes.
type themed struct {
	ID, Text string
	Topics   []string
}

func readThemed(t *testing.T) []themed {
	t.Helper()
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	f, err := os.Open(filepath.Join(dir, "eval/topics-public.jsonl"))
	if err != nil {
		t.Skipf("the labelled set is not here (%v); set VANTAGE_SHARED to the folder that holds eval", err)
	}
	defer f.Close()
	var all []themed
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l themed
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	return all
}

// count adds what was right, wrong and missed for each theme.
func (l themed) count(t *testing.T, found []string, counts map[string][3]int) {
	add := func(theme string, i int) {
		c := counts[theme]
		c[i]++
		counts[theme] = c
	}
	for _, theme := range found {
		if slices.Contains(l.Topics, theme) {
			add(theme, 0)
		} else {
			add(theme, 1)
			t.Logf("wrong  %-30s %s", theme, l.Text)
		}
	}
	for _, theme := range l.Topics {
		if !slices.Contains(found, theme) {
			add(theme, 2)
			t.Logf("missed %-30s %s", theme, l.Text)
		}
	}
}

// TestThemesOfPublicSet prints how well the themes meet the labels of the
// public set, on which no weight was trained; .774 and .798 were measured.
func TestThemesOfPublicSet(t *testing.T) {
	tg, counts := tagger(t), map[string][3]int{}
	for _, l := range readThemed(t) {
		l.count(t, tg.answer(Input{}, tg.Tag(Input{Text: l.Text})).Themes, counts)
	}
	var sum [3]int
	macro := 0.0
	for _, theme := range slices.Sorted(maps.Keys(counts)) {
		c := counts[theme]
		p, r, f1 := rates(c)
		macro += f1 / float64(len(counts))
		t.Logf("%-32s P %.2f R %.2f F1 %.2f", theme, p, r, f1)
		for i := range sum {
			sum[i] += c[i]
		}
	}
	p, r, micro := rates(sum)
	t.Logf("themes: micro P %.3f, R %.3f, F1 %.3f; macro F1 %.3f", p, r, micro, macro)
	if micro < 0.75 || macro < 0.72 {
		t.Errorf("micro F1 is %.3f, macro F1 %.3f; below .75 or .72", micro, macro)
	}
}

// rates returns precision, recall and F1 of right, wrong and missed.
func rates(c [3]int) (p, r, f1 float64) {
	p = float64(c[0]) / max(1, float64(c[0]+c[1]))
	r = float64(c[0]) / max(1, float64(c[0]+c[2]))
	return p, r, 2 * p * r / max(1e-9, p+r)
}
