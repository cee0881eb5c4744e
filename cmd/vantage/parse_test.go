package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vantage/collectors"
	"vantage/collectors/item"
)

const twoNews = `<rss version="2.0"><channel><title>Oakshire</title><link>/news</link>
<item><title>Bins &amp; roads</title><link>/1</link><guid>1</guid><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item>
<item><title>Parks</title><link>/2</link><guid>2</guid></item></channel></rss>`

// printed reads what `vantage parse` prints of one feed.
func printed(t *testing.T, out string) (collectors.FeedInfo, []item.Item) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var first struct{ Feed collectors.FeedInfo }
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	var items []item.Item
	for _, line := range lines[1:] {
		it, err := item.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
	}
	return first.Feed, items
}

func TestParsePrintsTheFeedThenItsItems(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "feed.xml")
	if err := os.WriteFile(file, []byte(twoNews), 0o600); err != nil {
		t.Fatal(err)
	}
	out, stderr, err := invoke(t, dir, nil, "parse", "--base", "https://www.oakshire.example/feed", "--class", "council", file)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	feed, items := printed(t, out)
	if feed.Title != "Oakshire" || feed.Link != "https://www.oakshire.example/news" || feed.Format != "rss 2.0" || feed.Entries != 2 {
		t.Errorf("feed %+v", feed)
	}
	if len(items) != 2 || items[0].Title != "Bins & roads" || items[0].URL != "https://www.oakshire.example/1" || items[0].Publisher != "oakshire.example" || items[0].Class != item.Council {
		t.Errorf("items %+v", items)
	}
}

func TestParseReadsAnAddressOnThisMachineOnlyIfAllowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(twoNews)) }))
	t.Cleanup(server.Close)
	out, _, err := invoke(t, t.TempDir(), nil, "parse", "--allow-loopback", server.URL+"/feed")
	if err != nil {
		t.Fatal(err)
	}
	if _, items := printed(t, out); len(items) != 2 || items[1].URL != server.URL+"/2" {
		t.Errorf("items %+v", items)
	}
	if out, stderr, err := invoke(t, t.TempDir(), nil, "parse", server.URL+"/feed"); err == nil || out != "" || !strings.Contains(stderr, "only public addresses") {
		t.Errorf("not allowed: %q, %q, %v", out, stderr, err)
	}
}

func TestParseSaysInOneLineWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good.xml", twoNews)
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"page":     {[]string{write("page.html", "<!doctype html><html><head><title>Sorry</title></head></html>")}, "an HTML page came instead of a feed"},
		"words":    {[]string{write("words.txt", "hello")}, "neither XML nor JSON"},
		"empty":    {[]string{write("empty.xml", "")}, "empty"},
		"missing":  {[]string{filepath.Join(dir, "none.xml")}, "no such file"},
		"no name":  {nil, "name a file or an address"},
		"class":    {[]string{"--class", "townhall", good}, `class "townhall" is not known`},
		"base":     {[]string{"--base", "oakshire", good}, "is not a web address"},
		"one of 2": {[]string{good, filepath.Join(dir, "none.xml")}, "1 of 2 feeds cannot be read"},
	} {
		out, stderr, err := invoke(t, dir, nil, append([]string{"parse"}, test.args...)...)
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() != 1 || !strings.Contains(stderr, test.says) {
			t.Errorf("%s: got %v and %q, want it to say %q", name, err, stderr, test.says)
		}
		lines, printed := 1, 0
		if name == "one of 2" {
			lines, printed = 2, 3
		}
		if strings.Count(stderr, "\n") != lines || strings.Count(out, "\n") != printed {
			t.Errorf("%s: printed %q and %q", name, out, stderr)
		}
	}
}
