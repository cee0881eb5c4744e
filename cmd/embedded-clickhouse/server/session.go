//go:build linux && amd64

package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"vantage/cmd/embedded-clickhouse/chdb"
)

// session is a connection of the pool and what was last set on it.
type session struct {
	conn     *chdb.Conn
	database string
	settings map[string]string
}

func (s *Server) newSession() (*session, error) {
	conn, err := s.config.Library.Connect(s.config.Args...)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, database: "default", settings: map[string]string{}}, nil
}

// renew replaces a connection that a statement changed (SET, USE, temporary
// tables). If no new one can be opened the old one stays.
func (s *Server) renew(old *session) *session {
	fresh, err := s.newSession()
	if err != nil {
		s.config.Log.Error("connection not renewed", "err", err)
		return old
	}
	old.conn.Close()
	return fresh
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// prepare brings the session to the database and settings of a request. It
// talks to the engine only where they differ from the last request's.
func (ses *session) prepare(req *request) error {
	database := req.database
	if database == "" {
		database = "default"
	}
	if ses.database != database {
		if err := ses.conn.Exec("USE " + quoteName(database)); err != nil {
			return err
		}
		ses.database = database
	}
	var changes []string
	for name := range ses.settings {
		if _, ok := req.settings[name]; !ok {
			changes = append(changes, name+"=DEFAULT")
		}
	}
	for name, value := range req.settings {
		if !settingName.MatchString(name) {
			return exception(115, "UNKNOWN_SETTING", fmt.Sprintf("Setting %s is neither a builtin setting nor started with the prefix", name))
		}
		if old, ok := ses.settings[name]; !ok || old != value {
			changes = append(changes, name+"="+quote(value))
		}
	}
	return ses.set(changes, req.settings)
}

// set applies changes; after a refused one every setting goes back to its
// default, because some may have been applied.
func (ses *session) set(changes []string, want map[string]string) error {
	if len(changes) == 0 {
		return nil
	}
	slices.Sort(changes)
	err := ses.conn.Exec("SET " + strings.Join(changes, ", "))
	if err == nil {
		ses.settings = want
		return nil
	}
	for _, c := range changes {
		name, _, _ := strings.Cut(c, "=")
		ses.conn.Exec("SET " + name + "=DEFAULT") // an unknown name fails again
	}
	for name := range ses.settings {
		ses.conn.Exec("SET " + name + "=DEFAULT")
	}
	ses.settings = map[string]string{}
	return err
}

// settle frees what a failed statement holds: libchdb keeps its table locks and
// its row in system.processes until the next statement on the connection.
func (ses *session) settle() { ses.conn.Exec("SELECT 1") }

// stream sends the answer to a SELECT chunk by chunk. The first chunk comes
// before the headers, so an early error still gets its own status.
func (ses *session) stream(tag string, req *request, out *output) error {
	stream, err := ses.conn.Stream(tag+req.query, "Native", req.params)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		chunk, err := stream.Next()
		if err != nil {
			return err
		}
		if chunk == nil {
			break
		}
		err = out.write(chunk.Data)
		chunk.Free()
		if err != nil {
			return err
		}
	}
	stream.Close()
	if out.started {
		return nil
	}
	return ses.emptyAnswer(req, out)
}

// emptyAnswer sends the names and types of an answer without rows, as a server
// does; libchdb sends nothing.
func (ses *session) emptyAnswer(req *request, out *output) error {
	sql := "DESCRIBE (" + strings.TrimRight(req.query, "; \t\r\n") + "\n)"
	r, err := ses.conn.Query(sql, "TabSeparatedRaw", req.params)
	if err != nil {
		return err
	}
	defer r.Free()
	return out.write(encodeHeader(columns(string(r.Data))))
}

// whole runs a statement that has no chunks and sends its answer in one piece.
func (ses *session) whole(tag string, req *request, out *output) error {
	r, err := ses.conn.Query(tag+req.query, req.format, req.params)
	if err != nil {
		return err
	}
	defer r.Free()
	out.summary(r.Stats)
	if len(r.Data) == 0 {
		return nil
	}
	return out.write(r.Data)
}

// insertPiece is how much data an INSERT hands over at once.
const insertPiece = 1 << 20

// insert stores the data of the body. Data that ends early is not stored.
func (ses *session) insert(tag string, req *request, out *output) error {
	stats, err := ses.load(tag+req.query, req.bodyFormat, req.params, req.body)
	if err != nil {
		return err
	}
	out.summary(stats)
	return nil
}

func (ses *session) load(sql, format string, params []chdb.Param, data io.Reader) (chdb.Stats, error) {
	insert, err := ses.conn.Insert(sql, format, params)
	if err != nil {
		return chdb.Stats{}, err
	}
	defer insert.Close()
	var piece bytes.Buffer
	total := int64(0)
	for {
		piece.Reset()
		n, err := io.CopyN(&piece, data, insertPiece)
		total += n
		if n > 0 {
			if err := insert.Append(piece.Bytes()); err != nil {
				return chdb.Stats{}, err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return chdb.Stats{}, badBody(err)
		}
	}
	// A client that fails to encode its block ends the body before the first
	// byte; storing nothing must not look like success.
	if total == 0 && format == "Native" {
		return chdb.Stats{}, exception(108, "NO_DATA_TO_INSERT", "No data to insert")
	}
	return insert.Done()
}

// quote makes an SQL text literal.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// quoteName makes an SQL identifier.
func quoteName(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}
