package collectors

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"vantage/collectors/item"
)

// govukFinders are the search pages of GOV.UK and the filter that each has
// built in.
var govukFinders = map[string]string{
	"/search/all":                                              "",
	"/search/news-and-communications":                          "news_and_communications",
	"/search/guidance-and-regulation":                          "guidance_and_regulation",
	"/search/policy-papers-and-consultations":                  "policy_and_engagement",
	"/search/research-and-statistics":                          "research_and_statistics",
	"/search/transparency-and-freedom-of-information-releases": "transparency",
	"/search/services":                                         "services",
}

// govukFilters are the parameters of these pages and what the API calls them.
var govukFilters = map[string]string{
	"keywords":                    "q",
	"organisations":               "filter_organisations",
	"content_purpose_supergroup":  "filter_content_purpose_supergroup",
	"content_purpose_subgroup":    "filter_content_purpose_subgroup",
	"content_store_document_type": "filter_content_store_document_type",
	"level_one_taxon":             "filter_part_of_taxonomy_tree",
	"level_two_taxon":             "filter_part_of_taxonomy_tree",
	"people":                      "filter_people",
	"roles":                       "filter_roles",
	"topical_events":              "filter_topical_events",
	"world_locations":             "filter_world_locations",
}

// govukOurs are parameters that Vantage sets itself, or that only change how a
// page looks.
var govukOurs = regexp.MustCompile(`^(count|start|order|fields|page|parent|topic|c|public_timestamp(\[(from|to)\])?|filter_public_timestamp|enable_.*|show_.*)$`)

var govukParameter = regexp.MustCompile(`^(q|(filter|reject)(_any|_all)?_[a-z_]+)$`)

// completeGovuk makes the address of the API from words to search for, from
// the address of a search page, or from one of the API.
func completeGovuk(s *Source) {
	u, err := url.Parse(first(s.URL, govukAPI))
	if err != nil {
		return
	}
	q := govukQuery(u)
	if words := strings.TrimSpace(s.Query); words != "" && q.Get("q") == "" {
		q.Set("q", words)
	}
	if _, finder := govukFinders[strings.TrimSuffix(u.Path, "/")]; finder {
		u.Path = "/api/search.json"
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	s.URL = u.String()
	s.Publisher = cmp.Or(s.Publisher, "gov.uk")
	s.Class = cmp.Or(s.Class, item.Central)
	s.Lang = cmp.Or(s.Lang, "en")
	s.Name = cmp.Or(s.Name, "GOV.UK: "+first(q.Get("q"), strings.Join(q["filter_organisations"], ", "), "search"))
}

// govukQuery translates the parameters. What it does not know it leaves, for
// checkGovuk to name.
func govukQuery(u *url.URL) url.Values {
	out := url.Values{}
	group, finder := govukFinders[strings.TrimSuffix(u.Path, "/")]
	if group != "" {
		out.Set("filter_content_purpose_supergroup", group)
	}
	for name, values := range u.Query() {
		if govukOurs.MatchString(name) {
			continue
		}
		plain := strings.TrimSuffix(name, "[]")
		if filter, ok := govukFilters[plain]; ok && finder {
			plain = filter
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" && v != "all" && !slices.Contains(out[plain], v) {
				out.Add(plain, v)
			}
		}
	}
	for _, values := range out {
		slices.Sort(values) // so that the same search has the same address
	}
	return out
}

func checkGovuk(s Source) error {
	u, err := url.Parse(s.URL)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(u.Path, "/api/search.json") {
		return fmt.Errorf("url %q is no search of GOV.UK; give the address of a search at https://www.gov.uk/search/all, or leave url out and give query", s.URL)
	}
	q := u.Query()
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !govukParameter.MatchString(name) {
			return fmt.Errorf("url %q has the filter %q, which the search of GOV.UK does not know; take it out", s.URL, name)
		}
	}
	if len(q) == 0 {
		return fmt.Errorf("query is missing; give words to search for, as in query: \"digital planning\", or everything on GOV.UK would be read")
	}
	return nil
}
