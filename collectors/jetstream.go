package collectors

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/zstd"

	"vantage/collectors/fetch"
)

const (
	postCollection = "app.bsky.feed.post"

	jetPathV1 = "/subscribe"
	jetPathV2 = "/xrpc/network.bsky.jetstream.subscribeEvents"
	// jetDictionaryPath serves the zstd dictionary of version 2. That of version
	// 1 comes in no package of a registry, so version 1 is read uncompressed:
	// all posts of the network are some 2 GB a day.
	jetDictionaryPath = "/xrpc/network.bsky.jetstream.getZstdDictionary"
	jetProtocolV2     = "xrpc.v1.json"

	// jetRewind is read again after a connection broke: version 1 drops and
	// reorders events where replay meets live (jetstream-legacy, issue 42), and
	// the clocks of two hosts differ.
	jetRewind = int64(time.Minute / time.Microsecond)
	// jetFrame is the largest frame in bytes, packed and unpacked. The server
	// is asked to leave out larger events, or one would end the stream for ever.
	jetFrame = 1 << 20
	jetDial  = 30 * time.Second
)

// jetConn is an open stream.
type jetConn struct {
	*websocket.Conn
	unpack *zstd.Decoder // nil: frames are plain
	// from is what the stream was asked to begin after, in Unix microseconds; 0:
	// it began live.
	from int64
}

// jetDictionary is what a server packs its frames with.
type jetDictionary struct {
	id    uint32
	bytes []byte
}

// dial opens the stream where state left it, in the newest dialect that the
// server speaks, and remembers which that is.
func (b *bluesky) dial(ctx context.Context, src Source, s *skyState) (*jetConn, error) {
	at, err := url.Parse(src.URL)
	if err != nil {
		return nil, err
	}
	if s.head.Host != at.Host { // cursors by number are not portable, times are
		s.head.Host, s.head.Dialect, s.head.Seq = at.Host, 0, 0
	}
	for _, dialect := range jetDialects(at, s.head.Dialect) {
		conn, err := b.dialAs(ctx, at, dialect, s)
		if err == nil {
			s.head.Dialect = dialect
			return conn, nil
		}
		if !jetElsewhere(err) {
			return nil, err
		}
		s.head.Dialect, s.head.Seq = 0, 0
	}
	return nil, &fetch.Error{Kind: fetch.Refused, URL: src.URL, Status: http.StatusNotFound,
		Sentence: "there is no Jetstream at this address; give that of one, such as " + blueskyHost}
}

// jetDialects are those to try: what the address or the last time says, else the
// newer first.
func jetDialects(at *url.URL, known int) []int {
	switch {
	case strings.HasSuffix(at.Path, jetPathV2):
		return []int{2}
	case strings.Trim(at.Path, "/") != "":
		return []int{1}
	case known == 1:
		return []int{1, 2}
	}
	return []int{2, 1}
}

// jetElsewhere reports an answer of a server that does not know the address.
func jetElsewhere(err error) bool {
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && slices.Contains([]int{http.StatusOK, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusUpgradeRequired}, e.Status)
}

func (b *bluesky) dialAs(ctx context.Context, at *url.URL, dialect int, s *skyState) (*jetConn, error) {
	if dialect == 1 {
		return b.open(ctx, at, jetRequest{dialect: 1, from: jetRewound(s.head.Time)})
	}
	dictionary, err := b.dictionary(ctx, at)
	if err != nil {
		return nil, err
	}
	req := jetRequest{dialect: 2, seq: s.head.Seq, from: jetRewound(s.head.Time), dictionary: dictionary}
	conn, err := b.open(ctx, at, req)
	switch jetRefusal(err) {
	case "CursorTooOld": // by time the server begins with the oldest that it has
		req.seq, s.head.Seq = 0, 0
		conn, err = b.open(ctx, at, req)
	case "UnknownZstdDictionary": // it was changed since
		b.forget(at)
		if req.dictionary, err = b.dictionary(ctx, at); err == nil {
			conn, err = b.open(ctx, at, req)
		}
	}
	return conn, err
}

func jetRewound(us int64) int64 { return max(0, us-jetRewind) }

// jetRequest says what to ask of a server.
type jetRequest struct {
	dialect    int
	seq, from  int64 // version 2 takes both, and seq is better
	dictionary jetDictionary
}

