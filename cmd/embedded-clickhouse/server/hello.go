//go:build linux && amd64

package server

import (
	"net/http"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
)

// helloQuery is what clickhouse-go asks first on every connection.
const helloQuery = "SELECT displayName(), version(), revision(), timezone()"

func (req *request) isHello() bool { return strings.TrimSpace(req.query) == helloQuery }

// hello reports revision 0. libchdb writes Native as of revision 0, and the
// client reads this answer at its own revision and all later ones at the
// revision found in it; with this one trick every block decodes.
func (s *Server) hello(w http.ResponseWriter, req *request) {
	var b proto.Buffer
	names := []column{
		{"displayName()", "String"}, {"version()", "String"}, {"revision()", "UInt32"}, {"timezone()", "String"},
	}
	putBlock(&b, req.revision, len(names), 1)
	for i, c := range names {
		putColumn(&b, req.revision, c)
		switch i {
		case 0:
			b.PutString(s.about.name)
		case 1:
			b.PutString(s.about.version)
		case 2:
			b.PutUInt32(0)
		case 3:
			b.PutString(s.about.zone)
		}
	}
	newOutput(w, req).write(b.Buf)
}

type column struct{ name, kind string }

// columns reads the answer to DESCRIBE in TabSeparatedRaw.
func columns(text string) []column {
	var list []column
	for line := range strings.Lines(text) {
		if fields := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(fields) >= 2 {
			list = append(list, column{fields[0], fields[1]})
		}
	}
	return list
}

// encodeHeader makes a Native block of revision 0 without rows.
func encodeHeader(list []column) []byte {
	var b proto.Buffer
	putBlock(&b, 0, len(list), 0)
	for _, c := range list {
		putColumn(&b, 0, c)
	}
	return b.Buf
}

// Revisions of the Native format, from ch-go's proto.Feature.
const (
	withBlockInfo     = 1     // any client that names a revision
	withSerialization = 54454 // a byte for custom serialisation after each type
)

func putBlock(b *proto.Buffer, revision uint64, columns, rows int) {
	if revision >= withBlockInfo {
		b.PutUVarInt(1) // field 1: overflows
		b.PutBool(false)
		b.PutUVarInt(2) // field 2: bucket, -1 for none
		b.PutInt32(-1)
		b.PutUVarInt(0)
	}
	b.PutUVarInt(uint64(columns))
	b.PutUVarInt(uint64(rows))
}

func putColumn(b *proto.Buffer, revision uint64, c column) {
	b.PutString(c.name)
	b.PutString(c.kind)
	if revision >= withSerialization {
		b.PutBool(false)
	}
}
