package town

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"vantage/collectors"
	"vantage/collectors/item"
)

// skyKey is the key of the town's Jetstream: the posts of a whole network, of
// which few concern anybody here.
const skyKey = "sky"

var skyTags = []string{"localgov", "ukgovcamp"}

const (
	skyCrowd = 40             // accounts
	skyLook  = 36 * time.Hour // how far back it can be replayed, as the real ones
	skyPosts = "app.bsky.feed.post"
	// skyLog bounds the events that are kept.
	skyLog = 20_000
)

// skySmallTalk is what the others say.
var skySmallTalk = []string{
	"Good morning, coffee first.", "The cat sat on the keyboard again.", "Rain until Thursday, they say.",
	"Finished the book at last.", "Soup recipe in the replies.", "That was a long train ride.",
}

// sky is the network behind the Jetstream; the town's lock guards it.
type sky struct {
	rand   *rand.Rand // of its own, so that the rest of the town is the same with and without it
	crowd  []string   // DIDs
	serial int
	posted []skyRecord // that still stand, the oldest first
	log    []skyEvent
	wake   chan struct{} // closed at each event
}

type skyRecord struct{ did, rkey string }

type skyEvent struct {
	us    int64
	frame []byte
}

// openSky lets the accounts in.
func (t *Town) openSky() {
	t.sky = sky{rand: rand.New(rand.NewPCG(t.seed, 0x736B79)), wake: make(chan struct{})}
	for range skyCrowd {
		t.sky.crowd = append(t.sky.crowd, t.sky.newDID())
	}
}

// newDID makes an identifier that nobody has: real ones know no 0, 1, 8 and 9.
func (s *sky) newDID() string {
	return fmt.Sprintf("did:plc:sample0%017d", s.rand.Uint64()%1e17)
}

// blow is one thing that happens on the network: mostly a post, every other
// one about nothing, now and then an edit, a delete, an account that closes
// and takes all its posts along.
func (t *Town) blow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.sky
	switch n := s.rand.IntN(20); {
	case n == 0 && len(s.posted) > 0:
		s.commit(t.now(), "update", pick(s.rand, s.posted), t.skyText("One more word on this: "))
	case n == 1 && len(s.posted) > 0:
		i := s.rand.IntN(len(s.posted))
		s.commit(t.now(), "delete", s.posted[i], "")
		s.posted = slices.Delete(s.posted, i, i+1)
	case n == 2 && s.rand.IntN(3) == 0:
		s.close(t.now(), s.rand.IntN(len(s.crowd)))
	case n < 11:
		s.post(t.now(), pick(s.rand, skySmallTalk))
	default:
		s.post(t.now(), t.skyText(""))
	}
}

// skyText is a short post about what the town talks about; two in three have a
// hashtag, the others can only be found by their words.
func (t *Town) skyText(before string) string {
	r, org := t.sky.rand, pick(t.sky.rand, t.register)
	topic := pick(r, rises).topic
	if r.IntN(2) == 0 {
		topic = pick(r, steady)
	}
	w := &writer{words: t.words, rand: r, subject: t.words.subjects[topic], at: t.now(), used: map[string]bool{}, org: org.Name}
	if len(w.subject.Tools) > 0 {
		w.tool = pick(r, w.subject.Tools)
	}
	text := before + w.say(w.Openers) + " " + Note
	if r.IntN(3) > 0 {
		text += " #" + pick(r, skyTags)
	}
	return text
}

func (s *sky) post(now time.Time, text string) {
	s.serial++
	p := skyRecord{pick(s.rand, s.crowd), fmt.Sprintf("3sample%06d", s.serial)}
	s.posted = append(s.posted, p)
	s.posted = s.posted[max(0, len(s.posted)-skyLog):]
	s.commit(now, "create", p, text)
}

func (s *sky) commit(now time.Time, operation string, p skyRecord, text string) {
	commit := map[string]any{"rev": "3sample" + strconv.Itoa(s.serial), "operation": operation, "collection": skyPosts, "rkey": p.rkey}
	if operation != "delete" {
		commit["record"] = map[string]any{
			"$type": skyPosts, "text": text, "langs": []string{"en"}, "createdAt": now.UTC().Format(time.RFC3339Nano), "facets": tagFacets(text),
		}
	}
	s.tell(now, p.did, "commit", commit)
}

