package collectors

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"vantage/collectors/item"
)

// trained makes a dictionary out of what events look like.
func trained(t testing.TB, id uint32) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	event := func() []byte {
		words := []string{"bins", "rain", "council", "today", "river", "meeting", "vote", "bread", "garden", "light"}
		var text []string
		for range 5 + r.IntN(20) {
			text = append(text, words[r.IntN(len(words))], strconv.FormatUint(r.Uint64()>>r.IntN(60), 36))
		}
		return []byte(frameV2(anna, "commit", int64(r.IntN(1e9)), today, map[string]any{
			"operation": "create", "collection": postCollection, "rkey": strconv.FormatUint(r.Uint64(), 32), "rev": strconv.FormatUint(r.Uint64(), 32),
			"record": map[string]any{"text": strings.Join(text, " "), "createdAt": today, "langs": []string{"en"}},
		}))
	}
	var samples [][]byte
	var history []byte
	for range 60 {
		samples, history = append(samples, event()), append(history, event()...)
	}
	d, err := zstd.BuildDict(zstd.BuildDictOptions{ID: id, Contents: samples, History: history, Offsets: [3]int{1, 4, 8}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestStreamIsPackedWhereTheServerHasADictionary(t *testing.T) {
	w, p := newWorld(t), newJetPeer(t, 2)
	p.dictionary = trained(t, 7)
	src := w.listen(p)
	p.says(anna, "1", "One #localgov")
	w.holds("One #localgov")
	if asked := p.asked[len(p.asked)-1]; !strings.Contains(asked, "zstdDictionary=7") {
		t.Errorf("asked %s", asked)
	}
	w.settled(p, src)
	p.locked(func() { p.dictionary = trained(t, 8) }) // it was trained anew
	p.locked(func() { p.kicks++ })
	p.says(anna, "2", "Two #localgov")
	w.holds("One #localgov,Two #localgov")
	if asked := p.asked[len(p.asked)-1]; !strings.Contains(asked, "zstdDictionary=8") {
		t.Errorf("asked %s", asked)
	}
}

func TestStreamRemembersWhatItsServerSpeaks(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		w.settled(p, src)
		before := p.requests()
		w.listen(p)
		if asked := p.requests() - before; asked != 1 {
			t.Errorf("%d subscriptions after a restart, want 1", asked)
		}
		if s := w.skyCursor(src); s.head.Dialect != p.dialect {
			t.Errorf("version %d is remembered, want %d", s.head.Dialect, p.dialect)
		}
		q, _ := url.ParseQuery(p.asked[len(p.asked)-1])
		at := fmt.Sprint(p.log[len(p.log)-1].seq)
		if p.dialect == 1 {
			at = fmt.Sprint(p.clock.Add(-time.Minute).UnixMicro())
		}
		if q.Get("cursor") != at {
			t.Errorf("cursor %s, want %s", q.Get("cursor"), at)
		}
	})
}

// TestStreamMovesToAnotherServer: numbers mean nothing elsewhere, times do.
func TestStreamMovesToAnotherServer(t *testing.T) {
	for from := 1; from <= 2; from++ {
		w, p := newWorld(t), newJetPeer(t, from)
		src := w.listen(p)
		p.says(anna, "1", "One #localgov")
		w.settled(p, src)
		w.end()
		q := newJetPeer(t, 3-from)
		q.log, q.clock = p.log, p.clock
		q.says(anna, "2", "Two #localgov")
		q.removes(anna, "1")
		moved := q.source()
		moved.Key = src.Key
		w.begin(moved)
		w.holds("Two #localgov")
		if w.events(item.Create) != 2 || w.events(item.Gap) != 0 {
			t.Errorf("from version %d: %d posts, %d gaps, want 2 and 0", from, w.events(item.Create), w.events(item.Gap))
		}
		w.end()
	}
}

func TestStreamWhoseServerCountsAnewIsFoundByTime(t *testing.T) {
	w, p := newWorld(t), newJetPeer(t, 2)
	src := w.listen(p)
	p.says(anna, "1", "One #localgov")
	p.bustles(30)
	w.settled(p, src)
	w.end()
	p.locked(func() { // restored elsewhere: the same events under other numbers
		for i := range p.log {
			p.log[i].seq -= 900
			p.log[i].v2 = strings.Replace(p.log[i].v2, fmt.Sprintf(`"seq":%d`, p.log[i].seq+900), fmt.Sprintf(`"seq":%d`, p.log[i].seq), 1)
		}
	})
	body := map[string]any{"operation": "create", "collection": postCollection, "rkey": "2", "record": p.record("Two, while nobody listened #localgov")}
	p.locked(func() {
		p.clock = p.clock.Add(time.Second)
		p.log = append(p.log, jetEntry{us: p.clock.UnixMicro(), seq: 131, v2: frameV2(anna, "commit", 131, p.clock, body)})
	})
	w.listen(p)
	w.holds("One #localgov,Two, while nobody listened #localgov")
}

