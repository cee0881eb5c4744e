package fetch

import (
	"io"
	"sync/atomic"
	"time"
)

// wireReader counts and bounds the bytes that travel, and ends the visit when
// nothing comes for too long.
type wireReader struct {
	body   io.Reader
	limit  int64
	count  int64
	stall  time.Duration
	cancel func()
	timer  *time.Timer

	stalled atomic.Bool
	failed  bool // the connection failed, not the compression
}

func (w *wireReader) Read(p []byte) (int, error) {
	if w.timer == nil {
		w.timer = time.AfterFunc(w.stall, func() { w.stalled.Store(true); w.cancel() })
	} else {
		w.timer.Reset(w.stall)
	}
	n, err := w.body.Read(p)
	w.count += int64(n)
	if w.count > w.limit {
		return n, tooLarge(w.count, w.limit)
	}
	w.failed = err != nil && err != io.EOF
	return n, err
}

func (w *wireReader) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
