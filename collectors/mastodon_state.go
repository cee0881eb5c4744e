package collectors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// maxPosts bounds what is remembered of one source: 60 bytes each, so a
	// cursor stays under 320 KB, as that of a feed does.
	maxPosts = 5000
	// watchFor is how long a post is asked after whether it still stands. It
	// is as long as the text of persons' posts is kept by default.
	watchFor = 30 * 24 * time.Hour
)

// mastodonState is the cursor of a source on a Mastodon server.
type mastodonState struct {
	head  mastodonHead
	posts map[string]knownPost // by the id on the server
}

// mastodonHead is small and stored as JSON.
type mastodonHead struct {
	URL    string         `json:"url"` // of the configuration that this belongs to
	Server mastodonServer `json:"server,omitzero"`
	Lanes  []lane         `json:"lanes,omitempty"`
	Round  int            `json:"round,omitempty"`
	Began  time.Time      `json:"began,omitzero"` // when the round under way began
	Busy   bool           `json:"busy,omitempty"` // it is not done
}

// lane is one timeline that is read: up to four hashtags in one request.
type lane struct {
	Tags  []string `json:"tags"`            // the main one first
	Round int      `json:"round,omitempty"` // in which it was last read up to the newest

	Newest   string    `json:"newest,omitempty"`        // id up to which everything was read
	NewestAt time.Time `json:"newest_at,omitzero"`      // when that post was made
	Read     time.Time `json:"read,omitzero"`           // when there was last nothing newer
	Back     string    `json:"back,omitempty"`          // id before which the walk back goes on; empty: it is done
	BackAt   time.Time `json:"back_at,omitzero"`        // when the oldest post on it was made
	BackTo   time.Time `json:"back_to,omitzero"`        // where it ends
	Lost     time.Time `json:"lost,omitzero"`           // nothing is known after this until the walk back is done
	Sweep    string    `json:"sweep,omitempty"`         // id before which the sweep goes on
	SweepTo  time.Time `json:"sweep_to,omitzero"`       // where it ends; zero: none is under way
	SweepAt  time.Time `json:"sweep_at,omitzero"`       // when it began
	LastHour time.Time `json:"last_hourly,omitzero"`    // sweep over hours that was begun last
	ETag     string    `json:"etag,omitempty"`          // of the RSS feed, where that is read
	Modified string    `json:"last_modified,omitempty"` // as well
	LastDay  time.Time `json:"last_daily,omitzero"`     // and over days
}

// knownPost is what was last published of one post.
type knownPost struct {
	item    string // id of the item
	lane    uint8  // in which it was seen; only a hint
	foreign bool   // its id was made here, because RSS tells none
	late    bool   // its date was not believed: it is published as of seen
	hash    uint64 // of the content; 0 once it was withdrawn
	version int64
	made    uint32 // when it was written, Unix seconds
	seen    uint32 // when we first had it
	last    uint32 // when it was last seen to stand; 0: in doubt
}

var mastodonMagic = []byte("VM1")

// loadMastodon reads a cursor. What cannot be read is an error: going on
// without it would publish everything again.
func loadMastodon(cursor []byte, url string) (*mastodonState, error) {
	s := &mastodonState{head: mastodonHead{URL: url}, posts: map[string]knownPost{}}
	if len(cursor) == 0 {
		return s, nil
	}
	rest, ok := bytes.CutPrefix(cursor, mastodonMagic)
	size, n := binary.Uvarint(rest)
	if !ok || n <= 0 || uint64(len(rest)-n) < size {
		return nil, errDamaged(errors.New("its beginning is not that of a cursor"))
	}
	if err := json.Unmarshal(rest[n:n+int(size)], &s.head); err != nil {
		return nil, errDamaged(err)
	}
	if err := s.readPosts(rest[n+int(size):]); err != nil {
		return nil, errDamaged(err)
	}
	if s.head.URL != url { // another server: its ids mean nothing here
		return &mastodonState{head: mastodonHead{URL: url}, posts: map[string]knownPost{}}, nil
	}
	return s, nil
}

func errDamaged(err error) error {
	return fmt.Errorf("its stored cursor is damaged (%w); delete it to read the source afresh", err)
}

