package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rulesOf waits until the state of the vocabulary is as ok wants it.
func (v *instance) rulesOf(what string, ok func(rulesState) bool) (got rulesState) {
	v.t.Helper()
	v.wait(what, func() bool {
		s, answered := v.status()
		got = s.Rules
		return answered && ok(got)
	})
	return got
}

// TestVocabularyIsFollowed changes the files beneath a running vantage: with an
// error, by rename, and as a folder that gets a file more.
func TestVocabularyIsFollowed(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	folder := filepath.Join(dir, "words")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, folder, "words.yaml", fmt.Sprintf(ownWords, "data portal"))
	t.Setenv("VANTAGE_VOCABULARY", folder)
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("the first vocabulary", chartCounts{"portals": {"2022-09-05": 1}})
	first, _ := v.status()

	writeFile(t, folder, "words.yaml", strings.Replace(fmt.Sprintf(ownWords, "dashboard"), "match: [a dashboard]", "match: [a desk]", 1))
	broken := v.rulesOf("to refuse an example that fails", func(s rulesState) bool { return s.Problem != "" })
	if broken.Rules != first.Rules.Rules || !strings.Contains(broken.Problem, "words.yaml:3") || !strings.Contains(broken.Problem, "a desk") {
		t.Errorf("%+v, want the old rules %s and the place of the error", broken, first.Rules.Rules)
	}
	if metrics := string(v.get("/metrics")); !strings.Contains(metrics, "vantage_vocabulary_refused 1") {
		t.Error("the metrics do not say that the vocabulary was refused")
	}

	next := writeFile(t, dir, "next.yaml", fmt.Sprintf(ownWords, "dashboard"))
	if err := os.Rename(next, filepath.Join(folder, "words.yaml")); err != nil {
		t.Fatal(err)
	}
	second := v.rulesOf("to take the mended file", func(s rulesState) bool { return s.Problem == "" && s.Rules != first.Rules.Rules })
	if n := strings.Count(v.log.String(), "the old one stays in use"); n != 1 {
		t.Errorf("the error was logged %d times, want once:\n%s", n, v.log)
	}
	d.write("b", diaryEntry{title: "A dashboard for bins", published: september(13)})
	v.expect("a new post by the new rules, and an old one as it was", chartCounts{"portals": {"2022-09-05": 1, "2022-09-12": 1}})
	if said := must(t, dir, "retag", "-status"); !strings.Contains(said, "1 post was tagged with older rules; run `vantage retag`") || !strings.Contains(said, "no retag has run") {
		t.Errorf("status of the retag: %s", said)
	}
	if _, stderr, err := invoke(t, dir, nil, "retag"); err != nil || !strings.Contains(stderr, "2 posts read, 1 changed") {
		t.Fatalf("retag: %v\n%s", err, stderr)
	}
	v.expect("the old post by the new rules", chartCounts{"portals": {"2022-09-12": 1}})
	if said := must(t, dir, "retag", "-status"); !strings.Contains(said, "no post was tagged with older rules") || !strings.Contains(said, "the last retag ended on") {
		t.Errorf("status of the retag: %s", said)
	}

	writeFile(t, folder, "more.yaml", "topics:\n  - {id: desks, name: Desks, any: [bins], examples: {match: [bins]}}\n")
	third := v.rulesOf("to take a file more", func(s rulesState) bool { return s.Problem == "" && s.Rules != second.Rules })
	if third.Older != 2 {
		t.Errorf("%d posts by older rules, want 2", third.Older)
	}
	if err := os.Chtimes(filepath.Join(folder, "more.yaml"), time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder, folder+"-away"); err != nil {
		t.Fatal(err)
	}
	v.rulesOf("to miss the folder", func(s rulesState) bool { return strings.Contains(s.Problem, "no such file") && s.Rules == third.Rules })
	if err := os.Rename(folder+"-away", folder); err != nil {
		t.Fatal(err)
	}
	v.rulesOf("to find the folder again", func(s rulesState) bool { return s.Problem == "" && s.Rules == third.Rules })
}

func TestPreviewOfAnotherVocabularyAsJSON(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	d.write("b", diaryEntry{title: "A dashboard for bins", published: september(13)})
	t.Setenv("VANTAGE_VOCABULARY", writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, "data portal")))
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("the first vocabulary", chartCounts{"portals": {"2022-09-05": 1}})
	writeFile(t, dir, "other.yaml", fmt.Sprintf(ownWords, "dashboard"))
	var a previewAnswer
	if err := json.Unmarshal([]byte(must(t, dir, "retag", "-preview", "-json", "-vocabulary", "other.yaml")), &a); err != nil {
		t.Fatal(err)
	}
	if a.Read != 2 || a.Changed != 2 || a.Left != 0 || len(a.Terms) != 1 {
		t.Fatalf("%+v", a)
	}
	c := a.Terms[0]
	if c.Kind != "topic" || c.ID != "portals" || c.Name != "Portals" || c.Before != 1 || c.After != 1 || c.Added != 1 || c.Removed != 1 ||
		c.Gains[0].Title != "A dashboard for bins" || c.Losses[0].URL != "https://diary.example/a" {
		t.Errorf("%+v", c)
	}
	if s, _ := v.status(); s.Rules.Rules == a.Rules || s.Rules.Older != 0 {
		t.Errorf("a preview changed the vocabulary in use: %+v", s.Rules)
	}
	for want, args := range map[string][]string{
		"no such file":        {"-preview", "-vocabulary", "nowhere.yaml"},
		"at least 1":          {"-preview", "-days", "0"},
		"tried with -preview": {"-vocabulary", "other.yaml"},
		"ask one":             {"-preview", "-status"},
	} {
		if _, stderr, err := invoke(t, dir, nil, append([]string{"retag"}, args...)...); err == nil || !strings.Contains(stderr, want) {
			t.Errorf("%v: %v, %q, want %q", args, err, stderr, want)
		}
	}
}

