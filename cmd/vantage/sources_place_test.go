package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vantage/collectors"
	"vantage/dashboards"
)

func TestSourcesAreAddedByPlace(t *testing.T) {
	for _, c := range []struct {
		what, on         string
		kind, url, query string
		tags             []string
	}{
		{"#localgov", "mastodon.social", "mastodon", "https://mastodon.social", "", []string{"localgov"}},
		{"#LocalGov, #UKGovCamp localgov", "https://social.example/", "mastodon", "https://social.example", "", []string{"localgov", "ukgovcamp"}},
		{"#localgov", "http://127.0.0.1:8080", "mastodon", "http://127.0.0.1:8080", "", []string{"localgov"}},
		{"#LocalGov", "Bluesky", "bluesky", "", "", []string{"localgov"}},
		{"councils", "bluesky", "bluesky", "", "councils", nil},
		{"#councils", "bsky.app", "bluesky", "", "", []string{"councils"}},
		{`"digital planning"`, "gov.uk", "govuk", "", `"digital planning"`, nil},
		{"council tax", "hackernews", "hackernews", "", "council tax", nil},
		{"localgov-drupal", "github", "github", "", "", []string{"localgov-drupal"}},
		{"localgovdrupal/localgov", "github.com", "github", "https://api.github.com/repos/localgovdrupal/localgov/releases", "localgovdrupal/localgov", nil},
	} {
		s, err := newSource(dashboards.NewSource{What: c.what, On: c.on})
		if err == nil {
			err = collectors.CheckSources([]collectors.Source{s})
		}
		if err != nil || s.Kind != c.kind || c.url != "" && s.URL != c.url || s.Query != c.query || !slices.Equal(s.Tags, c.tags) {
			t.Errorf("%s on %s: %+v, %v", c.what, c.on, s, err)
		}
	}
}

func TestWhatCannotBeListenedToIsRefusedWithTheWayOut(t *testing.T) {
	for _, c := range []struct{ what, on, kind, field, words string }{
		{"#localgov", "", "", "on", "say where to listen to #localgov: use bluesky"},
		{"https://a.example/feed", "bluesky", "", "url", "is an address; give it alone"},
		{"#localgov", "twitter", "", "on", `"twitter" is no place`},
		{"#localgov", "@alice@social.example", "", "on", "is no place"},
		{"#localgov", "https://social.example/tags/other", "", "on", "is no place"},
		{"#localgov", "ftp://social.example", "", "on", "is no place"},
		{"#local-gov", "bluesky", "", "url", `"local-gov" is not a hashtag; use letters and digits`},
		{"#2026", "social.example", "", "url", `"2026" is not a hashtag`},
		{" # , ", "social.example", "", "url", "is not a hashtag"},
		{"#localgov", "govuk", "", "url", "has no hashtags"},
		{"#localgov", "bluesky", "feed", "on", `kind "feed" is known by the place`},
	} {
		_, err := newSource(dashboards.NewSource{What: c.what, On: c.on, Kind: c.kind})
		if r, ok := errors.AsType[*dashboards.Refusal](err); !ok || r.Field != c.field || !strings.Contains(r.Words, c.words) {
			t.Errorf("%s on %s: %v", c.what, c.on, err)
		}
	}
}

func TestSourceIsThereAlready(t *testing.T) {
	one := func(what, on string) collectors.Source {
		s, err := newSource(dashboards.NewSource{What: what, On: on})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	there := one("#localgov #ukgovcamp", "social.example")
	for _, c := range []struct {
		what, on string
		same     bool
	}{
		{"#ukgovcamp #localgov", "social.example", true}, {"#UKGovCamp", "social.example", true}, {"#planning", "social.example", false},
		{"#localgov #planning", "social.example", false}, {"#localgov", "other.example", false}, {"#localgov", "bluesky", false},
	} {
		if got := sameSource(there, one(c.what, c.on)); got != c.same {
			t.Errorf("%s on %s: %t", c.what, c.on, got)
		}
	}
	if sameSource(one("councils", "bluesky"), one("#localgov", "bluesky")) || sameSource(one("#localgov", "bluesky"), one("councils", "bluesky")) {
		t.Error("one stream of Bluesky is taken for another")
	}
}

// TestHashtagsAreAddedByCommand runs with nothing running, so that nothing is
// dialled.
func TestHashtagsAreAddedByCommand(t *testing.T) {
	_, dir := newDiary(t)
	must(t, dir, "sources", "add", "#localgov", "#ukgovcamp", "-on", "social.example")
	refused(t, dir, "there already (#localgov #ukgovcamp on social.example)", "sources", "add", "#UKGovCamp", "--on", "social.example")
	refused(t, dir, "in quotation marks", "sources", "add")
	refused(t, dir, "list takes nothing more", "sources", "list", "all")
	refused(t, dir, "needs one key", "sources", "pause")
	list := must(t, dir, "sources", "list")
	if !strings.Contains(list, "social.example-tags-localgov-ukgovcamp-") || !strings.Contains(list, "not running") || strings.Count(list, "\n") != 3 {
		t.Errorf("the list is\n%s", list)
	}
}
