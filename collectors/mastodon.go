package collectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
	"vantage/collectors/text"
)

func init() {
	Register("mastodon", Kind{New: newMastodon, Complete: completeMastodon, Check: checkMastodon})
}

// maxListened bounds the hashtags of one source: ten requests a round.
const maxListened = 40

// mastodon listens to hashtags on Mastodon and servers that speak its API. A
// source is a server and its hashtags. Without a token it asks again and
// again; with one it also follows the server's stream (see Follow).
//
// A visit belongs to a round: read what is newer, walk back to the horizon
// once, sweep over the last hours for posts that arrived late and over the
// last days once a day, ask whether what is stored still stands. A round that
// takes more requests than one visit may make goes on in the next.
type mastodon struct {
	deps Deps
	pace *mastodonPace
}

func newMastodon(d Deps) Collector {
	return &mastodon{deps: d, pace: &mastodonPace{free: map[string]time.Time{}}}
}

// completeMastodon takes the hashtag out of an address such as
// https://mastodon.social/tags/localgov. What stays is the front page.
func completeMastodon(s *Source) {
	var tags []string
	for _, t := range s.Tags {
		tags = text.AddTag(tags, t)
	}
	if u, err := url.Parse(strings.TrimSpace(s.URL)); err == nil && u.Host != "" {
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		if n := len(parts); n >= 2 && parts[n-2] == "tags" {
			tags = text.AddTag(tags, strings.TrimSuffix(parts[n-1], ".rss"))
			u.Path = "/"
		}
		u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
		u.RawQuery, u.Fragment = "", ""
		s.URL = u.String()
	}
	if len(tags) > 0 {
		s.Tags = tags
	}
	if s.Key == "" {
		s.Key = KeyOf(s.Kind, s.URL+"/tags/"+strings.Join(tags, "+"))
	}
	if s.Name == "" && len(tags) > 0 {
		s.Name = "#" + strings.Join(tags[:min(3, len(tags))], " #") + " on " + hostOf(s.URL)
	}
}

func checkMastodon(s Source) error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Path != "" && u.Path != "/":
		return fmt.Errorf("url %q is not that of a server or of a hashtag on it; write it as https://mastodon.social/tags/localgov", s.URL)
	case len(s.Tags) == 0:
		return errors.New("tags is empty; name at least one hashtag, as in tags: [localgov]")
	case len(s.Tags) > maxListened:
		return fmt.Errorf("tags has %d hashtags, and one source takes at most %d; share them out among several", len(s.Tags), maxListened)
	}
	for _, t := range s.Tags {
		if tag := text.AddTag(nil, t); len(tag) == 0 {
			return fmt.Errorf("tags has %q, which is not a hashtag; write it as localgov, with letters and digits only", t)
		}
	}
	return nil
}

// mastodonTurn is one visit under way.
type mastodonTurn struct {
	deps  Deps
	src   Source
	base  string // address of the server, without a slash at its end
	key   []byte // for pseudonyms
	token Secret
	state *mastodonState
	now   time.Time
	stamp time.Time // for versions, see Deps.Stamp
	way   string    // in which hashtags are read

	left, asked int  // requests that may be and were made
	limit       int  // of requests that the server announced
	moved       bool // the visit came further than it was
	streamed    bool // what is taken came over the stream
	refusers    map[string]bool
	v           Visit
}

func (m *mastodon) turn(src Source, s *mastodonState) (*mastodonTurn, error) {
	token, err := src.Token()
	if err != nil {
		return nil, err
	}
	t := &mastodonTurn{
		deps: m.deps, src: src, base: strings.TrimRight(src.URL, "/"), key: m.deps.Key, token: token, state: s,
		now: m.deps.Now().UTC(), stamp: m.deps.Stamp(), left: perVisit, refusers: map[string]bool{},
	}
	return t, nil
}

// Visit makes up to eight requests.
func (m *mastodon) Visit(ctx context.Context, src Source, cursor []byte) (Visit, error) {
	s, err := loadMastodon(cursor, src.URL)
	if err != nil {
		return Visit{}, err
	}
	return m.visit(ctx, src, s, cursor)
}

func (m *mastodon) visit(ctx context.Context, src Source, s *mastodonState, cursor []byte) (Visit, error) {
	t, err := m.turn(src, s)
	if err != nil {
		return Visit{}, err
	}
	host := hostPort(t.base)
	if free := m.pace.ready(host); free.After(t.now) {
		return Visit{RetryAt: free}, &fetch.Error{Kind: fetch.Waiting, URL: t.base, Until: free, Sentence: fmt.Sprintf(
			"the requests to %s are spread over time; the next is due at %s", hostOf(t.base), free.UTC().Format("2 January 2006 15:04:05 UTC"))}
	}
	err = t.round(ctx)
	u, _ := url.Parse(t.base) // it was asked, so it can be read
	free := m.pace.spend(host, t.asked, costOf(t.limit, u != nil && loopback(u)), t.now)
	return t.finish(cursor, free, err)
}

// roundAge is how long a round may take before a new one begins with what is
// newest.
const roundAge = 5 * time.Minute

