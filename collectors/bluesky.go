package collectors

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

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// blueskyHost is a Jetstream that Bluesky runs for the public.
const blueskyHost = "https://jetstream2.us-east.bsky.network"

// blueskyWords is the query that listens for posts that concern UK councils
// and the public sector by what they say, without any hashtag.
const blueskyWords = "councils"

func init() {
	Register("bluesky", Kind{New: newBluesky, Complete: completeBluesky, Check: checkBluesky})
}

// bluesky listens to the posts of the whole network through a Jetstream
// (github.com/bluesky-social/jetstream), version 1 or 2, and keeps those with a
// hashtag of the source, or those that Deps.Match takes. Replies are posts like
// others; quoted posts are not read. Deletes, edits and closed accounts are
// followed for what was published.
//
// Everybody on the network is a person unless the source says another class: a
// DID does not tell.
type bluesky struct {
	deps   Deps
	client *http.Client // for connections that stay
	// The pace of a connection; tests shorten it.
	flush, save, ping time.Duration

	mu           sync.Mutex
	dictionaries map[string]jetDictionary // by host
}

func newBluesky(d Deps) Collector {
	b := &bluesky{
		deps: d, flush: time.Second, save: 10 * time.Second, ping: 30 * time.Second,
		dictionaries: map[string]jetDictionary{},
	}
	if d.Client != nil {
		b.client = d.Client.HTTP()
	}
	return b
}

// completeBluesky lets a line of tags be enough, and takes the address of a
// WebSocket as what it is, a web address.
func completeBluesky(s *Source) {
	if s.URL == "" {
		s.URL = blueskyHost
	}
	if rest, ok := strings.CutPrefix(s.URL, "wss://"); ok {
		s.URL = "https://" + rest
	} else if rest, ok := strings.CutPrefix(s.URL, "ws://"); ok {
		s.URL = "http://" + rest
	}
	var wanted []string
	for _, t := range s.Tags {
		wanted = append(wanted, "#"+strings.TrimPrefix(t, "#"))
	}
	if s.Query != "" {
		wanted = append(wanted, s.Query)
	}
	if s.Key == "" {
		s.Key = KeyOf(s.Kind, strings.TrimSuffix(s.URL+" "+strings.Join(wanted, " "), " "))
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix("Bluesky: "+strings.Join(wanted, ", "), ": ")
	}
	if s.Class == "" {
		s.Class = item.Person
	}
}

func checkBluesky(s Source) error {
	if s.Query != "" && s.Query != blueskyWords {
		return fmt.Errorf("query %q is not known for kind bluesky; write %s to find posts about UK councils by their words, or give hashtags as tags", s.Query, blueskyWords)
	}
	for _, t := range s.Tags {
		if text.FoldTag(t) == "" {
			return fmt.Errorf("tags: %q is not a hashtag; write it as localgov", t)
		}
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("url %q has more than an address; write it as %s", s.URL, blueskyHost)
	}
	return nil
}

// Follows: a Jetstream is always followed.
func (b *bluesky) Follows(Source) bool { return true }

// Visit is never called for a source that is followed.
func (b *bluesky) Visit(context.Context, Source, []byte) (Visit, error) {
	return Visit{}, errors.New("a Bluesky stream is followed, not visited")
}

// Follow listens until ctx ends or the stream breaks.
func (b *bluesky) Follow(ctx context.Context, src Source, cursor []byte, emit func(Visit) error) error {
	state, err := loadSky(cursor)
	if err != nil {
		return err
	}
	if now := b.deps.Now(); state.head.Time > now.Add(skyAhead).UnixMicro() {
		state.head.Time = now.UnixMicro() // saved when the clock was wrong
	}
	conn, err := b.dial(ctx, src, state)
	if err != nil {
		return orEnded(ctx, err)
	}
	f := newSkyFollow(b, src, state, conn, emit)
	return orEnded(ctx, f.run(ctx))
}

// orEnded is nil for what fails because ctx ended.
func orEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// skyWish says which posts a source wants.
type skyWish struct {
	tags  []string // folded
	match func(text string, links []string) bool
}

func wishOf(src Source, match func(string, []string) bool) skyWish {
	var w skyWish
	for _, t := range src.Tags {
		if t = text.FoldTag(t); !slices.Contains(w.tags, t) {
			w.tags = append(w.tags, t)
		}
	}
	if len(w.tags) == 0 || src.Query == blueskyWords {
		w.match = match
	}
	return w
}
