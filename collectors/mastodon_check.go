package collectors

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/collectors/fetch"
)

const (
	// checkAfter is how long a post counts as standing after it was seen to.
	checkAfter = 24 * time.Hour
	// lotSize is how many posts can be asked for by id at once (since 4.3).
	lotSize = 20
)

// check asks whether the posts that were published from here still stand: no
// timeline says what was deleted.
func (t *mastodonTurn) check(ctx context.Context) error {
	for {
		size := 1
		if t.state.head.Server.Lots {
			size = lotSize
		}
		due := t.due(size)
		if len(due) == 0 {
			return nil
		}
		if t.left <= 0 {
			return errEnough
		}
		ask := t.checkLot
		if len(due) == 1 {
			ask = t.checkOne
		}
		if err := ask(ctx, due); err != nil {
			return err
		}
		t.moved = true
	}
}

// due returns the posts to ask after, those in doubt first.
func (t *mastodonTurn) due(n int) []string {
	var ids []string
	before := unix(t.now.Add(-checkAfter))
	for id, k := range t.state.posts {
		if k.hash != 0 && k.last <= before {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(t.state.posts[a].last, t.state.posts[b].last), strings.Compare(a, b))
	})
	return ids[:min(n, len(ids))]
}

// checkLot asks for several at once; what does not come is gone. That none
// comes is believed only after the first was asked for by itself.
func (t *mastodonTurn) checkLot(ctx context.Context, ids []string) error {
	res, err := t.get(ctx, "/api/v1/statuses", url.Values{"id[]": ids})
	if e, ok := errors.AsType[*fetch.Error](err); ok && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed) {
		t.state.head.Server.Lots = false
		return nil
	}
	if err != nil {
		return err
	}
	posts, bad, err := readPosts(res.Body)
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		if err := t.checkOne(ctx, ids[:1]); err != nil {
			return err
		}
		if t.state.posts[ids[0]].hash != 0 || bad > 0 {
			t.state.head.Server.Lots = false // it says that what stands is gone
			return nil
		}
	}
	came := map[string]bool{}
	for i := range posts {
		came[posts[i].ID] = true
		if k, asked := t.state.posts[posts[i].ID]; asked {
			t.takeOne(k.lane, &posts[i])
		}
	}
	for _, id := range ids {
		switch {
		case came[id]:
		case bad > 0:
			t.stands(id) // it may be the one that cannot be read
		default:
			t.withdraw(id)
		}
	}
	return nil
}

// checkOne asks for one.
func (t *mastodonTurn) checkOne(ctx context.Context, ids []string) error {
	id := ids[0]
	res, err := t.get(ctx, "/api/v1/statuses/"+url.PathEscape(id), nil)
	e, refused := errors.AsType[*fetch.Error](err)
	switch {
	case refused && (e.Status == http.StatusNotFound || e.Status == http.StatusGone):
		t.withdraw(id)
		return nil
	case refused && e.Status >= 500:
		t.stands(id) // one post that the server stumbles over must not hold up the others
		return err
	case err != nil:
		return err
	}
	if err := checkJSON(res.Body, '{'); err != nil {
		return err
	}
	p, ok := readPost(res.Body)
	if ok && p.ID == id {
		t.takeOne(t.state.posts[id].lane, &p)
	}
	if t.state.posts[id].hash != 0 {
		t.stands(id)
	}
	return nil
}

// stands notes that a post was asked after and is not known to be gone.
func (t *mastodonTurn) stands(id string) {
	k := t.state.posts[id]
	k.last = unix(t.now)
	t.state.posts[id] = k
}
