//go:build linux && amd64

package chdb

import (
	"errors"
	"runtime"
	"strings"
	"unsafe"
)

// ErrNotStreamable says that the statement is none that can be read in chunks
// (SHOW, DESCRIBE, DDL …). It did not run: use Query.
var ErrNotStreamable = errors.New("statement cannot be streamed")

// Stream is the answer to a SELECT, read in chunks. Its connection takes no
// other call until Close.
type Stream struct {
	conn *Conn
	ptr  unsafe.Pointer
	done bool
}

// Stream starts a SELECT. Each chunk is a whole piece of format, so chunks of
// Native can be sent one after the other.
func (c *Conn) Stream(sql, format string, params []Param) (*Stream, error) {
	s, f := view(sql), view(format)
	var p unsafe.Pointer
	if len(params) == 0 {
		p = c.lib.call.streamQuery(c.handle, s.ptr, s.len, f.ptr, f.len)
	} else {
		var pins runtime.Pinner
		defer pins.Unpin()
		a := marshal(params, &pins)
		p = c.lib.call.streamQueryParams(c.handle, s.ptr, s.len, f.ptr, f.len, a.names, a.nameLens, a.values, a.valueLens, a.count)
	}
	runtime.KeepAlive(s)
	if p == nil {
		return nil, errors.New("libchdb returned no stream")
	}
	if text := goString(c.lib.call.resultError(p)); text != "" {
		c.lib.call.resultDestroy(p)
		if strings.Contains(text, "Streaming query is not supported") {
			return nil, ErrNotStreamable
		}
		return nil, errors.New(text)
	}
	return &Stream{conn: c, ptr: p}, nil
}

// Next returns the next chunk, nil at the end.
func (s *Stream) Next() (*Result, error) {
	r, err := s.conn.lib.result(s.conn.lib.call.streamFetch(s.conn.handle, s.ptr))
	if err != nil {
		s.done = true
		return nil, err
	}
	if len(r.Data) == 0 {
		s.done = true
		r.Free()
		return nil, nil
	}
	return r, nil
}

// Close cancels what is left and frees the stream. It may be called twice.
func (s *Stream) Close() {
	if s.ptr == nil {
		return
	}
	if !s.done {
		s.conn.lib.call.streamCancel(s.conn.handle, s.ptr)
	}
	s.conn.lib.call.resultDestroy(s.ptr)
	s.ptr = nil
}
