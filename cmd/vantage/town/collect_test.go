package town

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// shelf keeps what the real collectors hand on, in memory.
type shelf struct {
	mu      sync.Mutex
	items   map[string]item.Item
	puts    int
	cursors map[string][]byte
}

func (s *shelf) Put(_ context.Context, items []item.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, it := range items {
		if err := it.Check(); err != nil {
			return err
		}
		s.items[it.ID] = it
		s.puts++
	}
	return nil
}

func (s *shelf) Load(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursors[key], nil
}

func (s *shelf) Save(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursors[key] = value
	return nil
}

// await returns how many posts there are once it is so many, or when no more
// come: streams and pages of hashtags go on after the first answer.
func (s *shelf) await(posts int) int {
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		s.mu.Lock()
		n := len(s.items)
		s.mu.Unlock()
		if n >= posts || time.Now().After(end) {
			return n
		}
	}
}

// TestRealCollectorsReadTheWholeTown visits every feed once with the poller
// that a user runs.
func TestRealCollectorsReadTheWholeTown(t *testing.T) {
	town := open(t, Options{Seed: 1, Interval: time.Hour})
	if err := collectors.CheckSources(town.Sources()); err != nil {
		t.Fatal(err)
	}
	s := &shelf{items: map[string]item.Item{}, cursors: map[string][]byte{}}
	p := collectors.NewPoller(collectors.PollerConfig{
		Sources: town.Sources(), Sink: s, Cursors: s, Now: func() time.Time { return noon },
		Client: fetch.New(fetch.Config{AllowLoopback: true, Gap: -1}),
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	defer running.Wait()
	defer cancel()
	states := waitForAll(t, p)

	want := town.wanted()
	for _, f := range town.feeds {
		want += len(f.posts)
	}
	if n := s.await(want); n != want {
		t.Errorf("%d items of %d posts", n, want)
	}
	plan := town.Planted()
	for key, state := range map[string]string{
		plan.Broken: collectors.StateFailing, plan.Gone: collectors.StateStopped,
		plan.Slow: collectors.StateOK, plan.Moved: collectors.StateOK,
	} {
		if states[key].State != state {
			t.Errorf("%s is %q (%s), want %q", key, states[key].State, states[key].Error, state)
		}
	}
	for key, st := range states {
		if st.State != collectors.StateOK && !st.Following && key != plan.Broken && key != plan.Gone {
			t.Errorf("%s is %q: %s", key, st.State, st.Error)
		}
	}
	checkItems(t, s)
}

// waitForAll returns the status of every source once each was visited.
func waitForAll(t *testing.T, p *collectors.Poller) map[string]collectors.Status {
	t.Helper()
	guard := time.After(2 * time.Minute)
	for {
		states, waiting := map[string]collectors.Status{}, 0
		for _, s := range p.Statuses() {
			states[s.Source] = s
			if s.State == collectors.StateWaiting {
				waiting++
			}
		}
		if waiting == 0 {
			return states
		}
		select {
		case <-guard:
			t.Fatalf("%d sources were not visited", waiting)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func checkItems(t *testing.T, s *shelf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	welsh := 0
	for _, it := range s.items {
		if !strings.Contains(it.Text, Note) {
			t.Fatalf("%s lost its note: %s", it.ID, it.Text)
		}
		if strings.Contains(it.Text, refuserWord) {
			t.Fatalf("%s is of somebody who refuses", it.ID)
		}
		if it.Class == item.Council && it.FeedCouncil == "" {
			t.Fatalf("%s has no council", it.ID)
		}
		if it.Lang == "cy" {
			welsh++
		}
	}
	if welsh < 50 {
		t.Errorf("%d items in Welsh", welsh)
	}
}
