package collectors

import (
	"reflect"
	"strings"
	"testing"
)

func TestOneLineMakesASearch(t *testing.T) {
	for _, test := range []struct {
		src  Source
		want string
	}{
		{Source{Kind: "govuk", Query: `"digital planning"`}, "https://www.gov.uk/api/search.json?q=%22digital+planning%22"},
		{Source{Kind: "govuk", URL: "https://www.gov.uk/search/all?keywords=damp+mould&organisations[]=homes-england&organisations%5B%5D=ofsted&order=updated-newest&public_timestamp%5Bfrom%5D=2020&level_one_taxon=&page=3&content_store_document_type=all"},
			"https://www.gov.uk/api/search.json?filter_organisations=homes-england&filter_organisations=ofsted&q=damp+mould"},
		{Source{Kind: "govuk", URL: "https://www.gov.uk/search/policy-papers-and-consultations?topical_events[]=budget"},
			"https://www.gov.uk/api/search.json?filter_content_purpose_supergroup=policy_and_engagement&filter_topical_events=budget"},
		{Source{Kind: "govuk", URL: "https://www.gov.uk/api/search.json?filter_organisations=home-office&count=10&fields=title&order=title"},
			"https://www.gov.uk/api/search.json?filter_organisations=home-office"},
		{Source{Kind: "hackernews", Query: "council tax"}, "https://hn.algolia.com/api/v1/search_by_date?query=council+tax&tags=story"},
		{Source{Kind: "hackernews", URL: "https://hn.algolia.com/?dateRange=all&page=0&query=gov.uk&sort=byDate&type=all"},
			"https://hn.algolia.com/api/v1/search_by_date?query=gov.uk&tags=%28story%2Ccomment%29"},
		{Source{Kind: "github", Tags: []string{"LocalGov"}}, "https://api.github.com/search/repositories?q=topic%3Alocalgov"},
		{Source{Kind: "github", URL: "https://github.com/topics/localgov-drupal"}, "https://api.github.com/search/repositories?q=topic%3Alocalgov-drupal"},
		{Source{Kind: "github", Query: "topic:planning language:go"}, "https://api.github.com/search/repositories?q=topic%3Aplanning+language%3Ago"},
		{Source{Kind: "github", Query: "localgovdrupal/localgov"}, "https://api.github.com/repos/localgovdrupal/localgov/releases"},
		{Source{Kind: "github", URL: "https://github.com/localgovdrupal/localgov.git"}, "https://api.github.com/repos/localgovdrupal/localgov/releases"},
		{Source{Kind: "github", URL: "https://github.com/localgovdrupal/localgov/releases.atom"}, "https://api.github.com/repos/localgovdrupal/localgov/releases"},
	} {
		once := test.src.Complete()
		if once.URL != test.want || once.Name == "" || once.Publisher == "" {
			t.Errorf("%+v:\ngot  %s\nwant %s", test.src, once.URL, test.want)
		}
		if twice := once.Complete(); !reflect.DeepEqual(once, twice) {
			t.Errorf("completed twice:\ngot  %+v\nwant %+v", twice, once)
		}
		if err := CheckSources([]Source{once}); err != nil {
			t.Error(err)
		}
	}
}

func TestASearchThatCannotBeUsedSaysSo(t *testing.T) {
	for _, test := range []struct {
		src  Source
		says string
	}{
		{Source{Kind: "govuk"}, "query is missing"},
		{Source{Kind: "govuk", URL: "https://www.gov.uk/search/all?order=updated-newest"}, "query is missing"},
		{Source{Kind: "govuk", URL: "https://www.gov.uk/government/organisations/ofsted"}, "is no search of GOV.UK"},
		{Source{Kind: "govuk", URL: "https://www.gov.uk/search/all?keywords=x&closing_date=2026"}, `"closing_date"`},
		{Source{Kind: "hackernews"}, "query is missing"},
		{Source{Kind: "hackernews", URL: "https://hn.algolia.com/api/v1/search?query=x"}, "leave it out"},
		{Source{Kind: "hackernews", URL: "https://hn.algolia.com/api/v1/search_by_date?query=x&tags=poll"}, "tags=poll"},
		{Source{Kind: "github"}, "neither a topic nor a repository"},
		{Source{Kind: "github", URL: "https://github.com/localgovdrupal"}, "neither a topic nor a repository"},
		{Source{Kind: "github", Tags: []string{"a", "b"}}, "one topic at a time"},
		{Source{Kind: "github", Tags: []string{"Ünder"}}, "lower case with hyphens"},
		{Source{Kind: "github", Query: "topic:a is:private"}, "public repositories only"},
		{Source{Kind: "github", Query: "topic:a pushed:>2026-01-01"}, "sets the dates itself"},
	} {
		err := CheckSources([]Source{test.src.Complete()})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: got %v, want it to say %q", test.src, err, test.says)
		}
	}
}