// address is where to ask.
func (r jetRequest) address(at *url.URL) string {
	q := url.Values{"maxMessageSizeBytes": {strconv.Itoa(jetFrame)}}
	to, cursor := *at, r.from
	if strings.Trim(to.Path, "/") == "" {
		to.Path = jetPathV1
		if r.dialect == 2 {
			to.Path = jetPathV2
		}
	}
	if r.dialect == 1 {
		q.Set("wantedCollections", postCollection)
	} else {
		q.Set("collections", postCollection)
		if r.seq > 0 {
			cursor = r.seq
		}
		if r.dictionary.id > 0 {
			q.Set("zstdDictionary", strconv.FormatUint(uint64(r.dictionary.id), 10))
		}
	}
	if cursor > 0 {
		q.Set("cursor", strconv.FormatInt(cursor, 10))
	}
	to.RawQuery = q.Encode()
	return to.String()
}

// open connects. Every error is a *fetch.Error, except that of a ctx that
// ended.
func (b *bluesky) open(ctx context.Context, at *url.URL, r jetRequest) (*jetConn, error) {
	address := r.address(at)
	dialing, cancel := context.WithTimeout(ctx, jetDial)
	defer cancel()
	options := &websocket.DialOptions{HTTPClient: b.client}
	if r.dialect == 2 {
		options.Subprotocols = []string{jetProtocolV2}
	}
	ws, answer, err := websocket.Dial(dialing, address, options)
	if err != nil {
		return nil, b.refused(ctx, address, answer, err)
	}
	ws.SetReadLimit(jetFrame)
	conn := &jetConn{Conn: ws, from: r.from}
	if r.dictionary.id > 0 && r.dialect == 2 {
		if conn.unpack, err = newUnpacker(r.dictionary.bytes); err != nil {
			ws.CloseNow()
			return nil, &fetch.Error{Kind: fetch.Encoding, URL: address, Err: err,
				Sentence: "the server packs its events in a way that cannot be read; use another server"}
		}
	}
	return conn, nil
}

func newUnpacker(dictionary []byte) (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderDicts(dictionary), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(jetFrame), zstd.WithDecoderMaxWindow(jetFrame))
}

// refused tells why a connection could not be opened.
func (b *bluesky) refused(ctx context.Context, address string, answer *http.Response, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return e
	}
	if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
		return b.deps.Client.Refused(answer)
	}
	e := &fetch.Error{Kind: fetch.Unreachable, URL: address, Err: err,
		Sentence: "the server does not speak WebSocket at this address; check that it is a Jetstream"}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Kind, e.Sentence = fetch.TimedOut, "the stream did not open within "+jetDial.String()+"; it will be tried again later"
	}
	return e
}

// jetRefusal returns the name of the error that a server of version 2 gave, ""
// where it gave none.
func jetRefusal(err error) string {
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok || e.Status != http.StatusBadRequest {
		return ""
	}
	var answer struct{ Error string }
	if json.Unmarshal(e.Body, &answer) != nil {
		return ""
	}
	return answer.Error
}

// dictionary returns what the server packs its frames with; its zero value
// where it has none: then they come as they are. An error is one that the
// stream would meet as well.
func (b *bluesky) dictionary(ctx context.Context, at *url.URL) (jetDictionary, error) {
	b.mu.Lock()
	d, ok := b.dictionaries[at.Host]
	b.mu.Unlock()
	if ok {
		return d, nil
	}
	address := *at
	address.Path, address.RawQuery = jetDictionaryPath, ""
	res, err := b.deps.Client.Get(ctx, fetch.Request{URL: address.String(), Accept: "application/octet-stream"})
	if jetElsewhere(err) || jetRefusal(err) != "" || fetch.KindOf(err) == fetch.TooLarge {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	if d = readDictionary(res.Body); d.id > 0 {
		b.mu.Lock()
		b.dictionaries[at.Host] = d
		b.mu.Unlock()
	}
	return d, nil
}

func (b *bluesky) forget(at *url.URL) {
	b.mu.Lock()
	delete(b.dictionaries, at.Host)
	b.mu.Unlock()
}

// readDictionary takes the id from a structured dictionary (RFC 8878, 5).
func readDictionary(b []byte) jetDictionary {
	const magic, head = 0xEC30A437, 8
	if len(b) < head || binary.LittleEndian.Uint32(b) != magic {
		return jetDictionary{}
	}
	if d, err := newUnpacker(b); err != nil {
		return jetDictionary{}
	} else {
		d.Close()
	}
	return jetDictionary{id: binary.LittleEndian.Uint32(b[4:]), bytes: b}
}
