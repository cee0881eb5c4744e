package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	robotsKeep  = 24 * time.Hour      // RFC 9309, 2.4
	robotsStale = 30 * 24 * time.Hour // how long an old copy is used while the file cannot be had
	robotsRetry = 10 * time.Minute    // between questions for a file that cannot be had
	maxDelay    = time.Hour           // a longer Crawl-delay counts as this
	maxOrigins  = 4096                // files that are remembered
)

// robotsCache holds what the robots.txt of each origin says to this program.
type robotsCache struct {
	mu       sync.Mutex
	byOrigin map[string]*robotsEntry
}

type robotsEntry struct {
	mu    sync.Mutex // held while the file is asked for, so that it is asked for once
	file  robotsFile
	got   time.Time // when file was had; zero: never
	asked time.Time
	err   error // why it could not be had
}

// Allowed returns nil when the robots.txt of an address lets this program read
// it (RFC 9309): an error of kind Disallowed when it does not, and any other
// when that cannot be found out for now. The file is kept for a day; one that
// is not there (4xx) allows everything. Its Crawl-delay becomes the pause
// between visits to the host. Get asks it itself for a Request with Robots.
func (c *Client) Allowed(ctx context.Context, address string) error {
	at, err := parse(address)
	if err != nil {
		return err
	}
	return c.allowed(ctx, at)
}

func (c *Client) allowed(ctx context.Context, at *url.URL) error {
	e := c.robots.entry(at.Scheme + "://" + Host(at))
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := c.cfg.Now(); now.Sub(e.asked).Abs() >= robotsKeep || e.err != nil && now.Sub(e.asked).Abs() >= robotsRetry {
		if err := c.askRobots(ctx, at, e, now); err != nil {
			return err
		}
	}
	if e.err != nil {
		return &Error{Kind: Unreachable, URL: at.String(), Err: e.err, Sentence: fmt.Sprintf(
			"the robots.txt of %s cannot be read, so nothing is read there for now: %s", at.Hostname(), sentenceOf(e.err))}
	}
	c.gates.slow(Host(at), e.file.delay)
	if !e.file.allows(at.RequestURI()) {
		return &Error{Kind: Disallowed, URL: at.String(), Sentence: fmt.Sprintf(
			"the robots.txt of %s asks programs not to read this address; ask its owner, or use another address", at.Hostname())}
	}
	return nil
}

// askRobots fetches the file into e. It fails only where the visit cannot go
// on at all: ctx ended, or the host asked for a pause.
func (c *Client) askRobots(ctx context.Context, at *url.URL, e *robotsEntry, now time.Time) error {
	file := &url.URL{Scheme: at.Scheme, Host: at.Host, Path: "/robots.txt"}
	res, err := c.Get(ctx, Request{URL: file.String(), Accept: "text/plain, */*;q=0.5", Enough: maxRobots + 1})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if KindOf(err) == Waiting {
		return err
	}
	refusal, _ := errors.AsType[*Error](err)
	missing := refusal != nil && (refusal.Kind == Redirects ||
		refusal.Status >= 400 && refusal.Status < 500 && refusal.Status != http.StatusTooManyRequests)
	e.asked, e.err = now, nil
	switch {
	case err == nil:
		e.file, e.got = parseRobots(res.Body, productToken(c.cfg.UserAgent)), now
	case missing: // RFC 9309, 2.3.1.2 and 2.3.1.3
		e.file, e.got = robotsFile{}, now
	case e.got.IsZero() || now.Sub(e.got) > robotsStale:
		e.err = err
	default:
		e.asked = now.Add(robotsRetry - robotsKeep) // the old copy holds until the next question
	}
	return nil
}

// entry returns what is known of an origin.
func (r *robotsCache) entry(origin string) *robotsEntry {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byOrigin[origin]
	if e == nil {
		if len(r.byOrigin) >= maxOrigins {
			clear(r.byOrigin) // asking again is the worst that comes of it
		}
		e = &robotsEntry{}
		r.byOrigin[origin] = e
	}
	return e
}

func sentenceOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Sentence
	}
	return err.Error()
}

// Refuses says whether X-Robots-Tag asks programs to make no use of an answer:
// noai, none, or noindex. What is said to another program by name does not
// count, nor does "noindex, follow", with which blog software keeps a feed
// itself, not its posts, out of search results.
func (r *Response) Refuses() bool {
	said := func(word string) bool { return slices.Contains(r.Robots, word) }
	return said("noai") || said("none") || said("noindex") && !said("follow")
}

// robotsTag reads X-Robots-Tag: the words for everybody and for this program.
func robotsTag(h http.Header, token string) []string {
	var t []string
	for _, line := range h.Values("X-Robots-Tag") {
		mine := true
		for part := range strings.SplitSeq(strings.ToLower(line), ",") {
			name, word, named := strings.Cut(part, ":")
			if name = strings.TrimSpace(name); named && !strings.HasPrefix(name, "max-") && name != "unavailable_after" {
				mine, part = name == strings.ToLower(token), word
			}
			if part = strings.TrimSpace(part); mine && part != "" {
				t = append(t, part)
			}
		}
	}
	return t
}
