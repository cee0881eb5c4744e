package collectors

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vantage/collectors/text"
)

// gitHubOwner is who owns a repository.
type gitHubOwner struct {
	Login string `json:"login"`
	Type  string `json:"type"` // User, Organization, Bot
}

// person is the login of a person, to be hidden; "" for an organisation.
// Whoever is not said to be an organisation is taken for a person.
func (o gitHubOwner) person() string {
	if o.Type == "Organization" {
		return ""
	}
	return strings.ToLower(first(o.Login, "unknown"))
}

// gitHubTopics searches repositories, ordered by their last push: an old
// repository that takes up a topic is found with its next push.
func gitHubTopics() *searchKind {
	return &searchKind{
		horizon: 120 * oneDay, overlap: 2 * oneDay, grain: time.Second, limit: 100, pages: 10,
		accept: gitHubAccept,
		pace: func(signed bool) (float64, float64) {
			if signed {
				return 15, 15
			}
			return 5, 5
		},
		ask: askTopics, read: readTopics, explain: explainGitHub,
		look: func(src Source, id string) string {
			base, _, _ := strings.Cut(src.URL, "/search/")
			return base + "/repositories/" + id
		},
	}
}

func askTopics(src Source, s stretch) string {
	u, err := url.Parse(src.URL)
	if err != nil {
		return src.URL
	}
	dates := "pushed:>=" + s.From.UTC().Format(time.RFC3339)
	if !s.open() {
		dates = "pushed:" + s.From.UTC().Format(time.RFC3339) + ".." + s.To.Add(-time.Second).UTC().Format(time.RFC3339)
	}
	q := url.Values{"q": {u.Query().Get("q") + " " + dates}, "sort": {"updated"}, "order": {"desc"}, "per_page": {"100"}}
	if s.Page > 0 {
		q.Set("page", strconv.Itoa(s.Page+1))
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// gitHubRepo is one result of the search.
type gitHubRepo struct {
	ID          int64       `json:"id"`
	Name        string      `json:"name"`
	FullName    string      `json:"full_name"`
	Private     bool        `json:"private"`
	Owner       gitHubOwner `json:"owner"`
	URL         string      `json:"html_url"`
	Description string      `json:"description"`
	Homepage    string      `json:"homepage"`
	Topics      []string    `json:"topics"`
	Created     time.Time   `json:"created_at"`
	Pushed      time.Time   `json:"pushed_at"`
}

func readTopics(src Source, _ string, body []byte) (searchAnswer, error) {
	var answer struct {
		Total   *int         `json:"total_count"`
		Partial bool         `json:"incomplete_results"`
		Items   []gitHubRepo `json:"items"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Total == nil {
		return searchAnswer{}, &FormatError{Sentence: "the answer is not that of GitHub's search; it will be tried again later", Err: err}
	}
	r := searchAnswer{total: *answer.Total, got: len(answer.Items), partial: answer.Partial}
	for _, repo := range answer.Items {
		if repo.ID != 0 && !repo.Private && !repo.Pushed.IsZero() {
			r.results = append(r.results, repo.hit(src))
		}
	}
	return r, nil
}

// hit makes the item of a repository. Of a person's repository name and
// address are left out, because both hold the login.
func (r gitHubRepo) hit(src Source) searchHit {
	it, id := draftItem(src), strconv.FormatInt(r.ID, 10)
	it.ID = "gh:repository/" + id // it stays when the repository is renamed
	it.Text = plainText(r.Description)
	login := r.Owner.person()
	var links []string
	switch {
	case login == "":
		it.Publisher, it.AuthorKind = "github.com/"+strings.ToLower(r.Owner.Login), "org"
		it.Title, it.URL = title(r.FullName), canonical(nil, r.URL)
		links = []string{r.Homepage}
	case !strings.Contains(strings.ToLower(r.Name), login):
		it.Title = title(r.Name)
	}
	it.Links = linksOf(nil, links, it.Text)
	it.Hashtags = hashtags("", it.Text, r.Topics)
	return searchHit{
		found: found{Item: it, claim: r.Created.UTC()}, at: r.Pushed.UTC(), author: login, ref: id,
	}
}

// gitHubMention is how a person is named in notes and descriptions.
var gitHubMention = regexp.MustCompile(`(^|[^\w/.])@[A-Za-z0-9][A-Za-z0-9-]*(\[bot\])?`)

// plainText is the text of words that may hold Markdown or markup: lines stay
// lines, tags go, and so do the names of persons that are mentioned.
func plainText(markdown string) string {
	plain, _ := text.FromHTML(strings.ReplaceAll(markdown, "\n", "<br>"))
	return text.Clean(gitHubMention.ReplaceAllString(plain, "$1"))
}
