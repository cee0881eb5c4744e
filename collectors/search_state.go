package collectors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
)

const (
	// maxSearchPosts bounds the memory of one search: 36 bytes each, so a cursor
	// stays under 400 KB. Of what is forgotten an edit is published as a new
	// post, which moves the one in the table to the date of the edit.
	maxSearchPosts = 10_000
	// maxParts bounds the parts that a stretch is split into at once.
	maxParts = 16
	// fewHits is the number of results up to which a stretch is asked for again
	// as a whole.
	fewHits = 50
	// sinceDrift is how far such a stretch may reach behind the horizon before
	// it is cut to the overlap. What lies there is skipped.
	sinceDrift = 30 * oneDay
	postSize   = 8 + 8 + 8 + 4 + 4 + 4
)

var searchMagic = []byte("VS1")

// searchState is the cursor of a search.
type searchState struct {
	searchHead
	known map[uint64]searchPost // by xxHash64 of the id
}

// searchHead is small and stored as JSON.
type searchHead struct {
	URL      string               `json:"url"`               // of the configuration that this belongs to
	Owner    string               `json:"owner,omitempty"`   // see searchKind.keep
	Through  time.Time            `json:"through,omitzero"`  // everything up to here was read
	Since    time.Time            `json:"since,omitzero"`    // where the last whole answer began, if it was short
	Todo     []stretch            `json:"todo,omitempty"`    // stretches still to be read, the newest first
	Asked    string               `json:"asked,omitempty"`   // address of the last answer that was whole
	ETag     string               `json:"etag,omitempty"`    // of it
	Body     uint64               `json:"body,omitempty"`    // hash of it
	Budget   searchBudget         `json:"budget,omitzero"`   // of requests
	Recent   map[uint64]recentHit `json:"recent,omitempty"`  // posts of the overlap, which may be withdrawn
	Suspects []uint64             `json:"suspect,omitempty"` // of these: gone from their stretch
}

// recentHit is what is needed to look a post up and to withdraw it.
type recentHit struct {
	ID  string `json:"id"` // as it was published
	Ref string `json:"ref"`
}

// searchPost is what was last published of one post.
type searchPost struct {
	hash    uint64 // of the content; 0 once it was deleted
	version int64
	claim   uint32 // when it says it was published, when we first had it; Unix seconds
	seen    uint32 // when we first had it
	at      uint32 // by which the API orders it
}

// loadSearch reads a cursor. What cannot be read is an error: going on without
// it would publish everything again.
func loadSearch(cursor []byte, url string) (*searchState, error) {
	s := &searchState{searchHead: searchHead{URL: url}, known: map[uint64]searchPost{}}
	if len(cursor) > 0 {
		rest, ok := bytes.CutPrefix(cursor, searchMagic)
		size, n := binary.Uvarint(rest)
		if !ok || n <= 0 || uint64(len(rest)-n) < size {
			return nil, errors.New("its stored cursor is damaged; delete it to read the source afresh")
		}
		if err := json.Unmarshal(rest[n:n+int(size)], &s.searchHead); err != nil {
			return nil, fmt.Errorf("its stored cursor is damaged (%w); delete it to read the source afresh", err)
		}
		s.readKnown(rest[n+int(size):])
	}
	if s.URL != url { // another search under the same key: what is known stays known
		s.searchHead = searchHead{URL: url, Budget: s.Budget}
	}
	if s.Recent == nil {
		s.Recent = map[uint64]recentHit{}
	}
	return s, nil
}

func (s *searchState) readKnown(b []byte) {
	le := binary.LittleEndian
	for ; len(b) >= postSize; b = b[postSize:] {
		s.known[le.Uint64(b)] = searchPost{
			hash: le.Uint64(b[8:]), version: int64(le.Uint64(b[16:])),
			claim: le.Uint32(b[24:]), seen: le.Uint32(b[28:]), at: le.Uint32(b[32:]),
		}
	}
}

// encode writes the cursor; the same state gives the same bytes.
func (s *searchState) encode() []byte {
	head, err := json.Marshal(s.searchHead)
	if err != nil {
		panic("collectors: search state: " + err.Error()) // strings, numbers and times only
	}
	le := binary.LittleEndian
	out := append(slices.Clone(searchMagic), binary.AppendUvarint(nil, uint64(len(head)))...)
	out = slices.Grow(append(out, head...), len(s.known)*postSize)
	for _, id := range slices.Sorted(maps.Keys(s.known)) {
		k := s.known[id]
		out = le.AppendUint64(out, id)
		out = le.AppendUint64(out, k.hash)
		out = le.AppendUint64(out, uint64(k.version))
		out = le.AppendUint32(out, k.claim)
		out = le.AppendUint32(out, k.seen)
		out = le.AppendUint32(out, k.at)
	}
	return out
}

