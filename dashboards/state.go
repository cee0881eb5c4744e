package dashboards

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vantage/pipeline/store"
)

// stateAge is how long a generation that was read is trusted without news: it
// bounds how stale a page can be where the announcements do not arrive.
const stateAge = 2 * time.Second

// state knows the newest generation, so that a cached page needs no query.
type state struct {
	data Data
	now  func() time.Time

	mu   sync.Mutex
	gen  store.Generation
	read time.Time
}

func (s *state) generation(ctx context.Context) (store.Generation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.read.IsZero() && s.now().Sub(s.read) < stateAge {
		return s.gen, nil
	}
	gen, err := s.data.Generation(ctx)
	if err != nil {
		return store.Generation{}, fmt.Errorf("read the generation: %w", err)
	}
	s.gen, s.read = gen, s.now()
	return gen, nil
}

// announce makes the next request read the generation anew.
func (s *state) announce(generation uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.gen.Number {
		s.read = time.Time{}
	}
}
