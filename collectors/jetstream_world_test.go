package collectors

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

// everyDialect runs a test against a Jetstream of each version.
func everyDialect(t *testing.T, test func(t *testing.T, w *world, p *jetPeer)) {
	t.Helper()
	for _, dialect := range []int{1, 2} {
		t.Run(fmt.Sprint("version ", dialect), func(t *testing.T) {
			w := newWorld(t)
			test(t, w, newJetPeer(t, dialect))
		})
	}
}

// listen starts to follow the source and waits until the stream is open.
func (w *world) listen(p *jetPeer) Source {
	w.t.Helper()
	src := p.source()
	w.begin(src)
	w.until(src, func(s Status) bool { return s.Following && s.Visits > 0 })
	w.waitFor("the subscription", func() (ok bool) { p.locked(func() { ok = p.open > 0 }); return ok })
	return src
}

// settled waits until the cursor of the source stands at the last event.
func (w *world) settled(p *jetPeer, src Source) {
	w.t.Helper()
	var last int64
	p.locked(func() { last = p.clock.UnixMicro() })
	w.waitFor("the saving of the cursor", func() bool { return w.skyCursor(src).head.Time == last })
}

func (w *world) skyCursor(src Source) *skyState {
	b, _ := w.store.Load(w.t.Context(), cursorKey(src))
	s, err := loadSky(b)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// texts returns the texts that the store would hold, sorted: the highest
// version of an id wins, and a closed account has taken its posts along.
func (w *world) texts() string {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	gone, best := map[string]int64{}, map[string]item.Item{}
	for _, it := range w.sink.puts {
		switch {
		case it.Op == item.AuthorGone:
			gone[it.AuthorRef] = max(gone[it.AuthorRef], it.Version)
		case it.Op != item.Gap && it.Version >= best[it.ID].Version:
			best[it.ID] = it
		}
	}
	var out []string
	for _, it := range best {
		if it.Op != item.Delete && it.Version > gone[it.AuthorRef] {
			out = append(out, it.Text)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// events returns how many different messages the stream holds, by op: it drops
// repeats of an id and a version.
func (w *world) events(op item.Op) int {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	seen := map[string]bool{}
	for _, it := range w.sink.puts {
		if it.Op == op {
			seen[it.MsgID()+it.AuthorRef] = true
		}
	}
	return len(seen)
}

// holds waits until the store would hold these texts.
func (w *world) holds(texts string) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); w.texts() != texts; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("the store holds %q, want %q", w.texts(), texts)
		}
	}
}
