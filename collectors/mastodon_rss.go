package collectors

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"vantage/collectors/fetch"
)

// feedSize is how many posts Mastodon puts into the RSS of a hashtag
// (app/controllers/tags_controller.rb).
const feedSize = 20

// feeds reads the hashtags as RSS, where the API wants a token and there is
// none. It shows only the newest posts, and nothing of their authors' wishes.
func (t *mastodonTurn) feeds(ctx context.Context) error {
	h := &t.state.head
	t.state.lanes(t.src.Tags, 1)
	if !h.Busy || t.now.Sub(h.Began) >= roundAge {
		h.Round, h.Began = h.Round+1, t.now
	}
	h.Busy = true
	for i := range h.Lanes {
		if l := &h.Lanes[i]; l.Round != h.Round {
			if err := t.feed(ctx, l); err != nil {
				return err
			}
			l.Round, l.Read, t.moved = h.Round, t.now, true
		}
	}
	h.Busy = false
	return nil
}

func (t *mastodonTurn) feed(ctx context.Context, l *lane) error {
	res, err := t.ask(ctx, fetch.Request{
		URL: t.base + "/tags/" + url.PathEscape(l.Tags[0]) + ".rss", Accept: feedAccept, ETag: l.ETag, LastModified: l.Modified,
	})
	if err != nil || res.NotModified {
		return err
	}
	r, err := read(toUTF8(res.Body, res.ContentType()), res.ContentType(), baseOf(res.URL, t.src))
	if _, ok := errors.AsType[*FormatError](err); ok {
		return &FormatError{Err: err, Sentence: "the server shows hashtags only to those who sign in, and has no RSS for them; " +
			"make an access token there (scope read) and name its file in token_file"}
	}
	if err != nil {
		return err
	}
	p := timelinePage{}
	for _, e := range r.entries {
		if post, ok := t.ofEntry(e); ok {
			p.posts = append(p.posts, post)
		}
	}
	p.frame(nil)
	t.takeFeed(l, p)
	l.ETag, l.Modified = res.ETag, res.LastModified
	return nil
}

// takeFeed takes the posts, publishes a gap where some have come and gone
// since the last visit, and withdraws what is missing in between.
func (t *mastodonTurn) takeFeed(l *lane, p timelinePage) {
	if len(p.posts) == 0 {
		return
	}
	if !l.NewestAt.IsZero() && len(p.posts) >= feedSize && p.first.After(l.NewestAt) {
		t.gap(l.NewestAt, p.first)
	}
	l.NewestAt = maxTime(l.NewestAt, p.last)
	t.take(l, p.posts)
	here := map[string]bool{}
	for i := range p.posts {
		here[p.posts[i].ID] = true
	}
	number := t.number(l)
	for id, k := range t.state.posts {
		if k.lane == number && k.hash != 0 && !here[id] && k.made > unix(p.first) {
			t.withdraw(id)
		}
	}
}

// ofEntry makes a status of an entry. Its address is https://host/@name/ID.
func (t *mastodonTurn) ofEntry(e entry) (mastodonPost, bool) {
	link := first(e.link, e.guid)
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || e.published.IsZero() {
		return mastodonPost{}, false
	}
	p := mastodonPost{
		ID: hash(link), URL: link, URI: objectID(u), CreatedAt: e.published.Format(time.RFC3339), Visibility: "public",
		Content: first(e.body, e.short), Spoiler: e.title, Language: e.lang, created: e.published, foreign: true,
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(u.Path, "/"), "@"), "/")
	p.Account.Acct = name
	if host := hostOf(link); host != hostOf(t.base) {
		p.Account.Acct += "@" + host
	}
	for _, tag := range e.tags {
		p.Tags = append(p.Tags, struct {
			Name string `json:"name"`
		}{tag})
	}
	return p, name != ""
}

// objectID is the id of the object behind the address of a post as Mastodon
// makes both, so that a post read as RSS and over the API is one.
func objectID(u *url.URL) string {
	name, id, ok := strings.Cut(strings.TrimPrefix(u.Path, "/@"), "/")
	if !ok || !strings.HasPrefix(u.Path, "/@") || strings.Contains(name, "@") || !statusID(id) {
		return u.String()
	}
	return u.Scheme + "://" + u.Host + "/users/" + name + "/statuses/" + id
}
