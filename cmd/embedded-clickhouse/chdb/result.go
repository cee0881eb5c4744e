//go:build linux && amd64

package chdb

import (
	"errors"
	"time"
	"unsafe"
)

// Result is the answer to a statement, or one chunk of it.
type Result struct {
	Data []byte // memory of C: valid until Free
	Stats

	lib *Library
	ptr unsafe.Pointer
}

// Stats are the counts of the X-ClickHouse-Summary header: rows and bytes read
// from storage and written to it.
type Stats struct {
	Elapsed                                      time.Duration
	ReadRows, ReadBytes, WrittenRows, WriteBytes uint64
}

// result wraps what a call returned; a failed one is freed here.
func (l *Library) result(p unsafe.Pointer) (*Result, error) {
	if p == nil {
		return nil, errors.New("libchdb returned nothing")
	}
	if text := goString(l.call.resultError(p)); text != "" {
		l.call.resultDestroy(p)
		return nil, errors.New(text)
	}
	r := &Result{lib: l, ptr: p, Stats: Stats{
		Elapsed:     time.Duration(l.call.resultElapsed(p) * float64(time.Second)),
		ReadRows:    l.call.resultReadRows(p),
		ReadBytes:   l.call.resultReadBytes(p),
		WrittenRows: l.call.resultWrittenRows(p),
		WriteBytes:  l.call.resultWrittenBytes(p),
	}}
	if n := l.call.resultLength(p); n > 0 {
		r.Data = unsafe.Slice((*byte)(l.call.resultBuffer(p)), n)
	}
	return r, nil
}

// Free gives the memory back. It may be called twice.
func (r *Result) Free() {
	if r != nil && r.ptr != nil {
		r.lib.call.resultDestroy(r.ptr)
		r.ptr, r.Data = nil, nil
	}
}
