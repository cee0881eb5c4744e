package collectors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"vantage/collectors/fetch"
)

const (
	// perVisit is how many requests one visit makes at most.
	perVisit = 8
	// restAfter is the pause that each request costs in the long run. Mastodon
	// allows 300 in 5 minutes, and 300 pages in 15 (config/initializers/rack_attack.rb).
	restAfter = 10 * time.Second
	// ratePeriod is the period of the announced limits, which no header tells.
	ratePeriod = 5 * time.Minute
	pageLimit  = "40"
)

// errEnough ends a visit that has made its requests, or that the server asks
// to end. It is no failure.
var errEnough = errors.New("enough requests for one visit")

// timelinePage is one answer of a timeline.
type timelinePage struct {
	posts       []mastodonPost
	older       string // id before which the next older page begins; empty: there is none
	newer       string // id after which the next newer page begins
	first, last time.Time
}

// get asks the API.
func (t *mastodonTurn) get(ctx context.Context, path string, query url.Values) (*fetch.Response, error) {
	address := t.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return t.ask(ctx, fetch.Request{URL: address, Accept: "application/json", Token: string(t.token), Robots: t.token == ""})
}

// ask makes a request. Every one is counted, and every answer may end the
// visit.
func (t *mastodonTurn) ask(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
	if t.left <= 0 {
		return nil, errEnough
	}
	t.left--
	t.asked++
	res, err := t.deps.Client.Get(ctx, req)
	if err != nil {
		return nil, t.refused(err)
	}
	t.v.Status, t.v.Bytes = res.Status, t.v.Bytes+res.Wire
	t.limit = res.Rate.Limit
	if r := res.Rate; r.Limit > 0 && r.Remaining*5 < r.Limit {
		t.left, t.v.RetryAt = 0, maxTime(t.v.RetryAt, r.Reset) // the rest is left to others at this address
	}
	t.v.RetryAt = maxTime(t.v.RetryAt, res.RetryAfter)
	return res, nil
}

// refused gives a refusal a sentence that says what to do on such a server.
func (t *mastodonTurn) refused(err error) error {
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		return err
	}
	own := *e
	switch s := refusal(e.Status, t.token != ""); {
	case e.Kind == fetch.Waiting:
		t.asked--
	case e.Kind == fetch.Disallowed:
		own.Sentence = "the server's robots.txt asks programs not to use its API; ask its owner for an access token (scope read) and name its file in token_file"
	case s != "":
		own.Sentence = s
	}
	return &own
}

// refusal is the sentence for a status; "" where that of the client will do.
func refusal(status int, signed bool) string {
	switch {
	case status == http.StatusUnauthorized && signed:
		return "the server does not take the token (401); make a new one there (scope read) and put it into the token's file"
	case status == http.StatusUnauthorized:
		return "the server shows posts only to those who sign in (401); make an access token there (scope read) and name its file in token_file"
	case status == http.StatusForbidden && signed:
		return "the token may not read this (403); make one with the scope read, and check that its account is not blocked"
	case status == http.StatusForbidden:
		return "the server does not let us read this (403); ask its owner, or make an access token there (scope read) and name its file in token_file"
	case status == http.StatusTeapot:
		return "the server turns programs like this one away (418); ask its owner before you try again"
	case status == http.StatusNotFound:
		return "there is no Mastodon server at this address (404); give the address of its front page"
	case status == http.StatusUnprocessableEntity:
		return "the server cannot make sense of the hashtags (422); check how they are written"
	case status == http.StatusGone:
		return "the server says that it is gone for good (410); remove it, or name another server"
	}
	return ""
}

// timeline reads one page of a lane. query holds max_id or min_id, or neither.
func (t *mastodonTurn) timeline(ctx context.Context, l *lane, key, id string) (timelinePage, error) {
	q := url.Values{"limit": {pageLimit}}
	for _, tag := range l.Tags[1:] {
		q.Add("any[]", tag)
	}
	if key != "" {
		q.Set(key, id)
	}
	if t.way == readLocal {
		q.Set("local", "true")
	}
	res, err := t.get(ctx, "/api/v1/timelines/tag/"+url.PathEscape(l.Tags[0]), q)
	if err != nil {
		return timelinePage{}, err
	}
	if res.Refuses() && t.token == "" {
		return timelinePage{}, &FormatError{Sentence: "the server asks not to be collected (X-Robots-Tag); ask its owner for an access token and name its file in token_file"}
	}
	posts, bad, err := readPosts(res.Body)
	if err != nil {
		return timelinePage{}, err
	}
	if bad > 0 {
		t.note(fmt.Sprintf("%d of %d posts in one answer cannot be read; they are left out", bad, bad+len(posts)))
	}
	p := timelinePage{posts: posts}
	p.frame(res.Header.Values("Link"))
	return p, nil
}

// frame finds where the page lies: by the Link header, of which only the ids
// are used, because Mastodon leaves any[] out of it; else by the posts.
func (p *timelinePage) frame(links []string) {
	if len(p.posts) == 0 {
		return
	}
	p.newer, p.older = p.posts[0].ID, p.posts[len(p.posts)-1].ID
	for i := range p.posts {
		at := p.posts[i].created
		if p.first.IsZero() || at.Before(p.first) {
			p.first = at
		}
		if at.After(p.last) {
			p.last = at
		}
	}
	next, prev, ok := pageLinks(links)
	if !ok {
		return
	}
	p.older = next
	if prev != "" {
		p.newer = prev
	}
}

// pageLinks returns max_id of rel="next" and min_id (or since_id, which some
// servers write there) of rel="prev"; ok is false where there is no such
// header at all.
func pageLinks(headers []string) (next, prev string, ok bool) {
	for link := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		target, params, found := strings.Cut(link, ";")
		target = strings.Trim(strings.TrimSpace(target), "<>")
		u, err := url.Parse(target)
		if !found || err != nil || len(target) > maxLink {
			continue
		}
		q := u.Query()
		switch {
		case strings.Contains(params, `"next"`) && statusID(q.Get("max_id")):
			next, ok = q.Get("max_id"), true
		case strings.Contains(params, `"prev"`):
			if id := first(q.Get("min_id"), q.Get("since_id")); statusID(id) {
				prev, ok = id, true
			}
		}
	}
	return next, prev, ok
}

// mastodonPace spreads the requests to one server over time, whatever the
// number of sources on it.
type mastodonPace struct {
	mu   sync.Mutex
	free map[string]time.Time // by host: no visit before
}

// ready returns when the host may be visited; it is in the past when it may.
func (p *mastodonPace) ready(host string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.free[host]
}

// spend notes requests and returns when the next visit may be.
func (p *mastodonPace) spend(host string, requests int, each time.Duration, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for h, free := range p.free {
		if free.Before(now) {
			delete(p.free, h)
		}
	}
	at := now.Add(time.Duration(requests) * each)
	if requests > 0 && each > 0 {
		p.free[host] = at
	}
	return at
}

// costOf is the pause that one request costs: ten seconds, or more where a
// quarter of the announced limit is less than that. This machine may be asked
// at any pace.
func costOf(limit int, here bool) time.Duration {
	if here {
		return 0
	}
	if limit <= 0 {
		return restAfter
	}
	return max(restAfter, 4*ratePeriod/time.Duration(limit))
}
