package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// must runs a subcommand that has to work, and returns what it printed.
func must(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, stderr, err := invoke(t, dir, nil, args...)
	if err != nil {
		t.Fatalf("vantage %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return out
}

// refused runs a subcommand that must fail, and say so in these words.
func refused(t *testing.T, dir string, words string, args ...string) {
	t.Helper()
	if out, stderr, err := invoke(t, dir, nil, args...); err == nil || !strings.Contains(stderr, words) {
		t.Errorf("vantage %s: %v, want %q\n%s%s", strings.Join(args, " "), err, words, out, stderr)
	}
}

// TestOptedOutDomainLeavesAndStaysAway opts out while running, after a crash
// and with nothing running, and lets in again.
func TestOptedOutDomainLeavesAndStaysAway(t *testing.T) {
	d, dir := newDiary(t)
	const openData, accessibility = "An open data portal opens #local", "A new accessibility statement"
	d.write("a", diaryEntry{title: openData, published: september(6)})
	d.write("b", diaryEntry{title: accessibility, published: september(13)})
	archive := writeFile(t, dir, "old.jsonl", `{"id":"https://other.example/1","title":"An open data portal elsewhere","published":"2022-09-07T10:00:00Z","publisher":"other.example","publisher_class":"civic"}
{"id":"https://other.example/2","title":"A copy","url":"https://www.diary.example/x","text":"An open data portal, told again","published":"2022-09-08T10:00:00Z","publisher":"other.example","publisher_class":"press"}
`)
	must(t, dir, "import", archive)
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("both feeds", chartCounts{"open-data": {"2022-09-05": 3}, "accessibility": {"2022-09-12": 1}})

	refused(t, dir, "not the domain of one organisation", "optout", "add", "gov.uk")
	if out := must(t, dir, "optout", "add", "diary.example"); !strings.Contains(out, "3 posts were taken out of every table and the stream") {
		t.Errorf("the report is %q", out)
	}
	v.expect("only the other publisher", chartCounts{"open-data": {"2022-09-05": 1}})
	if streamHolds(t, v, accessibility) || streamHolds(t, v, "told again") {
		t.Error("the stream still holds what was opted out")
	}
	page := string(v.get("/sources"))
	if !strings.Contains(page, "Its publisher asked not to be listened to.") {
		t.Error("the source does not say why it is paused")
	}

	// Collected again under every way in: another import, and after a crash.
	v.killGroup()
	must(t, dir, "import", "-again", archive)
	d.write("c", diaryEntry{title: openData, published: september(20)})
	v = start(t, dir, "run", "-now", archiveEnd)
	v.expect("still only the other publisher", chartCounts{"open-data": {"2022-09-05": 1}})
	if out := must(t, dir, "optout", "list"); !strings.Contains(out, "diary.example") || !strings.Contains(out, "3 posts removed") {
		t.Errorf("the list is %q", out)
	}

	must(t, dir, "optout", "remove", "diary.example")
	d.write("d", diaryEntry{title: accessibility, published: september(21)})
	v.wait("to collect again what is new", func() bool { return fromJSON(t, v)["accessibility"]["2022-09-19"] == 1 })
	refused(t, dir, "not on the list", "optout", "remove", "diary.example")

	out := must(t, dir, "optout", "add", "#local")
	if !strings.Contains(out, "#local is left out") {
		t.Errorf("the report is %q", out)
	}
	v.wait("to show no post with the hashtag", func() bool { return fromJSON(t, v)["open-data"]["2022-09-19"] == 0 })
}

// streamHolds tells whether any file of the embedded stream holds the text.
func streamHolds(t *testing.T, v *instance, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(filepath.Join(v.data, "stream"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // files come and go
		}
		b, _ := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPersonsStayHiddenThroughARotation follows posts of a person's own feed:
// no name in the data, edits and deletes found after a rotation, gone for good
// after an opt-out.
func TestPersonsStayHiddenThroughARotation(t *testing.T) {
	d, dir := newDiary(t)
	config, err := os.ReadFile(filepath.Join(dir, configFile))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, configFile, strings.Replace(string(config), "class: civic, publisher: diary.example", "class: person, publisher: alice.example", 1))
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	d.write("b", diaryEntry{title: "An open data portal closes", published: september(7)})
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("two posts", chartCounts{"open-data": {"2022-09-05": 2}})
	page := string(v.get("/items?term=open-data&week=2022-09-05"))
	if !strings.Contains(page, "A person") || strings.Contains(page, "alice") {
		t.Error("the page names a person")
	}
	v.stop()

	if out := must(t, dir, "key", "rotate"); !strings.Contains(out, "key k2 counts from") {
		t.Errorf("rotate says %q", out)
	}
	keys := filepath.Join(v.data, "pseudonym.keys")
	if info, err := os.Stat(keys); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keys: %v, %v", info, err)
	}
	d.write("a", diaryEntry{title: "A new accessibility statement", published: september(6)})
	d.remove("b")
	v = start(t, dir, "run", "-now", archiveEnd)
	v.expect("the edit as one post, and no deleted one", chartCounts{"accessibility": {"2022-09-05": 1}})

	if out := must(t, dir, "optout", "add", "alice.example"); !strings.Contains(out, "1 post was taken out") {
		t.Errorf("the report is %q", out)
	}
	v.expect("nothing", chartCounts{})
	v.stop()
	writeFile(t, v.data, "pseudonym.keys", "nonsense")
	refused(t, dir, "put the file back from a backup", "run")
}

// TestNominationsWaitAndThenCountOnce proposes pages by the interface and
// decides by the command line.
func TestNominationsWaitAndThenCountOnce(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(27)})
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("the feed", chartCounts{"open-data": {"2022-09-26": 1}})
	propose := func(link, words string) (int, map[string]any) {
		body, _ := json.Marshal(map[string]string{"link": link, "words": words, "council": "Wigan Council"})
		r, err := readRunFile(v.data)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Post(r.URL+"/api/v1/nominations", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var said map[string]any
		if err := json.NewDecoder(res.Body).Decode(&said); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, said
	}
	code, first := propose("https://www.other.example/portal?utm_source=x", "Another open data portal, by a neighbour")
	if code != http.StatusAccepted || first["count"] != float64(1) {
		t.Fatalf("%d %v", code, first)
	}
	if _, again := propose("https://www.other.example/portal#top", "The same again, and again"); again["id"] != first["id"] || again["count"] != float64(2) {
		t.Errorf("the same page is %v, first %v", again, first)
	}
	for _, bad := range []string{"http://127.0.0.1/x", "http://localhost/", "https://social.example/@alice/1", "https://bsky.app/profile/alice.example/post/1", "ftp://a.example/", "https://a.local/x"} {
		if code, said := propose(bad, "Something that must not be taken"); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %v", bad, code, said)
		}
	}
	list := must(t, dir, "nominations", "list")
	if strings.Count(list, "\n") != 1 || !strings.Contains(list, "https://www.other.example/portal") || !strings.Contains(list, "2x") || strings.Contains(list, "utm_") {
		t.Errorf("held are\n%s", list)
	}
	v.expect("no page that waits", chartCounts{"open-data": {"2022-09-26": 1}})

	id := fmt.Sprint(first["id"])
	must(t, dir, "nominations", "reject", id)
	must(t, dir, "nominations", "accept", id) // after all
	refused(t, dir, "accepted already", "nominations", "accept", id)
	refused(t, dir, "no nomination", "nominations", "accept", "000000000000")
	v.wait("to count the page", func() bool { return fromJSON(t, v)["open-data"]["2022-09-26"] == 2 })
	page := string(v.get("/items?term=open-data&week=2022-09-26"))
	if !strings.Contains(page, "Another open data portal") || !strings.Contains(page, "other.example") {
		t.Errorf("the page of posts:\n%.2000s", page)
	}

	// A feed shows the same document, without a guid of its own: still one post,
	// and what the feed says of it.
	must(t, dir, "import", writeFile(t, dir, "copy.jsonl",
		`{"id":"https://www.other.example/portal","url":"https://www.other.example/portal","title":"Our open data portal","text":"Everything about it","published":"2022-09-28T09:00:00Z","publisher":"other.example","publisher_class":"press"}`+"\n"))
	v.wait("to keep the document once", func() bool {
		page := string(v.get("/items?term=open-data&week=2022-09-26"))
		return fromJSON(t, v)["open-data"]["2022-09-26"] == 2 && strings.Contains(page, "Our open data portal") && !strings.Contains(page, "by a neighbour")
	})
}

