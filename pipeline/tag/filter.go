package tag

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"vantage/collectors/item"
	"vantage/pipeline/council"
)

// FilterOptions say how Filter writes.
type FilterOptions struct {
	Explain bool      // for people, instead of JSON lines
	Errors  io.Writer // where bad lines are told, one line each; nil: nowhere

	Vocabulary *Vocabulary       // names for Explain
	Register   *council.Register // names for Explain
}

// maxLine is the longest line that Filter reads, in bytes: an item at all its
// limits, with every letter escaped, is shorter.
const maxLine = 4 << 20

// line is what Filter reads: a post, or a whole item of collectors/item.
type line struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Text        string   `json:"text"`
	Published   string   `json:"published"`
	Links       []string `json:"links"`
	Hashtags    []string `json:"hashtags"`
	Lang        string   `json:"lang"`
	FeedCouncil string   `json:"feed_council"`
	URL         string   `json:"url"`
	Publisher   string   `json:"publisher"`
	Class       string   `json:"class"`
	ItemClass   string   `json:"publisher_class"` // what an item calls it
}

// answer is what Filter writes for each line. No list is null.
type answer struct {
	ID        string          `json:"id"`
	Councils  []council.Match `json:"councils"`
	Topics    []Hit           `json:"topics"`
	Themes    []string        `json:"themes"` // names
	Tools     []toolAnswer    `json:"tools"`
	Lang      string          `json:"lang"`
	Stage     string          `json:"stage"` // "" where the text does not say
	Lesson    bool            `json:"lesson"`
	Failure   bool            `json:"failure"`
	Event     bool            `json:"event"`
	Artefacts []Artefact      `json:"artefacts"`
	Rules     string          `json:"rules"`
}

// toolAnswer is a tool and what the post does with it: one of Adoptions.
type toolAnswer struct {
	Hit
	Adoption string `json:"adoption"`
}

// Filter reads posts as JSON lines from in and writes what each is about to
// out, in the same order. A line that cannot be read is told on opts.Errors
// and left out; the rest goes on, and the error at the end counts them. Only a
// line that is longer than any post ends it.
func Filter(ctx context.Context, in io.Reader, out io.Writer, t *Tagger, opts FilterOptions) error {
	r, w := bufio.NewReaderSize(in, 64<<10), bufio.NewWriter(out)
	bad, total := 0, 0
	for n := 1; ctx.Err() == nil; n++ {
		b, err := readLine(r)
		if len(bytes.TrimSpace(b)) > 0 {
			total++
			if err := filterLine(w, b, t, opts); err != nil {
				var lost *writeError
				if errors.As(err, &lost) {
					return lost.err
				}
				bad++
				tell(opts.Errors, n, err)
			}
		}
		if err == io.EOF {
			break
		} else if err != nil {
			return errors.Join(fmt.Errorf("line %d: %w", n, err), w.Flush())
		}
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(ctx.Err(), w.Flush()); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d lines could not be read", bad, total)
	}
	return nil
}

// writeError is a failure to write, which ends Filter.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

func tell(w io.Writer, n int, err error) {
	if w != nil {
		fmt.Fprintf(w, "line %d: %v\n", n, err)
	}
}

// readLine returns the next line without its end. The error is io.EOF with the
// last one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var long []byte
	for {
		part, err := r.ReadSlice('\n')
		if err == nil && long == nil {
			return part, nil
		}
		long = append(long, part...)
		if len(long) > maxLine {
			return nil, fmt.Errorf("longer than %d bytes; cut the text", maxLine)
		}
		if err != bufio.ErrBufferFull {
			return long, err
		}
	}
}

func filterLine(w io.Writer, b []byte, t *Tagger, opts FilterOptions) error {
	in, err := t.readInput(b)
	if err != nil {
		return err
	}
	r := t.Tag(in)
	if opts.Explain {
		if _, err := io.WriteString(w, Explain(in, r, opts.Vocabulary, opts.Register)); err != nil {
			return &writeError{err}
		}
		return nil
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(t.answer(in, r)); err != nil {
		return &writeError{err}
	}
	return nil
}

// readInput reads one line. Unknown keys are fine: an item has many.
func (t *Tagger) readInput(b []byte) (Input, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return Input{}, plainJSON(err)
	}
	published, err := parseTime(l.Published)
	if err != nil {
		return Input{}, err
	}
	if l.FeedCouncil != "" && !t.finder.Knows(l.FeedCouncil) {
		return Input{}, fmt.Errorf("feed_council %q is not in the register; use a GSS code such as E09000012", l.FeedCouncil)
	}
	class := cmp.Or(l.Class, l.ItemClass)
	if class != "" && !slices.Contains(item.Classes, item.Class(class)) {
		return Input{}, fmt.Errorf("class %q is not one of %v", class, item.Classes)
	}
	return Input{
		ID: l.ID, Title: l.Title, Text: l.Text, Links: l.Links, Hashtags: l.Hashtags,
		Published: published, Lang: l.Lang, FeedCouncil: l.FeedCouncil,
		Class: class, Publisher: l.Publisher, URL: l.URL,
	}, nil
}

// plainJSON says what is wrong with a line without the words of Go.
func plainJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Errorf("%s is a JSON %s; write it in quotation marks, or lists in brackets", wrong.Field, wrong.Value)
	}
	return fmt.Errorf("not a JSON object such as {\"id\": \"1\", \"text\": \"…\"}: %w", err)
}

// parseTime reads an RFC 3339 time or a date; "" is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("published %q is not a time; write 2026-11-16T09:30:00Z or 2026-11-16", s)
}

func (t *Tagger) answer(in Input, r Result) answer {
	a := answer{
		ID: in.ID, Lang: r.Lang, Rules: r.Rules, Themes: []string{},
		Councils: notNil(slices.Clone(r.Councils)), Topics: notNil(r.Topics), Tools: []toolAnswer{},
		Stage: r.Stage.ID, Lesson: r.Has("lesson"), Failure: r.Has("failure"), Event: r.Has("event"), Artefacts: notNil(r.Artefacts),
	}
	for i, h := range r.Tools {
		a.Tools = append(a.Tools, toolAnswer{h, r.Adoption[i].ID})
	}
	for i := range a.Councils {
		a.Councils[i].Confidence = float32(math.Round(float64(a.Councils[i].Confidence)*1000) / 1000)
	}
	for _, h := range r.Themes {
		a.Themes = append(a.Themes, t.rules[t.themes[h.ID]].Name)
	}
	return a
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
