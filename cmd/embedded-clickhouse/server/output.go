//go:build linux && amd64

package server

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/ClickHouse/ch-go/compress"

	"vantage/cmd/embedded-clickhouse/chdb"
)

// output is the answer on its way to the client.
type output struct {
	w       http.ResponseWriter
	method  compress.Method
	frames  *compress.Writer
	tag     string
	started bool
}

// newOutput announces the tag that a late error will carry; it is random so
// that no stored text can pass for an error.
func newOutput(w http.ResponseWriter, req *request) *output {
	var id [8]byte
	rand.Read(id[:])
	out := &output{w: w, method: req.frames, tag: hex.EncodeToString(id[:])}
	if req.frames != compress.None {
		out.frames = compress.NewWriter(compress.LevelZero, req.frames)
	}
	w.Header().Set("X-ClickHouse-Exception-Tag", out.tag)
	return out
}

// frameSize is the uncompressed size of a frame; a server's is 1 MiB too.
const frameSize = 1 << 20

// write sends a piece of the answer, in frames if the client asked for them.
func (o *output) write(data []byte) error {
	o.started = true
	if o.frames == nil {
		_, err := o.w.Write(data)
		return err
	}
	for len(data) > 0 {
		n := min(len(data), frameSize)
		if err := o.frames.Compress(data[:n]); err != nil {
			return fmt.Errorf("compress answer: %w", err)
		}
		if _, err := o.w.Write(o.frames.Data); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// summary sets the header that tells what a statement read and wrote.
func (o *output) summary(s chdb.Stats) {
	o.w.Header().Set("X-ClickHouse-Summary", fmt.Sprintf(
		`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d","elapsed_ns":"%d"}`,
		s.ReadRows, s.ReadBytes, s.WrittenRows, s.WriteBytes, s.Elapsed.Nanoseconds()))
}

// trailer sends an error after the headers, framed as servers since 25.11 do.
func (o *output) trailer(err error) {
	text := err.Error()
	fmt.Fprintf(o.w, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", o.tag, text, len(text)+1, o.tag)
}
