package council_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/text"
	"vantage/pipeline/council"
)

// labelled is one line of the public set: labels are the councils that the
// text speaks of, also_ok those that are neither right nor wrong.
type labelled struct {
	ID, Text, Category, Date string
	Labels                   []string
	AlsoOK                   []string `json:"also_ok"`
	FeedDefault              string   `json:"feed_default"`
}

// shared opens a file of the shared folder, or skips the test.
func shared(t *testing.T, name string) *os.File {
	t.Helper()
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("the labelled set is not here (%v); set VANTAGE_SHARED to the folder that holds %s", err, name)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func readLabelled(t *testing.T) []labelled {
	var all []labelled
	lines := bufio.NewScanner(shared(t, "eval/councils-public.jsonl"))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l labelled
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	if len(all) == 0 {
		t.Fatal("the labelled set is empty")
	}
	return all
}

// finder finds in plain text, without a vocabulary.
type finder struct {
	*council.Finder
	phrases *text.Phrases
}

func newFinder() finder {
	f := council.Load().Finder()
	return finder{f, text.NewPhrases(f.Phrases())}
}

func (f finder) find(p council.Post) []council.Match {
	p.Words = text.Words(nil, p.Text)
	p.Names = f.phrases.Find(nil, p.Text, p.Words)
	return f.Find(p)
}

func TestPublicSet(t *testing.T) {
	f := newFinder()
	var right, wrong, missed, traps, trapped int
	for _, l := range readLabelled(t) {
		date, _ := time.Parse(time.DateOnly, l.Date)
		found := f.find(council.Post{Text: l.Text, Published: date, Feed: l.FeedDefault})
		var ids []string
		bad := false
		for _, m := range found {
			if !m.Counted() {
				continue
			}
			ids = append(ids, m.ID)
			switch {
			case slices.Contains(l.Labels, m.ID):
				right++
			case !slices.Contains(l.AlsoOK, m.ID):
				wrong++
				bad = true
				t.Logf("wrong  %s %s %v: %s", l.ID, m.ID, m.Confidence, l.Text)
				for _, r := range m.Reasons {
					t.Log("         ", r)
				}
			}
		}
		for _, id := range l.Labels {
			if !slices.Contains(ids, id) {
				missed++
				t.Logf("missed %s %s: %s", l.ID, id, l.Text)
				for _, m := range found {
					if m.ID == id {
						t.Log("         ", m)
					}
				}
			}
		}
		if strings.HasPrefix(l.Category, "neg-") {
			traps++
			if bad {
				trapped++
			}
		}
	}
	p := float64(right) / float64(right+wrong)
	r := float64(right) / float64(right+missed)
	f1 := 2 * p * r / (p + r)
	t.Logf("councils: P %.3f, R %.3f, F1 %.3f; traps wrongly tagged %d of %d (%.1f %%)", p, r, f1, trapped, traps, 100*float64(trapped)/float64(traps))
	if f1 < 0.95 {
		t.Errorf("F1 is %.3f; it was .95 or more", f1)
	}
}
