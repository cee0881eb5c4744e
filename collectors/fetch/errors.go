package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Kind says what went wrong, for callers that decide by it.
type Kind string

// The kinds of errors.
const (
	Invalid     Kind = "invalid address" // not http or https, or cannot be read
	Blocked     Kind = "blocked address" // see Guard
	Unreachable Kind = "unreachable"     // no such name, refused, TLS failure, connection lost
	TimedOut    Kind = "timed out"       // no answer, or a body that stalled
	Endless     Kind = "never-ending"    // still sending when the time was up
	TooLarge    Kind = "too large"       // over the size limits
	Bomb        Kind = "compression bomb"
	Redirects   Kind = "redirects" // a loop, too many, or from https to http
	Encoding    Kind = "encoding"  // compressed in a way that cannot be read
	Refused     Kind = "refused"   // a status other than 2xx or 304
	Waiting     Kind = "waiting"   // the host asked for a pause that is not over
	Disallowed  Kind = "disallowed by robots.txt"
)

// Error is why a visit failed. Sentence is one plain sentence for the page of
// sources: it names the cause and the way out.
type Error struct {
	Kind     Kind
	URL      string
	Sentence string
	Status   int       // for Refused
	Until    time.Time // for Refused and Waiting: the host asked for no visit before; zero when it did not
	Err      error

	// Header and Body are of a refused answer, where an API says more; Body
	// is decoded and cut at 4 KiB. Both are a stranger's words.
	Header http.Header
	Body   []byte
}

func (e *Error) Error() string {
	if e.URL == "" {
		return e.Sentence
	}
	return e.URL + ": " + e.Sentence
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err, or "" when it did not come from here.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// explain gives an error of the transport its kind and sentence.
func (c *Client) explain(err error, url string, body bool) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{Kind: e.Kind, URL: url, Sentence: e.Sentence, Err: e.Err}
	}
	e := &Error{Kind: Unreachable, URL: url, Err: err}
	var (
		name    *net.DNSError
		timeout interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, errStalled):
		e.Kind, e.Sentence = TimedOut, fmt.Sprintf("the answer stalled: nothing came for %s; it will be tried again later", c.cfg.Stall)
	case errors.Is(err, context.DeadlineExceeded) && body:
		e.Kind, e.Sentence = Endless, fmt.Sprintf("the answer was still coming after %s; a feed must end, so check that the address is one", c.cfg.Total)
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		e.Kind, e.Sentence = TimedOut, fmt.Sprintf("no answer came within %s; it will be tried again later", c.cfg.Total)
	case errors.As(err, &name) && name.IsNotFound:
		e.Sentence = fmt.Sprintf("no server is known by the name %s; check the spelling of the address", name.Name)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		e.Sentence = "the server closed the connection in the middle of its answer; it will be tried again later"
	default:
		e.Sentence = fmt.Sprintf("the server cannot be reached: %v", cause(err))
	}
	return e
}

// cause returns what a reader understands of a transport error: the part
// behind `Get "https://…": dial tcp …`.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return op.Err
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// maxRefusal bounds what is read of a refused answer, in bytes.
const maxRefusal = 4 << 10

// refusal returns what can be read of the body of a refused answer.
func refusal(answer *http.Response) []byte {
	encoding := strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding")))
	decoded, closer, err := decode(encoding, io.LimitReader(answer.Body, maxRefusal))
	if err != nil {
		return nil
	}
	defer closer()
	body, _ := io.ReadAll(io.LimitReader(decoded, maxRefusal)) // what came before an error will do
	return body
}

// refused describes a status other than 2xx or 304.
func refused(url string, answer *http.Response, until time.Time) error {
	status := answer.StatusCode
	e := &Error{Kind: Refused, URL: url, Status: status, Until: until, Header: answer.Header, Body: refusal(answer)}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Sentence = fmt.Sprintf("the site does not let us read this (%d); ask its owner, or use another address", status)
	case http.StatusNotFound:
		e.Sentence = "there is nothing at this address (404); look for the feed's new address on the site"
	case http.StatusGone:
		e.Sentence = "the site says that this is gone for good (410); remove it or give its new address"
	case http.StatusTooManyRequests:
		e.Sentence = "the site asks for fewer visits (429); the next one waits as long as it wants"
	case http.StatusServiceUnavailable:
		e.Sentence = "the site is not available just now (503); it will be tried again later"
	default:
		e.Sentence = fmt.Sprintf("the site answered with an error (%d %s); it will be tried again later", status, http.StatusText(status))
	}
	if !until.IsZero() {
		e.Sentence += ", not before " + until.UTC().Format("2 January 2006 15:04 UTC")
	}
	return e
}
