//go:build linux && amd64

package server

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
)

// TestFramesThatBreakOffAreNoEnd cuts a body of two frames at every byte of the
// second one.
func TestFramesThatBreakOffAreNoEnd(t *testing.T) {
	frames := compress.NewWriter(compress.LevelZero, compress.LZ4)
	if err := frames.Compress([]byte("first")); err != nil {
		t.Fatal(err)
	}
	body := slices.Clone(frames.Data)
	first := len(body)
	if err := frames.Compress([]byte("second")); err != nil {
		t.Fatal(err)
	}
	body = append(body, frames.Data...)
	for end := first; end <= len(body); end++ {
		data, err := decode(httptest.NewRequest(http.MethodPost, "/?decompress=1", bytes.NewReader(body[:end])))
		if err != nil {
			t.Fatal(err)
		}
		whole := end == first || end == len(body)
		if text, err := io.ReadAll(data); (err == nil) != whole {
			t.Errorf("%d of %d bytes, the second frame begins at %d: %q, %v", end, len(body), first, text, err)
		}
	}
}

// TestAStatementThatNeverRanIsNoSuccess ends the requests, as serve does after
// finishTime, while every session is taken.
func TestAStatementThatNeverRanIsNoSuccess(t *testing.T) {
	requests, end := context.WithCancel(t.Context())
	waiting := make(chan struct{})
	engine := &Server{pool: make(chan *session, Sessions)} // no session is free
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(waiting)
		engine.ServeHTTP(w, r)
	}))
	web.Config.BaseContext = func(net.Listener) context.Context { return requests }
	web.Start()
	defer web.Close()
	go func() {
		<-waiting
		end()
	}()
	answer, err := http.Post(web.URL+"/?query=INSERT+INTO+t+FORMAT+Native", "", strings.NewReader("rows"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusInternalServerError || !strings.Contains(string(text), "did not run") {
		t.Errorf("status %d, %q, %v; an INSERT that never ran must fail", answer.StatusCode, text, err)
	}
}
