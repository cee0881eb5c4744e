package peers

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	bobusumisu "github.com/BobuSumisu/aho-corasick"
	cloudflare "github.com/cloudflare/ahocorasick"
	petar "github.com/petar-dambovaliev/aho-corasick"

	"vantage/collectors/text"
)

// BenchmarkPhrases finds 3,000 phrases in posts of 1 KB with our word trie and
// with the Aho-Corasick libraries. The libraries get every advantage: they do
// not fold accents, two of them are given lower-case text whose making is
// counted as they need it, and only one of them looks at word borders.
func BenchmarkPhrases(b *testing.B) {
	phrases, posts := data()
	b.Run("vantage", func(b *testing.B) {
		list := make([]text.Phrase, len(phrases))
		for i, p := range phrases {
			list[i].Text = p
		}
		trie := text.NewPhrases(list)
		var words []text.Word
		var found []text.Match
		measure(b, posts, func(p string) int {
			words = text.Words(words[:0], p)
			found = trie.Find(found[:0], p, words, 0)
			return len(found)
		})
	})
	b.Run("petar-dambovaliev-DFA", func(b *testing.B) {
		builder := petar.NewAhoCorasickBuilder(petar.Opts{AsciiCaseInsensitive: true, MatchOnlyWholeWords: true, MatchKind: petar.LeftMostLongestMatch, DFA: true})
		m := builder.Build(phrases)
		measure(b, posts, func(p string) int { return len(m.FindAll(p)) })
	})
	b.Run("BobuSumisu", func(b *testing.B) {
		m := bobusumisu.NewTrieBuilder().AddStrings(phrases).Build()
		measure(b, posts, func(p string) int { return len(m.MatchString(strings.ToLower(p))) })
	})
	b.Run("cloudflare", func(b *testing.B) {
		m := cloudflare.NewStringMatcher(phrases)
		measure(b, posts, func(p string) int { return len(m.Match([]byte(strings.ToLower(p)))) })
	})
}

// measure reports processor time, which a busy machine disturbs less than the clock.
func measure(b *testing.B, posts []string, find func(string) int) {
	b.Helper()
	b.ReportAllocs()
	bytes, hits, began := 0, 0, cpu(b)
	for i := 0; b.Loop(); i++ {
		p := posts[i%len(posts)]
		hits += find(p)
		bytes += len(p)
	}
	b.ReportMetric(float64(cpu(b)-began)*1024/float64(bytes), "cpu-ns/KB")
	b.ReportMetric(float64(hits)/float64(b.N), "hits/post")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// data makes 3,000 phrases of one to three words and 200 posts of 1 KB; words
// come as often as their rank in real language lets them.
func data() (phrases, posts []string) {
	r := rand.New(rand.NewPCG(1, 1))
	words := make([]string, 9000)
	for i := range words {
		w := make([]byte, 2+i%9)
		for j := range w {
			w[j] = byte('a' + r.IntN(26))
		}
		words[i] = string(w)
	}
	zipf := rand.NewZipf(r, 1.1, 4, 8999)
	for i := range 3000 {
		p := words[2000+r.IntN(7000)]
		for range i % 3 {
			p += " " + words[zipf.Uint64()]
		}
		phrases = append(phrases, p)
	}
	for range 200 {
		var p strings.Builder
		for p.Len() < 1024 {
			p.WriteString(words[zipf.Uint64()])
			p.WriteByte(' ')
		}
		posts = append(posts, p.String())
	}
	return phrases, posts
}
