package story

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func entry(id string, days float64, body string) Entry {
	return Entry{ID: id, Published: start.Add(time.Duration(days * 24 * float64(time.Hour))), Signature: Sign(nil, "", body)}
}

func expect(t *testing.T, entries []Entry, want map[string]string) {
	t.Helper()
	if got := Copies(entries); !maps.Equal(got, want) {
		t.Errorf("Copies = %v, want %v", got, want)
	}
}

func TestCopyFollowsItsOriginalWithinTheWindow(t *testing.T) {
	expect(t, []Entry{
		entry("repost", 3, "Via a neighbour: "+news+" #localgov"),
		entry("first", 0, news),
		entry("other", 1, other),
		entry("edge", 20.9, news),
	}, map[string]string{"repost": "first", "edge": "first"})
}

func TestPostAfterTheWindowIsNoCopy(t *testing.T) {
	expect(t, []Entry{entry("a", 0, news), entry("b", 21.1, news)}, map[string]string{})
	expect(t, []Entry{entry("a", 0, news), entry("b", 21, news)}, map[string]string{"b": "a"})
}

func TestChainOfCopiesEndsAtItsRoot(t *testing.T) {
	expect(t, []Entry{entry("a", 0, news), entry("b", 15, news), entry("c", 30, news)},
		map[string]string{"b": "a", "c": "a"})
}

func TestEqualTimesAreOrderedByID(t *testing.T) {
	expect(t, []Entry{entry("z", 0, news), entry("m", 0, news)}, map[string]string{"z": "m"})
}

func TestRepeatedIDsAndForeignSignaturesAreLeftOut(t *testing.T) {
	expect(t, []Entry{
		entry("a", 0, news), entry("a", 2, news), {ID: "short", Published: start}, {ID: "odd", Published: start, Signature: []byte("abc")},
	}, map[string]string{})
	expect(t, nil, map[string]string{})
}

// archive is n posts in families of edited copies over a year.
func archive(n int, seed uint64) []Entry {
	r := rand.New(rand.NewPCG(seed, 9))
	entries := make([]Entry, 0, n)
	for i := range n {
		body := fmt.Sprintf("family %d ", i/7)
		words := rand.New(rand.NewPCG(uint64(i/7), seed))
		for range 40 {
			body += fmt.Sprintf("w%d ", words.IntN(5000))
		}
		entries = append(entries, entry(fmt.Sprintf("id%07d", i), float64(i/70)+40*r.Float64(), body+fmt.Sprint(r.IntN(99))))
	}
	return entries
}

func TestOrderOfTheEntriesDoesNotMatter(t *testing.T) {
	entries := archive(700, 1)
	want := Copies(entries)
	if len(want) < 200 {
		t.Fatalf("only %d copies in the archive", len(want))
	}
	for seed := range uint64(10) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if got := Copies(entries); !maps.Equal(got, want) {
			t.Fatalf("seed %d: another order, other copies", seed)
		}
	}
}

// Posts are taken away at random, originals first of all: what is left is one
// story under the next earliest, as if the others had never been there.
func TestDeletedOriginalGivesWayToTheNextEarliest(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	entries := archive(700, 3)
	for range 12 {
		before := Copies(entries)
		originals := map[string]bool{}
		for _, o := range before {
			originals[o] = true
		}
		left := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool {
			return originals[e.ID] && r.IntN(2) == 0 || r.IntN(20) == 0
		})
		checkRoots(t, left)
		entries = left
	}
	if len(entries) > 600 {
		t.Fatal("hardly anything was deleted")
	}
}

// checkRoots holds Copies against its definition, compared pair by pair.
func checkRoots(t *testing.T, entries []Entry) {
	t.Helper()
	byTime := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return cmp.Or(a.Published.Compare(b.Published), strings.Compare(a.ID, b.ID))
	})
	want, root := map[string]string{}, map[string]string{}
	for i, e := range byTime {
		root[e.ID] = e.ID
		for _, earlier := range byTime[:i] {
			if e.Published.Sub(earlier.Published) <= Window && Copy(earlier.Signature, e.Signature) {
				root[e.ID], want[e.ID] = root[earlier.ID], root[earlier.ID]
				break
			}
		}
	}
	if got := Copies(entries); !maps.Equal(got, want) {
		t.Fatalf("%d copies, %d pair by pair", len(got), len(want))
	}
}

// Whether a post is a copy depends on the window before it alone, so a week
// recounted with only 21 days before it has the same copies.
func TestBeingACopyDependsOnTheWindowOnly(t *testing.T) {
	entries := archive(700, 2)
	want := Copies(entries)
	from, to := start.AddDate(0, 0, 28), start.AddDate(0, 0, 35)
	var near []Entry
	for _, e := range entries {
		if !e.Published.Before(from.Add(-Window)) && e.Published.Before(to) {
			near = append(near, e)
		}
	}
	got := Copies(near)
	seen := 0
	for _, e := range near {
		_, w := want[e.ID]
		_, g := got[e.ID]
		if e.Published.Before(from) {
			continue
		}
		seen++
		if w != g {
			t.Errorf("%s: a copy in all %t, in its window %t", e.ID, w, g)
		}
	}
	if seen < 20 {
		t.Fatalf("only %d posts in the week", seen)
	}
}

// Boilerplate: thousands of posts share a short sentence and nothing else, so
// that they meet in a few bands without being alike.
func TestSharedBoilerplateStaysLinear(t *testing.T) {
	for _, n := range []int{2_000, 20_000} {
		entries := boilerplate(n)
		if got := Copies(entries); len(got) != 0 {
			t.Errorf("%d posts that share a footer are copies", len(got))
		}
		if _, pairs := link(unpack(entries)); pairs > 64*n {
			t.Errorf("%d pairs compared for %d posts", pairs, n)
		}
	}
}

func boilerplate(n int) []Entry {
	r := rand.New(rand.NewPCG(4, 4))
	entries := make([]Entry, n)
	for i := range entries {
		body := "Please read our notes for editors and contact the press office for more information about this story. "
		for range 90 {
			body += fmt.Sprintf("w%d ", r.IntN(1e6))
		}
		entries[i] = entry(fmt.Sprintf("id%07d", i), float64(i)/2000, body)
	}
	return entries
}

// weeks is n posts of 1 KB in four weeks, whose sentences are those of the
// corpora; one in 12 is an edited copy of an earlier post.
func weeks(b *testing.B, n int) []Entry {
	var sentences []string
	for _, name := range corpora {
		for _, d := range corpus(b, name) {
			sentences = append(sentences, strings.SplitAfter(d.text(), ". ")...)
		}
	}
	r := rand.New(rand.NewPCG(6, 6))
	entries, texts := make([]Entry, n), make([]string, n)
	for i := range entries {
		if i > 0 && r.IntN(12) == 0 {
			texts[i] = "RT @council: " + texts[r.IntN(i)] + " #localgov"
		}
		for len(texts[i]) < 1000 {
			texts[i] += sentences[r.IntN(len(sentences))]
		}
		entries[i] = entry(fmt.Sprintf("https://example.org/news/%07d", i), 28*r.Float64(), texts[i])
	}
	return entries
}

func BenchmarkCopies(b *testing.B) {
	for _, c := range []struct {
		name    string
		entries []Entry
	}{{"weeks", weeks(b, 100_000)}, {"families", archive(100_000, 3)}, {"boilerplate", boilerplate(100_000)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Copies(c.entries)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.entries)), "ns/post")
		})
	}
}
