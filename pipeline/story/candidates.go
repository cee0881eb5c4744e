package story

import "slices"

const (
	// bands are looked up by three values each: two posts meet when any three
	// are equal, which finds 96 % of pairs at the threshold and 99.9 % at a
	// similarity of 0.57, that of three changed words in 140 characters.
	bands = Bins / 3

	// maxTries bounds how many earlier posts one post is compared with in one
	// band, half of them the earliest in its window and half the nearest, so
	// that boilerplate shared by thousands of posts stays linear.
	maxTries = 64
)

// link returns for each post, in the order of (Published, ID), the number of
// the earliest similar one, or its own, and how many pairs it compared.
func link(posts []post) (first []int32, pairs int) {
	first = make([]int32, len(posts))
	for i := range first {
		first[i] = int32(i)
	}
	m := newMeeting(len(posts))
	keys := make([]uint32, len(posts))
	for band := range bands {
		for i := range posts {
			keys[i] = posts[i].key(band)
		}
		m.each(keys, nil, func(bucket []uint64) { pairs += search(posts, first, bucket) })
	}
	return first, pairs + linkHeads(posts, first, keys, m)
}

// linkHeads links posts that were cut off with those that begin alike.
func linkHeads(posts []post, first []int32, keys []uint32, m *meeting) (pairs int) {
	has := make([]bool, len(posts))
	for i := range posts {
		keys[i], has[i] = posts[i].begin.first()
	}
	m.each(keys, has, func(bucket []uint64) {
		if slices.ContainsFunc(bucket, func(k uint64) bool { return posts[uint32(k)].begin.cut() }) {
			pairs += search(posts, first, bucket)
		}
	})
	return pairs
}

// search looks for an earlier similar post for each post of one bucket, whose
// keys hold the posts' numbers in their low half, ascending. It returns how
// many pairs it compared.
func search(posts []post, first []int32, bucket []uint64) (pairs int) {
	start := 0
	for n := 1; n < len(bucket); n++ {
		i := int32(uint32(bucket[n]))
		for posts[i].published-posts[uint32(bucket[start])].published > int64(Window) {
			start++
		}
		for m := start; m < n; m++ {
			if m == start+maxTries/2 {
				m = max(m, n-maxTries/2)
			}
			j := int32(uint32(bucket[m]))
			if j >= first[i] {
				break
			}
			pairs++
			if alike(&posts[i].sketch, &posts[j].sketch) {
				first[i] = j
				break
			}
		}
	}
	return pairs
}
