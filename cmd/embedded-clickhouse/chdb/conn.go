//go:build linux && amd64

package chdb

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

// Conn is one connection. One call at a time.
type Conn struct {
	lib    *Library
	holder unsafe.Pointer // chdb_connection *, for closing
	handle unsafe.Pointer // chdb_connection, for all else
}

// Param is the value of a {name:Type} placeholder, escaped as the HTTP
// interface escapes it (a tab is \t, a NUL byte is \0).
type Param struct{ Name, Value string }

// Connect opens a connection with arguments in the style of clickhouse-server
// (--path=DIR and settings). The first one starts the engine on its folder;
// the library gives the reason for a failure only on stderr.
func (l *Library) Connect(args ...string) (*Conn, error) {
	l.connecting.Lock()
	defer l.connecting.Unlock()
	var pins runtime.Pinner
	defer pins.Unpin()
	argv := make([]*byte, 0, len(args)+2)
	for _, arg := range append([]string{"clickhouse"}, args...) {
		text := append([]byte(arg), 0)
		pins.Pin(&text[0])
		argv = append(argv, &text[0])
	}
	argc := len(argv)
	argv = append(argv, nil)
	pins.Pin(&argv[0])
	holder := l.call.connect(int32(argc), unsafe.Pointer(&argv[0]))
	if holder == nil {
		return nil, errors.New("libchdb refused to open the data folder")
	}
	handle := *(*unsafe.Pointer)(holder)
	if handle == nil {
		return nil, errors.New("libchdb returned a connection without a handle")
	}
	return &Conn{lib: l, holder: holder, handle: handle}, nil
}

// Close ends the connection; the last one stops the engine.
func (c *Conn) Close() {
	if c.holder != nil {
		c.lib.call.closeConn(c.holder)
		c.holder = nil
	}
}

// Query runs any statement and returns its whole answer in format.
func (c *Conn) Query(sql, format string, params []Param) (*Result, error) {
	s, f := view(sql), view(format)
	if len(params) == 0 {
		p := c.lib.call.query(c.handle, s.ptr, s.len, f.ptr, f.len)
		runtime.KeepAlive(s)
		return c.lib.result(p)
	}
	var pins runtime.Pinner
	defer pins.Unpin()
	a := marshal(params, &pins)
	p := c.lib.call.queryParams(c.handle, s.ptr, s.len, f.ptr, f.len, a.names, a.nameLens, a.values, a.valueLens, a.count)
	runtime.KeepAlive(s)
	return c.lib.result(p)
}

// Exec runs a statement whose answer does not matter.
func (c *Conn) Exec(sql string) error {
	r, err := c.Query(sql, "Null", nil)
	if err != nil {
		return err
	}
	r.Free()
	return nil
}

// Text runs a query and returns its answer as tab-separated text.
func (c *Conn) Text(sql string) (string, error) {
	r, err := c.Query(sql, "TabSeparatedRaw", nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", sql, err)
	}
	defer r.Free()
	return string(r.Data), nil
}

// span is a piece of Go memory as C sees it.
type span struct {
	ptr unsafe.Pointer
	len uintptr
}

var empty [1]byte // what an empty text points to: never nil

func view[T string | []byte](text T) span {
	b := []byte(text)
	if len(b) == 0 {
		return span{unsafe.Pointer(&empty[0]), 0}
	}
	return span{unsafe.Pointer(&b[0]), uintptr(len(b))}
}

type arguments struct {
	names, nameLens, values, valueLens unsafe.Pointer
	count                              uintptr
}

// marshal lays parameters out as the four C arrays that the …_params_n calls take.
func marshal(params []Param, pins *runtime.Pinner) arguments {
	names, values := make([]unsafe.Pointer, len(params)), make([]unsafe.Pointer, len(params))
	nameLens, valueLens := make([]uintptr, len(params)), make([]uintptr, len(params))
	for i, p := range params {
		n, v := view(p.Name), view(p.Value)
		pins.Pin(n.ptr)
		pins.Pin(v.ptr)
		names[i], nameLens[i] = n.ptr, n.len
		values[i], valueLens[i] = v.ptr, v.len
	}
	pins.Pin(&names[0])
	pins.Pin(&values[0])
	return arguments{
		names: unsafe.Pointer(&names[0]), nameLens: unsafe.Pointer(&nameLens[0]),
		values: unsafe.Pointer(&values[0]), valueLens: unsafe.Pointer(&valueLens[0]),
		count: uintptr(len(params)),
	}
}
