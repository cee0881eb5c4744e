package collectors

import (
	"fmt"
	"strings"
	"testing"

	"vantage/collectors/item"
)

func TestGovukDocumentsBecomeItems(t *testing.T) {
	src := Source{Kind: "govuk", Query: "planning"}.Complete()
	answer, err := readGovuk(src, "", []byte(`{"total":7,"results":[
	 {"title":"Planning &amp; <b>homes</b>","description":"New\nrules","link":"/guidance/planning","content_id":"aa","public_timestamp":"2026-11-20T10:00:00.000+01:00","organisations":[{"slug":"homes-england"},{"slug":"ofsted"}],"content_store_document_type":"guidance"},
	 {"title":"Cynllunio","link":"/guidance/planning.cy","content_id":"aa","public_timestamp":"2026-11-20T10:00:00Z","content_store_document_type":"guidance"},
	 {"title":"Outside","link":"https://www.elsewhere.example/x","public_timestamp":"2026-11-19T10:00:00Z"},
	 {"title":"Jane Doe","link":"/government/people/jane-doe","content_id":"bb","public_timestamp":"2026-11-19T10:00:00Z","content_store_document_type":"person"},
	 {"title":"Minister","link":"/government/ministers/x","content_id":"cc","public_timestamp":"2026-11-19T10:00:00Z","content_store_document_type":"ministerial_role"},
	 {"title":"No date","link":"/x","content_id":"dd"},
	 {"title":"Broken","link":7}]}`))
	if err != nil || answer.total != 7 || answer.got != 7 {
		t.Fatalf("%+v, %v", answer, err)
	}
	var got []string
	for _, r := range answer.results {
		got = append(got, strings.Join([]string{r.ID, r.Title, r.Publisher, r.Lang, r.URL, string(r.Class), r.AuthorKind, r.claim.Format("15:04")}, "|"))
	}
	want := []string{
		"govuk:aa|Planning & homes|gov.uk/homes-england|en|https://www.gov.uk/guidance/planning|central|org|09:00",
		"govuk:aa.cy|Cynllunio|gov.uk|cy|https://www.gov.uk/guidance/planning.cy|central|org|10:00",
		"govuk:https://www.elsewhere.example/x|Outside|gov.uk|en|https://www.elsewhere.example/x|central|org|10:00",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if lookGovuk(src, "https://www.elsewhere.example/x") != "" || lookGovuk(src, "/guidance/planning") != "https://www.gov.uk/api/content/guidance/planning" {
		t.Error("the content API is asked for the wrong address")
	}
}

func TestGovukKnowsAWithdrawnDocument(t *testing.T) {
	for body, want := range map[string]bool{
		`{"document_type":"guidance","withdrawn_notice":{}}`:                                              false,
		`{"document_type":"guidance","withdrawn_notice":null}`:                                            false,
		`{"document_type":"guidance"}`:                                                                    false,
		`{"document_type":"guidance","withdrawn_notice":{"withdrawn_at":"2026-11-01","explanation":"x"}}`: true,
		`{"document_type":"gone"}`:                                                                        true,
		`<html>`:                                                                                          false,
	} {
		if got := govukWithdrawn([]byte(body)); got != want {
			t.Errorf("%s: got %t", body, got)
		}
	}
}

func TestHackerNewsTakesOnlyWhatHasTheWords(t *testing.T) {
	src := Source{Kind: "hackernews", Query: `"council tax" -reform`}.Complete()
	hit := func(id int, fields string) string {
		return fmt.Sprintf(`{"objectID":"%d","author":"jane","created_at_i":1795000000,%s}`, id, fields)
	}
	answer, err := readHackerNews(src, "", []byte(`{"nbHits":900,"hits":[`+strings.Join([]string{
		hit(1, `"title":"Why Council Tax is odd","url":"https://x.example/a?utm_source=hn"`),
		hit(2, `"title":"Counsel tax","url":"https://x.example/b"`),
		hit(3, `"title":"A tax of the council"`),
		hit(4, `"comment_text":"My <i>council tax</i> bill: <a href=\"https://y.example/\">here</a>","story_title":"Bills"`),
		hit(5, `"title":"Ask HN","story_text":"<p>council tax"`),
		hit(6, `"title":"Ask HN","story_text":"A <i>council</i> tax?"`),
	}, ",")+`]}`))
	var got []string
	for _, r := range answer.results {
		got = append(got, fmt.Sprint(r.ref, " ", r.Title, " ", r.Text, " ", r.Links))
	}
	want := "1 Why Council Tax is odd  [https://x.example/a]\n4 Bills My council tax bill: here [https://y.example/]\n5 Ask HN council tax []\n6 Ask HN A council tax? []"
	if err != nil || strings.Join(got, "\n") != want || answer.total != 6 {
		t.Errorf("total %d, %v, got\n%s\nwant\n%s", answer.total, err, strings.Join(got, "\n"), want)
	}
}

func TestReleasesAndRepositoriesAreNamedByTheirOrganisation(t *testing.T) {
	src := Source{Kind: "github", Query: "Oakshire/Planner"}.Complete()
	answer, err := readReleases(src, "organisation", []byte(`[
	 {"id":9,"tag_name":"v2.0.0","name":"","html_url":"https://github.com/Oakshire/Planner/releases/tag/v2.0.0","body":"Fixed by @jane-doe in https://github.com/Oakshire/Planner/pull/7\n#accessibility","published_at":"2026-11-01T00:00:00Z"},
	 {"id":8,"tag_name":"v1","name":"Planner 1","draft":false,"published_at":"2026-10-01T00:00:00Z"},
	 {"id":7,"tag_name":"v3","draft":true,"published_at":"2026-11-01T00:00:00Z"}]`))
	if err != nil || len(answer.results) != 2 || answer.more {
		t.Fatalf("%+v, %v", answer, err)
	}
	a, b := answer.results[0].Item, answer.results[1].Item
	if a.ID != "gh:release/9" || a.Title != "planner v2.0.0" || a.Publisher != "github.com/oakshire" || strings.Contains(a.Text, "jane") ||
		fmt.Sprint(a.Hashtags, a.Links) != "[accessibility] [https://github.com/Oakshire/Planner/pull/7]" || b.Title != "Planner 1" {
		t.Errorf("got %+v and %+v", a, b)
	}
	own := src
	own.Publisher, own.Class = "oakshire.gov.uk", item.Council
	answer, _ = readReleases(own, "organisation", []byte(`[{"id":9,"tag_name":"v2","published_at":"2026-11-01T00:00:00Z"}]`))
	if it := answer.results[0].Item; it.Publisher != "oakshire.gov.uk" || it.Class != item.Council {
		t.Errorf("the publisher of the configuration is lost: %+v", it)
	}
	for _, body := range []string{`{"private":true,"owner":{"login":"Oakshire","type":"Organization"}}`, `{"message":"Not Found"}`, `[`} {
		if _, err := keepOwner([]byte(body)); err == nil {
			t.Errorf("%s was taken", body)
		}
	}
}

func TestHackerNewsWordsAreComparedWithThePlainText(t *testing.T) {
	h := hackerNewsHit{CommentText: "The council&#x27;s R&amp;D"}
	if !h.holds(searchWords("https://hn.example/?query=council%27s+R%26D")) {
		t.Error("a comment that has the words is left out")
	}
}
