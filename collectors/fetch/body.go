package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

var errStalled = errors.New("the body stalled")

// read fills res from the body of answer, inside all limits. For enough see
// Request.
func (c *Client) read(ctx context.Context, cancel func(), answer *http.Response, res *Response, enough int64) error {
	encoding := strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding")))
	limit := c.cfg.MaxWire
	if encoding == "" || encoding == "identity" {
		limit = c.cfg.MaxBody
	}
	if answer.ContentLength > limit && enough == 0 {
		return tooLarge(answer.ContentLength, limit)
	}
	wire := &wireReader{body: answer.Body, limit: limit, stall: c.cfg.Stall, cancel: cancel}
	defer wire.stop()
	decoded, closer, err := decode(encoding, wire)
	if err != nil {
		return c.broken(ctx, wire, res, err)
	}
	defer closer()
	if enough > 0 {
		decoded = io.LimitReader(decoded, enough)
	}
	size := answer.ContentLength
	if encoding != "" {
		size *= 4
	}
	res.Body, err = c.collect(decoded, wire, size)
	res.Wire = wire.count
	res.Hash = xxhash.Sum64(res.Body)
	if err != nil {
		return c.broken(ctx, wire, res, err)
	}
	return nil
}

// broken decides what an error in the middle of a body means: an answer that
// broke off is handed on as far as it came, everything else is a failure.
func (c *Client) broken(ctx context.Context, wire *wireReader, res *Response, err error) error {
	switch {
	case wire.stalled.Load():
		return errStalled
	case ctx.Err() != nil:
		return ctx.Err()
	case KindOf(err) != "":
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) && len(res.Body) > 0:
		res.Truncated = true
		return nil
	case wire.failed:
		return err
	}
	return &Error{Kind: Encoding, Sentence: "the answer is compressed in a way that cannot be read; ask the site to repair it", Err: err}
}

// usualBody is the size of a body, in bytes, up to which the memory that it is
// read into is kept for the next.
const usualBody = 1 << 20

// buffers are for bodies on their way: most answers do not say how long they
// will be, and growing step by step takes five times the memory.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// collect reads to the end or to the first limit. size is a guess.
func (c *Client) collect(from io.Reader, wire *wireReader, size int64) ([]byte, error) {
	buffer := buffers.Get().(*[]byte)
	body, err := c.fill(slices.Grow((*buffer)[:0], int(min(max(size+512, 4<<10), 256<<10))), from, wire)
	if cap(body) > usualBody {
		return body, err
	}
	*buffer = body
	defer buffers.Put(buffer)
	return bytes.Clone(body), err
}

// fill appends to body.
func (c *Client) fill(body []byte, from io.Reader, wire *wireReader) ([]byte, error) {
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		have := int64(len(body))
		switch {
		case have > c.cfg.MaxBody:
			return nil, tooLarge(have, c.cfg.MaxBody)
		case have > ratioFrom && have > maxRatio*wire.count:
			return nil, &Error{Kind: Bomb, Sentence: fmt.Sprintf(
				"the answer unpacks to more than %d times its size, which no feed does; it was stopped", maxRatio)}
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		}
	}
}

// decode undoes the Content-Encoding. closer frees the decoder.
func decode(encoding string, from io.Reader) (decoded io.Reader, closer func(), err error) {
	switch encoding {
	case "", "identity":
		return from, func() {}, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(from)
		return z, func() {}, err
	case "br":
		return brotli.NewReader(from), func() {}, nil
	case "zstd":
		z, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(16<<20))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return nil, nil, &Error{Kind: Encoding, Sentence: fmt.Sprintf(
		"the answer is compressed as %q, which was not asked for; only gzip, br and zstd are read", encoding)}
}

func tooLarge(size, limit int64) error {
	return &Error{Kind: TooLarge, Sentence: fmt.Sprintf(
		"the answer has %.1f MiB or more, and at most %.1f MiB are read; ask the site for a shorter feed",
		float64(size)/(1<<20), float64(limit)/(1<<20))}
}
