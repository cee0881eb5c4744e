package store

import (
	"slices"
	"testing"
	"time"
)

func TestOptedOutPostsAreFoundByPublisherAddressAndTag(t *testing.T) {
	s := open(t)
	of := func(publisher, url string, tags ...string) func(*Row) {
		return func(r *Row) { r.Publisher, r.URL, r.Hashtags = publisher, url, tags }
	}
	write(t, s,
		post("own", 1, of("a.example", "https://elsewhere.example/1")),
		post("below", 1, of("blog.a.example", "https://elsewhere.example/2")),
		post("address", 1, of("person:k1:0123", "https://WWW.a.example/3")),
		post("address below", 1, of("x.example", "https://news.a.example:8443/4")),
		post("like", 1, of("nota.example", "https://nota.example/a.example")),
		post("tagged", 1, of("b.example", "https://b.example/5", "budget", "other")),
		post("hub", 1, of("gov.uk", "https://www.gov.uk/6")),
		post("under the hub", 1, of("wigan.gov.uk", "https://www.wigan.gov.uk/7")),
		post("deleted", 1, of("a.example", "https://a.example/8")))
	write(t, s, gone("deleted", 2))
	for _, c := range []struct {
		left Left
		want []string
	}{
		{Left{Domain: "a.example"}, []string{"address", "address below", "below", "own"}},
		{Left{Domain: "www.gov.uk"}, []string{"hub"}},
		{Left{Tag: "budget"}, []string{"tagged"}},
		{Left{Domain: "none.example", Tag: "none"}, nil},
		{Left{}, nil},
	} {
		list, err := s.Left(t.Context(), c.left, 100)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, p := range list {
			ids = append(ids, p.ID)
			if p.Version != 1 || p.Kind != "feed" || p.Source != "feed-b" {
				t.Errorf("%+v", p)
			}
		}
		if slices.Sort(ids); !slices.Equal(ids, c.want) {
			t.Errorf("%+v finds %v, want %v", c.left, ids, c.want)
		}
	}
	if some, err := s.Left(t.Context(), Left{Domain: "a.example"}, 2); err != nil || len(some) != 2 {
		t.Errorf("limited to 2: %v, %v", some, err)
	}
	known, err := s.Known(t.Context(), []string{"own", "deleted", "never"})
	if err != nil || len(known) != 1 || !known["own"] {
		t.Errorf("known are %v, %v", known, err)
	}
}

func TestSourcesAreCountedByWeek(t *testing.T) {
	s := open(t)
	write(t, s,
		post("a", 1), post("b", 1, from("feed-c", "c.example", "press")),
		post("c", 1, published(week.AddDate(0, 0, -14))), post("d", 1, published(week.AddDate(0, 0, -13))),
		post("old", 1, published(week.AddDate(0, 0, -70))))
	refresh(t, s)
	got, err := s.SourceWeeks(t.Context(), week.Add(50*time.Hour), 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !slices.Equal(got["feed-b"], []uint64{0, 2, 0, 1}) || !slices.Equal(got["feed-c"], []uint64{0, 0, 0, 1}) {
		t.Errorf("the weeks are %v", got)
	}
}
