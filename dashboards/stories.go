package dashboards

import (
	"net/url"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/store"
)

// tellView says who told a story first and who followed.
type tellView struct {
	First      posterView
	Copies     uint64
	Others     uint64       // independent publishers besides the first
	Here       uint64       // posts of it that the list counts
	All        uint64       // posts of it
	Followed   []posterView // at most store.MaxCopies
	Left       uint64       // copies that are not named
	FirstShown bool         // the post that stands for the story is the first
}

// posterView is one post of a story: who published it, and where it is.
type posterView struct {
	Publisher, Family, Address string
	Published                  time.Time
}

// tellView is nil for a story that was told once.
func (d *Dashboard) tellView(s *store.Story) *tellView {
	if s.CopyCount == 0 {
		return nil
	}
	t := &tellView{
		First: d.posterView(s.First), Copies: s.CopyCount, Others: s.Publishers - 1, Here: s.Here, All: s.CopyCount + 1,
		Left: s.CopyCount - uint64(len(s.Copies)), FirstShown: s.First.ID == s.ID,
	}
	for _, p := range s.Copies {
		t.Followed = append(t.Followed, d.posterView(p))
	}
	return t
}

func (d *Dashboard) posterView(p store.Posted) posterView {
	v := posterView{Published: p.Published, Address: "/items?" + url.Values{"id": {p.ID}}.Encode()}
	v.Publisher, v.Family = d.who(p.Publisher, p.Family, p.Class, p.AuthorKind)
	return v
}

// who names a publisher as pages do, and the family where it is another.
// Persons are never named.
func (d *Dashboard) who(publisher, family, class, authorKind string) (name, familyName string) {
	if class == string(item.Person) || authorKind == "person" {
		return "A person", ""
	}
	if family == "" || d.Family == nil {
		return publisher, family
	}
	return publisher, d.Family(family)
}
