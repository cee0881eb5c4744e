package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// operation is a long piece of work that a command asks of an instance: it
// reads in, reports lines of progress, and ends with an error or none. The
// same function runs inside a stopped instance's own process.
type operation func(ctx context.Context, in io.Reader, options url.Values, report func(line string)) error

// control serves operations on loopback, behind a token.
type control struct {
	token      string
	operations map[string]operation
}

// progress is one line of a control answer.
type progress struct {
	Line  string `json:"line,omitempty"`
	Error string `json:"error,omitempty"`
	Done  bool   `json:"done,omitempty"`
}

func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(token), []byte(c.token)) != 1 {
		http.Error(w, "the token is wrong", http.StatusForbidden)
		return
	}
	op, ok := c.operations[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok || r.Method != http.MethodPost {
		http.Error(w, "no such operation", http.StatusNotFound)
		return
	}
	rc := http.NewResponseController(w)
	_ = rc.EnableFullDuplex() // progress is written while the body is still read
	w.Header().Set("Content-Type", "application/jsonl")
	enc := json.NewEncoder(w)
	say := func(p progress) {
		if enc.Encode(p) == nil {
			_ = rc.Flush()
		}
	}
	err := op(r.Context(), r.Body, r.URL.Query(), func(line string) { say(progress{Line: line}) })
	if err != nil {
		say(progress{Error: err.Error()})
		return
	}
	say(progress{Done: true})
}

// serve answers until ctx ends.
func (c *control) serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control interface: %w", err)
	}
	return nil
}

// call runs an operation in the running instance and prints its progress.
func (r *runFile) call(ctx context.Context, name string, in io.Reader, options url.Values, out io.Writer) error {
	u := url.URL{Scheme: "http", Host: r.Address, Path: "/" + name, RawQuery: options.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), in)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the running instance (process %d) does not answer: %w; if it has ended, start one with `vantage run`", r.PID, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return fmt.Errorf("the running instance refused: %s", strings.TrimSpace(string(b)))
	}
	return follow(res.Body, out)
}

// follow prints progress lines until the operation ends. A line may be long: a
// whole list of sources is one.
func follow(body io.Reader, out io.Writer) error {
	lines := json.NewDecoder(body)
	for {
		var p progress
		switch err := lines.Decode(&p); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errors.New("the running instance ended before the work did; run the command again, it goes on where it stopped")
		case err != nil:
			return fmt.Errorf("answer of the running instance: %w", err)
		case p.Error != "":
			return errors.New(p.Error)
		case p.Done:
			return nil
		}
		fmt.Fprintln(out, p.Line)
	}
}
