package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"vantage/collectors/fetch"
)

// maxParse bounds the parsing of one feed in time. The largest feed that the
// caps let through took 1.2 s on the 2-core machine of the build.
const maxParse = 10 * time.Second

const feedAccept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5"

func init() { Register("feed", Kind{New: newFeed, OwnPace: true}) }

// feed collects RSS, Atom and JSON Feed.
type feed struct {
	deps    Deps
	parsers parsers
}

func newFeed(d Deps) Collector { return &feed{deps: d, parsers: newParsers()} }

// Visit asks the feed for what changed and returns what is new in it.
func (f *feed) Visit(ctx context.Context, src Source, cursor []byte) (Visit, error) {
	s, err := loadHead(cursor, src.URL)
	if err != nil {
		return Visit{}, err
	}
	res, err := f.deps.Client.Get(ctx, fetch.Request{
		URL: s.address(), ETag: s.head.ETag, LastModified: s.head.LastModified, Accept: feedAccept,
	})
	if err != nil {
		return failed(s, err)
	}
	s.moved(res.Permanent)
	v := Visit{Status: res.Status, Bytes: res.Wire, Wait: res.MaxAge, RetryAt: res.RetryAfter, Address: s.head.Address}
	if res.NotModified || res.Hash == s.head.Body && !res.Truncated {
		v.Unchanged = true
		s.answered(res)
	} else if err := f.read(ctx, src, s, res, &v); err != nil {
		return v, err
	}
	return f.finish(s, cursor, v), nil
}

// finish fills in what follows from the state alone.
func (f *feed) finish(s *feedState, cursor []byte, v Visit) Visit {
	v.Wait = max(v.Wait, time.Duration(s.head.TTL)*time.Second)
	v.Skip = s.head.Skip
	v.Address, v.Notice = s.head.Address, s.head.Notice
	if s.stands() {
		return v
	}
	if next := s.encode(); !bytes.Equal(next, cursor) {
		v.Cursor = next
	}
	return v
}

// read parses a body and finds what is new in it.
func (f *feed) read(ctx context.Context, src Source, s *feedState, res *fetch.Response, v *Visit) error {
	s.remember()
	now := f.deps.Now()
	parse := func() (document, error) {
		return parseFeed(res.URL, res.Body, res.ContentType(), src, now, s.head.useless)
	}
	doc, err := f.parsers.run(ctx, parse)
	if err != nil {
		return err
	}
	if s.reissued(doc) {
		s.head.GUIDs = true
		if doc, err = f.parsers.run(ctx, parse); err != nil {
			return err
		}
	}
	doc.info.Truncated = doc.info.Truncated || res.Truncated
	s.head.useless = doc.useless
	s.head.TTL, s.head.Skip = int(doc.info.TTL/time.Second), doc.info.Skip
	s.head.Notice = notice(doc.info)
	v.Slid = s.slid(doc)
	v.Items = s.diff(doc, publication{src, f.deps.Key, now, f.deps.Stamp()})
	v.Unchanged = len(v.Items) == 0
	for i := range v.Items {
		if res.Refuses() {
			v.Items[i].Consent = Refused
		}
	}
	switch {
	case !doc.info.Truncated:
		s.answered(res)
	case !res.Truncated:
		// The rest must be asked for, so nothing is kept that would make the
		// next request conditional; but when the same bytes come again, it is
		// the feed itself that is cut short, and there is no more to have.
		s.head.Body = res.Hash
	}
	return nil
}

// parsers has a place for each parser that may run at a time: memory, not time,
// is what that saves.
type parsers chan struct{}

func newParsers() parsers { return make(parsers, max(2, runtime.GOMAXPROCS(0))) }

// run runs one parser with a limit in time, and turns a panic into an error.
// The goroutine of a parser that is too slow runs on to its end, which the caps
// on its input bound; it keeps its place, so that such parsers cannot pile up.
func (p parsers) run(ctx context.Context, parse func() (document, error)) (document, error) {
	type outcome struct {
		doc document
		err error
	}
	select {
	case p <- struct{}{}:
	case <-ctx.Done():
		return document{}, ctx.Err()
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-p }()
		var out outcome
		defer func() {
			if cause := recover(); cause != nil {
				out.err = &FormatError{Sentence: "the feed cannot be read: it makes the parser fail; please report its address", Err: fmt.Errorf("panic: %v", cause)}
			}
			done <- out
		}()
		out.doc, out.err = parse()
	}()
	limit := time.NewTimer(maxParse)
	defer limit.Stop()
	select {
	case out := <-done:
		return out.doc, out.err
	case <-limit.C:
		return document{}, &FormatError{Sentence: fmt.Sprintf("the feed takes longer than %s to read; ask the site for a shorter one", maxParse), Err: errSlow}
	case <-ctx.Done():
		return document{}, ctx.Err()
	}
}

// failed makes a Visit of an error of the client.
func failed(s *feedState, err error) (Visit, error) {
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		return Visit{}, err
	}
	v := Visit{Status: e.Status, RetryAt: e.Until, Address: s.head.Address}
	lost := e.Status == 404 || e.Status == 410 || e.Kind == fetch.Unreachable
	switch {
	case lost && s.head.Address != "":
		// Where it moved to is gone: ask the configured address again.
		s.head.Address = ""
		v.Address, v.Cursor = "", s.encode()
	case e.Status == 410:
		v.Gone = true
	}
	return v, err
}

// notice is one sentence about a feed that could be read only in part.
func notice(info FeedInfo) string {
	switch {
	case info.Truncated:
		return fmt.Sprintf("the feed broke off; the %d entries that arrived were read, and it is asked for again as a whole", info.Entries)
	case info.Skipped > 0:
		return fmt.Sprintf("%d of %d entries cannot be read; ask the site to repair its feed", info.Skipped, info.Skipped+info.Entries)
	case info.Dropped > 0:
		return fmt.Sprintf("the feed has %d entries; only the newest %d are read", info.Entries+info.Dropped, info.Entries)
	}
	return ""
}
