package collectors

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// govukAPI is the search of GOV.UK, documented at
// https://docs.publishing.service.gov.uk/repos/search-api/using-the-search-api.html.
// It wants no key and publishes no limit of requests.
const govukAPI = "https://www.gov.uk/api/search.json"

// govukFields are asked for instead of the usual ones; an unknown name would
// be refused with 422.
const govukFields = "title,description,link,content_id,public_timestamp,organisations,content_store_document_type"

func init() {
	kind := &searchKind{
		horizon: 120 * oneDay, overlap: 2 * oneDay, limit: 1000,
		// Dates without a time are read the same way by every version of the API.
		grain: oneDay, pages: 10,
		accept: "application/json",
		pace:   func(bool) (float64, float64) { return 20, 20 },
		ask:    askGovuk, read: readGovuk, look: lookGovuk, left: govukWithdrawn, explain: explainGovuk,
	}
	Register("govuk", Kind{
		New: func(d Deps) Collector {
			return search{deps: d, kind: func(Source) *searchKind { return kind }}
		},
		Complete: completeGovuk, Check: checkGovuk,
	})
}

// askGovuk asks for a stretch of whole days: both ends are included, so one
// one day more than needed is read.
func askGovuk(src Source, s stretch) string {
	dates := "from:" + s.From.UTC().Format(time.DateOnly)
	if !s.open() {
		dates += ",to:" + s.To.UTC().Format(time.DateOnly)
	}
	q := url.Values{
		"count": {"1000"}, "order": {"-public_timestamp"}, "fields": {govukFields}, "filter_public_timestamp": {dates},
	}
	if s.Page > 0 {
		q.Set("start", strconv.Itoa(s.Page*1000))
	}
	return withQuery(src.URL, q)
}

// withQuery adds parameters to an address that may have some already.
func withQuery(address string, q url.Values) string {
	if strings.Contains(address, "?") {
		return address + "&" + q.Encode()
	}
	return address + "?" + q.Encode()
}

// govukDocument is one result of the search.
type govukDocument struct {
	Title         string `json:"title"`
	Description   string `json:"description"`
	Link          string `json:"link"`
	ContentID     string `json:"content_id"`
	Timestamp     string `json:"public_timestamp"`
	Type          string `json:"content_store_document_type"`
	Organisations []struct {
		Slug string `json:"slug"`
		Link string `json:"link"`
	} `json:"organisations"`
}

func readGovuk(src Source, _ string, body []byte) (searchAnswer, error) {
	var answer struct {
		Results []json.RawMessage `json:"results"`
		Total   *int              `json:"total"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Total == nil {
		return searchAnswer{}, &FormatError{Sentence: "the answer is not that of the search of GOV.UK; it will be tried again later", Err: err}
	}
	r := searchAnswer{total: *answer.Total, got: len(answer.Results)}
	for _, raw := range answer.Results {
		var d govukDocument
		at := time.Time{}
		if json.Unmarshal(raw, &d) == nil {
			at = parseDate(d.Timestamp)
		}
		if d.Link == "" || at.IsZero() || notPost(d.Type) {
			continue
		}
		r.results = append(r.results, d.result(src, at))
	}
	return r, nil
}

// notPost says of a type of document that it is no publication but a page
// about a person or a body.
func notPost(kind string) bool {
	return kind == "person" || kind == "role" || kind == "organisation" || strings.HasSuffix(kind, "_role")
}

func (d govukDocument) result(src Source, at time.Time) searchHit {
	it := draftItem(src)
	it.URL = canonical(&url.URL{Scheme: "https", Host: "www.gov.uk", Path: "/"}, d.Link)
	it.ID = "govuk:" + d.ContentID
	if d.ContentID == "" {
		it.ID = "govuk:" + d.Link
	}
	if ext := path.Ext(d.Link); len(ext) == 3 && strings.HasPrefix(d.Link, "/") {
		it.Lang = language(ext[1:])
		it.ID += ext // translations share their content id
	}
	it.Title = title(d.Title)
	it.Text, _ = text.FromHTML(d.Description)
	for _, o := range d.Organisations {
		if slug := path.Base(first(o.Slug, o.Link)); slug != "." && slug != "/" {
			it.Publisher = "gov.uk/" + slug
			break
		}
	}
	it.Hashtags = hashtags(it.Title, it.Text, nil)
	return searchHit{found: found{Item: it, claim: at}, at: at, ref: d.Link}
}

// lookGovuk is the address of a document in the content API.
func lookGovuk(src Source, link string) string {
	u, err := url.Parse(src.URL)
	if err != nil || !strings.HasPrefix(link, "/") {
		return "" // a document outside GOV.UK
	}
	u.Path, u.RawQuery = "/api/content"+link, ""
	return u.String()
}

// govukWithdrawn says of an answer of the content API that the document only
// stands there as a memory.
func govukWithdrawn(body []byte) bool {
	var d struct {
		Type      string          `json:"document_type"`
		Withdrawn json.RawMessage `json:"withdrawn_notice"`
	}
	if json.Unmarshal(body, &d) != nil {
		return false
	}
	notice := strings.TrimSpace(string(d.Withdrawn))
	return d.Type == "gone" || notice != "" && notice != "null" && notice != "{}"
}

func explainGovuk(status int, _ bool) string {
	if status == http.StatusUnprocessableEntity {
		return "GOV.UK does not know a filter of this search (422); make the search at https://www.gov.uk/search/all and give its address as url"
	}
	return ""
}

// draft is what all items of a source have in common.
func draftItem(src Source) item.Item {
	it := item.Item{
		Schema: item.Schema, Op: item.Create, Kind: src.Kind, Source: src.Key, Via: []string{src.Key},
		Publisher: src.Publisher, Class: src.Class, FeedCouncil: src.Council, AuthorKind: "unknown",
		Lang: language(src.Lang), Consent: "unknown",
	}
	switch src.Class {
	case item.Council, item.Central, item.Civic, item.Press, item.Vendor:
		it.AuthorKind = "org"
	}
	return it
}
