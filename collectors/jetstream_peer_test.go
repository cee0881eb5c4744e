package collectors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/zstd"
)

// followed are the kinds that are streams: they go through the cases of the
// suite in tests of their own, because nobody visits them.
var followed = []string{"bluesky"}

func init() { // streams of tests are in a hurry
	k := kinds["bluesky"]
	k.New = func(d Deps) Collector {
		b := newBluesky(d).(*bluesky)
		b.flush, b.save, b.ping = 5*time.Millisecond, 10*time.Millisecond, 200*time.Millisecond
		return b
	}
	kinds["bluesky"] = k
}

// jetPeer is a Jetstream on loopback, of version 1 or 2, that keeps what
// happened and replays it, with the ways in which real ones fail.
type jetPeer struct {
	t       *testing.T
	server  *httptest.Server
	dialect int
	// dictionary packs the frames of version 2.
	dictionary []byte

	mu       sync.Mutex
	wake     chan struct{} // closed at each change
	log      []jetEntry
	clock    time.Time // of the next event
	oldest   int64     // version 1: replay begins here without a word; version 2: an error
	failing  http.HandlerFunc
	cut      int    // connections are dropped after so many frames; 0: never
	dead     bool   // accepts, then neither sends nor answers
	last     string // version 2: an error that ends each stream once all is sent
	kicks    int    // at each, the connections that are open are dropped
	asked    []string
	open     int
	restarts int
}

type jetEntry struct {
	us, seq int64
	v1, v2  string
}

func newJetPeer(t *testing.T, dialect int) *jetPeer {
	p := &jetPeer{t: t, dialect: dialect, wake: make(chan struct{}), clock: today.Add(-time.Hour)}
	p.server = httptest.NewServer(p)
	t.Cleanup(func() { p.server.CloseClientConnections(); p.server.Close() })
	return p
}

// source listens for #localgov as fast as a test wants.
func (p *jetPeer) source() Source {
	return Source{Kind: "bluesky", URL: strings.Replace(p.server.URL, "http://", "ws://", 1), Tags: []string{"LocalGov"}, Interval: 50 * time.Millisecond}.Complete()
}

func (p *jetPeer) locked(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.wake)
	p.wake = make(chan struct{})
}

func (p *jetPeer) fail(h http.HandlerFunc) { p.locked(func() { p.failing = h }) }
func (p *jetPeer) requests() (n int)       { p.locked(func() { n = len(p.asked) }); return n }

// happen adds an event a second after the last one: body holds the members of
// version 1 without did and time, of which those of version 2 follow.
func (p *jetPeer) happen(did, kind string, body map[string]any) {
	p.locked(func() {
		p.clock = p.clock.Add(time.Second)
		us, seq := p.clock.UnixMicro(), int64(1000+len(p.log))
		p.log = append(p.log, jetEntry{us: us, seq: seq, v1: frameV1(did, kind, us, body), v2: frameV2(did, kind, seq, p.clock, body)})
	})
}

func frameV1(did, kind string, us int64, body map[string]any) string {
	return mustJSON(map[string]any{"did": did, "time_us": us, "kind": kind, kind: body})
}

func frameV2(did, kind string, seq int64, at time.Time, body map[string]any) string {
	payload := map[string]any{
		"$type": "network.bsky.jetstream.subscribeEvents#" + kind, "did": did, "seq": seq,
		"time": at.UTC().Format("2006-01-02T15:04:05.000000Z"),
	}
	if kind == "commit" {
		for k, v := range body {
			payload[k] = v
		}
	} else {
		payload[kind] = body
	}
	return mustJSON(map[string]any{"$type": "message", "payload": payload})
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

const anna, ben = "did:plc:annaaaaaaaaaaaaaaaaaaaaa", "did:plc:bennnnnnnnnnnnnnnnnnnnnn"

func (p *jetPeer) commit(did, operation, rkey string, record map[string]any) {
	body := map[string]any{"rev": "3l3qo2vutsw2b", "operation": operation, "collection": postCollection, "rkey": rkey}
	if record != nil {
		body["record"], body["cid"] = record, "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4"
	}
	p.happen(did, "commit", body)
}

// says posts text with its hashtags as facets, as the app does.
func (p *jetPeer) says(did, rkey, text string) { p.commit(did, "create", rkey, p.record(text)) }

func (p *jetPeer) edits(did, rkey, text string) { p.commit(did, "update", rkey, p.record(text)) }

func (p *jetPeer) removes(did, rkey string) { p.commit(did, "delete", rkey, nil) }

func (p *jetPeer) closes(did, status string) {
	p.happen(did, "account", map[string]any{"active": false, "did": did, "seq": 1, "status": status, "time": "2026-11-21T12:00:00Z"})
}

// bustles lets others say things that concern nobody, one a second.
func (p *jetPeer) bustles(n int) {
	for i := range n {
		if i%4 == 3 {
			p.happen(ben, "identity", map[string]any{"did": ben, "seq": i})
			continue
		}
		p.says(ben, fmt.Sprintf("noise%d-%d", p.requests(), i), "Nothing of note today")
	}
}

func (p *jetPeer) record(text string) map[string]any {
	r := map[string]any{"$type": postCollection, "text": text, "langs": []string{"en"}}
	p.locked(func() { r["createdAt"] = p.clock.Format(time.RFC3339Nano) })
	var facets []any
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '#')
		if i < 0 {
			break
		}
		end := at + i + 1
		for end < len(text) && text[end] != ' ' {
			end++
		}
		facets = append(facets, map[string]any{
			"index":    map[string]any{"byteStart": at + i, "byteEnd": end},
			"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#tag", "tag": text[at+i+1 : end]}},
		})
		at = end
	}
	if facets != nil {
		r["facets"] = facets
	}
	return r
}