// encode writes the cursor; the same state gives the same bytes.
func (s *mastodonState) encode() []byte {
	head, err := json.Marshal(s.head)
	if err != nil {
		panic("collectors: mastodon state: " + err.Error()) // strings, numbers and times of this program
	}
	out := binary.AppendUvarint(slices.Clone(mastodonMagic), uint64(len(head)))
	out = append(out, head...)
	ids := make([]string, 0, len(s.posts))
	for id := range s.posts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		out = s.posts[id].append(out, id)
	}
	return out
}

const (
	flagLate = 1 << iota
	flagPerson
	flagForeign
)

// append writes one post. The pseudonym that most item ids are is written as
// its 16 bytes.
func (k knownPost) append(out []byte, id string) []byte {
	name, flags := []byte(k.item), byte(0)
	if raw, err := hex.DecodeString(strings.TrimPrefix(k.item, "person:")); err == nil && innerForm.MatchString(k.item) {
		name, flags = raw, flagPerson
	}
	if k.late {
		flags |= flagLate
	}
	if k.foreign {
		flags |= flagForeign
	}
	out = append(out, flags, k.lane, byte(len(id)))
	out = append(out, id...)
	out = binary.AppendUvarint(out, uint64(len(name)))
	out = append(out, name...)
	out = binary.LittleEndian.AppendUint64(out, k.hash)
	out = binary.LittleEndian.AppendUint64(out, uint64(k.version))
	out = binary.LittleEndian.AppendUint32(out, k.made)
	out = binary.LittleEndian.AppendUint32(out, k.seen)
	return binary.LittleEndian.AppendUint32(out, k.last)
}

var errCut = errors.New("it breaks off")

func (s *mastodonState) readPosts(b []byte) error {
	for len(b) > 0 {
		if len(b) < 3 || len(b) < 3+int(b[2]) {
			return errCut
		}
		k := knownPost{lane: b[1], late: b[0]&flagLate != 0, foreign: b[0]&flagForeign != 0}
		person := b[0]&flagPerson != 0
		id := string(b[3 : 3+int(b[2])])
		b = b[3+len(id):]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) || len(b)-n-int(size) < 28 {
			return errCut
		}
		name := b[n : n+int(size)]
		b = b[n+int(size):]
		if k.item = string(name); person {
			k.item = "person:" + hex.EncodeToString(name)
		}
		k.hash, k.version = binary.LittleEndian.Uint64(b), int64(binary.LittleEndian.Uint64(b[8:]))
		k.made, k.seen, k.last = binary.LittleEndian.Uint32(b[16:]), binary.LittleEndian.Uint32(b[20:]), binary.LittleEndian.Uint32(b[24:])
		b = b[28:]
		s.posts[id] = k
	}
	return nil
}

// forget drops what was first seen long ago, and where there is too much: what
// was withdrawn, then what was written first.
func (s *mastodonState) forget(now time.Time) {
	oldest := unix(now.Add(-watchFor))
	for id, k := range s.posts {
		if k.seen < oldest {
			delete(s.posts, id)
		}
	}
	if len(s.posts) <= maxPosts {
		return
	}
	ids := make([]string, 0, len(s.posts))
	for id := range s.posts {
		ids = append(ids, id)
	}
	rank := func(id string) int64 {
		if k := s.posts[id]; k.hash != 0 {
			return int64(k.made)
		}
		return -1
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(rank(b), rank(a)), strings.Compare(a, b)) })
	for _, id := range ids[maxPosts:] {
		delete(s.posts, id)
	}
}

// unix is t in seconds, 0 before 1970.
func unix(t time.Time) uint32 { return uint32(max(0, t.Unix())) }

// lanes brings the lanes in line with the tags that are listened to now.
func (s *mastodonState) lanes(tags []string, width int) {
	var want []lane
	for group := range slices.Chunk(tags, width) {
		i := slices.IndexFunc(s.head.Lanes, func(l lane) bool { return slices.Equal(l.Tags, group) })
		if i >= 0 {
			want = append(want, s.head.Lanes[i])
			continue
		}
		want = append(want, lane{Tags: slices.Clone(group)})
	}
	s.head.Lanes = want
}

// dropForeign forgets what was read as RSS: the server cannot be asked after it.
func (s *mastodonState) dropForeign() {
	for id, k := range s.posts {
		if k.foreign {
			delete(s.posts, id)
		}
	}
}
