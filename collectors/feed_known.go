package collectors

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
)

// When guids are taken for reissued at each visit: so many entries under known
// links, and such a part of all under known links, came with another guid.
// Sites that give every post a new guid do it to all at once; a site that
// moves one post does it to one.
const (
	minReissued   = 3
	shareReissued = 0.8
)

// reissued reports that the guids of this feed cannot be relied on: posts that
// are known under their link and title came back under other guids. Fewer than
// minReissued decide only if they are all, and else the same in every way.
func (s *feedState) reissued(doc document) bool {
	if s.head.GUIDs || doc.useless.GUIDs || !s.anyNew(doc) {
		return false
	}
	inDoc := map[uint64]int{}
	for _, f := range doc.found {
		inDoc[f.link]++
	}
	index := s.byLink()
	known, changed, equal := 0, 0, 0
	for _, f := range doc.found {
		key, ok := index[f.link]
		if !ok || f.link == 0 || inDoc[f.link] > 1 || !f.guided {
			continue
		}
		known++
		k := s.known[key]
		if _, same := s.known[xxhash.Sum64String(f.ID)]; same || k.like != f.like {
			continue
		}
		changed++
		if k.hash == contentNumber(f.ContentHash) {
			equal++
		}
	}
	if changed < minReissued {
		return changed > 0 && equal == known
	}
	return float64(changed) >= shareReissued*float64(known)
}

// anyNew reports whether an id in the feed is not known.
func (s *feedState) anyNew(doc document) bool {
	return slices.ContainsFunc(doc.found, func(f found) bool {
		_, ok := s.known[xxhash.Sum64String(f.ID)]
		return !ok
	})
}

// byLink returns the keys of what is known by its link; of several under one
// link that which stood in the feed last.
func (s *feedState) byLink() map[uint64]uint64 {
	index := make(map[uint64]uint64, len(s.known))
	for key, k := range s.known {
		if k.link == 0 {
			continue
		}
		if old, ok := index[k.link]; !ok || newer(k, s.known[old], key, old) {
			index[k.link] = key
		}
	}
	return index
}

func newer(k, old knownEntry, key, oldKey uint64) bool {
	if k.last != old.last {
		return k.last > old.last
	}
	return key < oldKey
}

// finder finds entries among what is known.
type finder struct {
	s      *feedState
	links  map[uint64]uint64    // made when first needed
	titles map[linkTitle]uint64 // likewise
	noLink bool
}

type linkTitle struct {
	link uint64
	like uint32
}

// key returns the key under which an entry is known or will be: that of its
// id; else, where the id is not made of a guid, that under which its link is
// known, so that a change of identity publishes nothing twice.
func (x *finder) key(f found) uint64 {
	key := xxhash.Sum64String(f.ID)
	if _, ok := x.s.known[key]; ok || f.guided || f.link == 0 {
		return key
	}
	if x.links == nil {
		x.links, x.titles = x.s.byLink(), map[linkTitle]uint64{}
		for key, k := range x.s.known {
			name := linkTitle{k.link, k.like}
			if old, ok := x.titles[name]; !ok || newer(k, x.s.known[old], key, old) {
				x.titles[name] = key
			}
		}
	}
	if old, ok := x.titles[linkTitle{f.link, f.like}]; ok {
		return old
	}
	if old, ok := x.links[f.link]; ok && !x.noLink {
		return old
	}
	return key
}

// publication is what the items of one visit share.
type publication struct {
	src   Source
	key   []byte    // for pseudonyms
	now   time.Time // when it was seen
	stamp time.Time // for versions, see Deps.Stamp
}

// diff returns what is new, edited and deleted against what is known, and
// remembers it. What left the feed is not deleted: the window has moved on.
func (s *feedState) diff(doc document, pub publication) []item.Item {
	var out []item.Item
	if len(s.known) == 0 {
		out = make([]item.Item, 0, len(doc.found)) // all of it is new
	}
	now := uint32(pub.now.Unix())
	find := finder{s: s, noLink: doc.useless.Links}
	for _, f := range doc.found {
		key := find.key(f)
		k, known := s.known[key]
		content := contentNumber(f.ContentHash)
		same := known && (k.hash == content || k.id == "" && key != xxhash.Sum64String(f.ID))
		k.last, k.link, k.like = now, f.link, f.like
		if same {
			s.known[key] = k
			continue
		}
		if !known {
			k.seen = now
		}
		it := revise(f, k, known && k.hash != 0, pub)
		disguise(&it, pub.key)
		if known && k.id != "" {
			it.ID = k.id
		}
		k.hash, k.version, k.id = content, it.Version, it.ID
		s.known[key] = k
		out = append(out, it)
	}
	out = append(out, s.withdraw(doc.deleted, pub)...)
	s.forget(pub.now)
	return out
}

// revise gives an item its version, and what was kept of its first sight.
func revise(f found, k knownEntry, edit bool, pub publication) item.Item {
	it := f.Item
	it.Version = item.NextVersion(k.version, pub.stamp)
	it.Seen = time.Unix(int64(k.seen), 0).UTC()
	it.Published = publishedAt(f.claim, it.Seen)
	if edit {
		it.Op = item.Update
		if it.Updated == nil {
			at := pub.now.UTC()
			it.Updated = &at
		}
	}
	return it
}

// withdraw deletes what this feed itself had published: a feed cannot delete
// the items of others by naming their ids.
func (s *feedState) withdraw(ids []string, pub publication) []item.Item {
	var out []item.Item
	for _, name := range ids {
		id := xxhash.Sum64String(name)
		k, ok := s.known[id]
		if !ok || k.hash == 0 {
			continue
		}
		it := withdrawn(pub.src, name, item.NextVersion(k.version, pub.stamp), pub.now)
		disguise(&it, pub.key)
		it.ID = cmp.Or(k.id, it.ID)
		k.hash, k.version, k.last = 0, it.Version, uint32(pub.now.Unix())
		s.known[id] = k
		out = append(out, it)
	}
	return out
}

// forget drops what left the feed long ago, and the longest gone where there
// are too many.
func (s *feedState) forget(now time.Time) {
	oldest := uint32(max(0, now.Add(-keepGone).Unix()))
	room := maxIDs
	for id, k := range s.known {
		if k.last < oldest {
			delete(s.known, id)
		}
		room -= len(k.id)
	}
	if len(s.known) <= maxKnown && room >= 0 {
		return
	}
	ids := s.sorted()
	slices.SortStableFunc(ids, func(a, b uint64) int { return cmp.Compare(s.known[b].last, s.known[a].last) })
	for _, id := range ids[min(maxKnown, len(ids)):] {
		delete(s.known, id)
	}
	s.trim(ids[:min(maxKnown, len(ids))])
}

// trim forgets the ids for which there is no room, the longest gone first.
func (s *feedState) trim(keys []uint64) {
	room := maxIDs
	for _, key := range keys {
		k := s.known[key]
		if room -= len(k.id); room < 0 {
			k.id = ""
			s.known[key] = k
		}
	}
}

// contentNumber is the content hash in 8 bytes, never 0.
func contentNumber(hash string) uint64 {
	n, err := strconv.ParseUint(hash, 16, 64)
	if err != nil || n == 0 {
		return 1
	}
	return n
}
