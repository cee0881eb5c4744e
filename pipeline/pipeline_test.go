package pipeline

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/store"
	"vantage/pipeline/store/engine/enginetest"
)

func TestNumbersEqualARecount(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	in := posts(0, 7000) // more than one batch
	run(t, w.pipeline(t))
	w.put(t, in...)
	w.settle(t)
	want := w.expected(in)
	if len(want) < 4 {
		t.Fatalf("the posts have too few topics to prove anything: %v", want)
	}
	same(t, w.counted(t), want)

	// The same again, as a collector after a crash would send it, and edits.
	again := posts(100, 300)
	for i := range again {
		again[i].Version = 2
	}
	edited := post(5)
	edited.Version, edited.Text, edited.Published = 9, subjects[2], edited.Published.AddDate(0, 0, -21)
	w.put(t, append(again, edited)...)
	w.settle(t)
	in[5] = edited
	same(t, w.counted(t), w.expected(in))
}

func TestRedeliveryAfterACrashBetweenInsertAndAckChangesNothing(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	in := posts(0, 800)
	w.put(t, in...)
	p := w.pipeline(t)
	b, err := p.batches.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.prepare(b).steps { // stored, and then the process dies
		if _, err := w.store.Write(testContext(t), s.rows); err != nil {
			t.Fatal(err)
		}
	}
	before := w.counted(t)
	run(t, w.pipeline(t))
	w.settle(t)
	same(t, before, w.expected(in))
	same(t, w.counted(t), before)
}

func TestDeletedPostLeavesNumbersAndStream(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	run(t, w.pipeline(t))
	in := posts(0, 40)
	in[7].Published = in[7].Published.AddDate(-1, 0, 0) // alone in its week
	w.put(t, in...)
	w.settle(t)
	same(t, w.counted(t), w.expected(in))
	if !w.onDisk(t, in[7].Text) {
		t.Fatal("the stream never held the text: this test proves nothing")
	}

	gone := item.Item{Schema: 1, Op: item.Delete, ID: in[7].ID, Version: 2, Kind: "feed", Source: "org0"}
	refused := in[8]
	refused.Version, refused.Consent, refused.Op = 2, "refused", item.Update
	w.put(t, gone, refused)
	w.settle(t)
	same(t, w.counted(t), w.expected(slices.Delete(slices.Clone(in), 7, 9)))
	for _, text := range []string{in[7].Text, in[8].Text} {
		if w.onDisk(t, text) {
			t.Errorf("the stream still holds %q", text)
		}
	}
	w.put(t, in[7]) // a late repeat does not bring it back
	w.settle(t)
	same(t, w.counted(t), w.expected(slices.Delete(slices.Clone(in), 7, 9)))
}

