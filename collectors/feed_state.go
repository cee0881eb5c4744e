package collectors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vantage/collectors/fetch"
)

const (
	// keepGone is how long an entry that left the feed is remembered, so that
	// it is not taken for new when it comes back.
	keepGone = 30 * 24 * time.Hour
	// maxKnown bounds the memory of one feed: twice what one reading can hold,
	// 45 bytes each and an id while there is room, so a cursor stays under
	// 720 KB; a message of the stream may have 1 MB.
	maxKnown = 2 * maxEntries
	maxIDs   = 256 << 10
	// stableMoves is how often a permanent redirect must be seen to be believed.
	stableMoves = 2
)

// feedState is the cursor of a feed: what makes the next request conditional,
// and what was published from it.
type feedState struct {
	head  feedHead
	known map[uint64]knownEntry // by xxHash64 of the id; nil before remember

	// As they are stored: an unchanged feed needs no more than the head.
	stored  feedHead
	entries []byte
	old     bool // the form of before VF2
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
	useless
	TTL    int    `json:"ttl,omitempty"` // seconds
	Skip   Skip   `json:"skip,omitzero"`
	Newest int64  `json:"newest,omitempty"` // claimed date of the newest entry so far, Unix seconds
	Notice string `json:"notice,omitempty"`
}

// knownEntry is what was last published of one entry.
type knownEntry struct {
	hash    uint64 // of the content; 0 once it was deleted
	version int64
	seen    uint32 // when we first had it, Unix seconds
	last    uint32 // when it last stood in the feed, Unix seconds
	link    uint64 // see linkKey
	like    uint32 // of the title
	id      string // as it was published; "" when there was no room to keep it
}

// The two forms of a cursor: entrySize bytes for each entry, and since VF2
// what finds an entry again under another guid.
const (
	entrySize  = 8 + 8 + 8 + 4 + 4
	entrySize2 = entrySize + 8 + 4
)

var (
	stateMagic1 = []byte("VF1")
	stateMagic  = []byte("VF2")
)

// loadState reads a cursor. What cannot be read is an error: going on without
// it would publish everything again.
func loadState(cursor []byte, url string) (*feedState, error) {
	s, err := loadHead(cursor, url)
	if err != nil {
		return nil, err
	}
	s.remember()
	return s, nil
}

// loadHead is loadState without what is known, which remember reads out of the
// cursor.
func loadHead(cursor []byte, url string) (*feedState, error) {
	s := &feedState{head: feedHead{URL: url}}
	if len(cursor) == 0 {
		s.remember()
		return s, nil
	}
	rest, ok := bytes.CutPrefix(cursor, stateMagic)
	if s.old = !ok; s.old {
		rest, ok = bytes.CutPrefix(cursor, stateMagic1)
	}
	size, n := binary.Uvarint(rest)
	if !ok || n <= 0 || uint64(len(rest)-n) < size {
		return nil, errors.New("its stored cursor is damaged; delete it to read the feed afresh")
	}
	if err := json.Unmarshal(rest[n:n+int(size)], &s.head); err != nil {
		return nil, fmt.Errorf("its stored cursor is damaged (%w); delete it to read the feed afresh", err)
	}
	s.stored, s.entries = s.head, rest[n+int(size):]
	if s.head.URL != url {
		s.head = feedHead{URL: url, useless: s.head.useless} // the configuration has a new address for the same source
	}
	return s, nil
}

// remember reads what is known. It may be called again.
func (s *feedState) remember() {
	if s.known == nil {
		s.known = make(map[uint64]knownEntry, len(s.entries)/(2*entrySize))
		s.readKnown(s.entries)
	}
}

// stands reports that the stored cursor still says it all.
func (s *feedState) stands() bool { return s.known == nil && !s.old && s.head == s.stored }

func (s *feedState) readKnown(b []byte) {
	for len(b) >= entrySize {
		key := binary.LittleEndian.Uint64(b)
		k := knownEntry{
			hash:    binary.LittleEndian.Uint64(b[8:]),
			version: int64(binary.LittleEndian.Uint64(b[16:])),
			seen:    binary.LittleEndian.Uint32(b[24:]),
			last:    binary.LittleEndian.Uint32(b[28:]),
		}
		b = b[entrySize:]
		if !s.old && !k.readMore(&b) {
			return
		}
		s.known[key] = k
	}
}

// readMore reads what VF2 added; false when b ends inside.
func (k *knownEntry) readMore(b *[]byte) bool {
	const more = entrySize2 - entrySize
	if len(*b) <= more {
		return false
	}
	k.link, k.like = binary.LittleEndian.Uint64(*b), binary.LittleEndian.Uint32((*b)[8:])
	size, n := binary.Uvarint((*b)[more:])
	rest := (*b)[more+max(n, 0):]
	if n <= 0 || uint64(len(rest)) < size {
		return false
	}
	k.id, *b = string(rest[:size]), rest[size:]
	return true
}

// encode writes the cursor; the same state gives the same bytes.
func (s *feedState) encode() []byte {
	s.remember()
	head, err := json.Marshal(s.head)
	if err != nil {
		panic("collectors: feed state: " + err.Error()) // strings and numbers only
	}
	out := make([]byte, 0, len(stateMagic)+binary.MaxVarintLen64+len(head)+len(s.known)*(entrySize2+48))
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
		out = binary.LittleEndian.AppendUint64(out, k.link)
		out = binary.LittleEndian.AppendUint32(out, k.like)
		out = binary.AppendUvarint(out, uint64(len(k.id)))
		out = append(out, k.id...)
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
