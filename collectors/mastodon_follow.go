package collectors

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"vantage/collectors/fetch"
	"vantage/collectors/text"
)

const (
	// maxEvent bounds one message of a stream, in bytes; a status has 5 KB.
	maxEvent = 1 << 20
	// eventQueue is how many events wait while a visit is made. When it is full
	// the server has to wait.
	eventQueue = 256
	// eventPause is how long events are gathered before they are published
	// together, because each time the whole cursor is saved.
	eventPause = time.Second
	// A stream that answers no ping in this time is taken for dead.
	pingEvery, pingTimeout = 30 * time.Second, 20 * time.Second
	statusEvery            = time.Minute
)

// Follows says that a source with a token is followed: since Mastodon 4.2
// streams are for those who sign in.
func (m *mastodon) Follows(src Source) bool { return src.TokenFile != "" || src.TokenEnv != "" }

// following is one Follow under way.
type following struct {
	*mastodon
	src    Source
	state  *mastodonState
	cursor []byte // as it was saved last
	emit   func(Visit) error
	due    time.Time // of the next visit, by the clock of this machine
	notice string    // about the stream
}

// Follow opens the stream and then goes on as visits do: the first visit after
// the opening reads what came while it was closed, and each hour one makes
// sure that nothing was lost, looks for late posts and for deleted ones. A
// server that does not stream is only visited.
func (m *mastodon) Follow(ctx context.Context, src Source, cursor []byte, emit func(Visit) error) error {
	s, err := loadMastodon(cursor, src.URL)
	if err != nil {
		return err
	}
	f := &following{mastodon: m, src: src, state: s, cursor: cursor, emit: emit}
	if s.head.Server.Read.IsZero() {
		if err := f.rest(ctx); err != nil {
			return err
		}
	}
	s.head.Busy, f.due = false, time.Now()
	err = f.listen(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// rest makes one visit and sets when the next one is due.
func (f *following) rest(ctx context.Context) error {
	v, err := f.visit(ctx, f.src, f.state, f.cursor)
	now := f.deps.Now()
	if fetch.KindOf(err) == fetch.Waiting {
		f.due = time.Now().Add(v.RetryAt.Sub(now))
		return nil
	}
	if err != nil {
		return err
	}
	f.due = time.Now()
	if !v.More {
		f.due = f.due.Add(cmp.Or(f.src.Interval, DefaultInterval))
	}
	if wait := v.RetryAt.Sub(now); wait > 0 {
		f.due = maxTime(f.due, time.Now().Add(wait))
	}
	return f.hand(v)
}

// hand emits a visit and remembers the cursor that was saved with it.
func (f *following) hand(v Visit) error {
	v.Notice, v.Status = first(f.notice, v.Notice), cmp.Or(v.Status, http.StatusOK)
	if err := f.emit(v); err != nil {
		return err
	}
	if v.Cursor != nil {
		f.cursor = v.Cursor
	}
	return nil
}

// listen opens the stream and serves it and the visits until one of them fails
// or ctx ends.
func (f *following) listen(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, failed := make(chan event, eventQueue), make(chan error, 1)
	conn, err := f.open(ctx)
	if err != nil {
		return err
	}
	if conn != nil {
		defer conn.CloseNow()
		beside.Go(func() { failed <- receive(ctx, conn, events) })
		beside.Go(func() { beat(ctx, conn) })
	}
	if err := f.hand(Visit{Unchanged: true}); err != nil {
		return err
	}
	alive := time.NewTicker(statusEvery)
	defer alive.Stop()
	for {
		due := time.NewTimer(time.Until(f.due))
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case e := <-events:
			err = f.apply(batchOf(ctx, e, events))
		case err = <-failed:
		case <-due.C:
			err = f.rest(ctx)
		case <-alive.C:
			err = f.hand(Visit{Unchanged: true})
		}
		due.Stop()
		if err != nil {
			return err
		}
	}
}

// open connects to the stream and asks for every hashtag; nil where the server
// has none. The token travels in the header only: addresses end up in logs.
func (f *following) open(ctx context.Context) (*websocket.Conn, error) {
	base := f.state.head.Server.Stream
	if base == "" {
		f.notice = "the server does not stream; it is asked regularly instead"
		return nil, nil
	}
	token, err := f.src.Token()
	if err != nil {
		return nil, err
	}
	client := f.deps.Client.HTTP()
	conn, answer, err := websocket.Dial(ctx, base+"/api/v1/streaming", &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: http.Header{"Authorization": {"Bearer " + string(token)}},
	})
	if err != nil {
		return nil, f.unopened(answer, err)
	}
	conn.SetReadLimit(maxEvent)
	for _, tag := range f.src.Tags {
		ask, _ := json.Marshal(map[string]string{"type": "subscribe", "stream": "hashtag", "tag": tag})
		if err := conn.Write(ctx, websocket.MessageText, ask); err != nil {
			conn.CloseNow()
			return nil, broken(err)
		}
	}
	f.notice = ""
	return conn, nil
}