func (p *jetPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	failing := p.failing
	if r.URL.Path == p.path() {
		p.asked = append(p.asked, r.URL.RawQuery)
	}
	p.mu.Unlock()
	switch {
	case failing != nil:
		failing(w, r)
	case p.dialect == 2 && r.URL.Path == jetDictionaryPath && p.dictionary != nil:
		w.Write(p.dictionary)
	case r.URL.Path != p.path():
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
	case r.UserAgent() == "" || !strings.HasPrefix(r.UserAgent(), "Vantage/"):
		http.Error(w, "who are you?", http.StatusForbidden)
	default:
		p.subscribe(w, r)
	}
}

func (p *jetPeer) path() string {
	if p.dialect == 2 {
		return jetPathV2
	}
	return jetPathV1
}

// xrpcError is how version 2 refuses.
func xrpcError(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"error":%q,"message":"in the words of the server"}`, name)
}

func (p *jetPeer) subscribe(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	known := map[int]string{1: "wantedCollections wantedDids maxMessageSizeBytes cursor compress requireHello", 2: "collections kinds dids maxMessageSizeBytes cursor zstdDictionary"}
	for name := range q {
		if !strings.Contains(" "+known[p.dialect]+" ", " "+name+" ") {
			xrpcError(w, "InvalidRequest")
			return
		}
	}
	if id := q.Get("zstdDictionary"); id != "" && (p.dictionary == nil || id != fmt.Sprint(readDictionary(p.dictionary).id)) {
		xrpcError(w, "UnknownZstdDictionary")
		return
	}
	cursor, _ := strconv.ParseInt(q.Get("cursor"), 10, 64)
	next, info, refusal := p.place(cursor)
	if refusal != "" {
		xrpcError(w, refusal)
		return
	}
	options := &websocket.AcceptOptions{}
	if p.dialect == 2 {
		options.Subprotocols = []string{jetProtocolV2}
	}
	c, err := websocket.Accept(w, r, options)
	if err != nil {
		return
	}
	defer c.CloseNow()
	if p.dead {
		<-p.t.Context().Done()
		return
	}
	p.send(c, r, next, info, q.Get("zstdDictionary") != "")
}

// place finds where to begin, as the servers do.
func (p *jetPeer) place(cursor int64) (next int, info, refusal string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	byTime := cursor >= 1e15
	if p.dialect == 2 && cursor > 0 && !byTime {
		switch {
		case len(p.log) > 0 && cursor > p.log[len(p.log)-1].seq+1:
			return len(p.log), "FutureCursor", ""
		case cursor < p.firstSeq():
			return 0, "", "CursorTooOld"
		}
	}
	for i, e := range p.log {
		if cursor > 0 && (byTime && e.us >= cursor || !byTime && e.seq >= cursor) && e.us >= p.oldest {
			return i, "", ""
		}
	}
	return len(p.log), "", ""
}

func (p *jetPeer) firstSeq() int64 {
	for _, e := range p.log {
		if e.us >= p.oldest {
			return e.seq
		}
	}
	return 0
}

func (p *jetPeer) send(c *websocket.Conn, r *http.Request, next int, info string, packed bool) {
	ctx := c.CloseRead(r.Context())
	p.locked(func() { p.open++ })
	defer p.locked(func() { p.open-- })
	write := func(frame string) error {
		if !packed {
			return c.Write(ctx, websocket.MessageText, []byte(frame))
		}
		z, err := zstd.NewWriter(nil, zstd.WithEncoderDict(p.dictionary))
		if err != nil {
			return err
		}
		return c.Write(ctx, websocket.MessageBinary, z.EncodeAll([]byte(frame), nil))
	}
	if info != "" && write(`{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#info","name":"`+info+`"}}`) != nil {
		return
	}
	p.mu.Lock()
	kicks := p.kicks
	p.mu.Unlock()
	for sent := 0; ; {
		p.mu.Lock()
		kicked := p.kicks != kicks
		wake, todo, cut, last := p.wake, p.log[min(next, len(p.log)):], p.cut, p.last
		p.mu.Unlock()
		if kicked {
			return
		}
		for _, e := range todo {
			frame := e.v1
			if p.dialect == 2 && e.v2 != "" {
				frame = e.v2
			}
			if write(frame) != nil {
				return
			}
			next++
			if sent++; cut > 0 && sent >= cut {
				return // without a close frame: 1006
			}
		}
		if last != "" {
			write(`{"$type":"error","error":"` + last + `","message":"in the words of the server"}`)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
	}
}