func TestRetagByItself(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	d.write("b", diaryEntry{title: "A dashboard for bins", published: september(13)})
	t.Setenv("VANTAGE_VOCABULARY", writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, "data portal")))
	t.Setenv("VANTAGE_RETAG", "auto")
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("the first vocabulary", chartCounts{"portals": {"2022-09-05": 1}})
	writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, "dashboard"))
	v.expect("the second vocabulary", chartCounts{"portals": {"2022-09-12": 1}})
	v.rulesOf("to leave no older post", func(s rulesState) bool { return s.Older == 0 && s.Retag != nil && !s.Retag.Running })
}

// TestRetagSurvivesKills ends the program the hard way at any moment of a
// retag, three times, and holds the numbers to those of the last vocabulary.
func TestRetagSurvivesKills(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, configFile, "source_files: []\nlisten: 127.0.0.1:0\n")
	t.Setenv("VANTAGE_VOCABULARY", writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, "portal")))
	var lines strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&lines, `{"id":"https://old.example/%d","title":"Open portal %d, or dashboard %d","published":%q,"publisher":"old.example","publisher_class":"civic"}`+"\n",
			i, i, i%7, september(1).AddDate(0, 0, -(i%12)*7).Format(time.RFC3339))
	}
	if _, stderr, err := invoke(t, dir, nil, "import", writeFile(t, dir, "old.jsonl", lines.String())); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for round := range 3 {
		writeFile(t, dir, "words.yaml", fmt.Sprintf(ownWords, fmt.Sprint("dashboard ", round)))
		v := start(t, dir, "run", "-now", archiveEnd)
		retagged := make(chan struct{})
		go func() {
			defer close(retagged)
			_, _, _ = invoke(t, dir, nil, "retag")
		}()
		time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond) // where in the run it ends does not matter
		v.killGroup()
		<-retagged
	}
	v := start(t, dir, "run", "-now", archiveEnd)
	if _, stderr, err := invoke(t, dir, nil, "retag"); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	want := map[string]int{}
	for i := range 4000 {
		if i%7 == 2 {
			want[mondayOf(t, september(1).AddDate(0, 0, -(i%12)*7).Format(time.RFC3339))]++
		}
	}
	v.expect("the last vocabulary", chartCounts{"portals": want})
}

// TestTriedTextsAreNotKept looks for a word that was only ever tried in all
// that the program wrote.
func TestTriedTextsAreNotKept(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	v := start(t, dir, "run", "-now", archiveEnd)
	v.settle()
	run, err := readRunFile(v.data)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "Xyzzyplugh"
	text := "Barnsley Council opens its data for " + secret + " & <script>alert(1)</script>"
	res, err := http.PostForm(run.URL+"/try", url.Values{"text": {text}, "council": {"Barnsley"}, "date": {"16 November 2022"}})
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	res.Body.Close()
	for _, want := range []string{"<mark>Barnsley<span class=\"vh\"> (speaks for Barnsley)</span></mark> <mark>Council<span", "<mark>data<span", "&lt;script&gt;alert(1)", "E08000038", "Language: English", secret} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(page, []byte("<script>alert")) || res.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page shows the text raw, or may be kept")
	}
	line := fmt.Sprintf(`{"id":"x","text":%q,"feed_council":"E08000038","more":1}`, text)
	res, err = http.Post(run.URL+"/api/v1/tag", "application/json", strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(res.Body)
	res.Body.Close()
	printed, _, err := invoke(t, dir, strings.NewReader(line), "tag")
	if err != nil || string(answer) != printed || !strings.Contains(printed, "E08000038") {
		t.Errorf("the interface answers %s, `vantage tag` prints %s, %v", answer, printed, err)
	}
	for _, bad := range []url.Values{{"text": {secret}, "council": {"Barnsly " + secret}}, {"text": {secret}, "date": {"someday"}}, {"text": {secret}, "link": {"javascript:" + secret}}} {
		res, err := http.PostForm(run.URL+"/try", bad)
		if err != nil || res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: %v, %v", bad, res.Status, err)
		}
		res.Body.Close()
	}
	v.stop()
	if strings.Contains(v.log.String(), secret) {
		t.Error("the log holds the text")
	}
	err = filepath.WalkDir(v.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s holds the text", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
