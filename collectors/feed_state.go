package collectors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

const (
	// keepGone is how long an entry that left the feed is remembered, so that
	// it is not taken for new when it comes back.
	keepGone = 30 * 24 * time.Hour
	// maxKnown bounds the memory of one feed: twice what one reading can hold,
	// 32 bytes each, so a cursor stays under 330 KB.
	maxKnown = 2 * maxEntries
	// stableMoves is how often a permanent redirect must be seen to be believed.
	stableMoves = 2
)

// feedState is the cursor of a feed: what makes the next request conditional,
// and what was published from it.
type feedState struct {
	head  feedHead
	known map[uint64]knownEntry // by xxHash64 of the id
}

// feedHead is small and stored as JSON.
type feedHead struct {
	URL          string `json:"url"` // of the configuration that this belongs to
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	Body         uint64 `json:"body,omitempty"`    // hash of the body that was read last
	Address      string `json:"address,omitempty"` // where the feed moved for good
	Moving       string `json:"moving,omitempty"`  // where it seems to move
	Moves        int    `json:"moves,omitempty"`   // how often that was seen in a row
	ByLink       bool   `json:"by_link,omitempty"` // guids are not unique in this feed
	TTL          int    `json:"ttl,omitempty"`     // seconds
	Notice       string `json:"notice,omitempty"`
}

// knownEntry is what was last published of one entry.
type knownEntry struct {
	hash    uint64 // of the content; 0 once it was deleted
	version int64
	seen    uint32 // when we first had it, Unix seconds
	last    uint32 // when it last stood in the feed, Unix seconds
}

const entrySize = 8 + 8 + 8 + 4 + 4

var stateMagic = []byte("VF1")

// loadState reads a cursor. What cannot be read is an error: going on without
// it would publish everything again.
func loadState(cursor []byte, url string) (*feedState, error) {
	s := &feedState{head: feedHead{URL: url}, known: map[uint64]knownEntry{}}
	if len(cursor) == 0 {
		return s, nil
	}
	rest, ok := bytes.CutPrefix(cursor, stateMagic)
	size, n := binary.Uvarint(rest)
	if !ok || n <= 0 || uint64(len(rest)-n) < size {
		return nil, errors.New("its stored cursor is damaged; delete it to read the feed afresh")
	}
	if err := json.Unmarshal(rest[n:n+int(size)], &s.head); err != nil {
		return nil, fmt.Errorf("its stored cursor is damaged (%w); delete it to read the feed afresh", err)
	}
	s.readKnown(rest[n+int(size):])
	if s.head.URL != url {
		s.head = feedHead{URL: url, ByLink: s.head.ByLink} // the configuration has a new address for the same source
	}
	return s, nil
}

func (s *feedState) readKnown(b []byte) {
	for ; len(b) >= entrySize; b = b[entrySize:] {
		s.known[binary.LittleEndian.Uint64(b)] = knownEntry{
			hash:    binary.LittleEndian.Uint64(b[8:]),
			version: int64(binary.LittleEndian.Uint64(b[16:])),
			seen:    binary.LittleEndian.Uint32(b[24:]),
			last:    binary.LittleEndian.Uint32(b[28:]),
		}
	}
}

// encode writes the cursor; the same state gives the same bytes.
func (s *feedState) encode() []byte {
	head, err := json.Marshal(s.head)
	if err != nil {
		panic("collectors: feed state: " + err.Error()) // strings and numbers only
	}
	out := make([]byte, 0, len(stateMagic)+binary.MaxVarintLen64+len(head)+len(s.known)*entrySize)
	out = append(out, stateMagic...)
	out = binary.AppendUvarint(out, uint64(len(head)))
	out = append(out, head...)
	for _, id := range s.sorted() {
		k := s.known[id]
		out = binary.LittleEndian.AppendUint64(out, id)
		out = binary.LittleEndian.AppendUint64(out, k.hash)
		out = binary.LittleEndian.AppendUint64(out, uint64(k.version))
		out = binary.LittleEndian.AppendUint32(out, k.seen)
		out = binary.LittleEndian.AppendUint32(out, k.last)
	}
	return out
}

func (s *feedState) sorted() []uint64 {
	ids := make([]uint64, 0, len(s.known))
	for id := range s.known {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// address is where the feed is to be asked for.
func (s *feedState) address() string { return cmp.Or(s.head.Address, s.head.URL) }

// moved remembers a permanent redirect; the second equal one in a row counts.
func (s *feedState) moved(to string) {
	switch {
	case to == "" || to == s.address():
		s.head.Moving, s.head.Moves = "", 0
	case to == s.head.Moving:
		s.head.Moves++
	default:
		s.head.Moving, s.head.Moves = to, 1
	}
	if s.head.Moves >= stableMoves {
		s.head.Address, s.head.Moving, s.head.Moves = to, "", 0
	}
}

// answered keeps what makes the next request conditional.
func (s *feedState) answered(res *fetch.Response) {
	if res.ETag != "" || !res.NotModified {
		s.head.ETag = res.ETag
	}
	if res.LastModified != "" || !res.NotModified {
		s.head.LastModified = res.LastModified
	}
	if !res.NotModified {
		s.head.Body = res.Hash
	}
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
	now := uint32(pub.now.Unix())
	for _, f := range doc.found {
		id := xxhash.Sum64String(f.ID)
		k, known := s.known[id]
		content := contentNumber(f.ContentHash)
		k.last = now
		if known && k.hash == content {
			s.known[id] = k
			continue
		}
		if !known {
			k.seen = now
		}
		it := revise(f, k, known && k.hash != 0, pub)
		k.hash, k.version = content, it.Version
		s.known[id] = k
		disguise(&it, pub.key)
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
		k.hash, k.version, k.last = 0, it.Version, uint32(pub.now.Unix())
		s.known[id] = k
		disguise(&it, pub.key)
		out = append(out, it)
	}
	return out
}

// forget drops what left the feed long ago, and the longest gone where there
// are too many.
func (s *feedState) forget(now time.Time) {
	oldest := uint32(max(0, now.Add(-keepGone).Unix()))
	for id, k := range s.known {
		if k.last < oldest {
			delete(s.known, id)
		}
	}
	if len(s.known) <= maxKnown {
		return
	}
	ids := s.sorted()
	slices.SortStableFunc(ids, func(a, b uint64) int { return cmp.Compare(s.known[b].last, s.known[a].last) })
	for _, id := range ids[maxKnown:] {
		delete(s.known, id)
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
