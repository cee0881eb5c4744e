//go:build linux && amd64

package server

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"

	"vantage/cmd/embedded-clickhouse/chdb"
)

// request is one statement with all that came with it.
type request struct {
	id       string
	query    string
	format   string // of the answer, unless the statement names one
	database string
	settings map[string]string
	params   []chdb.Param
	revision uint64          // of the client's Native format
	frames   compress.Method // of the answer; compress.None for plain bytes

	body       io.Reader // data of an INSERT, nil for all other statements
	bodyFormat string    // its format
	tables     []table
}

// notSettings are the URL parameters of the HTTP interface that are no
// settings of the engine. max_execution_time is one, but clickhouse-go derives
// it from every context's deadline, and the context ends the statement anyway;
// setting it would cost a SET for each request.
var notSettings = map[string]bool{
	"add_http_cors_header": true, "buffer_size": true, "client_protocol_version": true, "compress": true,
	"database": true, "decompress": true, "default_format": true, "enable_http_compression": true,
	"http_write_exception_in_output_format": true, "max_execution_time": true,
	"network_compression_method": true, "network_zstd_compression_level": true, "password": true,
	"query": true, "query_id": true, "quota_key": true, "role": true, "session_check": true,
	"session_id": true, "session_timeout": true, "stacktrace": true, "user": true, "wait_end_of_query": true,
}

var (
	insertStart = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\b`)
	formatEnd   = regexp.MustCompile(`(?is)\sFORMAT\s+([A-Za-z][A-Za-z0-9]*)\s*;?\s*$`)
	formatNamed = regexp.MustCompile(`(?is)\sFORMAT\s+[A-Za-z][A-Za-z0-9]*(\s+SETTINGS\s[^()]*)?\s*;?\s*$`)
	sessionWide = regexp.MustCompile(`(?is)^\s*(SET|USE|CREATE\s+TEMPORARY)\s`)
)

// parse reads a request up to the data of an INSERT, which stays in the body.
func parse(r *http.Request) (*request, error) {
	q := r.URL.Query()
	req := &request{
		id:       q.Get("query_id"),
		query:    q.Get("query"),
		format:   q.Get("default_format"),
		database: q.Get("database"),
		settings: map[string]string{},
		frames:   compress.None,
	}
	if req.format == "" {
		req.format = "TabSeparated"
	}
	req.revision, _ = strconv.ParseUint(q.Get("client_protocol_version"), 10, 64)
	if q.Get("compress") == "1" {
		req.frames = compress.LZ4
		if strings.EqualFold(q.Get("network_compression_method"), "ZSTD") {
			req.frames = compress.ZSTD
		}
	}
	req.readParameters(q)
	body, err := decode(r)
	if err != nil {
		return nil, err
	}
	if kind, values, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		return req, req.readForm(body, values["boundary"], q)
	}
	return req, req.readBody(body)
}

// readParameters sorts what is left of the URL into parameters and settings.
func (req *request) readParameters(q url.Values) {
	for name, values := range q {
		if param, ok := strings.CutPrefix(name, "param_"); ok {
			req.params = append(req.params, chdb.Param{Name: param, Value: values[0]})
			continue
		}
		table, ofTable := strings.CutSuffix(name, "_format")
		if notSettings[name] || strings.HasSuffix(name, "_structure") || ofTable && q.Has(table+"_structure") {
			continue
		}
		req.settings[name] = values[0]
	}
}

// readBody takes the body as data where the URL held an INSERT with FORMAT,
// and as (the rest of) the statement otherwise.
func (req *request) readBody(body io.Reader) error {
	if insertStart.MatchString(req.query) {
		if m := formatEnd.FindStringSubmatchIndex(req.query); m != nil {
			req.body, req.bodyFormat = body, req.query[m[2]:m[3]]
			req.query = req.query[:m[0]]
			return nil
		}
	}
	rest, err := io.ReadAll(body)
	if err != nil {
		return badBody(err)
	}
	if req.query != "" && len(rest) > 0 {
		req.query += "\n"
	}
	req.query += string(rest)
	if strings.TrimSpace(req.query) == "" {
		return exception(62, "SYNTAX_ERROR", "Empty query")
	}
	return nil
}

// streamable says whether the answer can be read in chunks of Native.
func (req *request) streamable() bool {
	if req.format != "Native" || formatNamed.MatchString(req.query) {
		return false
	}
	q := strings.ToLower(strings.TrimLeft(req.query, " \t\r\n("))
	return strings.HasPrefix(q, "select") || strings.HasPrefix(q, "with")
}

// changesSession says whether the statement leaves traces in its connection
// that a server would forget with the request.
func (req *request) changesSession() bool { return sessionWide.MatchString(req.query) }

// decode undoes the compression of the body: gzip, deflate and br by header,
// ClickHouse's own frames by decompress=1.
func decode(r *http.Request) (io.Reader, error) {
	var body io.Reader = r.Body
	var err error
	switch coding := r.Header.Get("Content-Encoding"); coding {
	case "", "identity":
	case "gzip":
		body, err = gzip.NewReader(body)
	case "deflate":
		body, err = zlib.NewReader(body)
	case "br":
		body = brotli.NewReader(body)
	default:
		err = fmt.Errorf("Content-Encoding %s is not known: use gzip, deflate or br", coding)
	}
	if err != nil {
		return nil, badBody(err)
	}
	if r.URL.Query().Get("decompress") == "1" {
		count := &counter{Reader: body}
		body = &frameReader{compress.NewReader(count), count}
	}
	return body, nil
}

// frameReader makes the end of the last frame a plain io.EOF; ch-go wraps it, and
// likewise that of a body which ends behind the head of a frame.
type frameReader struct {
	frames *compress.Reader
	body   *counter
}

func (r *frameReader) Read(p []byte) (int, error) {
	before := r.body.n
	n, err := r.frames.Read(p)
	switch {
	case !errors.Is(err, io.EOF):
	case r.body.n > before:
		err = io.ErrUnexpectedEOF
	default:
		err = io.EOF
	}
	return n, err
}

// counter counts the bytes that were read through it.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func badBody(err error) error {
	return exception(33, "CANNOT_READ_ALL_DATA", "request body: "+err.Error())
}
