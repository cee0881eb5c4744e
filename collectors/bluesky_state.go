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
	"strconv"
	"time"
)

const (
	// maxFollowed bounds how many posts, and how many authors, are remembered
	// for their deletion: four bytes each, so a cursor stays under 500 KB. The
	// oldest are forgotten first.
	maxFollowed = 60_000
	// recentSpan is how long the exact state of a post is kept, in microseconds
	// of the stream: longer than what is read again after a connection broke.
	recentSpan = 5 * int64(time.Minute/time.Microsecond)
	// settleSpan is how long deletes and closed accounts of everybody are kept
	// in memory, because a server that changes from replay to live may send
	// them before what they delete.
	settleSpan = 2 * int64(time.Minute/time.Microsecond)
)

// skyState is the cursor of a Jetstream: where to go on, and what was
// published from it. Persons are in it as pseudonyms only.
type skyState struct {
	head    skyHead
	recent  map[uint64]skyPost // by skyID
	posts   ages
	authors ages

	goneIDs, goneDIDs map[uint64]int64 // by xxHash64: when it was deleted; not stored
	settled           int64            // goneIDs and goneDIDs were tidied at
}

// skyHead is small and stored as JSON.
type skyHead struct {
	Host    string `json:"host"`    // that Dialect and Seq belong to
	Dialect int    `json:"dialect"` // 1, 2, or 0: not known yet
	Seq     int64  `json:"seq,omitempty"`
	Time    int64  `json:"time_us,omitempty"` // of the newest event, 0: none yet
	Lull    int64  `json:"lull_us,omitempty"` // the longest silence of late
}

// skyPost is what was last published of a post.
type skyPost struct {
	us      int64 // time of the event
	version int64
}

var skyMagic = []byte("VJ1")

// loadSky reads a cursor. What cannot be read is an error: without it deletes
// would be missed.
func loadSky(cursor []byte) (*skyState, error) {
	s := &skyState{
		recent: map[uint64]skyPost{}, posts: ages{}, authors: ages{},
		goneIDs: map[uint64]int64{}, goneDIDs: map[uint64]int64{},
	}
	if len(cursor) == 0 {
		return s, nil
	}
	rest, ok := bytes.CutPrefix(cursor, skyMagic)
	size, n := binary.Uvarint(rest)
	if !ok || n <= 0 || uint64(len(rest)-n) < size {
		return nil, errSkyCursor
	}
	if err := json.Unmarshal(rest[n:n+int(size)], &s.head); err != nil {
		return nil, fmt.Errorf("%w (%w)", errSkyCursor, err)
	}
	rest = rest[n+int(size):]
	if rest, ok = s.readRecent(rest); ok {
		if rest, ok = s.posts.read(rest); ok {
			_, ok = s.authors.read(rest)
		}
	}
	if !ok {
		return nil, errSkyCursor
	}
	return s, nil
}

var errSkyCursor = errors.New("its stored cursor is damaged; delete it to listen from now on")

// encode writes the cursor; the same state gives the same bytes.
func (s *skyState) encode() []byte {
	head, err := json.Marshal(s.head)
	if err != nil {
		panic("collectors: bluesky state: " + err.Error()) // strings and numbers only
	}
	out := make([]byte, 0, 256+len(s.recent)*24+4*(len(s.posts)+len(s.authors)))
	out = append(out, skyMagic...)
	out = binary.AppendUvarint(out, uint64(len(head)))
	out = append(out, head...)
	out = binary.AppendUvarint(out, uint64(len(s.recent)))
	for _, id := range slices.Sorted(maps.Keys(s.recent)) {
		p := s.recent[id]
		out = binary.LittleEndian.AppendUint64(out, id)
		out = binary.LittleEndian.AppendUint64(out, uint64(p.us))
		out = binary.LittleEndian.AppendUint64(out, uint64(p.version))
	}
	return s.authors.append(s.posts.append(out))
}

