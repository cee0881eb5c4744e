//go:build linux && amd64

package chdb

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Release is the one release of the library that the compatibility suite was
// run against; other 26.7 builds answer the same calls.
const Release = "26.7"

// Library is libchdb, loaded into this process. It cannot be unloaded.
type Library struct {
	path string
	call calls

	connecting sync.Mutex // chdb_connect is not safe to run twice at once
}

// calls are the C functions, in the words of chdb.h. Names of the form …_n
// take a pointer and a length, so that text may hold NUL bytes.
type calls struct {
	version            func() unsafe.Pointer
	enableHandlers     func(enabled int32)
	connect            func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn          func(conn unsafe.Pointer)
	query              func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr) unsafe.Pointer
	queryParams        func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery        func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr) unsafe.Pointer
	streamQueryParams  func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamFetch        func(conn, stream unsafe.Pointer) unsafe.Pointer
	streamCancel       func(conn, stream unsafe.Pointer)
	insert             func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr) unsafe.Pointer
	insertParams       func(conn, sql unsafe.Pointer, n uintptr, format unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	insertAppend       func(stream, data unsafe.Pointer, n uintptr) int32
	insertDone         func(stream unsafe.Pointer) unsafe.Pointer
	insertError        func(stream unsafe.Pointer) unsafe.Pointer
	insertDestroy      func(stream unsafe.Pointer)
	resultDestroy      func(result unsafe.Pointer)
	resultBuffer       func(result unsafe.Pointer) unsafe.Pointer
	resultLength       func(result unsafe.Pointer) uintptr
	resultError        func(result unsafe.Pointer) unsafe.Pointer
	resultElapsed      func(result unsafe.Pointer) float64
	resultReadRows     func(result unsafe.Pointer) uint64
	resultReadBytes    func(result unsafe.Pointer) uint64
	resultWrittenRows  func(result unsafe.Pointer) uint64
	resultWrittenBytes func(result unsafe.Pointer) uint64
}

func (c *calls) table() map[string]any {
	return map[string]any{
		"chdb_version":                     &c.version,
		"chdb_set_signal_handlers_enabled": &c.enableHandlers,
		"chdb_connect":                     &c.connect,
		"chdb_close_conn":                  &c.closeConn,
		"chdb_query_n":                     &c.query,
		"chdb_query_with_params_n":         &c.queryParams,
		"chdb_stream_query_n":              &c.streamQuery,
		"chdb_stream_query_with_params_n":  &c.streamQueryParams,
		"chdb_stream_fetch_result":         &c.streamFetch,
		"chdb_stream_cancel_query":         &c.streamCancel,
		"chdb_stream_insert_n":             &c.insert,
		"chdb_stream_insert_with_params_n": &c.insertParams,
		"chdb_stream_append":               &c.insertAppend,
		"chdb_stream_done":                 &c.insertDone,
		"chdb_stream_insert_error":         &c.insertError,
		"chdb_destroy_insert_stream":       &c.insertDestroy,
		"chdb_destroy_query_result":        &c.resultDestroy,
		"chdb_result_buffer":               &c.resultBuffer,
		"chdb_result_length":               &c.resultLength,
		"chdb_result_error":                &c.resultError,
		"chdb_result_elapsed":              &c.resultElapsed,
		"chdb_result_storage_rows_read":    &c.resultReadRows,
		"chdb_result_storage_bytes_read":   &c.resultReadBytes,
		"chdb_result_rows_written":         &c.resultWrittenRows,
		"chdb_result_bytes_written":        &c.resultWrittenBytes,
	}
}

// Load opens the library at path and switches its own signal handlers off: with
// them a nil dereference in Go hangs the process instead of panicking.
func Load(path string) (*Library, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("library %s: %w", path, err)
	}
	l := &Library{path: path}
	for name, fn := range l.call.table() {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil || symbol == 0 {
			return nil, fmt.Errorf("library %s has no %s: it is not libchdb %s", path, name, Release)
		}
		purego.RegisterFunc(fn, symbol)
	}
	if v := l.Version(); !strings.HasPrefix(v, Release+".") {
		return nil, fmt.Errorf("library %s is libchdb %s: it should be %s", path, v, Release)
	}
	l.call.enableHandlers(0)
	return l, nil
}

// Version is the release of the library, such as "26.7.3".
func (l *Library) Version() string { return goString(l.call.version()) }

// goString copies a C string.
func goString(p unsafe.Pointer) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}
