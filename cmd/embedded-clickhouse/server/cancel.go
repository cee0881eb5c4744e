//go:build linux && amd64

package server

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A killed statement may not have begun when the kill arrives, so the kill is
// repeated until the call returned: soon at first, then at leisure.
const (
	killFirst = 20 * time.Millisecond
	killLast  = time.Second
)

// watch kills the statement that begins with tag when ctx ends. stop ends the
// watch, and returns only when no kill is on its way.
func (s *Server) watch(ctx context.Context) (tag string, stop func()) {
	tag = fmt.Sprintf("/*v:%x*/", s.tags.Add(1))
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Add(1)
	cancel := context.AfterFunc(ctx, func() {
		defer running.Done()
		for wait := killFirst; ; wait = min(2*wait, killLast) {
			s.kill(tag)
			select {
			case <-done:
				return
			case <-time.After(wait):
			}
		}
	})
	return tag, func() {
		close(done)
		if cancel() {
			return
		}
		running.Wait()
	}
}

// kill never waits for the statement's end (ASYNC): its locks may not go
// before the next statement on its own connection.
func (s *Server) kill(tag string) {
	s.killing.Lock()
	defer s.killing.Unlock()
	if err := s.control.Exec("KILL QUERY WHERE startsWith(query, " + quote(tag) + ") ASYNC"); err != nil {
		s.config.Log.Warn("statement not cancelled", "err", err)
	}
}