// unopened explains why there is no stream; nil where the server has none.
func (f *following) unopened(answer *http.Response, err error) error {
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		return e
	}
	if answer == nil || answer.StatusCode == http.StatusSwitchingProtocols {
		return broken(err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUpgradeRequired, http.StatusNotImplemented:
		f.notice = fmt.Sprintf("the server does not stream hashtags (%d); it is asked regularly instead", answer.StatusCode)
		return nil
	}
	refused, _ := errors.AsType[*fetch.Error](f.deps.Client.Refused(answer))
	if s := refusal(answer.StatusCode, true); s != "" {
		refused.Sentence = s
	}
	return refused
}

func broken(err error) error {
	return &fetch.Error{Kind: fetch.Unreachable, Sentence: "the stream broke off; it is opened again, and what came meanwhile is read then", Err: err}
}

// event is one message of a stream. Payload holds JSON again, or an id.
// https://docs.joinmastodon.org/methods/streaming/
type event struct {
	Stream  []string `json:"stream"`
	Event   string   `json:"event"`
	Payload string   `json:"payload"`
	Error   string   `json:"error"`
	Status  int      `json:"status"`
}

// receive hands on what comes until the stream fails.
func receive(ctx context.Context, conn *websocket.Conn, to chan<- event) error {
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return broken(err)
		}
		var e event
		if shallow(b) != nil || json.Unmarshal(b, &e) != nil {
			continue // of a form that is not known, which is not ours to judge
		}
		if e.Error != "" {
			return &fetch.Error{Kind: fetch.Refused, Status: e.Status, Sentence: first(refusal(e.Status, true),
				"the server refuses the stream; check that the token may read, and that the hashtags are right")}
		}
		select {
		case to <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// beat ends a stream whose other end is gone without a word.
func beat(ctx context.Context, conn *websocket.Conn) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pingEvery):
		}
		wait, cancel := context.WithTimeout(ctx, pingTimeout)
		err := conn.Ping(wait)
		cancel()
		if err != nil {
			conn.CloseNow()
			return
		}
	}
}

// batchOf returns e and what comes right after it.
func batchOf(ctx context.Context, e event, from <-chan event) []event {
	all := []event{e}
	pause := time.NewTimer(eventPause)
	defer pause.Stop()
	for len(all) < eventQueue {
		select {
		case e := <-from:
			all = append(all, e)
		case <-pause.C:
			return all
		case <-ctx.Done():
			return all
		}
	}
	return all
}

// apply publishes what the events say. Those of other kinds mean nothing here.
// An edit of a post that was never seen counts as the post.
func (f *following) apply(events []event) error {
	t, err := f.turn(f.src, f.state)
	if err != nil {
		return err
	}
	for _, e := range events {
		switch e.Event {
		case "delete":
			t.withdraw(e.Payload)
		case "update", "status.update":
			p, ok := readPost([]byte(e.Payload))
			if ok && t.now.Sub(p.created) < horizon {
				t.streamed = e.Event == "update"
				t.takeOne(f.laneOf(e.Stream), &p)
			}
		}
	}
	v, err := t.finish(f.cursor, time.Time{}, nil)
	if err != nil {
		return err
	}
	return f.hand(v)
}

// laneOf is the lane of the hashtag that an event came for.
func (f *following) laneOf(stream []string) uint8 {
	if len(stream) < 2 {
		return 0
	}
	tag := text.FoldTag(stream[1])
	i := slices.IndexFunc(f.state.head.Lanes, func(l lane) bool { return slices.Contains(l.Tags, tag) })
	return uint8(max(0, i))
}
