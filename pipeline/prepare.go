package pipeline

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/store"
	"vantage/pipeline/stream"
	"vantage/pipeline/tag"
)

// prepared is a batch that is ready to be stored, step by step in order.
type prepared struct {
	*stream.Batch
	steps []step
	erase []store.Erasure // messages that carry a post whose author refuses
	took  time.Duration
}

// step is one thing to do: write rows, forget an author, or note a gap.
type step struct {
	rows   []store.Row
	tagger *tag.Tagger // that tagged the rows
	forget *item.Item
	gap    *store.Gap
}

// prepare makes rows of a batch, tagged and signed, on all processors. A closed
// account splits the rows: it takes back what came before it, not after.
func (p *Pipeline) prepare(b *stream.Batch) *prepared {
	began := time.Now()
	rows := make([]store.Row, len(b.Items))
	tagger, now := p.Tagger(), p.cfg.Now()
	parallel(len(rows), func(i int) {
		if it := &b.Items[i]; it.Op != item.AuthorGone && it.Op != item.Gap {
			rows[i] = rowOf(p.consider(it), b.Seqs[i], p.cfg.Retention, now)
			understand(tagger, &rows[i])
		}
	})
	out := &prepared{Batch: b}
	from := 0
	for i := range b.Items {
		it := &b.Items[i]
		var special step
		switch it.Op {
		case item.AuthorGone:
			special.forget = it
		case item.Gap:
			special.gap = &store.Gap{Source: it.Source, From: *it.GapFrom, To: *it.GapTo}
		default:
			if rows[i].Deleted && it.Op != item.Delete {
				out.erase = append(out.erase, store.Erasure{Seq: b.Seqs[i], ID: it.ID, Version: uint64(it.Version)})
			}
			continue
		}
		out.add(step{rows: rows[from:i], tagger: tagger}, special)
		from = i + 1
	}
	out.add(step{rows: rows[from:], tagger: tagger})
	out.took = time.Since(began)
	return out
}

// consider returns the item, as one whose author refuses where it was opted
// out.
func (p *Pipeline) consider(it *item.Item) *item.Item {
	if p.cfg.Refuse == nil || it.Op == item.Delete || !p.cfg.Refuse(it) {
		return it
	}
	refused := *it
	refused.Consent = "refused"
	return &refused
}

func (b *prepared) add(steps ...step) {
	for _, s := range steps {
		if len(s.rows) > 0 || s.forget != nil || s.gap != nil {
			b.steps = append(b.steps, s)
		}
	}
}

// parallel runs f for 0 <= i < n on all processors, in shares small enough to
// even out long texts.
func parallel(n int, f func(i int)) {
	const share = 128
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+share-1)/share) {
		wg.Go(func() {
			for {
				from := int(next.Add(share)) - share
				if from >= n {
					return
				}
				for i := from; i < min(from+share, n); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}