func TestStreamSaysWhyTheServerEndedIt(t *testing.T) {
	w, p := newWorld(t), newJetPeer(t, 2)
	p.locked(func() { p.last = "ConsumerTooSlow" })
	src := p.source()
	p.says(anna, "0", "Before")
	w.begin(src)
	s := w.until(src, func(s Status) bool { return s.Failures > 0 })
	if !strings.Contains(s.Error, "we read too slowly") {
		t.Errorf("status %+v", s)
	}
	p.locked(func() { p.last = "" })
	w.listen(p)
	p.says(anna, "1", "One #localgov")
	w.holds("One #localgov")
}

func TestDeadServerIsLeft(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		p.dead = true
		src := p.source()
		w.begin(src)
		s := w.until(src, func(s Status) bool { return s.Failures > 0 })
		if !strings.Contains(s.Error, "no sign of life") {
			t.Errorf("status %+v", s)
		}
	})
}

func TestSilentServerIsKept(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		time.Sleep(time.Second) // five times the pace of pings
		if s := w.status(src); !s.Following || s.Failures != 0 || p.requests() != 1 {
			t.Errorf("%d subscriptions, status %+v", p.requests(), s)
		}
	})
}

// TestSlowSinkHoldsTheStream: what is not published yet stays with the server,
// and the server is not taken for dead meanwhile.
func TestSlowSinkHoldsTheStream(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		w.sink.mu.Lock()
		const posts = 3 * skyBatch
		for i := range posts {
			p.says(anna, fmt.Sprint(i), "One more #localgov")
		}
		time.Sleep(time.Second)
		w.sink.mu.Unlock()
		w.waitFor("the rest", func() bool { return w.events(item.Create) == posts })
		if s := w.status(src); s.Failures != 0 || p.requests() != 1 {
			t.Errorf("%d subscriptions, status %+v", p.requests(), s)
		}
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		if len(w.sink.puts) != posts {
			t.Errorf("%d items for %d posts", len(w.sink.puts), posts)
		}
	})
}

func TestUnreadableFramesAreLeftOut(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		deep := strings.Repeat(`{"a":`, 100_000)
		for i, frame := range []string{
			"", "null", "[]", "{", `{"did":1}`, "\x00\xff", deep, `{"kind":"commit"}`, `{"did":"did:plc:x","time_us":"soon","kind":"commit","commit":{}}`,
			`{"did":"did:plc:../../x","time_us":1,"kind":"commit","commit":{"rkey":"a/b","collection":"app.bsky.feed.post"}}`,
			`{"$type":"message"}`, `{"$type":"message","payload":7}`, `{"$type":"news","payload":{}}`,
		} {
			p.locked(func() { p.log = append(p.log, jetEntry{us: int64(i), seq: int64(i), v1: frame, v2: frame}) })
		}
		p.commit(anna, "create", "0", map[string]any{"text": 7, "facets": "none"})
		p.says(anna, "1", "One #localgov")
		w.holds("One #localgov")
		if s := w.status(src); s.Failures != 0 {
			t.Errorf("status %+v", s)
		}
		for range skyGarbage {
			p.locked(func() { p.log = append(p.log, jetEntry{v1: "<html>", v2: "<html>"}) })
		}
		w.until(src, func(s Status) bool { return strings.Contains(s.Error, "not a Jetstream") })
	})
}

func TestFrameOverTheLimitSaysSo(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		src := w.listen(p)
		big := strings.Repeat("x", 2<<20)
		p.locked(func() { p.log = append(p.log, jetEntry{v1: big, v2: big}) })
		w.until(src, func(s Status) bool { return strings.Contains(s.Error, "frames of more than 1 MiB") })
	})
}

// TestPackedBombIsNoEvent: a small frame that unpacks to much is left out
// without being unpacked.
func TestPackedBombIsNoEvent(t *testing.T) {
	d := trained(t, 7)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderDict(d))
	if err != nil {
		t.Fatal(err)
	}
	bomb := z.EncodeAll(make([]byte, 16<<20), nil)
	if len(bomb) > jetFrame {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	u, err := newUnpacker(d)
	if err != nil {
		t.Fatal(err)
	}
	f := skyFollow{conn: &jetConn{unpack: u}}
	before := allocatedBytes()
	if plain, ok := f.unpack(2, bomb); ok {
		t.Errorf("%d bytes came out", len(plain))
	}
	if grown := allocatedBytes() - before; grown > 8<<20 {
		t.Errorf("%d MiB were allocated", grown>>20)
	}
}

