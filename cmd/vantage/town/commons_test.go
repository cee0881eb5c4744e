package town

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vantage/collectors"
	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// wanted is how many posts of the servers may be collected: the first walk goes
// back 26 weeks, and the town is some days older.
func (t *Town) wanted() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.commons.toots {
		if p.by.indexable && !p.gone && !p.at.Before(t.now().Add(-26*7*24*time.Hour)) {
			n++
		}
	}
	return n
}

// listen collects from the servers alone until the test ends.
func listen(t *testing.T, town *Town, s *shelf, now func() time.Time) *collectors.Poller {
	t.Helper()
	sources := slices.DeleteFunc(town.Sources(), func(s collectors.Source) bool { return s.Kind != "mastodon" })
	if err := collectors.CheckSources(sources); err != nil || len(sources) != 2 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	p := collectors.NewPoller(collectors.PollerConfig{
		Sources: sources, Sink: s, Cursors: s, Now: now, Client: fetch.New(fetch.Config{AllowLoopback: true, Gap: -1}),
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	return p
}

// eventually waits for something that the collectors must bring about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for guard := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(guard) {
			t.Fatal(what)
		}
	}
}

func newShelf() *shelf { return &shelf{items: map[string]item.Item{}, cursors: map[string][]byte{}} }

// texts returns what stands on the shelf, in one string.
func (s *shelf) texts() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, it := range s.items {
		if it.Op != item.Delete {
			b.WriteString(it.Text + "\n")
		}
	}
	return b.String()
}

func (s *shelf) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.items)
}

func TestServersTellTheirHalfYearOnce(t *testing.T) {
	town := open(t, Options{Seed: 1})
	s := newShelf()
	listen(t, town, s, func() time.Time { return noon })
	want := town.wanted()
	if want < 250 || want > 800 {
		t.Errorf("%d posts", want)
	}
	eventually(t, "not every post came", func() bool { return s.size() >= want })
	classes := map[item.Class]int{}
	s.mu.Lock()
	all, _ := json.Marshal(s.items)
	for _, it := range s.items {
		classes[it.Class]++
	}
	s.mu.Unlock()
	if s.size() != want || classes[item.Person] < 100 || classes[item.Central] < 20 || len(classes) != 2 {
		t.Errorf("%d items of %d posts, by class %v", s.size(), want, classes)
	}
	for _, a := range town.commons.accounts {
		if a.home == commonsKey && strings.Contains(string(all), a.name) {
			t.Errorf("%s is named", a.name)
		}
	}
	if strings.Contains(string(all), refuserWord) {
		t.Error("the account that refuses is collected")
	}
}

// TestServersTellNewsEditsDeletesAndLateArrivals writes on the servers and
// looks at what comes over the stream and by asking.
func TestServersTellNewsEditsDeletesAndLateArrivals(t *testing.T) {
	now := noon
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	town := open(t, Options{Seed: 1, Now: clock})
	s := newShelf()
	p := listen(t, town, s, clock)
	eventually(t, "the stream is not open", func() bool {
		town.mu.Lock()
		defer town.mu.Unlock()
		for l := range town.commons.streams {
			return l.tags["localgov"]
		}
		return false
	})
	eventually(t, "the past did not come", func() bool { return s.size() >= town.wanted() })
	person := town.commons.accounts[0]
	write := func(text, tag string, at time.Time) *toot {
		town.mu.Lock()
		defer town.mu.Unlock()
		post := &toot{by: person, html: "<p>" + text + "</p>", tags: []string{tag}, at: at}
		town.commons.add(post)
		town.commons.tell(post, "update")
		return post
	}
	streamed := write("Over the stream", "localgov", noon.Add(-time.Minute))
	write("Found by asking", "opendata", noon.Add(-time.Second))
	write("Hours late", "opendata", noon.Add(-3*time.Hour))
	eventually(t, "the stream brought nothing", func() bool { return strings.Contains(s.texts(), "Over the stream") })
	mu.Lock()
	now = noon.Add(61 * time.Minute)
	mu.Unlock()
	p.Visit(commonsKey)
	eventually(t, "asking brought nothing", func() bool {
		return strings.Contains(s.texts(), "Found by asking") && strings.Contains(s.texts(), "Hours late")
	})
	town.mu.Lock()
	streamed.html, streamed.edited = "<p>Said better</p>", now
	town.commons.tell(streamed, "status.update")
	town.mu.Unlock()
	eventually(t, "the edit did not come", func() bool { return strings.Contains(s.texts(), "Said better") })
	town.mu.Lock()
	streamed.gone = true
	town.commons.tell(streamed, "delete")
	town.mu.Unlock()
	eventually(t, "the delete did not come", func() bool { return !strings.Contains(s.texts(), "Said better") })
}
