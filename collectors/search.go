package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// maxLooks is the number of posts that one visit looks up because they left
// a stretch of time that they belong to.
const maxLooks = 3

// partialRetry is the pause before an API that gave up is asked again.
const partialRetry = 10 * time.Minute

// searchKind is an API that is asked for everything in a stretch of time, and
// what the rest needs to know of it.
type searchKind struct {
	horizon time.Duration // how far the first visit goes back, and how long an outage is made up for
	overlap time.Duration // how much is read again for late posts, edits and deletes
	grain   time.Duration // the shortest stretch that can be asked for; 0: a list that is read page by page
	limit   int           // results in one answer
	pages   int           // that can be asked for of one stretch
	accept  string        // media type

	// pace returns the requests a minute that we allow ourselves, and how many
	// may follow each other at once.
	pace func(signed bool) (perMinute, atOnce float64)
	// owner returns the address of a document that is read before the first
	// visit, and keep what of it is kept; nil: nothing is needed.
	owner func(src Source) string
	keep  func(body []byte) (string, error)

	ask  func(src Source, s stretch) string // address
	read func(src Source, owner string, body []byte) (searchAnswer, error)
	look func(src Source, ref string) string // address of one post; "": it has none
	// left says of the answer to look that the post was withdrawn all the
	// same; nil: whatever can be looked up is there.
	left func(body []byte) bool
	// explain gives a refusal a sentence that fits the API; "": it has one.
	explain func(status int, signed bool) string
}

// searchAnswer is one answer of the API.
type searchAnswer struct {
	results []searchHit
	got     int  // results as they came, among them what is no post
	total   int  // that match the stretch, of which the answer has the newest
	more    bool // for a list: there is another page
	partial bool // the API gave up before it had everything
}

// result is one post with what is kept to find it again.
type searchHit struct {
	found
	at     time.Time // by which the API orders; an edit may move it
	author string    // what names a person, to be hidden; empty: an organisation
	ref    string    // for look; never names a person
}

// search listens to such an API: it walks back to the horizon once, the newest
// first, and then reads the last overlap again and again. A stretch with more
// than one answer holds is split rather than paged through, so that a post
// that moves between two requests is not missed.
type search struct {
	deps Deps
	kind func(src Source) *searchKind
}

// Visit makes one request for the stretch that is to be read next, and up to
// four small ones.
func (c search) Visit(ctx context.Context, src Source, cursor []byte) (Visit, error) {
	s := &searchVisit{searchKind: c.kind(src), deps: c.deps, src: src, now: c.deps.Now().UTC()}
	var err error
	if s.state, err = loadSearch(cursor, src.URL); err != nil {
		return Visit{}, err
	}
	if s.token, err = src.Token(); err != nil {
		return Visit{}, err
	}
	if err := s.wait(); err != nil {
		return s.v, err
	}
	if err := s.run(ctx); err != nil {
		return s.failed(cursor, err)
	}
	return s.finish(cursor), nil
}

// searchVisit is one visit under way.
type searchVisit struct {
	*searchKind
	deps  Deps
	src   Source
	state *searchState
	token Secret
	now   time.Time
	v     Visit
}

// wait refuses to ask before the budget allows it; the poller comes back.
func (s *searchVisit) wait() error {
	until := s.ready()
	if !until.After(s.now) {
		return nil
	}
	s.v.RetryAt = laterOf(s.v.RetryAt, until)
	return &fetch.Error{Kind: fetch.Waiting, URL: s.src.URL, Until: until, Sentence: fmt.Sprintf(
		"the budget of requests is used up; the next one is due at %s", until.Format("2 January 2006 15:04:05 UTC"))}
}

func (s *searchVisit) ready() time.Time {
	perMinute, atOnce := s.pace(s.token != "")
	return s.state.Budget.ready(s.now, perMinute, atOnce)
}

func (s *searchVisit) run(ctx context.Context) error {
	if s.owner != nil && s.state.Owner == "" {
		if err := s.meet(ctx); err != nil {
			return err
		}
	}
	s.gap()
	at := s.state.next(s.searchKind, s.now)
	req := fetch.Request{URL: s.ask(s.src, at), Accept: s.accept}
	asked := s.state.Asked == req.URL
	if asked {
		req.ETag = s.state.ETag
	}
	res, err := s.get(ctx, req)
	if err != nil {
		return err
	}
	s.v.Status = res.Status
	if res.NotModified || asked && res.Hash == s.state.Body {
		s.state.read(at, s.now)
	} else if err := s.take(at, res); err != nil {
		return err
	}
	s.lookUp(ctx)
	return nil
}

// get asks, and keeps account of what it costs.
func (s *searchVisit) get(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
	req.Token, req.Robots = string(s.token), s.token == ""
	perMinute, atOnce := s.pace(s.token != "")
	res, err := s.deps.Client.Get(ctx, req)
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		if e.Kind != fetch.Waiting {
			s.state.Budget.spend(s.now, perMinute, atOnce)
		}
		s.v.RetryAt = laterOf(s.v.RetryAt, e.Until)
	}
	if err != nil {
		return nil, err
	}
	s.v.Bytes += res.Wire
	if !res.NotModified || s.token == "" {
		s.state.Budget.spend(s.now, perMinute, atOnce)
	}
	s.v.RetryAt = laterOf(s.v.RetryAt, res.RetryAfter)
	if r := res.Rate; r.Limit > 0 && r.Remaining*5 <= r.Limit {
		s.v.RetryAt = laterOf(s.v.RetryAt, r.Reset) // a fifth is left to others at this address
	}
	return res, nil
}

