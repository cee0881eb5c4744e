package tag

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// labelledPost is one line of testdata/facets.jsonl: a post of our own, and
// what a reader finds in it. Its tools name what the post does with each.
type labelledPost struct {
	ID, Text, Class, Publisher string
	Links                      []string
	FeedCouncil                string `json:"feed_council"`
	Stage                      string
	Facets                     []string
	Tools                      map[string]string
}

func (l labelledPost) input() Input {
	return Input{ID: l.ID, Text: l.Text, Class: l.Class, Publisher: l.Publisher, Links: l.Links, FeedCouncil: l.FeedCouncil}
}

func readLabelled(t *testing.T, name string) (all []labelledPost) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l labelledPost
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, l)
	}
	return all
}

// tallies counts what was right, wrong and missed by facet.
type tallies map[string][3]int

func (c tallies) add(facet string, i int) {
	n := c[facet]
	n[i]++
	c[facet] = n
}

// compare adds one post; found and wanted are sets.
func (c tallies) compare(t *testing.T, text string, found, wanted []string) {
	for _, f := range found {
		if slices.Contains(wanted, f) {
			c.add(f, 0)
		} else {
			c.add(f, 1)
			t.Logf("wrong  %-16s %s", f, text)
		}
	}
	for _, f := range wanted {
		if !slices.Contains(found, f) {
			c.add(f, 2)
			t.Logf("missed %-16s %s", f, text)
		}
	}
}

// hold prints every facet and fails where one is below the bars.
func (c tallies) hold(t *testing.T, p, r float64) {
	for _, f := range slices.Sorted(maps.Keys(c)) {
		gotP, gotR, f1 := rates(c[f])
		t.Logf("%-16s P %.2f R %.2f F1 %.2f (%d right, %d wrong, %d missed)", f, gotP, gotR, f1, c[f][0], c[f][1], c[f][2])
		if gotP < p || gotR < r {
			t.Errorf("%s: P %.2f, R %.2f; want at least %.2f and %.2f", f, gotP, gotR, p, r)
		}
	}
}

// facetsOf names everything that a result says of a post: "stage live",
// "lesson", "uses planx" …
func facetsOf(r Result) (list []string) {
	if r.Stage.ID != "" {
		list = append(list, "stage "+r.Stage.ID)
	}
	for _, m := range r.Marks {
		list = append(list, m.ID)
	}
	return list
}

func wantedFacets(l labelledPost) []string {
	if l.Stage == "" {
		return l.Facets
	}
	return append([]string{"stage " + l.Stage}, l.Facets...)
}

// TestFacetsMeetTheirLabels prints precision and recall of every facet on the
// labelled posts, which were written before the rules.
func TestFacetsMeetTheirLabels(t *testing.T) {
	tg, counts := tagger(t), tallies{}
	for _, l := range readLabelled(t, "facets.jsonl") {
		counts.compare(t, l.Text, facetsOf(tg.Tag(l.input())), wantedFacets(l))
	}
	counts.hold(t, .9, .6)
}

// TestAdoptionMeetsItsLabels does the same for what posts do with tools. A
// tool that is not found at all is the vocabulary's matter, and is missed.
func TestAdoptionMeetsItsLabels(t *testing.T) {
	tg, counts := tagger(t), tallies{}
	for _, l := range readLabelled(t, "facets.jsonl") {
		r := tg.Tag(l.input())
		for tool, want := range l.Tools {
			found := []string{}
			if i := slices.IndexFunc(r.Tools, func(h Hit) bool { return h.ID == tool }); i >= 0 {
				found = append(found, r.Adoption[i].ID)
			}
			counts.compare(t, tool+": "+l.Text, found, []string{want})
		}
	}
	counts.hold(t, .9, .6)
}

func TestFacetsAreExplained(t *testing.T) {
	tg := tagger(t)
	r := tg.Tag(Input{Text: "The council hopes the service will be launched in May. Our code: https://github.com/example/permits."})
	if got := strings.Join(r.Stage.Reasons, "; "); r.Stage.ID != "idea" || got != "is yet to come: “launched”" {
		t.Errorf("stage %q because %q", r.Stage.ID, got)
	}
	if len(r.Artefacts) != 1 || r.Artefacts[0] != (Artefact{"repository", "https://github.com/example/permits"}) || !r.Has("repository") {
		t.Errorf("artefacts %v, marks %v", r.Artefacts, r.Marks)
	}
}

func TestFacetExamplesHold(t *testing.T) {
	for _, p := range tagger(t).checkFacets() {
		t.Error(p)
	}
}

// TestFacetsAreAnswered holds the keys that `vantage tag` promises.
func TestFacetsAreAnswered(t *testing.T) {
	post := `{"id":"1","class":"press","text":"Barnsley Council is piloting Power BI. What we learned: https://github.com/example/bi. Join us on 4 May for a webinar, register now."}`
	out, told, err := filter(t, post+"\n"+`{"id":"2"}`+"\n"+`{"id":"3","class":"shop"}`, FilterOptions{})
	lines := strings.Split(out, "\n")
	for _, want := range []string{
		`"stage":"pilot"`, `"lesson":true`, `"failure":false`, `"event":true`, `"adoption":"uses"`,
		`"artefacts":[{"kind":"repository","url":"https://github.com/example/bi"}]`,
	} {
		if !strings.Contains(lines[0], want) {
			t.Errorf("no %s in %s", want, lines[0])
		}
	}
	if !strings.Contains(lines[1], `"stage":"","lesson":false,"failure":false,"event":false,"artefacts":[]`) {
		t.Errorf("nothing found gives %s", lines[1])
	}
	if err == nil || !strings.Contains(told, `class "shop" is not one of [council central`) {
		t.Errorf("told %q, %v", told, err)
	}
}
