package tag

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// found reports whether Tag finds anything.
func found(tg *Tagger, all string, links []string) bool {
	r := tg.Tag(Input{Text: all, Links: links, Quiet: true})
	return len(r.Topics)+len(r.Tools)+len(r.Councils) > 0
}

// eachText calls f with every text of the corpora and of the labelled sets.
func eachText(t *testing.T, f func(corpus, text string)) {
	t.Helper()
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	names, _ := filepath.Glob(filepath.Join(dir, "corpora", "*.jsonl.gz"))
	sets, _ := filepath.Glob(filepath.Join(dir, "eval", "*.jsonl"))
	if len(names) == 0 || len(sets) == 0 {
		t.Skipf("the corpora are not in %s; set VANTAGE_SHARED to the folder that holds corpora and eval", dir)
	}
	for _, name := range append(names, sets...) {
		readTexts(t, name, f)
	}
}

func readTexts(t *testing.T, name string, f func(corpus, text string)) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	if filepath.Ext(name) == ".gz" {
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = bufio.NewScanner(z)
	}
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l struct{ Title, Lead, Body, Text string }
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all := l.Title + " " + l.Lead + " " + l.Body + l.Text
		f(filepath.Base(name), all[:min(len(all), 1200)]) // a long post
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestTouchesAgreesWithTag: what the filter of the network streams lets pass
// and what is tagged later must be the same.
func TestTouchesAgreesWithTag(t *testing.T) {
	tg := tagger(t)
	all, passed, kept := map[string]int{}, map[string]int{}, map[string]int{}
	eachText(t, func(corpus, s string) {
		all[corpus]++
		want := found(tg, s, nil)
		if got := tg.Touches(s, nil); got != want {
			t.Errorf("%s: Touches is %v, Tag finds something: %v: %.200q", corpus, got, want, s)
		}
		concerns := tg.Concerns(s, nil)
		if concerns && !want {
			t.Errorf("%s: Concerns takes a text in which Tag finds nothing: %.200q", corpus, s)
		}
		if want {
			passed[corpus]++
		}
		if concerns {
			kept[corpus]++
		}
	})
	for corpus, n := range all {
		t.Logf("%-34s %6d texts, touches %5.1f %%, concerns %5.1f %%", corpus, n,
			100*float64(passed[corpus])/float64(n), 100*float64(kept[corpus])/float64(n))
	}
}

func TestTouchesSeesLinksAndHashtags(t *testing.T) {
	tg := tagger(t)
	for _, c := range []struct {
		text  string
		links []string
	}{
		{"A quiet walk by the river.", nil},
		{"We moved our forms.", []string{"https://www.notifications.service.gov.uk/features"}},
		{"New page out today", []string{"https://www.bristol.gov.uk/bins"}},
		{"Trying out #MachineLearning on old maps", nil},
		{"thanks @bristol.gov.uk", nil},
	} {
		if got, want := tg.Touches(c.text, c.links), found(tg, c.text, c.links); got != want {
			t.Errorf("%q %v: Touches %v, Tag %v", c.text, c.links, got, want)
		}
	}
}

func TestConcernsWantsPublicServicesHere(t *testing.T) {
	tg := tagger(t)
	for text, want := range map[string]bool{
		"AI is eating my homework":                                   false,
		"This chatbot is wonderful, and so is my cat":                false,
		"Chatbots for the city council of Springfield, Ohio":         false,
		"Leeds City Council is trying a chatbot for housing repairs": true,
		"Bristol City Council meets tonight":                         true,
		"Our local authority uses generative AI for minutes":         true,
		"Generative AI in the public sector: a report for the UK":    true,
		"Generative AI in the public sector of Ontario":              false,
		"What councillors make of AI note taking":                    true,
		"Reading by the river in Bath with a good book":              false,
		"": false,
		"Mae Cyngor Gwynedd yn treialu deallusrwydd artiffisial":                                     true,
		"The government of Peru buys AI":                                                             false,
		"A local authority near us is short of lifeguards":                                           false, // no topic
		"Planning applications in England: the government wants councils to use AI to read drawings": true,
	} {
		if got := tg.Concerns(text, nil); got != want {
			r := tg.Tag(Input{Text: text})
			t.Errorf("%q: %v, want %v (topics %v, councils %v)", text, got, want, r.Topics, r.Councils)
		}
	}
	for link, want := range map[string]bool{
		"https://www.gov.uk/guidance/x": true, "https://data.bristol.gov.uk/": true, "https://gov.uk.example.com/": false,
		"https://notgov.uk/": false, "https://www.parliament.scot/": true, "https://example.org/gov.uk": false, "": false,
	} {
		if got := tg.Concerns("look at this", []string{link}); got != want {
			t.Errorf("link %q: %v, want %v", link, got, want)
		}
	}
}

func BenchmarkTouches(b *testing.B) {
	tg := tagger(b)
	const post = "The gate was open and the path was dry that day, so we walked on to the sea and had chips in the sun."
	b.SetBytes(int64(len(post)))
	b.ReportAllocs()
	for b.Loop() {
		tg.Concerns(post, nil)
	}
}
