package collectors

import (
	"context"
	"sync"
)

// maxCursors bounds the cursors that are kept in memory, in bytes: those of
// some 3,000 feeds of 50 entries.
const maxCursors = 8 << 20

// cursorCache keeps the cursors of the sources that this process visits, so
// that an unchanged source costs no question to the store. Nobody else writes
// them as long as it holds the sources.
type cursorCache struct {
	store CursorStore

	mu   sync.Mutex
	kept map[string][]byte
	size int
}

func newCursorCache(store CursorStore) *cursorCache {
	return &cursorCache{store: store, kept: map[string][]byte{}}
}

// load returns the cursor of a source, nil when there is none. It must not be
// changed.
func (c *cursorCache) load(ctx context.Context, src Source) ([]byte, error) {
	c.mu.Lock()
	cursor, ok := c.kept[src.Key]
	c.mu.Unlock()
	if ok {
		return cursor, nil
	}
	cursor, err := c.store.Load(ctx, cursorKey(src))
	if err == nil {
		c.keep(src.Key, cursor)
	}
	return cursor, err
}

// save stores a cursor. It also saves when ctx has just ended: what was
// confirmed should not have to be sent again after a clean stop.
func (c *cursorCache) save(ctx context.Context, src Source, cursor []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	c.forget(src.Key) // until it is known what the store has
	err := c.store.Save(ctx, cursorKey(src), cursor)
	if err == nil {
		c.keep(src.Key, cursor)
	}
	return err
}

func (c *cursorCache) keep(key string, cursor []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if len(cursor) > maxCursors/16 {
		return
	}
	for other := range c.kept {
		if c.size+len(cursor) <= maxCursors {
			break
		}
		c.drop(other)
	}
	c.kept[key] = cursor
	c.size += len(cursor)
}

// forget makes the next load ask the store.
func (c *cursorCache) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
}

func (c *cursorCache) drop(key string) {
	c.size -= len(c.kept[key])
	delete(c.kept, key)
}
