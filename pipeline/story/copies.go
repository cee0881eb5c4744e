package story

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Window is how long after a post another one can still be its copy.
const Window = 21 * 24 * time.Hour

// Entry is one post to compare. Entries with an empty signature, or one of
// another version, are neither copies nor originals; of several with one ID,
// only the earliest is.
type Entry struct {
	ID        string
	Published time.Time
	Signature []byte
}

// post is an entry unpacked.
type post struct {
	id        string
	published int64 // ns since 1970
	sketch
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
		if int(f) != i {
			first[i] = first[f] // f < i: its own root is known already
			copies[posts[i].id] = posts[first[i]].id
		}
	}
	return copies
}

// unpack sorts the entries that can be compared and keeps each ID once.
func unpack(entries []Entry) []post {
	type place struct {
		published int64
		entry     int32
	}
	order := make([]place, 0, len(entries))
	for i := range entries {
		if e := &entries[i]; valid(e.Signature) {
			order = append(order, place{e.Published.UnixNano(), int32(i)})
		}
	}
	slices.SortFunc(order, func(a, b place) int {
		if a.published != b.published {
			return cmp.Compare(a.published, b.published)
		}
		return strings.Compare(entries[a.entry].ID, entries[b.entry].ID)
	})
	posts := make([]post, 0, len(order))
	seen := make(map[string]struct{}, len(order))
	for _, o := range order {
		e := &entries[o.entry]
		if seen[e.ID] = struct{}{}; len(seen) > len(posts) {
			posts = append(posts, post{e.ID, o.published, parse(e.Signature)})
		}
	}
	return posts
}
