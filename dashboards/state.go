package dashboards

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"vantage/pipeline/store"
)

// stateAge is how long a generation that was read is trusted without news: it
// bounds how stale a page can be where the announcements do not arrive.
const stateAge = 2 * time.Second

// state knows the newest generation, so that a cached page needs no query.
type state struct {
	data   Data
	now    func() time.Time
	flight singleflight.Group

	mu   sync.Mutex
	gen  store.Generation
	read time.Time
	news uint64 // announcements so far
}

// generation reads once for all who wait. The lock is not held meanwhile, so
// that a slow store holds up no announcement.
func (s *state) generation(ctx context.Context) (store.Generation, error) {
	gen, news, fresh := s.known()
	if fresh {
		return gen, nil
	}
	made, err, _ := s.flight.Do(strconv.FormatUint(news, 10), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeTimeout)
		defer cancel()
		gen, err := s.data.Generation(ctx)
		if err != nil {
			return store.Generation{}, fmt.Errorf("read the generation: %w", err)
		}
		s.note(gen, news)
		return gen, nil
	})
	return made.(store.Generation), err
}

func (s *state) known() (gen store.Generation, news uint64, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gen, s.news, !s.read.IsZero() && s.now().Sub(s.read) < stateAge
}

// note keeps what was read, unless a newer generation was announced meanwhile.
func (s *state) note(gen store.Generation, news uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.news == news {
		s.gen, s.read = gen, s.now()
	}
}

// announce makes the next request read the generation anew.
func (s *state) announce(generation uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation != s.gen.Number {
		s.read = time.Time{}
		s.news++
	}
}
