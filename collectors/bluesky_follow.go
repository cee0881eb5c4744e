package collectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

const (
	// skyBatch is how many items are published at a time at most; the stream
	// then waits, and with it the server.
	skyBatch = 500
	// skyQuiet is how often the status says that the stream is open although
	// nothing comes.
	skyQuiet = time.Minute
	// skyGarbage is how many frames in a row may be unreadable.
	skyGarbage = 100
	// skyHole is how much of a stream may be missing after a connection before
	// it is called a gap: a server that no longer has what it was asked for
	// begins later without a word.
	skyHole = int64(time.Minute / time.Microsecond)
	// skyLulls is how many times its longest silence of late a hole must last
	// as well: a small server may be silent for hours.
	skyLulls = 3
	// skyAhead is by how much the clock of a server may be ahead of ours.
	skyAhead = 5 * time.Minute
)

// skyFollow is one open stream.
type skyFollow struct {
	b    *bluesky
	src  Source
	wish skyWish
	conn *jetConn
	emit func(Visit) error

	emitting sync.Mutex // one emit at a time, in order
	mu       sync.Mutex // guards what follows
	state    *skyState
	batch    []item.Item
	bytes    int64
	notice   string
	saved    int64     // state.head.Time when it was last saved
	emitted  time.Time // by the clock of this machine

	heard   atomic.Int64 // when the last frame came, Unix nanoseconds
	blocked atomic.Bool  // the reader waits for a batch to be published

	// Of the reader alone.
	begun   bool      // the first event came
	place   int64     // time of the last one, in Unix microseconds; 0: none came
	taken   time.Time // when it was read
	warned  bool      // that one came from the future
	garbage int
	frame   []byte
	plain   []byte
	event   jetEvent
	probe   skyProbe
}

func newSkyFollow(b *bluesky, src Source, state *skyState, conn *jetConn, emit func(Visit) error) *skyFollow {
	return &skyFollow{
		b: b, src: src, wish: wishOf(src, b.deps.Match), conn: conn, emit: emit, state: state, saved: state.head.Time,
		taken: b.deps.Now(),
	}
}

// run reads until the stream breaks or something cannot be published. Reading
// and publishing go on side by side; a full batch makes the reader wait.
func (f *skyFollow) run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	defer f.conn.CloseNow()
	f.heard.Store(time.Now().UnixNano())
	if err := f.publish(true); err != nil { // says that the stream is open
		return err
	}
	var beside sync.WaitGroup
	beside.Go(func() { f.each(ctx, f.b.flush, fail, func() error { return f.publish(false) }) })
	beside.Go(func() { f.each(ctx, f.b.ping, fail, func() error { return f.alive(ctx) }) })
	err := f.read(ctx)
	stopped := ctx.Err() != nil // by the caller, or by what runs beside
	fail(err)
	beside.Wait()
	if stopped {
		return context.Cause(ctx)
	}
	return cmp.Or(f.publish(false), err) // what came before the stream broke counts
}

// each calls do every pace until ctx ends or do fails.
func (f *skyFollow) each(ctx context.Context, pace time.Duration, fail context.CancelCauseFunc, do func() error) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := do(); err != nil {
				fail(err)
				return
			}
		}
	}
}

// alive asks a server that says nothing whether it is still there. Frames that
// come meanwhile are an answer, too: the pong waits behind them, and behind a
// batch that is being published.
func (f *skyFollow) alive(ctx context.Context) error {
	asked := time.Now()
	if f.blocked.Load() || asked.Sub(time.Unix(0, f.heard.Load())) < f.b.ping {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, f.b.ping)
	defer cancel()
	if err := f.conn.Ping(ctx); err != nil && !f.blocked.Load() && f.heard.Load() < asked.UnixNano() {
		return &fetch.Error{Kind: fetch.TimedOut, URL: f.src.URL, Err: err,
			Sentence: fmt.Sprintf("the stream fell silent: no sign of life for %s; it is opened again", 2*f.b.ping)}
	}
	return nil
}

// read takes in frames until the stream ends.
func (f *skyFollow) read(ctx context.Context) error {
	for {
		kind, r, err := f.conn.Reader(ctx)
		if err == nil {
			f.frame, err = readInto(f.frame[:0], r)
		}
		if err != nil {
			return f.broken(err)
		}
		f.heard.Store(time.Now().UnixNano())
		frame, ok := f.unpack(kind, f.frame)
		if err := f.take(frame, ok); err != nil {
			return err
		}
	}
}