// TestSourcesChangeWhileItRuns adds, pauses and removes sources by the command
// line, and finds them so after a restart.
func TestSourcesChangeWhileItRuns(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	more := &diary{entries: map[string]diaryEntry{"x": {title: "A new accessibility statement", published: september(13)}}}
	site := httptest.NewServer(more)
	t.Cleanup(site.Close)
	v := start(t, dir, "run", "-now", archiveEnd)
	v.expect("the configured feed", chartCounts{"open-data": {"2022-09-05": 1}})

	refused(t, dir, "is not a web address", "sources", "add", "nonsense")
	if out := must(t, dir, "sources", "add", site.URL, "-key", "more", "-class", "press", "-publisher", "more.example"); out != "listening to more\n" {
		t.Errorf("add says %q", out)
	}
	refused(t, dir, "there already", "sources", "add", site.URL)
	v.expect("both feeds", chartCounts{"open-data": {"2022-09-05": 1}, "accessibility": {"2022-09-12": 1}})
	d.write("b", diaryEntry{title: "Another open data portal opens", published: september(7)})
	more.write("z", diaryEntry{title: "An accessibility statement anew", published: september(14)})
	must(t, dir, "sources", "visit")
	v.expect("both feeds again", chartCounts{"open-data": {"2022-09-05": 2}, "accessibility": {"2022-09-12": 2}})

	must(t, dir, "sources", "pause", "more")
	must(t, dir, "sources", "remove", "diary")
	page := string(v.get("/sources"))
	for _, want := range []string{"It was paused here; resume it when you want.", "It was removed here, but still stands in vantage.yaml; take it out there too."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	v.killGroup()
	v = start(t, dir, "run", "-now", archiveEnd)
	if list := must(t, dir, "sources", "list"); strings.Count(list, "  paused  ") != 2 || !strings.Contains(list, "it was paused here") {
		t.Errorf("after a restart:\n%s", list)
	}
	more.write("y", diaryEntry{title: "A new accessibility statement, again", published: september(20)})
	must(t, dir, "sources", "resume", "more")
	must(t, dir, "sources", "visit", "more")
	v.wait("to read the resumed feed", func() bool { return fromJSON(t, v)["accessibility"]["2022-09-19"] == 1 })
	opml := must(t, dir, "sources", "export")
	if !strings.Contains(opml, site.URL) || !strings.Contains(opml, "<opml") {
		t.Errorf("exported:\n%s", opml)
	}
	must(t, dir, "sources", "remove", "more")
	v.stop()
	if list := must(t, dir, "sources", "list"); strings.Contains(list, "more") || !strings.Contains(list, "diary") {
		t.Errorf("with nothing running:\n%s", list)
	}
	refused(t, dir, "there is no source", "sources", "pause", "more")
}

// TestOperatorDecidesInTheBrowser signs in with the printed token and uses
// every form of the page, as a browser without scripts does.
func TestOperatorDecidesInTheBrowser(t *testing.T) {
	d, dir := newDiary(t)
	d.write("a", diaryEntry{title: "An open data portal opens", published: september(6)})
	more := &diary{entries: map[string]diaryEntry{"x": {title: "A new accessibility statement", published: september(13)}}}
	site := httptest.NewServer(more)
	t.Cleanup(site.Close)
	v := start(t, dir, "run", "-now", archiveEnd)
	printed := strings.Fields(must(t, dir, "operator"))
	if len(printed) != 2 {
		t.Fatalf("it prints %q", printed)
	}
	base, token := strings.TrimSuffix(printed[0], "/operator"), printed[1]
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: time.Minute}
	submit := func(path string, form url.Values, want string) {
		t.Helper()
		res, err := browser.PostForm(base+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), want) {
			t.Fatalf("%s: %d, %v, want %q:\n%.3000s", path, res.StatusCode, err, want, page)
		}
	}
	submit("/operator/sign-in", url.Values{"token": {token}}, "Sign out")
	submit("/operator/sources/find", url.Values{"url": {site.URL}}, "Add Diary")
	submit("/operator/sources/add", url.Values{"url": {site.URL}, "kind": {"feed"}, "name": {"Second diary"}, "publisher": {"second.example"}, "class": {"civic"}}, "Second diary")
	v.expect("both feeds", chartCounts{"open-data": {"2022-09-05": 1}, "accessibility": {"2022-09-12": 1}})
	submit("/operator/sources/find", url.Values{"url": {"#localgov"}, "on": {"mastodon"}, "server": {site.URL}}, "#localgov on 127.0.0.1")
	submit("/operator/sources", url.Values{"key": {"diary"}, "do": {"pause"}, "back": {"/sources?state=paused"}}, "It was paused here")

	res, err := http.Post(base+"/api/v1/nominations", "application/json", strings.NewReader(`{"link":"https://third.example/1","words":"An open data portal, by a neighbour"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	id, _, _ := strings.Cut(must(t, dir, "nominations", "list"), " ")
	submit("/operator/nominations", url.Values{"id": {id}, "do": {"accept"}}, "The page was accepted.")
	v.wait("to count the page", func() bool { return fromJSON(t, v)["open-data"]["2022-09-26"] == 1 })
	submit("/operator/opt-outs", url.Values{"what": {"third.example"}, "do": {"add"}}, "third.example")
	v.expect("no page of whom opted out", chartCounts{"open-data": {"2022-09-05": 1}, "accessibility": {"2022-09-12": 1}})

	if strings.Contains(v.log.String(), token) {
		t.Error("the token stands in the log")
	}
	v.stop()
	start(t, dir, "run", "-now", archiveEnd)
	if again := strings.Fields(must(t, dir, "operator")); again[1] != token {
		t.Error("a restart changes the token")
	}
}
