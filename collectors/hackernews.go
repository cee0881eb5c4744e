package collectors

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// hackerNewsAPI is Algolia's search of Hacker News, documented at
// https://hn.algolia.com/api. It wants no key; about 10,000 requests an hour
// are allowed for an address, and a search shows at most 1,000 posts.
const hackerNewsAPI = "https://hn.algolia.com/api/v1/search_by_date"

// hackerNewsHits is asked for at once; two answers reach the 1,000.
const hackerNewsHits = 500

func init() {
	kind := &searchKind{
		horizon: 120 * oneDay, overlap: 2 * oneDay, grain: time.Second, limit: hackerNewsHits, pages: 2,
		accept: "application/json",
		pace:   func(bool) (float64, float64) { return 20, 20 },
		ask:    askHackerNews, read: readHackerNews, look: lookHackerNews,
		explain: func(int, bool) string { return "" },
	}
	Register("hackernews", Kind{
		New: func(d Deps) Collector {
			return search{deps: d, kind: func(Source) *searchKind { return kind }}
		},
		Complete: completeHackerNews, Check: checkHackerNews,
	})
}

// completeHackerNews makes the address of the API from words to search for,
// or from the address of a search page (https://hn.algolia.com/?query=…).
// Stories are searched; type=comment and type=all in that address widen it.
func completeHackerNews(s *Source) {
	u, err := url.Parse(first(s.URL, hackerNewsAPI))
	if err != nil {
		return
	}
	q, out := u.Query(), url.Values{}
	out.Set("query", strings.TrimSpace(first(q.Get("query"), q.Get("q"), s.Query)))
	out.Set("tags", first(q.Get("tags"), "story"))
	switch q.Get("type") {
	case "comment":
		out.Set("tags", "comment")
	case "all":
		out.Set("tags", "(story,comment)")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/api/v1/search_by_date"
	}
	u.RawQuery, u.Fragment = out.Encode(), ""
	s.URL = u.String()
	s.Publisher = cmp.Or(s.Publisher, "news.ycombinator.com")
	s.Class = cmp.Or(s.Class, item.Person)
	s.Lang = cmp.Or(s.Lang, "en")
	s.Name = cmp.Or(s.Name, "Hacker News: "+out.Get("query"))
}

func checkHackerNews(s Source) error {
	u, err := url.Parse(s.URL)
	if err != nil {
		return err
	}
	tags := u.Query().Get("tags")
	switch {
	case !strings.HasSuffix(u.Path, "/search_by_date"):
		return fmt.Errorf("url %q is no search of Hacker News; leave it out and give query, as in query: \"council tax\"", s.URL)
	case u.Query().Get("query") == "":
		return fmt.Errorf("query is missing; give words to search for, as in query: \"council tax\"")
	case !slices.Contains([]string{"story", "comment", "(story,comment)", "ask_hn", "show_hn"}, tags):
		return fmt.Errorf("url %q asks for tags=%s; use story, comment, ask_hn, show_hn or (story,comment)", s.URL, tags)
	}
	return nil
}

func askHackerNews(src Source, s stretch) string {
	dates := "created_at_i>=" + strconv.FormatInt(s.From.Unix(), 10)
	if !s.open() {
		dates += ",created_at_i<" + strconv.FormatInt(s.To.Unix(), 10)
	}
	q := url.Values{"hitsPerPage": {strconv.Itoa(hackerNewsHits)}, "numericFilters": {dates}}
	if s.Page > 0 {
		q.Set("page", strconv.Itoa(s.Page))
	}
	return withQuery(src.URL, q)
}

// hackerNewsHit is one result of the search.
type hackerNewsHit struct {
	ObjectID    string `json:"objectID"`
	Created     int64  `json:"created_at_i"`
	Author      string `json:"author"`
	Title       string `json:"title"`
	URL         string `json:"url"`
	StoryText   string `json:"story_text"`
	CommentText string `json:"comment_text"`
	StoryTitle  string `json:"story_title"`
	StoryURL    string `json:"story_url"`
}

func readHackerNews(src Source, _ string, body []byte) (searchAnswer, error) {
	var answer struct {
		Hits  []hackerNewsHit `json:"hits"`
		Total *int            `json:"nbHits"`
		Exact *bool           `json:"exhaustiveNbHits"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Total == nil {
		return searchAnswer{}, &FormatError{Sentence: "the answer is not that of the search of Hacker News; it will be tried again later", Err: err}
	}
	r := searchAnswer{total: *answer.Total, got: len(answer.Hits)}
	if r.got < hackerNewsHits {
		r.total = r.got // the number may be an estimate
	} else if answer.Exact != nil && !*answer.Exact {
		r.total = max(r.total, r.got+1)
	}
	words := searchWords(src.URL)
	for _, h := range answer.Hits {
		if h.ObjectID != "" && h.Author != "" && h.holds(words) {
			r.results = append(r.results, h.result(src))
		}
	}
	return r, nil
}

// searchWords are the words and quoted phrases of the search, in lower case.
func searchWords(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var out []string
	for i, part := range strings.Split(strings.ToLower(u.Query().Get("query")), `"`) {
		if i%2 == 1 {
			out = append(out, strings.TrimSpace(part))
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

// holds reports that a post has all words: the search itself forgives
// misspellings, which brings posts about something else. Texts are HTML, in
// which an apostrophe or a tag may stand in the middle of a word or a phrase.
func (h hackerNewsHit) holds(words []string) bool {
	plain, _ := text.FromHTML(h.StoryText + "<p>" + h.CommentText)
	all := strings.ToLower(strings.Join([]string{h.Title, h.URL, h.StoryText, h.CommentText, h.StoryTitle, h.StoryURL, plain}, " "))
	return !slices.ContainsFunc(words, func(w string) bool {
		return !strings.Contains(all, strings.TrimPrefix(w, "-")) && !strings.HasPrefix(w, "-")
	})
}

func (h hackerNewsHit) result(src Source) searchHit {
	at := time.Unix(h.Created, 0).UTC()
	it := draftItem(src)
	it.ID, it.URL = "hn:"+h.ObjectID, "https://news.ycombinator.com/item?id="+url.QueryEscape(h.ObjectID)
	it.Title = title(first(h.Title, h.StoryTitle))
	var links []string
	it.Text, links = text.FromHTML(first(h.StoryText, h.CommentText))
	it.Links = linksOf(nil, append([]string{first(h.URL, h.StoryURL)}, links...), it.Text)
	it.Hashtags = hashtags(it.Title, it.Text, nil)
	return searchHit{found: found{Item: it, claim: at}, at: at, author: strings.ToLower(h.Author), ref: h.ObjectID}
}

// lookHackerNews is the address of one post; 404 once it was deleted.
func lookHackerNews(src Source, id string) string {
	u, err := url.Parse(src.URL)
	if err != nil {
		return ""
	}
	u.Path, u.RawQuery = strings.TrimSuffix(u.Path, "search_by_date")+"items/"+url.PathEscape(id), ""
	return u.String()
}
