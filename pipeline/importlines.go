package pipeline

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// headBytes of an archive tell it from another one of the same name.
const headBytes = 64 << 10

var errLongLine = fmt.Errorf("the line is longer than %d bytes", maxLine)

// lineReader reads lines of bounded length; longer ones are skipped.
type lineReader struct {
	r    *bufio.Reader
	line []byte
}

// newLineReader returns the reader and the first bytes of the input as they
// are. Gzip is known by its first two bytes.
func newLineReader(r io.Reader) (*lineReader, []byte, error) {
	raw := bufio.NewReaderSize(r, headBytes)
	head, err := raw.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	head = bytes.Clone(head)
	if !bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		return &lineReader{r: raw}, head, nil
	}
	z, err := gzip.NewReader(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("unzip: %w", err)
	}
	return &lineReader{r: bufio.NewReaderSize(z, headBytes)}, head, nil
}

// next returns the next line without the white space around it. It is valid
// until the next call. After errLongLine reading goes on with the next line.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if long = long || len(l.line)+len(part) > maxLine; !long {
			l.line = append(l.line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (long || len(l.line) > 0): // the last line without a line break
		case err != nil:
			return nil, err
		}
		if long {
			return nil, errLongLine
		}
		return bytes.TrimSpace(l.line), nil
	}
}

// place is how far an archive has been imported.
type place struct {
	Lines int `json:"lines"`

	cursors Cursors
	key     string
}

// loadPlace finds the place of an archive by its name and first bytes.
func loadPlace(ctx context.Context, c Cursors, name string, head []byte) (*place, error) {
	sum := sha256.Sum256(head)
	p := &place{cursors: c, key: "import/" + name + "/" + hex.EncodeToString(sum[:8])}
	b, err := c.Load(ctx, p.key)
	if err != nil {
		return nil, fmt.Errorf("load the position: %w", err)
	}
	if b == nil {
		return p, nil
	}
	if err := json.Unmarshal(b, p); err != nil || p.Lines < 0 {
		return nil, fmt.Errorf("the saved position %q cannot be read; import again from the beginning", b)
	}
	return p, nil
}

func (p *place) save(ctx context.Context, lines int) error {
	p.Lines = lines
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := p.cursors.Save(ctx, p.key, b); err != nil {
		return fmt.Errorf("save the position: %w", err)
	}
	return nil
}
