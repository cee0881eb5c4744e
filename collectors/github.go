package collectors

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// gitHubAPI is documented at https://docs.github.com/rest. It can be asked
// without a token: 10 searches a minute and 60 other requests an hour, with
// one 30 a minute and 5,000 an hour. Of these at most half of the searches and
// a quarter of the rest are used. The token needs no rights at all.
const gitHubAPI = "https://api.github.com"

const gitHubAccept = "application/vnd.github+json"

func init() {
	topics, releases := gitHubTopics(), gitHubReleases()
	kind := func(src Source) *searchKind {
		if isReleases(src.URL) {
			return releases
		}
		return topics
	}
	Register("github", Kind{
		New:      func(d Deps) Collector { return search{deps: d, kind: kind} },
		Complete: completeGitHub, Check: checkGitHub,
	})
}

var (
	gitHubRepository = regexp.MustCompile(`^/([A-Za-z0-9-]+)/([A-Za-z0-9._-]+?)(?:\.git)?(/releases(\.atom)?)?/?$`)
	gitHubTopicPage  = regexp.MustCompile(`^/topics/([a-z0-9-]+)/?$`)
	gitHubTopic      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,49}$`)
)

// completeGitHub makes the address of the API from a topic (tags), from words
// and qualifiers of GitHub's own search or owner/name (query), or from the
// address of a topic or a repository on github.com.
func completeGitHub(s *Source) {
	switch u, err := url.Parse(s.URL); {
	case s.URL == "" && len(s.Tags) == 1:
		s.URL = topicSearch("topic:" + strings.ToLower(s.Tags[0]))
	case s.URL == "" && gitHubRepository.MatchString("/"+s.Query):
		s.URL = gitHubAPI + "/repos/" + s.Query + "/releases"
	case s.URL == "" && s.Query != "":
		s.URL = topicSearch(s.Query)
	case s.URL == "":
		s.URL = gitHubAPI + "/search/repositories" // checkGitHub says what is missing
	case err != nil || strings.TrimPrefix(u.Host, "www.") != "github.com":
	case gitHubTopicPage.MatchString(u.Path):
		s.URL = topicSearch("topic:" + gitHubTopicPage.FindStringSubmatch(u.Path)[1])
	case gitHubRepository.MatchString(u.Path):
		m := gitHubRepository.FindStringSubmatch(u.Path)
		s.URL = gitHubAPI + "/repos/" + m[1] + "/" + m[2] + "/releases"
	}
	s.Publisher = cmp.Or(s.Publisher, "github.com")
	if s.Name == "" {
		s.Name = gitHubName(s.URL)
	}
	if s.Key == "" && isReleases(s.URL) {
		// The owner may be a person, and keys stand in every item.
		_, name, _ := strings.Cut(repository(s.URL), "/")
		s.Key = strings.Trim(notKey.ReplaceAllString(strings.ToLower(name), "-"), "-.") + "-" + hash(s.URL)[:8]
	}
}

func topicSearch(q string) string {
	return gitHubAPI + "/search/repositories?" + url.Values{"q": {strings.TrimSpace(q)}}.Encode()
}

func gitHubName(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "GitHub"
	case isReleases(address):
		_, name, _ := strings.Cut(repository(address), "/")
		return "GitHub: releases of " + name
	}
	return "GitHub: " + u.Query().Get("q")
}

func isReleases(address string) bool {
	return strings.Contains(address, "/repos/") && strings.HasSuffix(address, "/releases")
}

// repository is owner/name of an address of releases.
func repository(address string) string {
	_, rest, _ := strings.Cut(address, "/repos/")
	return strings.TrimSuffix(rest, "/releases")
}

func checkGitHub(s Source) error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil:
		return err
	case isReleases(s.URL):
		return nil
	case len(s.Tags) > 1:
		return fmt.Errorf("tags %q: GitHub is asked for one topic at a time; make a source of each", s.Tags)
	case !strings.HasSuffix(u.Path, "/search/repositories") || u.Query().Get("q") == "":
		return fmt.Errorf("url %q is neither a topic nor a repository on GitHub; give tags: [localgov], query: owner/name, or leave url out", s.URL)
	}
	for word := range strings.FieldsSeq(u.Query().Get("q")) {
		if topic, ok := strings.CutPrefix(word, "topic:"); ok && !gitHubTopic.MatchString(topic) {
			return fmt.Errorf("topic %q cannot be one on GitHub; write it in lower case with hyphens, as in localgov-drupal", topic)
		}
		if strings.HasPrefix(word, "pushed:") || strings.HasPrefix(word, "is:private") {
			return fmt.Errorf("query %q: Vantage sets the dates itself and reads public repositories only; take out %q", s.Query, word)
		}
	}
	return nil
}

func explainGitHub(status int, signed bool) string {
	switch {
	case status == http.StatusUnauthorized:
		return "GitHub does not accept the token (401); make a new one at https://github.com/settings/tokens (it needs no rights) and put it into token_file"
	case status == http.StatusNotFound:
		return "GitHub has no public repository of that name (404); check owner and name"
	case status == http.StatusUnprocessableEntity:
		return "GitHub does not understand the search (422); check the words of tags or query"
	case (status == http.StatusForbidden || status == http.StatusTooManyRequests) && !signed:
		return fmt.Sprintf("GitHub's limit for visitors without a token is used up (%d); the next visit waits for it. A token (token_file; it needs no rights) raises the limit", status)
	}
	return ""
}