// onDisk tells whether any file of the stream holds the text.
func (w *town) onDisk(t *testing.T, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestClosedAccountTakesBackWhatCameBefore(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	in := posts(0, 30)
	for i := range in {
		in[i].Class, in[i].AuthorKind, in[i].AuthorRef = item.Person, "person", "other"
		in[i].Version = int64(100 + i)
	}
	in[3].AuthorRef, in[20].AuthorRef = "leaver", "leaver"
	gone := item.Item{Schema: 1, Op: item.AuthorGone, Version: 110, Kind: "mastodon", Source: "org3", AuthorRef: "leaver"}
	w.put(t, slices.Concat(in[:10], []item.Item{gone}, in[10:])...)
	run(t, w.pipeline(t))
	w.settle(t)
	same(t, w.counted(t), w.expected(slices.Delete(slices.Clone(in), 3, 4)))
	if _, ok, err := w.store.Item(testContext(t), in[20].ID); !ok || err != nil {
		t.Errorf("the author's later post is there: %v, %v", ok, err)
	}
	if got, err := w.stream.State(testContext(t)); err != nil || got.Messages != 30 {
		t.Errorf("%d messages, want 30: 31 less the erased one (%v)", got.Messages, err)
	}
}

func TestGapIsNoted(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	from, to := day(2026, 11, 2).Add(30*time.Hour), day(2026, 11, 2).Add(50*time.Hour)
	w.put(t, post(28), item.Item{Schema: 1, Op: item.Gap, Version: 1, Kind: "mastodon", Source: "org3", GapFrom: &from, GapTo: &to}, post(29))
	run(t, w.pipeline(t))
	w.settle(t)
	w.refresh(t)
	h, err := w.store.Heat(testContext(t), store.Topics, store.Filter{From: day(2026, 10, 26), To: day(2026, 11, 16)})
	if err != nil || len(h.Gaps) != 1 || h.Gaps[0].Source != "org3" || !h.Gaps[0].From.Equal(from) {
		t.Errorf("gaps %v, %v", h.Gaps, err)
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestBatchIsKeptWhileTheEngineIsDown(t *testing.T) {
	if enginetest.Remote() {
		t.Skip("a configured server is not ours to kill")
	}
	e := enginetest.Start(t)
	line := &cable{dial: e.DialContext}
	w := newTown(t, enginetest.Server{DSN: e.DSN(), DialContext: line.DialContext, Engine: e, Database: "vantage"})
	var log lockedBuffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	p := w.pipeline(t)
	run(t, p)
	in := posts(0, 6000)
	w.put(t, in[:3000]...)
	for round := range 3 {
		line.cut(true) // else the restart is so quick that nothing fails
		if err := syscall.Kill(e.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		w.put(t, in[3000+1000*round:4000+1000*round]...)
		waitFor(t, "the pipeline to stall", func() bool {
			since, err := p.Stalled()
			return err != nil && !since.IsZero()
		})
		line.cut(false)
		w.settle(t)
	}
	if since, err := p.Stalled(); err != nil || !since.IsZero() {
		t.Errorf("still stalled since %s: %v", since, err)
	}
	same(t, w.counted(t), w.expected(in))
	down, up := strings.Count(log.String(), "nothing can be stored"), strings.Count(log.String(), "storing works again")
	if down != 3 || up != 3 {
		t.Errorf("logged %d times that it stalls, %d times that it works again:\n%s", down, up, log.String())
	}
}

// cable is a way to the engine that can be cut.
type cable struct {
	dial func(ctx context.Context, addr string) (net.Conn, error)
	mu   sync.Mutex
	off  bool
}

func (c *cable) DialContext(ctx context.Context, addr string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, errors.New("the cable is cut")
	}
	return c.dial(ctx, addr)
}

func (c *cable) cut(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
}

func TestShutdownStoresTheBatchInHand(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	in := posts(0, 20_000)
	w.put(t, in...)
	stop := run(t, w.pipeline(t))
	waitFor(t, "the first batch", func() bool {
		st, err := w.stream.State(testContext(t))
		return err == nil && st.Unacked > 0
	})
	stop()
	st, err := w.stream.State(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	stored := w.counted(t)[""]
	if st.Unacked != 0 || stored == 0 || stored+int(st.Pending) != len(in) {
		t.Errorf("%d stored, %d in hand, %d pending; of %d nothing may be in hand", stored, st.Unacked, st.Pending, len(in))
	}
	run(t, w.pipeline(t))
	w.settle(t)
	same(t, w.counted(t), w.expected(in))
}

func TestRejectedMessagesAreLeftOutAndLogged(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	var log lockedBuffer
	w.log = slog.New(slog.NewTextHandler(&log, nil))
	nc := w.moveToServer(t)
	if err := errors.Join(nc.Publish("items.other", []byte(`{"schema":9}`)), nc.Flush()); err != nil {
		t.Fatal(err)
	}
	w.put(t, post(1))
	run(t, w.pipeline(t))
	w.settle(t)
	if got := w.counted(t)[""]; got != 1 {
		t.Errorf("%d items", got)
	}
	if n := strings.Count(log.String(), "no valid item"); n != 1 || !strings.Contains(log.String(), "schema 9") {
		t.Errorf("logged %d times: %s", n, log.String())
	}
}

// TestAChannelWithoutANameHoldsUpNothing stores what a stranger's collector may
// send: the store refuses a row without a source, and a refused batch is tried
// again for ever.
func TestAChannelWithoutANameHoldsUpNothing(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	in := posts(0, 3)
	in[1].Via = []string{"", "other"}
	w.put(t, in...)
	p := w.pipeline(t)
	run(t, p)
	waitFor(t, "the posts to be stored, or refused", func() bool {
		st, err := w.stream.State(testContext(t))
		if _, trouble := p.Stalled(); trouble != nil {
			t.Fatal(trouble)
		}
		return err == nil && st.Pending == 0 && st.Unacked == 0
	})
	r, ok, err := w.store.Item(testContext(t), in[1].ID)
	if !ok || err != nil || !slices.Equal(r.Via, []string{"org1", "other"}) || r.Source != "org1" {
		t.Errorf("%v, %v: from %q, seen in %q", ok, err, r.Source, r.Via)
	}
}

func TestImportedArchiveIsCounted(t *testing.T) {
	w := newTown(t, enginetest.Open(t))
	run(t, w.pipeline(t))
	lines, good := archive()
	var in []item.Item
	for line := range strings.Lines(lines) {
		cfg := ImportConfig{Name: "town", Publisher: "town", Class: item.Unknown, Now: clock}
		if it, err := readLine([]byte(strings.TrimSpace(line)), &cfg); err == nil && len(line) <= maxLine {
			in = append(in, it)
		}
	}
	if len(in) != good {
		t.Fatalf("%d good lines, want %d", len(in), good)
	}
	for range 2 {
		if _, err := Import(testContext(t), ImportConfig{Reader: strings.NewReader(lines), Name: "town", Sink: w.stream, Now: clock}); err != nil {
			t.Fatal(err)
		}
		w.settle(t)
	}
	same(t, w.counted(t), w.expected(in))
	weeks := map[time.Time]bool{}
	for i := range in {
		weeks[item.Week(in[i].Published)] = true
	}
	if len(weeks) < 595 {
		t.Errorf("the archive spans %d weeks", len(weeks))
	}
}
