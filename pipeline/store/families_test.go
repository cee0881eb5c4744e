package store

import (
	"testing"
)

// regroup gives the publishers other families, while everything runs.
func (w *world) regroup(t *testing.T, s *Store) {
	t.Helper()
	w.model.family = []map[string]string{
		nil, {"p1.example": "p0.example"}, {"p2.example": "group.example", "p0.example": "group.example"},
	}[w.rand.IntN(3)]
	if _, err := s.SetFamilies(t.Context(), w.model.familyOf); err != nil {
		t.Fatal(err)
	}
}

func (m *model) familyOf(publisher string) string {
	if family, ok := m.family[publisher]; ok {
		return family
	}
	return publisher
}

// oneHouse puts b.example and c.example into one family.
func oneHouse(publisher string) string {
	if publisher == "b.example" || publisher == "c.example" {
		return "house.example"
	}
	return publisher
}

func publishers(t *testing.T, s *Store) uint64 {
	t.Helper()
	h, err := s.Heat(t.Context(), Topics, Filter{From: week, To: week})
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Items(t.Context(), ItemQuery{Filter: Filter{From: week, To: week}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if page.Publishers != h.All.Publishers || h.Totals["ai"].Publishers != h.All.Publishers {
		t.Fatalf("publishers: chart %d, topic %d, items %d", h.All.Publishers, h.Totals["ai"].Publishers, page.Publishers)
	}
	return page.Publishers
}

func publishedBy(publisher string) func(*Row) {
	return func(r *Row) { r.Publisher, r.Source = publisher, "feed-"+publisher }
}

func TestPublishersOfOneFamilyCountOnce(t *testing.T) {
	s := open(t)
	s.setFamilies(oneHouse)
	write(t, s, post("1", 1, publishedBy("a.example")), post("2", 1, publishedBy("b.example")), post("3", 1, publishedBy("c.example")))
	refresh(t, s)
	if n := publishers(t, s); n != 2 {
		t.Errorf("%d independent publishers, want 2", n)
	}
	row, _, err := s.Item(t.Context(), "3")
	if err != nil || row.Publisher != "c.example" || row.Family != "house.example" {
		t.Errorf("publisher %q of family %q (%v), want its own name and the house", row.Publisher, row.Family, err)
	}
	if row, _, _ := s.Item(t.Context(), "1"); row.Family != "" {
		t.Errorf("family %q of a publisher that has none", row.Family)
	}
	var n uint64
	const query = `SELECT uniqExact(publisher) FROM mentions WHERE kind = 'topic'`
	if err := s.conn.QueryRow(t.Context(), query).Scan(&n); err != nil || n != 2 {
		t.Errorf("the radar counts %d publishers (%v), want 2", n, err)
	}
}

// A database of an older program has no families; the numbers follow.
func TestNumbersFollowWhenFamiliesChange(t *testing.T) {
	s := open(t)
	write(t, s, post("1", 1, publishedBy("a.example")), post("2", 1, publishedBy("b.example")), post("3", 1, publishedBy("c.example")))
	refresh(t, s)
	if n := publishers(t, s); n != 3 {
		t.Fatalf("%d publishers, want 3", n)
	}
	for _, step := range []struct {
		of    func(string) string
		moved int
		want  uint64
	}{{oneHouse, 2, 2}, {oneHouse, 0, 2}, {nil, 2, 3}} {
		moved, err := s.SetFamilies(t.Context(), step.of)
		if err != nil || moved != step.moved {
			t.Fatalf("%d publishers moved (%v), want %d", moved, err, step.moved)
		}
		if weeks, err := s.Pending(t.Context()); err != nil || (weeks > 0) != (moved > 0) {
			t.Errorf("%d weeks are marked after %d publishers moved (%v)", weeks, moved, err)
		}
		refresh(t, s)
		if n := publishers(t, s); n != step.want {
			t.Errorf("%d publishers, want %d", n, step.want)
		}
	}
	write(t, s, post("2", 2, publishedBy("b.example"))) // an edit, and a deletion after the change
	write(t, s, Row{ID: "3", Version: 2, Deleted: true})
	refresh(t, s)
	if n := publishers(t, s); n != 2 {
		t.Errorf("%d publishers after a deletion, want 2", n)
	}
}
