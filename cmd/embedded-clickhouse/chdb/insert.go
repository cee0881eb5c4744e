//go:build linux && amd64

package chdb

import (
	"errors"
	"runtime"
	"unsafe"
)

// Insert is an INSERT that takes its data in pieces. Its connection takes no
// other call until Close.
type Insert struct {
	lib *Library
	ptr unsafe.Pointer
}

// Insert starts an INSERT; sql ends before FORMAT, and format names the format
// of the data.
func (c *Conn) Insert(sql, format string, params []Param) (*Insert, error) {
	s, f := view(sql), view(format)
	var p unsafe.Pointer
	if len(params) == 0 {
		p = c.lib.call.insert(c.handle, s.ptr, s.len, f.ptr, f.len)
	} else {
		var pins runtime.Pinner
		defer pins.Unpin()
		a := marshal(params, &pins)
		p = c.lib.call.insertParams(c.handle, s.ptr, s.len, f.ptr, f.len, a.names, a.nameLens, a.values, a.valueLens, a.count)
	}
	runtime.KeepAlive(s)
	i := &Insert{lib: c.lib, ptr: p}
	if text := goString(c.lib.call.insertError(p)); text != "" {
		i.Close()
		return nil, errors.New(text)
	}
	return i, nil
}

// Append hands over a piece of data; the library copies it.
func (i *Insert) Append(data []byte) error {
	d := view(data)
	state := i.lib.call.insertAppend(i.ptr, d.ptr, d.len)
	runtime.KeepAlive(d)
	if state != 0 {
		return errors.New(goString(i.lib.call.insertError(i.ptr)))
	}
	return nil
}

// Done says that the data is complete and returns once it is stored.
func (i *Insert) Done() (Stats, error) {
	r, err := i.lib.result(i.lib.call.insertDone(i.ptr))
	if err != nil {
		return Stats{}, err
	}
	defer r.Free()
	return r.Stats, nil
}

// Close frees the insert; data that Done did not confirm is dropped. It may be
// called twice.
func (i *Insert) Close() {
	if i.ptr != nil {
		i.lib.call.insertDestroy(i.ptr)
		i.ptr = nil
	}
}
