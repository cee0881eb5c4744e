package collectors

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// gitHubPage is the number of releases in one answer.
const gitHubPage = 100

// gitHubReleases lists the releases of one repository, the newest first. The
// answer to the first page says which of them are gone.
func gitHubReleases() *searchKind {
	return &searchKind{
		horizon: 3 * 365 * oneDay, overlap: 30 * oneDay, limit: gitHubPage, pages: 100,
		accept: gitHubAccept,
		pace: func(signed bool) (float64, float64) {
			if signed {
				return 20, 20
			}
			return .25, 5
		},
		owner: func(src Source) string { return strings.TrimSuffix(src.URL, "/releases") },
		keep:  keepOwner,
		ask: func(src Source, s stretch) string {
			page := ""
			if s.Page > 0 {
				page = "&page=" + strconv.Itoa(s.Page+1)
			}
			return src.URL + "?per_page=" + strconv.Itoa(gitHubPage) + page
		},
		read: readReleases, explain: explainGitHub,
		look: func(src Source, id string) string { return src.URL + "/" + id },
	}
}

// keepOwner keeps whether a repository is a person's: who drafted a release
// says nothing about that.
func keepOwner(body []byte) (string, error) {
	var repo gitHubRepo
	if err := json.Unmarshal(body, &repo); err != nil || repo.Owner.Login == "" {
		return "", &FormatError{Sentence: "the answer is not that of GitHub for a repository; it will be tried again later", Err: err}
	}
	if repo.Private {
		return "", &FormatError{Sentence: "this repository is private; only public ones are listened to, so remove it"}
	}
	if repo.Owner.person() != "" {
		return "person", nil
	}
	return "organisation", nil
}

// gitHubRelease is one release.
type gitHubRelease struct {
	ID        int64     `json:"id"`
	Tag       string    `json:"tag_name"`
	Name      string    `json:"name"`
	Body      string    `json:"body"`
	URL       string    `json:"html_url"`
	Draft     bool      `json:"draft"`
	Created   time.Time `json:"created_at"`
	Published time.Time `json:"published_at"`
}

func readReleases(src Source, owner string, body []byte) (searchAnswer, error) {
	var list []gitHubRelease
	if err := json.Unmarshal(body, &list); err != nil {
		return searchAnswer{}, &FormatError{Sentence: "the answer is not GitHub's list of releases; it will be tried again later", Err: err}
	}
	r := searchAnswer{total: len(list), got: len(list), more: len(list) >= gitHubPage}
	for _, release := range list {
		if release.ID != 0 && !release.Draft && !release.Published.IsZero() {
			r.results = append(r.results, release.hit(src, owner))
		}
	}
	return r, nil
}

func (r gitHubRelease) hit(src Source, owner string) searchHit {
	login, name, _ := strings.Cut(strings.ToLower(repository(src.URL)), "/")
	it, id := draftItem(src), strconv.FormatInt(r.ID, 10)
	it.ID = "gh:release/" + id
	it.Title = title(releaseTitle(name, first(r.Name, r.Tag)))
	it.Text = plainText(r.Body)
	hit := searchHit{at: r.Published.UTC(), ref: id}
	if owner == "person" {
		hit.author = login
		if strings.Contains(name, login) {
			it.Title = title(first(r.Name, r.Tag))
		}
	} else {
		it.AuthorKind, it.URL = "org", canonical(nil, r.URL)
		it.Links = linksOf(nil, nil, it.Text)
		if it.Publisher == "github.com" {
			it.Publisher += "/" + login
		}
	}
	it.Hashtags = hashtags(it.Title, it.Text, nil)
	hit.found = found{Item: it, claim: r.Published.UTC()}
	return hit
}

// releaseTitle puts the name of the repository before a bare version.
func releaseTitle(repo, release string) string {
	if strings.Contains(strings.ToLower(release), repo) {
		return release
	}
	return repo + " " + release
}
