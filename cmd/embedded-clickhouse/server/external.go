//go:build linux && amd64

package server

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
)

// table is an external table: data that came with a query, in a multipart form.
type table struct {
	name, structure, format string
	data                    []byte
}

func (req *request) readForm(body io.Reader, boundary string, q url.Values) error {
	form := multipart.NewReader(body, boundary)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badBody(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return badBody(err)
		}
		name := part.FormName()
		if name == "query" {
			req.query = string(data)
			continue
		}
		t := table{name: name, structure: q.Get(name + "_structure"), format: q.Get(name + "_format"), data: data}
		if t.structure == "" {
			return exception(36, "BAD_ARGUMENTS", "external table "+name+" has no structure: add the URL parameter "+name+"_structure")
		}
		if t.format == "" {
			t.format = "TabSeparated"
		}
		req.tables = append(req.tables, t)
	}
}

func (ses *session) loadTables(tables []table) error {
	for _, t := range tables {
		if err := ses.conn.Exec("CREATE TEMPORARY TABLE " + quoteName(t.name) + " (" + t.structure + ")"); err != nil {
			return err
		}
		if _, err := ses.load("INSERT INTO "+quoteName(t.name), t.format, nil, bytes.NewReader(t.data)); err != nil {
			return err
		}
	}
	return nil
}

func (ses *session) dropTables(tables []table) {
	for _, t := range tables {
		ses.conn.Exec("DROP TEMPORARY TABLE IF EXISTS " + quoteName(t.name))
	}
}
