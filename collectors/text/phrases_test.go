package text

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPhrases(t *testing.T) {
	tests := []struct {
		name, text string
		phrases    []Phrase
		want       []string
	}{
		{"overlapping", "open data platform", []Phrase{{Text: "open data"}, {Text: "data platform"}}, []string{"open data", "data platform"}},
		{"plural and possessive", "Chatbots, policies and AI tool’s", []Phrase{{Text: "chatbot"}, {Text: "policy"}, {Text: "ai tool"}}, []string{"Chatbots", "policies", "AI tool’s"}},
		{"no singular of a plural", "bi sm", []Phrase{{Text: "bis"}, {Text: "sms"}}, nil},
		{"a name has no plural", "Harts and Hart", []Phrase{{Text: "Hart", Name: true}}, []string{"Hart"}},
		{"case matters", "AI ai Ai APIs", []Phrase{{Text: "AI", Case: true}, {Text: "API", Case: true}}, []string{"AI", "APIs"}},
		{"case in every word", "GOV.UK Pay, gov.uk pay", []Phrase{{Text: "GOV.UK Pay", Case: true}}, []string{"GOV.UK Pay"}},
		{"hyphen, line end and &", "machine-learning machine\nlearning R & D", []Phrase{{Text: "machine learning"}, {Text: "R&D"}}, []string{"machine-learning", "machine\nlearning", "R & D"}},
		{"not across a sentence", "It is open. Data is not, open, data", []Phrase{{Text: "open data"}}, nil},
		{"not inside a word", "opendata reopen data", []Phrase{{Text: "open data"}}, nil},
		{"accents", "Ynys Mon", []Phrase{{Text: "Ynys Môn"}}, []string{"Ynys Mon"}},
		{"nothing to find", "text", []Phrase{{Text: "—"}, {}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			words := Words(nil, tt.text)
			var got []string
			for _, m := range NewPhrases(tt.phrases).Find(nil, tt.text, words, 0) {
				got = append(got, tt.text[words[m.From].Start:words[m.To-1].End])
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPhrasesAgreeWithNaiveSearch compares with a search that splits and
// compares strings, on random texts over few words, so that phrases nest and
// overlap.
func TestPhrasesAgreeWithNaiveSearch(t *testing.T) {
	for seed := range uint64(300) {
		random := newRandom(seed)
		var list []Phrase
		for range 1 + random.below(30) {
			list = append(list, Phrase{Text: random.sentence(1 + random.below(4)), Name: true})
		}
		text := random.sentence(random.below(60))
		want := naive(list, text)
		var got []string
		for _, m := range NewPhrases(list).Find(nil, text, Words(nil, text), 0) {
			got = append(got, fmt.Sprint(m.From, m.To, m.Phrase))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: in %q found %v, want %v", seed, text, got, want)
		}
	}
}

// TestEarlyPhrases finds all that begins early, and behind that at least what
// matters everywhere.
func TestEarlyPhrases(t *testing.T) {
	for seed := range uint64(300) {
		random := newRandom(seed)
		var list, late []Phrase
		for range 1 + random.below(30) {
			p := Phrase{Text: random.sentence(1 + random.below(4)), Name: true, Early: random.below(2) == 0}
			if list = append(list, p); p.Early {
				p.Text = "nowhere"
			}
			late = append(late, p)
		}
		text, early := random.sentence(random.below(60)), random.below(70)
		want, always := naive(list, text), naive(late, text)
		found := map[string]bool{}
		for _, m := range NewPhrases(list).Find(nil, text, Words(nil, text), early) {
			match := fmt.Sprint(m.From, m.To, m.Phrase)
			if found[match] = true; !slices.Contains(want, match) {
				t.Errorf("seed %d: in %q found %s", seed, text, match)
			}
		}
		for _, match := range want {
			var from int
			if _, err := fmt.Sscan(match, &from); err != nil {
				t.Fatal(err)
			}
			if !found[match] && (from < early || slices.Contains(always, match)) {
				t.Errorf("seed %d: in %q missed %s of %v, early %d", seed, text, match, list, early)
			}
		}
	}
}

func naive(list []Phrase, text string) []string {
	var found []string
	words := strings.Fields(text)
	for p, phrase := range list {
		parts := strings.Fields(phrase.Text)
		for i := 0; i+len(parts) <= len(words); i++ {
			if slices.EqualFunc(words[i:i+len(parts)], parts, strings.EqualFold) {
				found = append(found, fmt.Sprint(i, i+len(parts), p))
			}
		}
	}
	return found
}

// BenchmarkWalk finds 3,000 phrases in posts of 1 KB, some six in each. It reports processor
// time too, which a busy machine disturbs less than the clock.
func BenchmarkWalk(b *testing.B) {
	list, posts := walkData()
	phrases := NewPhrases(list)
	var words []Word
	var found []Match
	b.ReportAllocs()
	bytes, hits, start := 0, 0, cpuTime(b)
	for i := 0; b.Loop(); i++ {
		p := posts[i%len(posts)]
		words = Words(words[:0], p)
		found = phrases.Find(found[:0], p, words, 0)
		bytes += len(p)
		hits += len(found)
	}
	b.ReportMetric(float64(cpuTime(b)-start)*1024/float64(bytes), "cpu-ns/KB")
	b.ReportMetric(float64(hits)/float64(b.N), "hits/post")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// walkData makes 3,000 phrases of one to three words and 200 posts of 1 KB
// over a vocabulary of 9,000 words with the skew of real language.
func walkData() ([]Phrase, []string) {
	random := newRandom(1)
	vocabulary := make([]string, 9000)
	for i := range vocabulary {
		vocabulary[i] = random.word(2 + i%9)
	}
	var list []Phrase
	for i := range 3000 {
		words := []string{vocabulary[2000+random.below(7000)]}
		for range i % 3 {
			words = append(words, vocabulary[random.skewed(9000)])
		}
		list = append(list, Phrase{Text: strings.Join(words, " ")})
	}
	posts := make([]string, 200)
	for i := range posts {
		var p []byte
		for len(p) < 1024 {
			w := vocabulary[random.skewed(9000)]
			if random.below(8) == 0 {
				w = strings.ToUpper(w[:1]) + w[1:]
			}
			p = append(append(p, w...), []string{" ", " ", " ", " ", ", ", ". ", "-", "\n"}[random.below(8)]...)
		}
		posts[i] = string(p)
	}
	return list, posts
}

// random is a small generator (xorshift) that gives the same words each time.
type random uint64

func newRandom(seed uint64) *random {
	r := random(seed*2654435761 + 88172645463325252)
	return &r
}

func (r *random) below(n int) int {
	*r ^= *r << 13
	*r ^= *r >> 7
	*r ^= *r << 17
	return int(uint64(*r) % uint64(n))
}

// skewed favours small numbers as language favours common words.
func (r *random) skewed(n int) int { return r.below(1 + r.below(1+r.below(n))) }

func (r *random) word(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.below(26))
	}
	return string(b)
}

func (r *random) sentence(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = []string{"a", "B", "ab", "council", "Côte", "data", "open", "bb"}[r.below(8)]
	}
	return strings.Join(words, " ")
}