func (s *skyState) readRecent(b []byte) ([]byte, bool) {
	count, n := binary.Uvarint(b)
	if n <= 0 || uint64(len(b)-n)/24 < count {
		return nil, false
	}
	b = b[n:]
	for ; count > 0; count-- {
		s.recent[binary.LittleEndian.Uint64(b)] = skyPost{
			us: int64(binary.LittleEndian.Uint64(b[8:])), version: int64(binary.LittleEndian.Uint64(b[16:])),
		}
		b = b[24:]
	}
	return b, true
}

// advance moves the place in the stream and notes how long it was silent.
func (s *skyState) advance(us, seq int64) {
	if seq > 0 {
		s.head.Seq = seq
	}
	if us <= s.head.Time {
		return
	}
	if s.head.Time > 0 {
		const fade = 1000 // events in which a silence is forgotten by two thirds
		s.head.Lull = max(us-s.head.Time, s.head.Lull-s.head.Lull/fade)
	}
	s.head.Time = us
}

// tidy forgets what is too old to matter.
func (s *skyState) tidy() {
	for id, p := range s.recent {
		if p.us < s.head.Time-recentSpan {
			delete(s.recent, id)
		}
	}
	s.posts.trim(maxFollowed)
	s.authors.trim(maxFollowed)
}

// settle keeps goneIDs and goneDIDs short.
func (s *skyState) settle() {
	if s.head.Time-s.settled < settleSpan/4 {
		return
	}
	s.settled = s.head.Time
	for _, gone := range []map[uint64]int64{s.goneIDs, s.goneDIDs} {
		maps.DeleteFunc(gone, func(_ uint64, us int64) bool { return us < s.head.Time-settleSpan })
	}
}

// skyID is a pseudonym as a number: 64 bits of its HMAC. The sets of what is
// followed keep 32 of them; that a stranger's delete meets one by chance (some
// 20 times a day on the whole network with full sets) does no harm, because
// it names an id that nobody stored.
func skyID(pseudonym string) uint64 {
	digits := pseudonym[len(pseudonym)-16:]
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		panic("collectors: " + pseudonym + " is no pseudonym")
	}
	return n
}

// ages is a set of short hashes, each with the day when it was last seen.
type ages map[uint32]uint16

func (a ages) has(id uint64) bool           { _, ok := a[uint32(id)]; return ok }
func (a ages) drop(id uint64)               { delete(a, uint32(id)) }
func (a ages) note(id uint64, at time.Time) { a[uint32(id)] = uint16(at.Unix() / 86400) }

// trim forgets the oldest days until at most limit entries are left.
func (a ages) trim(limit int) {
	if len(a) <= limit {
		return
	}
	const spare = 20 // a twentieth is made free, so that this is rare
	for _, id := range a.byDay()[:len(a)-limit+limit/spare] {
		delete(a, id)
	}
}

func (a ages) byDay() []uint32 {
	return slices.SortedFunc(maps.Keys(a), func(x, y uint32) int { return cmp.Or(cmp.Compare(a[x], a[y]), cmp.Compare(x, y)) })
}

// append writes the set day by day: the day, how many, and their hashes.
func (a ages) append(out []byte) []byte {
	ids := a.byDay()
	out = binary.AppendUvarint(out, uint64(len(ids)))
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && a[ids[n]] == a[ids[0]] {
			n++
		}
		out = binary.LittleEndian.AppendUint16(out, a[ids[0]])
		out = binary.AppendUvarint(out, uint64(n))
		for _, id := range ids[:n] {
			out = binary.LittleEndian.AppendUint32(out, id)
		}
		ids = ids[n:]
	}
	return out
}

// read reads what append wrote and returns the rest.
func (a ages) read(b []byte) ([]byte, bool) {
	total, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, false
	}
	for b = b[n:]; total > 0; {
		if len(b) < 2 {
			return nil, false
		}
		day := binary.LittleEndian.Uint16(b)
		count, n := binary.Uvarint(b[2:])
		if n <= 0 || count == 0 || count > total || uint64(len(b)-2-n)/4 < count {
			return nil, false
		}
		b = b[2+n:]
		for range count {
			a[binary.LittleEndian.Uint32(b)] = day
			b = b[4:]
		}
		total -= count
	}
	return b, true
}