// TestStreamThatReordersAtItsSeam: where replay meets live, version 1 may send
// a delete before the post, and a closed account before its posts.
func TestStreamThatReordersAtItsSeam(t *testing.T) {
	w, p := newWorld(t), newJetPeer(t, 1)
	src := w.listen(p)
	p.says(anna, "1", "One #localgov")
	p.says(ben, "2", "Two #localgov")
	p.edits(anna, "3", "Three, edited #localgov")
	p.says(anna, "5", "Five #localgov")
	p.locked(func() { // the same connection gets what happened earlier only now
		early := func(did, kind string, before time.Duration, body map[string]any) {
			us := p.clock.Add(-before).UnixMicro()
			p.log = append(p.log, jetEntry{us: us, v1: frameV1(did, kind, us, body)})
		}
		commit := func(operation, rkey, text string) map[string]any {
			return map[string]any{"operation": operation, "collection": postCollection, "rkey": rkey, "record": map[string]any{"text": text}}
		}
		early(anna, "commit", 10*time.Second, commit("delete", "4", ""))
		early(anna, "commit", 20*time.Second, commit("create", "4", "Four #localgov"))
		early(anna, "commit", 20*time.Second, commit("create", "3", "Three #localgov"))
		early(ben, "account", 10*time.Second, map[string]any{"active": false, "status": "deleted"})
		early(ben, "commit", 20*time.Second, commit("create", "6", "Six #localgov"))
		early("did:plc:carol", "account", 10*time.Second, map[string]any{"active": false, "status": "deleted"})
		early("did:plc:carol", "commit", 20*time.Second, commit("create", "7", "Seven #localgov"))
	})
	p.says(anna, "8", "Eight #localgov")
	w.settled(p, src)
	w.holds("Eight #localgov,Five #localgov,One #localgov,Three, edited #localgov,Two #localgov")
}

// TestStreamKilledAgainAndAgain: whatever happens between, the store holds in
// the end what the network holds, and no message came twice.
func TestStreamKilledAgainAndAgain(t *testing.T) {
	everyDialect(t, func(t *testing.T, w *world, p *jetPeer) {
		r := rand.New(rand.NewPCG(1, uint64(p.dialect)))
		want, posts := map[string]string{}, 0
		var src Source
		for round := range 12 {
			p.locked(func() { p.cut = 60 + r.IntN(200) })
			src = p.source()
			w.begin(src)
			if round == 0 {
				src = w.listen(p)
				p.bustles(1)
				w.settled(p, src) // before its first cursor a stream has no past
			}
			for range 60 {
				posts++
				key, text := fmt.Sprint(posts), fmt.Sprintf("Post %d #localgov", posts)
				switch old := fmt.Sprint(1 + r.IntN(posts)); {
				case r.IntN(4) > 0 || want[old] == "":
					p.says(anna, key, text)
					want[key] = text
				case r.IntN(2) == 0:
					p.edits(anna, old, text)
					want[old] = text
				default:
					p.removes(anna, old)
					delete(want, old)
				}
			}
			switch r.IntN(3) {
			case 0:
				w.store.losing("cursor.")
			case 1:
				w.sink.breakDown(errors.New("the stream is full"))
			}
			time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
			w.end()
			w.store.losing("")
			w.sink.breakDown(nil)
		}
		p.locked(func() { p.cut = 0 })
		w.begin(src)
		var texts []string
		for _, s := range want {
			texts = append(texts, s)
		}
		slices.Sort(texts)
		w.holds(strings.Join(texts, ","))
	})
}

func allocatedBytes() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func FuzzReadJet(f *testing.F) {
	f.Add([]byte(frameV1(anna, "commit", 1, map[string]any{"operation": "create", "collection": postCollection, "rkey": "1", "record": map[string]any{"text": "a \"b\" #c"}})))
	f.Add([]byte(frameV2(anna, "account", 1, today, map[string]any{"active": false, "status": "deleted"})))
	f.Add([]byte(`{"$type":"error","error":"x"}`))
	f.Add([]byte(`{"a":"\\\"","b":[{}],"c":1e5 }`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var e jetEvent
		var p skyProbe
		if readJet(frame, &e) && e.record != nil {
			p.read(e.record)
			if r, ok := decodeSky(e.record); ok {
				r.words()
				r.links()
				r.hashtags()
			}
		}
	})
}
