package dashboards

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/singleflight"
)

// cacheBytes bounds the answers that are kept, plain and compressed.
const cacheBytes = 32 << 20

// makeTimeout bounds the making of an answer that several readers may wait
// for, so that the first one to go away does not fail the others.
const makeTimeout = 20 * time.Second

// answer is a finished body in both encodings. Its ETag is a hash of its
// bytes.
type answer struct {
	kind     string // media type
	body, gz []byte
	etag     string
}

func newAnswer(kind string, body []byte) *answer {
	sum := sha256.Sum256(body)
	a := &answer{kind: kind, body: body, etag: hex.EncodeToString(sum[:12])}
	if len(body) > 1<<10 && kind != "image/png" {
		a.gz = compress(body)
	}
	return a
}

// compress favours speed: level 2 makes a 300 KB page 12 times smaller in
// some two milliseconds.
func compress(body []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, 2)
	if err != nil {
		return nil
	}
	if _, err := z.Write(body); err != nil {
		return nil
	}
	if err := z.Close(); err != nil {
		return nil
	}
	return b.Bytes()
}

// serve writes the answer, or 304 where the reader has it already.
func (a *answer) serve(w http.ResponseWriter, r *http.Request, control string) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", control)
	h.Add("Vary", "Accept-Encoding")
	body, tag := a.body, `"`+a.etag+`"`
	if a.gz != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = a.gz, `"`+a.etag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if matches(r.Header.Get("If-None-Match"), a.etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// matches compares weakly, as RFC 9110 asks for If-None-Match.
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.Trim(strings.TrimPrefix(strings.TrimSpace(tag), "W/"), `"`)
		if tag == "*" || strings.TrimSuffix(tag, "-gz") == etag {
			return true
		}
	}
	return false
}

// cache keeps the answers that were used last. Its keys hold the generation,
// so an answer never outlives its numbers.
type cache struct {
	flight singleflight.Group
	limit  int

	mu    sync.Mutex
	size  int
	order *list.List // newest first
	byKey map[string]*list.Element
}

type kept struct {
	key    string
	answer *answer
}

func newCache(limit int) *cache {
	return &cache{limit: limit, order: list.New(), byKey: map[string]*list.Element{}}
}

// get returns the answer of key; make runs once for all who wait for it.
func (c *cache) get(ctx context.Context, key string, make func(context.Context) (*answer, error)) (*answer, error) {
	if a := c.look(key); a != nil {
		return a, nil
	}
	made, err, _ := c.flight.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeTimeout)
		defer cancel()
		a, err := make(ctx)
		if err == nil {
			c.keep(key, a)
		}
		return a, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*answer), nil
}

func (c *cache) look(key string) *answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*kept).answer
}

func (c *cache) keep(key string, a *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[key]; ok {
		return
	}
	c.byKey[key] = c.order.PushFront(&kept{key, a})
	c.size += len(a.body) + len(a.gz)
	for c.size > c.limit && c.order.Len() > 1 {
		last := c.order.Remove(c.order.Back()).(*kept)
		delete(c.byKey, last.key)
		c.size -= len(last.answer.body) + len(last.answer.gz)
	}
}