// close switches an account off; somebody else moves in.
func (s *sky) close(now time.Time, i int) {
	did := s.crowd[i]
	s.crowd[i] = s.newDID()
	s.posted = slices.DeleteFunc(s.posted, func(p skyRecord) bool { return p.did == did })
	s.tell(now, did, "account", map[string]any{"active": false, "did": did, "seq": s.serial, "status": "deactivated", "time": now.UTC()})
}

// tell adds an event to the log, in the form of Jetstream's version 1.
func (s *sky) tell(now time.Time, did, kind string, body map[string]any) {
	us := now.UnixMicro()
	if n := len(s.log); n > 0 {
		us = max(us, s.log[n-1].us+1)
	}
	frame, err := json.Marshal(map[string]any{"did": did, "time_us": us, "kind": kind, kind: body})
	if err != nil {
		panic("town: " + err.Error()) // strings and numbers only
	}
	s.log = append(s.log, skyEvent{us, frame})
	s.log = s.log[max(0, len(s.log)-skyLog):]
	close(s.wake)
	s.wake = make(chan struct{})
}

// tagFacets marks the hashtags of a text by their bytes, as apps do.
func tagFacets(text string) []any {
	facets := []any{}
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '#')
		if i < 0 {
			return facets
		}
		from := at + i
		end := from + 1 + len(strings.FieldsFunc(text[from+1:]+" ", func(r rune) bool { return r == ' ' })[0])
		facets = append(facets, map[string]any{
			"index":    map[string]any{"byteStart": from, "byteEnd": end},
			"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#tag", "tag": text[from+1 : end]}},
		})
		at = end
	}
}

// blowOn lets something happen about every pace until ctx ends.
func (t *Town) blowOn(ctx context.Context, pace time.Duration) {
	defer t.done.Done()
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.blow()
		}
	}
}

// answerSky is the Jetstream: it replays from the cursor, silently cut to what
// it still has, and goes on live.
func (t *Town) answerSky(w http.ResponseWriter, r *http.Request) {
	if "http://"+r.Host != t.address[skyKey] {
		http.NotFound(w, r)
		return
	}
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // it has answered
	}
	defer c.CloseNow()
	ctx := c.CloseRead(r.Context())
	cursor, err := strconv.ParseInt(r.URL.Query().Get("cursor"), 10, 64)
	if err != nil {
		cursor = 0
	}
	last := t.skyFrom(cursor)
	for {
		frames, wake := t.skySince(&last)
		for _, f := range frames {
			if c.Write(ctx, websocket.MessageText, f) != nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
	}
}

// skyFrom returns the time after which to begin for a cursor; 0 is live.
func (t *Town) skyFrom(cursor int64) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cursor == 0 && len(t.sky.log) > 0 {
		return t.sky.log[len(t.sky.log)-1].us
	}
	return max(cursor-1, t.now().Add(-skyLook).UnixMicro()-1)
}

// skySince returns what happened after last and moves it.
func (t *Town) skySince(last *int64) (frames [][]byte, wake chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, _ := slices.BinarySearchFunc(t.sky.log, *last+1, func(e skyEvent, us int64) int { return int(min(max(e.us-us, -1), 1)) })
	for _, e := range t.sky.log[i:] {
		frames, *last = append(frames, e.frame), e.us
	}
	return frames, t.sky.wake
}

// skySource is the Jetstream as a configuration would list it.
func (t *Town) skySource() collectors.Source {
	return collectors.Source{
		Key: skyKey, Kind: "bluesky", URL: t.address[skyKey], Tags: skyTags, Query: "councils", Interval: t.interval,
		Name: "#" + strings.Join(skyTags, " #") + " and councils by name on the Sky (sample)", Class: item.Person,
		Publisher: hostName(skyKey), Note: "invented sample data",
	}
}