// round goes on with the round under way, or begins one.
func (t *mastodonTurn) round(ctx context.Context) error {
	if err := t.meet(ctx); err != nil {
		return err
	}
	h := &t.state.head
	var notice string
	t.way, notice = h.Server.way(t.token != "")
	t.note(notice)
	if t.way == readRSS {
		return t.feeds(ctx)
	}
	t.state.lanes(t.src.Tags, h.Server.width())
	t.state.dropForeign()
	if !h.Busy || t.now.Sub(h.Began) >= roundAge {
		h.Round, h.Began = h.Round+1, t.now
	}
	h.Busy = true
	for _, step := range []func(context.Context, *lane) error{t.forward, t.back, t.sweep} {
		for i := range h.Lanes {
			if err := step(ctx, &h.Lanes[i]); err != nil {
				return err
			}
		}
	}
	if err := t.check(ctx); err != nil {
		return err
	}
	h.Busy = false
	return nil
}

// finish makes a Visit of the turn. free is when the server may be asked
// again. A failure after something was found waits: first what was found is
// published.
func (t *mastodonTurn) finish(cursor []byte, free time.Time, err error) (Visit, error) {
	v := t.v
	e, refused := errors.AsType[*fetch.Error](err)
	if refused {
		v.RetryAt = maxTime(v.RetryAt, e.Until)
	}
	switch {
	case err == nil:
	case errors.Is(err, errEnough):
		v.More, v.RetryAt = true, maxTime(v.RetryAt, free)
	case (len(v.Items) > 0 || t.moved) && !errors.Is(err, context.Canceled):
		v.Notice = first(sentence(err), v.Notice)
		v.More, v.RetryAt = true, maxTime(v.RetryAt, t.now.Add(firstRetry))
	default:
		out := Visit{Bytes: v.Bytes, RetryAt: v.RetryAt}
		if refused {
			out.Status, out.Gone = e.Status, e.Status == http.StatusGone
		}
		return out, err
	}
	t.state.forget(t.now)
	v.Unchanged = len(v.Items) == 0
	if next := t.state.encode(); !bytes.Equal(next, cursor) {
		v.Cursor = next
	}
	return v, nil
}

// note keeps the first sentence about what to look after.
func (t *mastodonTurn) note(sentence string) { t.v.Notice = first(t.v.Notice, sentence) }

// take publishes what is new or changed among posts of a lane.
func (t *mastodonTurn) take(l *lane, posts []mastodonPost) {
	number := t.number(l)
	for i := range posts {
		t.takeOne(number, &posts[i])
	}
}

// number is the place of a lane among the others.
func (t *mastodonTurn) number(l *lane) uint8 {
	return uint8(max(0, slices.IndexFunc(t.state.head.Lanes, func(x lane) bool { return slices.Equal(x.Tags, l.Tags) })))
}

func (t *mastodonTurn) takeOne(lane uint8, p *mastodonPost) {
	k, known := t.state.posts[p.ID]
	if p.Account.consent() == Refused || t.optedOut(p) {
		t.refuse(p, k)
		return
	}
	f, ok := t.item(p)
	if !ok || !p.visible() {
		t.withdraw(p.ID)
		return
	}
	content := contentNumber(f.ContentHash)
	if f.Sensitive {
		content = max(1, ^content)
	}
	if !known {
		k = knownPost{seen: unix(t.now), made: unix(p.created), foreign: p.foreign, late: t.streamed && t.now.Sub(p.created) > lateAfter}
	}
	k.lane, k.last = lane, unix(t.now)
	if known && k.hash == content {
		t.state.posts[p.ID] = k
		return
	}
	it := f.Item
	it.Version = item.NextVersion(k.version, t.stamp)
	it.Seen = time.Unix(int64(k.seen), 0).UTC()
	it.Published = publishedAt(f.claim, it.Seen)
	if k.late {
		it.Published = it.Seen
	}
	if k.hash != 0 {
		it.Op = item.Update
		if it.Updated == nil {
			at := t.now
			it.Updated = &at
		}
	}
	k.item, k.hash, k.version = it.ID, content, it.Version
	t.state.posts[p.ID] = k
	t.v.Items = append(t.v.Items, it)
}

// optedOut says that the server of the author was opted out. Nothing that is
// published of a person shows its name, so it is looked at here.
func (t *mastodonTurn) optedOut(p *mastodonPost) bool {
	_, host, _ := strings.Cut(t.state.head.Server.author(&p.Account, t.src).name, "@")
	return t.deps.RefusesHost != nil && (t.deps.RefusesHost(host) || t.deps.RefusesHost(hostOf(p.URI)))
}

// refuse takes back what was published of an author who does not want it any
// more, also what is too old to be remembered here. Of others nothing is kept.
func (t *mastodonTurn) refuse(p *mastodonPost, k knownPost) {
	if k.hash == 0 {
		return
	}
	t.withdraw(p.ID)
	ref := pseudonym(t.key, t.src.Kind, t.state.head.Server.author(&p.Account, t.src).name)
	if t.refusers[ref] {
		return
	}
	t.refusers[ref] = true
	t.v.Items = append(t.v.Items, item.Item{
		Schema: item.Schema, Op: item.AuthorGone, AuthorRef: ref, Version: item.NextVersion(0, t.stamp),
		Kind: t.src.Kind, Source: t.src.Key, Via: []string{t.src.Key}, Published: t.now, Seen: t.now,
	})
}

// withdraw deletes a post that was published from here.
func (t *mastodonTurn) withdraw(id string) {
	k := t.state.posts[id]
	if k.hash == 0 {
		return
	}
	it := withdrawn(t.src, k.item, item.NextVersion(k.version, t.stamp), t.now)
	k.hash, k.version, k.last = 0, it.Version, unix(t.now)
	t.state.posts[id] = k
	t.v.Items = append(t.v.Items, it)
}
