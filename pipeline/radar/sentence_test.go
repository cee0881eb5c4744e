package radar

import "testing"

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Score
		want string
	}{
		{"strong", Score{Eligible: true, Sources: 18, Items: 1127, Expected: 12.9, Lift: 3.36, Low: 2.66, High: 4.11, Label: Strong},
			"In the last 4 whole weeks 18 publishers wrote 1,127 different posts about “Damp sensors”; the same sources would usually write about 20; after a cautious allowance this is 3.3 times usual (likely between 2.7 and 4.1), which we call “strong”."},
		{"never a label too high", Score{Eligible: true, Sources: 3, Items: 9, Expected: 0.2, Lift: 1.97, Low: 1.2, High: 2.6, Label: Watch, New: 1},
			"In the last 4 whole weeks 3 publishers wrote 9 different posts about “Damp sensors”; the same sources would usually write about 0.3 (1 post from sources too new to compare is not counted in this); after a cautious allowance this is 1.9 times usual (likely between 1.2 and 2.6), which we call “watch”."},
		{"never said before", Score{Eligible: true, Sources: 15, Items: 16, Lift: 3, Low: 2.2, High: 4, Label: Strong},
			"In the last 4 whole weeks 15 publishers wrote 16 different posts about “Damp sensors”; the same sources would usually write next to none; after a cautious allowance this is 3.0 times usual (likely between 2.2 and 4.0), which we call “strong”."},
		{"steady", Score{Eligible: true, Sources: 40, Items: 200, Expected: 130, Lift: 0.98, Low: 0.9, High: 1.1},
			"In the last 4 whole weeks 40 publishers wrote 200 different posts about “Damp sensors”; the same sources would usually write about 203; after a cautious allowance this is steady, at 0.9 times usual (likely between 0.9 and 1.1)."},
		{"falling", Score{Eligible: true, Sources: 4, Items: 8, Expected: 20, Lift: 0.5, Low: 0.4, High: 0.7},
			"In the last 4 whole weeks 4 publishers wrote 8 different posts about “Damp sensors”; the same sources would usually write about 31; after a cautious allowance this is falling, at 0.5 times usual (likely between 0.4 and 0.7)."},
		{"one publisher floods", Score{Eligible: true, Sources: 6, Items: 45, Expected: 4.9, Lift: 0.96, Low: 0.57, High: 1.4, BySources: true},
			"In the last 4 whole weeks 6 publishers wrote 45 different posts about “Damp sensors”; the same sources would usually write about 7.7; counted by publishers, and after a cautious allowance, this is steady, at 0.9 times usual (likely between 0.6 and 1.4)."},
		{"not eligible", Score{Reason: whyNot(Term{Items28: 40, Items7: 20, Sources: 1, Known: 1}, Ranking{Enough: true})},
			"“Damp sensors” is not ranked: only 1 publisher, of which 1 is known for more than 28 days; 3 known ones or 6 of any age are needed."},
		{"silent", Score{Reason: whyNot(Term{}, Ranking{Enough: true})},
			"“Damp sensors” is not ranked: no post in the last 4 whole weeks."},
		{"rare", Score{Reason: whyNot(Term{Items28: 3}, Ranking{Enough: true})},
			"“Damp sensors” is not ranked: only 3 posts in the last 4 whole weeks, and 4 are needed."},
		{"over", Score{Reason: whyNot(Term{Items28: 9}, Ranking{Enough: true})},
			"“Damp sensors” is not ranked: no post in the last whole week."},
		{"too few items", Score{Reason: whyNot(Term{}, Ranking{Items: 12})},
			"“Damp sensors” is not ranked: there are not enough posts yet: 12 from sources that can be compared, and 60 are needed."},
	} {
		if got := c.s.Sentence("Damp sensors"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestWindowSaysItsDates(t *testing.T) {
	w := Window{AsOf: asOf, EvidenceFrom: asOf.AddDate(0, 0, -28), Weeks: 12}
	if got, want := w.Sentence(), "The 4 weeks from 26 October 2026 to 22 November 2026 are compared with the 12 weeks before."; got != want {
		t.Errorf("got %s", got)
	}
}