func readInto(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// unpack returns the JSON of a frame; false for what cannot be unpacked.
func (f *skyFollow) unpack(kind websocket.MessageType, frame []byte) ([]byte, bool) {
	if kind == websocket.MessageText {
		return frame, true
	}
	if f.conn.unpack == nil {
		return nil, false
	}
	var err error
	f.plain, err = f.conn.unpack.DecodeAll(frame, f.plain[:0])
	return f.plain, err == nil
}

// broken tells why a stream ended.
func (f *skyFollow) broken(err error) error {
	e := &fetch.Error{Kind: fetch.Unreachable, URL: f.src.URL, Err: err, Sentence: "the server closed the stream; it is opened again where it ended"}
	if code := websocket.CloseStatus(err); code == websocket.StatusMessageTooBig {
		e.Kind, e.Sentence = fetch.TooLarge, fmt.Sprintf("the server sends frames of more than %d MiB; use another server", jetFrame>>20)
	} else if errors.Is(err, websocket.ErrMessageTooBig) {
		e.Kind, e.Sentence = fetch.TooLarge, fmt.Sprintf("the server sends frames of more than %d MiB; use another server", jetFrame>>20)
	}
	return e
}

// take reads one frame.
func (f *skyFollow) take(frame []byte, ok bool) error {
	if !ok || !readJet(frame, &f.event) {
		if f.garbage++; f.garbage >= skyGarbage {
			return &FormatError{Sentence: "the server sends something that is not a Jetstream; check its address"}
		}
		return nil
	}
	f.garbage = 0
	e := &f.event
	switch {
	case e.kind == jetError:
		return f.ended(e)
	case e.kind == jetInfo:
		return f.told(e)
	}
	wanted := e.isPost() && f.wanted(e)
	f.mu.Lock()
	f.bytes += int64(len(f.frame))
	if f.dated(e) {
		f.begin(e)
	}
	f.apply(e, wanted)
	f.state.advance(e.us, e.seq)
	f.state.settle()
	full := len(f.batch) >= skyBatch
	f.mu.Unlock()
	if !full {
		return nil
	}
	f.blocked.Store(true)
	defer f.blocked.Store(false)
	defer func() { f.heard.Store(time.Now().UnixNano()) }() // silence begins when we listen again
	return f.publish(false)
}

// ended makes an error of the last word of a server of version 2.
func (f *skyFollow) ended(e *jetEvent) error {
	if string(e.name) == "ConsumerTooSlow" {
		return &fetch.Error{Kind: fetch.Unreachable, URL: f.src.URL,
			Sentence: "the server ended the stream because we read too slowly; it goes on where it ended"}
	}
	return &fetch.Error{Kind: fetch.Unreachable, URL: f.src.URL,
		Sentence: fmt.Sprintf("the server ended the stream (%.40s); it goes on where it ended", e.name)}
}

// told hears what a server of version 2 did with the cursor. A number from
// another archive means nothing to it: the place is found again by time.
func (f *skyFollow) told(e *jetEvent) error {
	if string(e.name) != "FutureCursor" {
		return nil // an old cursor shows as a hole before the first event
	}
	f.mu.Lock()
	f.state.head.Seq = 0
	f.saved = -1
	f.mu.Unlock()
	if err := f.publish(true); err != nil {
		return err
	}
	return &fetch.Error{Kind: fetch.Unreachable, URL: f.src.URL,
		Sentence: "the server begins its count anew; the place where the stream ended is looked up by time"}
}

// dated reports whether the time of an event can be true. One from the future
// gets that of the event before it and what passed since by our clock: a wrong
// number must not become the cursor, from which the stream would skip or wait,
// and a server whose clock is wrong for good must not hold the cursor still.
func (f *skyFollow) dated(e *jetEvent) bool {
	now := f.b.deps.Now()
	passed := now.Sub(f.taken)
	f.taken = now
	if e.us <= now.Add(skyAhead).UnixMicro() {
		f.place = e.us
		return true
	}
	if !f.warned {
		f.warned = true
		f.b.deps.Log.Warn("a server dates events in the future; they count as of when they came", slog.String("source", f.src.Key),
			slog.String("kind", f.src.Kind), slog.Time("claim", e.at()))
	}
	if f.place == 0 {
		f.place = cmp.Or(f.conn.from, now.UnixMicro())
	}
	f.place += max(1, passed.Microseconds())
	e.us = f.place
	return false
}

// begin looks at the first event of a connection: what lies between the last
// event before and it was missed.
func (f *skyFollow) begin(e *jetEvent) {
	if f.begun {
		return
	}
	f.begun = true
	last := f.state.head.Time
	if f.conn.from == 0 || e.us-last <= max(skyHole, skyLulls*f.state.head.Lull) {
		return
	}
	from, to := time.UnixMicro(last).UTC(), time.UnixMicro(e.us).UTC()
	f.batch = append(f.batch, item.Item{
		Schema: item.Schema, Op: item.Gap, Version: to.UnixMilli(), Kind: f.src.Kind, Source: f.src.Key, Via: []string{f.src.Key},
		Published: from, Seen: f.b.deps.Now().UTC(), GapFrom: &from, GapTo: &to,
	})
	f.notice = fmt.Sprintf("the server no longer had what was posted from %s to %s UTC; charts show it as a gap",
		from.Format("2 January 15:04"), to.Format("2 January 15:04"))
	f.state.head.Time = e.us // the hole is no silence
}

// publish hands on what has come, with the place to go on from. Without
// anything new it does so only now and then, or when asked.
func (f *skyFollow) publish(now bool) error {
	f.emitting.Lock()
	defer f.emitting.Unlock()
	v, ok := f.due(now)
	if !ok {
		return nil
	}
	return f.emit(v)
}

// due takes the batch and the state at this moment.
func (f *skyFollow) due(now bool) (Visit, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	since := time.Since(f.emitted)
	moved := f.state.head.Time != f.saved
	save := moved && (since >= f.b.save || f.saved == 0) // the first place at once
	if !now && len(f.batch) == 0 && since < skyQuiet && !save {
		return Visit{}, false
	}
	v := Visit{Items: f.batch, Status: http.StatusSwitchingProtocols, Bytes: f.bytes, Unchanged: len(f.batch) == 0, Notice: f.notice}
	if moved || len(f.batch) > 0 {
		f.state.tidy()
		v.Cursor = f.state.encode()
	}
	f.batch, f.bytes, f.notice = nil, 0, ""
	f.saved, f.emitted = f.state.head.Time, time.Now()
	return v, true
}
