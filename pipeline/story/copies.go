package story

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// Window is how long after a post another one can still be its copy.
const Window = 21 * 24 * time.Hour

const (
	// bands are looked up by two values each: two posts meet when any pair of
	// values is equal, which finds 95 % of pairs at a similarity of 0.3 and
	// all but one in 10,000 at 0.5.
	bands = Bins / 2

	// maxTries bounds how many earlier posts one post is compared with in one
	// band, half of them the earliest in its window and half the nearest, so
	// that boilerplate shared by thousands of posts stays linear.
	maxTries = 64
)

// Entry is one post to compare. Entries with an empty signature are neither
// copies nor originals; of several with one ID, only the earliest is.
type Entry struct {
	ID        string
	Published time.Time
	Signature []byte
}

// post is an entry unpacked, in the order of (Published, ID).
type post struct {
	id        string
	published time.Time
	values    [Bins]uint16
}

// Copies returns the original of every copy among the entries, by id. A post
// is a copy when an earlier one, by (Published, ID), is similar enough and at
// most Window older; its original is the earliest such post, followed to its
// own original and so on. The order of the entries does not matter, and
// whether a post is a copy depends only on the Window before it.
func Copies(entries []Entry) map[string]string {
	posts := unpack(entries)
	first, _ := link(posts)
	copies := map[string]string{}
	for i, f := range first {
		if f != i {
			first[i] = first[f] // f < i: its own root is known already
			copies[posts[i].id] = posts[first[i]].id
		}
	}
	return copies
}

// link returns for each post the number of the earliest similar one, or its
// own, and how many pairs it compared. In each band the posts are sorted by
// the band's two values, so that those that share both lie side by side.
func link(posts []post) (first []int, pairs int) {
	first = make([]int, len(posts))
	for i := range first {
		first[i] = i
	}
	keys := make([]uint64, len(posts))
	for band := range bands {
		for i := range posts {
			v := &posts[i].values
			keys[i] = uint64(v[2*band])<<48 | uint64(v[2*band+1])<<32 | uint64(i)
		}
		slices.Sort(keys)
		for lo, hi := 0, 0; lo < len(keys); lo = hi {
			for hi = lo + 1; hi < len(keys) && keys[hi]>>32 == keys[lo]>>32; {
				hi++
			}
			pairs += search(posts, first, keys[lo:hi])
		}
	}
	return first, pairs
}

// search looks for an earlier similar post for each post of one bucket, whose
// keys hold the posts' numbers in their low half, ascending. It returns how
// many pairs it compared.
func search(posts []post, first []int, bucket []uint64) (pairs int) {
	start := 0
	for n := 1; n < len(bucket); n++ {
		i := int(uint32(bucket[n]))
		for posts[i].published.Sub(posts[uint32(bucket[start])].published) > Window {
			start++
		}
		for m := start; m < n; m++ {
			if m == start+maxTries/2 {
				m = max(m, n-maxTries/2)
			}
			j := int(uint32(bucket[m]))
			if j >= first[i] {
				break
			}
			pairs++
			if equal(&posts[i].values, &posts[j].values) >= MinEqual {
				first[i] = j
				break
			}
		}
	}
	return pairs
}

// unpack sorts the entries that can be compared and keeps each ID once.
func unpack(entries []Entry) []post {
	posts := make([]post, 0, len(entries))
	for _, e := range entries {
		if len(e.Signature) != Size {
			continue
		}
		p := post{id: e.ID, published: e.Published}
		for i := range p.values {
			p.values[i] = binary.LittleEndian.Uint16(e.Signature[2*i:])
		}
		posts = append(posts, p)
	}
	slices.SortFunc(posts, func(a, b post) int {
		return cmp.Or(a.published.Compare(b.published), strings.Compare(a.id, b.id))
	})
	seen := make(map[string]bool, len(posts))
	return slices.DeleteFunc(posts, func(p post) bool {
		again := seen[p.id]
		seen[p.id] = true
		return again
	})
}

func equal(a, b *[Bins]uint16) (n int) {
	for i, v := range a {
		if v == b[i] {
			n++
		}
	}
	return n
}

// Similarity estimates the Jaccard similarity of two posts' shingles from
// their signatures, 0 to 1, in steps of 1/64. It is 0 when either is empty.
func Similarity(a, b []byte) float64 {
	if len(a) != Size || len(b) != Size {
		return 0
	}
	n := 0
	for i := 0; i < Size; i += 2 {
		if a[i] == b[i] && a[i+1] == b[i+1] {
			n++
		}
	}
	return float64(n) / Bins
}
