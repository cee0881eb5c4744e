package town

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

type skyFrame struct {
	Did    string
	TimeUS int64 `json:"time_us"`
	Kind   string
	Commit struct {
		Operation, Rkey string
		Record          struct {
			Text   string
			Facets []struct {
				Index    struct{ ByteStart, ByteEnd int }
				Features []struct{ Tag string }
			}
		}
	}
}

// hear reads n events of the town's Jetstream.
func hear(t *testing.T, town *Town, cursor int64, n int) []skyFrame {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	address := town.skySource().URL + "/subscribe"
	if cursor > 0 {
		address += fmt.Sprint("?cursor=", cursor)
	}
	c, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	var frames []skyFrame
	for range n {
		_, b, err := c.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var f skyFrame
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, f)
	}
	return frames
}

func TestSkyIsReplayedInOrder(t *testing.T) {
	town := open(t, Options{Seed: 1})
	for range 300 {
		town.blow()
	}
	frames := hear(t, town, noon.Add(-time.Hour).UnixMicro(), 300)
	kinds, tagged := map[string]int{}, 0
	for i, f := range frames {
		kinds[f.Kind+f.Commit.Operation]++
		if i > 0 && f.TimeUS <= frames[i-1].TimeUS {
			t.Errorf("event %d is not later than the one before", i)
		}
		text := f.Commit.Record.Text
		for _, x := range f.Commit.Record.Facets {
			tagged++
			if marked := text[x.Index.ByteStart:x.Index.ByteEnd]; marked != "#"+x.Features[0].Tag {
				t.Errorf("the facet %q marks %q", x.Features[0].Tag, marked)
			}
		}
		if strings.Contains(text, "#") && !strings.Contains(text, Note) {
			t.Errorf("no note under %q", text)
		}
	}
	if kinds["commitcreate"] < 200 || kinds["commitupdate"] < 5 || kinds["commitdelete"] < 5 || kinds["account"] < 2 || tagged < 60 {
		t.Errorf("%v, %d tags", kinds, tagged)
	}
	if again := hear(t, town, frames[100].TimeUS, 200); again[0].TimeUS != frames[100].TimeUS {
		t.Error("a cursor is where to go on")
	}
}

// TestSkyIsCollected: what the collector takes is what concerns somebody here,
// and closed accounts and deletes take their posts along.
func TestSkyIsCollected(t *testing.T) {
	town := open(t, Options{Seed: 2})
	src := town.skySource()
	if err := collectors.CheckSources([]collectors.Source{src.Complete()}); err != nil {
		t.Fatal(err)
	}
	kept := &skyShelf{shelf: shelf{items: map[string]item.Item{}, cursors: map[string][]byte{}}}
	p := collectors.NewPoller(collectors.PollerConfig{
		Sources: []collectors.Source{src}, Sink: kept, Cursors: kept, Now: func() time.Time { return noon }, Key: []byte("key"),
		Client: fetch.New(fetch.Config{AllowLoopback: true, Gap: -1}),
		Match:  func(text string, _ []string) bool { return strings.Contains(text, Note) },
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	defer running.Wait()
	defer cancel()
	for guard := time.Now().Add(time.Minute); kept.ops()[item.Create] == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(guard) {
			t.Fatalf("nothing was collected: %+v", p.Statuses())
		}
		town.blow()
	}
	for range 400 {
		town.blow()
	}
	gone := map[item.Op]int{}
	for deadline := time.Now().Add(time.Minute); gone[item.Delete] == 0 || gone[item.AuthorGone] == 0 || gone[item.Create] < 80; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("collected %v", gone)
		}
		gone = kept.ops()
	}
	for _, it := range kept.all() {
		if (it.Op == item.Create || it.Op == item.Update) && !strings.Contains(it.Text, "#") && !strings.Contains(it.Text, Note) {
			t.Errorf("small talk was collected: %q", it.Text)
		}
		if strings.Contains(it.Publisher+it.AuthorRef+it.ID, "did:") {
			t.Errorf("a person can be told from %+v", it)
		}
	}
}

// skyShelf keeps every item in the order in which it came.
type skyShelf struct {
	shelf
	came []item.Item
}

func (s *skyShelf) Put(ctx context.Context, items []item.Item) error {
	s.mu.Lock()
	s.came = append(s.came, items...)
	s.mu.Unlock()
	return s.shelf.Put(ctx, items)
}

func (s *skyShelf) all() []item.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.came)
}

func (s *skyShelf) ops() map[item.Op]int {
	ops := map[item.Op]int{}
	for _, it := range s.all() {
		ops[it.Op]++
	}
	return ops
}
