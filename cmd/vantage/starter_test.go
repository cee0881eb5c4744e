package main

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/deploy"
	"vantage/pipeline/council"
)

func starterList(t *testing.T, text []byte) []collectors.Source {
	t.Helper()
	list, err := parseSources("starter", text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		list[i] = list[i].Complete()
	}
	if err := collectors.CheckSources(list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestStarterListSaysWhoPublishes(t *testing.T) {
	register, places := council.Load(), map[string]string{}
	for _, s := range starterList(t, deploy.Sources) {
		u, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		place := strings.TrimPrefix(strings.ToLower(u.Host), "www.") + strings.TrimSuffix(u.RequestURI(), "/")
		if other := places[place]; other != "" {
			t.Errorf("%s has the address of %s", s.Key, other)
		}
		places[place] = s.Key
		switch c, known := register.Council(s.Council); {
		case s.Class == item.Unknown || s.Class == item.Person:
			t.Errorf("%s: class %q", s.Key, s.Class)
		case !strings.Contains(s.Publisher, "."):
			t.Errorf("%s: publisher %q is no domain", s.Key, s.Publisher)
		case !s.Unverified:
			t.Errorf("%s is not marked unverified, but nobody saw it answer", s.Key)
		case s.Council != "" && (!known || s.Class != item.Council || c.Status != council.Current):
			t.Errorf("%s: council %q is not a current one, or its class is %s", s.Key, s.Council, s.Class)
		case s.Name == s.Publisher:
			t.Errorf("%s has no name", s.Key)
		}
	}
}

// TestExamplesOfTheStarterListWork takes the # off.
func TestExamplesOfTheStarterListWork(t *testing.T) {
	text, kinds := "sources:\n", map[string]bool{}
	for line := range strings.Lines(string(deploy.Sources)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "# - {"); ok {
			text += "  - {" + rest + "\n"
		}
	}
	for _, s := range starterList(t, []byte(text)) {
		kinds[s.Kind] = true
	}
	for _, kind := range []string{"mastodon", "bluesky", "govuk", "hackernews", "github"} {
		if !kinds[kind] {
			t.Errorf("no example of kind %s", kind)
		}
	}
}

// TestLinesOfTheReadmeWork checks the example as a whole configuration.
func TestLinesOfTheReadmeWork(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## Listening to more")
	_, rest, _ := strings.Cut(section, "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	dir := t.TempDir()
	writeFile(t, dir, "my-reader-export.opml", `<opml version="2.0"><body/></opml>`)
	cfg, err := loadConfig(writeFile(t, dir, configFile, example), nil)
	if err != nil || !ok || len(cfg.lists) != 1 || len(cfg.Sources) < 344+9 {
		t.Errorf("%d sources, %d lists, %v", len(cfg.Sources), len(cfg.lists), err)
	}
}