// diff returns what is new and edited against what is known, and remembers it.
func (s *searchState) diff(v *searchVisit, results []searchHit) []item.Item {
	var out []item.Item
	for _, r := range results {
		if r.at.Before(v.now.Add(-v.horizon - oneDay)) {
			continue // a list goes back for years
		}
		id := xxhash.Sum64String(r.ID)
		k, known := s.known[id]
		if !known {
			k.seen, k.claim = unixSeconds(v.now), unixSeconds(r.claim)
		}
		r.ContentHash = contentHash(r.found)
		content, edited := contentNumber(r.ContentHash), known && k.hash != 0
		it := r.hidden(v.deps.Key)
		if !edited || k.hash != content {
			reviseHit(&it, k, edited, v)
			k.version = it.Version
			out = append(out, it)
		}
		k.hash, k.at = content, unixSeconds(r.at)
		s.known[id] = k
		s.clear(id)
		if !r.at.Before(v.now.Add(-v.overlap - oneDay)) {
			s.Recent[id] = recentHit{ID: it.ID, Ref: r.ref}
		}
	}
	return out
}

// hidden is the item without what names a person.
func (r searchHit) hidden(key []byte) item.Item {
	it := r.Item
	if r.author != "" {
		it.Class, it.Publisher = item.Person, r.author
		disguise(&it, key)
	}
	return it
}

// reviseHit gives an item its version and the dates that were kept of its
// first sight: an edit that moves the API's own date does not move the post.
func reviseHit(it *item.Item, k searchPost, edit bool, v *searchVisit) {
	it.Version = item.NextVersion(k.version, v.deps.Stamp())
	it.Seen = time.Unix(int64(k.seen), 0).UTC()
	it.Published = publishedAt(time.Unix(int64(k.claim), 0), it.Seen)
	if !edit {
		return
	}
	it.Op = item.Update
	if it.Updated == nil {
		it.Updated = &v.now
	}
}

// suspect notes the recent posts that should stand in an answer and do not.
func (s *searchState) suspect(at stretch, r searchAnswer) {
	from := at.From
	if r.more && len(r.results) > 0 {
		from = r.results[len(r.results)-1].at.Add(time.Second) // a list is whole down to its last
	}
	here := make(map[uint64]bool, len(r.results))
	for _, one := range r.results {
		here[xxhash.Sum64String(one.ID)] = true
	}
	for _, id := range slices.Sorted(maps.Keys(s.Recent)) {
		posted := time.Unix(int64(s.known[id].at), 0)
		inside := !posted.Before(from) && (at.open() || posted.Before(at.To))
		if inside && at.Page == 0 && !here[id] && !slices.Contains(s.Suspects, id) {
			s.Suspects = append(s.Suspects, id)
		}
	}
}

// withdraw makes the delete of a recent post.
func (s *searchState) withdraw(v *searchVisit, id uint64) item.Item {
	k := s.known[id]
	it := withdrawn(v.src, s.Recent[id].ID, item.NextVersion(k.version, v.deps.Stamp()), v.now)
	k.hash, k.version = 0, it.Version
	s.known[id] = k
	return it
}

// clear ends the suspicion of a post. It is looked up again only once it was
// seen again.
func (s *searchState) clear(id uint64) {
	s.Suspects = slices.DeleteFunc(s.Suspects, func(other uint64) bool { return other == id })
	delete(s.Recent, id)
}

// forget drops what is older than what is read again, and the oldest where
// there are too many.
func (s *searchState) forget(k *searchKind, now time.Time) {
	recent := unixSeconds(now.Add(-k.overlap - oneDay))
	for id := range s.Recent {
		if s.known[id].at < recent && !slices.Contains(s.Suspects, id) {
			delete(s.Recent, id)
		}
	}
	oldest := unixSeconds(now.Add(-k.horizon - oneDay))
	maps.DeleteFunc(s.known, func(id uint64, p searchPost) bool { return p.at < oldest })
	if len(s.known) <= maxSearchPosts {
		return
	}
	ids := slices.Sorted(maps.Keys(s.known))
	slices.SortStableFunc(ids, func(a, b uint64) int { return cmp.Compare(s.known[b].at, s.known[a].at) })
	for _, id := range ids[maxSearchPosts:] {
		delete(s.known, id)
		s.clear(id)
	}
}

// seconds are Unix seconds; what lies outside 1970 to 2106 is cut.
func unixSeconds(t time.Time) uint32 { return uint32(min(max(0, t.Unix()), 1<<32-1)) }