// meet reads once who owns what is listened to.
func (s *searchVisit) meet(ctx context.Context) error {
	res, err := s.get(ctx, fetch.Request{URL: s.owner(s.src), Accept: s.accept})
	if err != nil {
		return err
	}
	s.state.Owner, err = s.keep(res.Body)
	return err
}

// gap publishes that an outage was longer than what is made up for.
func (s *searchVisit) gap() {
	from, to := s.state.Through, s.now.Add(-s.horizon)
	if !from.IsZero() && from.Before(to) {
		s.v.Items = append(s.v.Items, s.hole(from, to))
		s.state.Through = to
	}
}

func (s *searchVisit) hole(from, to time.Time) item.Item {
	from, to = from.UTC(), to.UTC()
	return item.Item{
		Schema: item.Schema, Op: item.Gap, Kind: s.src.Kind, Source: s.src.Key, Via: []string{s.src.Key},
		Version: item.NextVersion(0, s.deps.Stamp()), GapFrom: &from, GapTo: &to,
	}
}

// take reads an answer: what is new in it, what is missing, what is left.
func (s *searchVisit) take(at stretch, res *fetch.Response) error {
	r, err := s.searchKind.read(s.src, s.state.Owner, res.Body)
	if err != nil {
		return err
	}
	s.v.Items = append(s.v.Items, s.state.diff(s, r.results)...)
	if s.rest(at, r) {
		s.state.suspect(at, r)
	}
	s.state.Asked, s.state.ETag, s.state.Body, s.state.Since = "", "", 0, time.Time{}
	if at.open() && at.Page == 0 && !s.state.unfinished() {
		s.state.Asked, s.state.ETag, s.state.Body = s.ask(s.src, at), res.ETag, res.Hash
		if r.got <= fewHits {
			s.state.Since = at.From
		}
	}
	return nil
}

// rest plans what an answer did not hold, and reports that what is not in it
// is not in the stretch (of a list: not among what is younger than its last).
func (s *searchVisit) rest(at stretch, r searchAnswer) (whole bool) {
	n := len(r.results)
	switch full := r.got >= s.limit; {
	case r.partial:
		s.v.Notice = "the search gave up before it had everything; it is asked again"
		s.v.RetryAt = laterOf(s.v.RetryAt, s.now.Add(partialRetry))
		return false
	case s.grain == 0 && r.more && n > 0 && at.Page+1 < s.pages && !r.results[n-1].at.Before(at.From):
		s.state.turn(at, s.now)
		return true
	case s.grain == 0, at.Page == 0 && r.total <= r.got:
		s.state.read(at, s.now)
		return true
	case at.Page == 0 && s.state.split(at, s.searchKind, r.total, s.now):
		return false
	case full && at.Page+1 < s.pages:
		s.state.turn(at, s.now)
		return false
	case full:
		s.v.Notice = fmt.Sprintf("more than %d posts in one moment; the search shows no more of them", s.limit*s.pages)
		s.v.Items = append(s.v.Items, s.hole(at.From, at.end(s.now)))
	}
	s.state.read(at, s.now)
	return false
}

// lookUp asks for a few of the posts that are missing: they were withdrawn, or
// only ceased to match. What cannot be told now is asked again later.
func (s *searchVisit) lookUp(ctx context.Context) {
	for n := 0; n < maxLooks && len(s.state.Suspects) > 0 && s.wait() == nil; n++ {
		id := s.state.Suspects[0]
		address := s.look(s.src, s.state.Recent[id].Ref)
		if address == "" {
			s.state.clear(id) // this one can never be asked after
			continue
		}
		res, err := s.get(ctx, fetch.Request{URL: address, Accept: s.accept})
		e, _ := errors.AsType[*fetch.Error](err)
		missing := e != nil && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
		if err != nil && !missing {
			s.state.Suspects = append(s.state.Suspects[1:], id) // it must not hold up the others
			return
		}
		if missing || s.left != nil && s.left(res.Body) {
			s.v.Items = append(s.v.Items, s.state.withdraw(s, id))
		}
		s.state.clear(id)
	}
}

// finish fills in what follows from the state.
func (s *searchVisit) finish(cursor []byte) Visit {
	s.state.forget(s.searchKind, s.now)
	s.v.Unchanged = len(s.v.Items) == 0
	if s.v.More = s.state.unfinished(); s.v.More {
		s.v.RetryAt = laterOf(s.v.RetryAt, s.ready())
	}
	if next := s.state.encode(); !bytes.Equal(next, cursor) {
		s.v.Cursor = next
	}
	return s.v
}

// failed keeps of a visit that failed only what it cost: what it found is not
// published, so it must be found again.
func (s *searchVisit) failed(cursor []byte, err error) (Visit, error) {
	v := Visit{Bytes: s.v.Bytes, RetryAt: s.v.RetryAt}
	if old, broken := loadSearch(cursor, s.src.URL); broken == nil {
		old.Budget = s.state.Budget
		v.Cursor = old.encode()
	}
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok || e.Status == 0 {
		return v, err
	}
	v.Status, v.Gone = e.Status, e.Status == http.StatusGone
	if sentence := s.explain(e.Status, s.token != ""); sentence != "" {
		own := *e
		own.Sentence = sentence
		return v, &own
	}
	return v, err
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
