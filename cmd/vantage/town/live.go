package town

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"vantage/collectors/item"
)

// live adds a post, or edits one, about every pace until ctx ends.
func (t *Town) live(ctx context.Context, pace time.Duration) {
	defer t.done.Done()
	for {
		t.mu.Lock()
		next := time.Duration(float64(pace) * (0.5 + t.rand.Float64()))
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
			t.happen()
		}
	}
}

// happen is one thing that goes on in town: mostly a new post, one time in
// ten an edit of a recent one, one time in five something on the servers.
func (t *Town) happen() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rand.IntN(5) == 0 {
		t.stir()
		return
	}
	b := pick(t.rand, t.bodies)
	if t.rand.IntN(10) == 0 {
		t.bySlug[b.slug].editNewest(t)
		return
	}
	now := t.now()
	t.serial++
	p := t.write(b, t.today(), now, fmt.Sprintf("%s/live-%d-%d", weekOf(now), now.UnixMilli(), t.serial))
	t.add(b, p)
	t.log.Debug("new sample post", slog.String("source", b.slug), slog.String("title", p.Title))
}

// today is what people write about now: the rises go on rising.
func (t *Town) today() string {
	switch n := t.rand.IntN(20); {
	case n < 8:
		return pick(t.rand, rises).topic
	case n < 15:
		return pick(t.rand, steady)
	}
	return pick(t.rand, t.background)
}

// editNewest edits the newest post when it is of this week.
func (f *feed) editNewest(t *Town) {
	if len(f.posts) == 0 || f.posts[0].Published.Before(item.Week(t.now())) {
		return
	}
	t.edit(&f.posts[0], t.now())
	f.page = nil
}
