package story

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vantage/collectors/text"
)

const news = "The council has fitted two hundred damp sensors in council homes this autumn, so that repairs teams can visit before mould appears. Tenants can see their own readings on a simple web page."

func TestSignIsEmptyForPostsTooShortToCompare(t *testing.T) {
	for _, s := range []string{"", "Weeknotes", "Full council meeting tonight", "https://example.org/a/b/c/d/e/f/g"} {
		if got := Sign(nil, s, ""); len(got) != 0 {
			t.Errorf("Sign(%q) has %d bytes, want none", s, len(got))
		}
	}
	if got := Sign([]byte("kept"), "", news); len(got) != 4+Size || !bytes.HasPrefix(got, []byte("kept")) {
		t.Errorf("Sign does not append: %d bytes", len(got))
	}
}

func TestShortPostsAreCopiesOnlyWhenEveryWordIsEqual(t *testing.T) {
	a := Sign(nil, "", "Council tax bills go out today")
	if got := Similarity(a, Sign(nil, "COUNCIL TAX bills", "go out today!")); got != 1 {
		t.Errorf("the same words = %.2f, want 1", got)
	}
	if got := Similarity(a, Sign(nil, "", "Council tax bills go out tomorrow")); got > 0.1 {
		t.Errorf("one other word = %.2f, want about 0", got)
	}
}

func TestSignIgnoresWhatEachChannelAdds(t *testing.T) {
	want := Sign(nil, "Damp sensors", "Damp sensors\n"+news)
	for name, got := range map[string][]byte{
		"title not repeated": Sign(nil, "Damp sensors", news),
		"case and marks":     Sign(nil, "", "DAMP SENSORS: "+strings.ToUpper(news)),
		"a web address":      Sign(nil, "", "Damp sensors "+news+" https://news.example.org/p/123?utm=x-y-z"),
	} {
		if !bytes.Equal(got, want) {
			t.Errorf("%s changes the signature: %.2f", name, Similarity(got, want))
		}
	}
}

func TestDifferentPostsShareNothing(t *testing.T) {
	other := "Library visits rose again last year, with maker spaces, warm rooms and a new seed library drawing in families who had never held a card before, the annual survey of readers says."
	if got := Similarity(Sign(nil, "", news), Sign(nil, "", other)); got > 0.1 {
		t.Errorf("two different posts = %.2f", got)
	}
	if Similarity(nil, nil) != 0 {
		t.Error("two empty signatures are alike")
	}
}

// The estimate must lie near the exact similarity, without a lean to either
// side, for short posts as well, whose bins are filled by borrowing.
func TestSimilarityEstimatesJaccard(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, words := range []int{15, 25, 60, 400} {
		var lean float64
		const rounds = 400
		for range rounds {
			a, b := make([]string, words), make([]string, words)
			for i := range a {
				a[i] = fmt.Sprintf("w%d", r.IntN(1e9))
				b[i] = a[i]
			}
			for range words / 12 {
				b[r.IntN(words)] = "changed"
			}
			sa, sb := strings.Join(a, " "), strings.Join(b, " ")
			lean += Similarity(Sign(nil, "", sa), Sign(nil, "", sb)) - jaccard(sa, sb)
		}
		if lean /= rounds; lean > 0.03 || lean < -0.03 {
			t.Errorf("%d words: the estimate leans by %.3f", words, lean)
		}
	}
}

// jaccard is the exact similarity of the pairs of words of two texts.
func jaccard(a, b string) float64 { return overlap(shingles(a, 2), shingles(b, 2)) }

// jaccard3 is that of their three-word shingles.
func jaccard3(a, b string) float64 { return overlap(shingles(a, 3), shingles(b, 3)) }

func overlap(x, y map[[3]uint64]bool) float64 {
	both := 0
	for s := range x {
		if y[s] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func shingles(body string, n int) map[[3]uint64]bool {
	var s scratch
	s.read(body, 0)
	set := map[[3]uint64]bool{}
	for i := n - 1; i < len(s.folds); i++ {
		var key [3]uint64
		copy(key[:], s.folds[i-n+1:i+1])
		set[key] = true
	}
	return set
}

func FuzzSign(f *testing.F) {
	f.Add("A title", news)
	f.Add("", "http://\xff://:// a b c d e f g h i j k l m n")
	f.Add("x", "x y z ://")
	f.Fuzz(func(t *testing.T, title, body string) {
		a := Sign(nil, title, body)
		if len(a) != 0 && len(a) != Size {
			t.Fatalf("%d bytes", len(a))
		}
		if !bytes.Equal(a, Sign(nil, title, body)) {
			t.Fatal("two signatures of one post")
		}
	})
}

// BenchmarkSign signs posts of 1 KB each, of the corpora where they are here.
func BenchmarkSign(b *testing.B) {
	var posts []string
	for _, d := range corpus(b, "govuk-publications") {
		if len(d.Body) > 1024 && len(posts) < 1000 {
			posts = append(posts, d.Body[:1024])
		}
	}
	dst := make([]byte, 0, Size)
	b.SetBytes(1024)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		dst = Sign(dst[:0], "A title", posts[i%len(posts)])
	}
}

func TestSignatureOfWordsIsThatOfTheText(t *testing.T) {
	const title = "Cabinet agrees 1,200 homes: https://example.org/plan?id=7 and more"
	const cutTitle = "Cabinet agrees one thousand two hundred new homes beside the old harbour in town"
	body := strings.Repeat("The council's cabinet has agreed a plan, see www.example.org or http://example.org/x for it. ", 3)
	for _, p := range [][3]string{
		{title, body, title + "\n\n" + body}, {title, title + " " + body, title + " " + body},
		{cutTitle, "[…]", cutTitle + "\n\n[…]"},
		{"", body, body}, {title, "", title}, {"Short", "", "Short"}, {"One two three", "four five six", "One two three\n\nfour five six"},
	} {
		want := Sign(nil, p[0], p[1])
		if got := SignWords(nil, p[2], text.Words(nil, p[2])); !bytes.Equal(got, want) {
			t.Errorf("%.20q and %.20q: another signature from the words", p[0], p[1])
		}
	}
}
