package stream

import (
	"context"
	"testing"
)

// TestWatchersSeeWhatIsThereAndWhatChanges holds what opt-outs rest on: every
// process hears of them at once.
func TestWatchersSeeWhatIsThereAndWhatChanges(t *testing.T) {
	both(t, Config{}, func(t *testing.T, s *Stream) {
		ctx, cancel := context.WithCancel(testContext(t))
		b := bucket(t, s, "optouts", "domain:a.example", "1")
		seen, ready, done := make(chan string, 10), make(chan bool, 1), make(chan error, 1)
		go func() {
			done <- b.Watch(ctx, func(k string, v []byte) {
				if v == nil {
					v = []byte("gone")
				}
				seen <- k + "=" + string(v)
			}, func() { ready <- true })
		}()
		<-ready
		if got := <-seen; got != "domain:a.example=1" {
			t.Errorf("first it saw %q", got)
		}
		if err := b.Save(ctx, "#tag", []byte("2")); err != nil {
			t.Fatal(err)
		}
		if err := b.Delete(ctx, "domain:a.example"); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"#tag=2", "domain:a.example=gone"} {
			if got := <-seen; got != want {
				t.Errorf("it saw %q, want %q", got, want)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
