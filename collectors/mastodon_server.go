package collectors

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vantage/collectors/fetch"
)

// serverAge is how long what a server says of itself is believed.
const serverAge = 24 * time.Hour

// mastodonServer is what the server says of itself in its instance document.
type mastodonServer struct {
	Read    time.Time `json:"read,omitzero"`
	Domain  string    `json:"domain,omitempty"`  // of its local accounts
	Version string    `json:"version,omitempty"` // as it writes it
	Local   string    `json:"local,omitempty"`   // who may read hashtags of its own posts: public, authenticated, disabled
	Remote  string    `json:"remote,omitempty"`  // and of posts from elsewhere
	Stream  string    `json:"stream,omitempty"`  // base address of its streams; empty: none
	Any     bool      `json:"any,omitempty"`     // reads several hashtags in one request
	Lots    bool      `json:"lots,omitempty"`    // returns several posts by id in one request
	Routes  bool      `json:"routes,omitempty"`  // shows a post at /statuses/ID
}

// instanceDocument is /api/v2/instance, and what differs in /api/v1/instance.
// https://docs.joinmastodon.org/entities/Instance/
type instanceDocument struct {
	Domain      string         `json:"domain"`
	URI         string         `json:"uri"` // of version 1: the domain, or an address
	Version     string         `json:"version"`
	SourceURL   string         `json:"source_url"`
	APIVersions map[string]any `json:"api_versions"`
	URLs        struct {
		Streaming string `json:"streaming_api"`
	} `json:"urls"`
	Configuration struct {
		URLs struct {
			Streaming string `json:"streaming"`
		} `json:"urls"`
		Access struct {
			Hashtags struct {
				Local  string `json:"local"`
				Remote string `json:"remote"`
			} `json:"hashtag_feeds"`
		} `json:"timelines_access"`
	} `json:"configuration"`
}

// meet reads what the server says of itself, once a day. While it does not
// answer, what it said last holds.
func (t *mastodonTurn) meet(ctx context.Context) error {
	s := &t.state.head.Server
	if !s.Read.IsZero() && t.now.Sub(s.Read) < serverAge {
		return nil
	}
	body, err := t.instance(ctx)
	if err != nil && !s.Read.IsZero() && !t.gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	next, err := readInstance(body, t.base)
	if err != nil {
		return err
	}
	next.Read = t.now
	*s = next
	return nil
}

func (t *mastodonTurn) gone(err error) bool {
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && (e.Status == http.StatusGone || e.Kind == fetch.Waiting || e.Status == http.StatusTooManyRequests)
}

// instance returns the document, in the form of version 1 where there is no
// other (Mastodon before 4.0, Pleroma).
func (t *mastodonTurn) instance(ctx context.Context) ([]byte, error) {
	res, err := t.get(ctx, "/api/v2/instance", nil)
	if e, ok := errors.AsType[*fetch.Error](err); ok && e.Status == http.StatusNotFound {
		res, err = t.get(ctx, "/api/v1/instance", nil)
	}
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// readInstance makes sense of the document.
func readInstance(body []byte, base string) (mastodonServer, error) {
	if err := checkJSON(body, '{'); err != nil {
		return mastodonServer{}, err
	}
	var d instanceDocument
	if err := json.Unmarshal(body, &d); err != nil && d.Version == "" {
		return mastodonServer{}, notMastodon(err)
	}
	access := d.Configuration.Access.Hashtags
	s := mastodonServer{
		Domain: hostOf(base), Version: cutName(d.Version), Local: accessOf(access.Local), Remote: accessOf(access.Remote),
		Stream: streamBase(first(d.Configuration.URLs.Streaming, d.URLs.Streaming)),
	}
	if domain := hostOf("https://" + strings.TrimPrefix(first(d.Domain, hostOf(d.URI), d.URI), "https://")); strings.Contains(domain, ".") {
		s.Domain = domain
	}
	foreign := strings.Contains(d.Version, "compatible;")
	gotosocial := strings.Contains(strings.ToLower(d.SourceURL+d.Version), "gotosocial")
	major, minor := versionOf(d.Version)
	switch {
	case gotosocial:
	case foreign:
		s.Any = strings.Contains(d.Version, "Pleroma") || strings.Contains(d.Version, "Akkoma")
	default:
		s.Any, s.Routes = major >= 3, major >= 4
		s.Lots = major > 4 || major == 4 && minor >= 3
	}
	return s, nil
}

// accessOf reads a switch; servers before 4.5 have none and show all.
func accessOf(s string) string {
	switch s {
	case "authenticated", "disabled":
		return s
	}
	return "public"
}

// versionOf reads the first two numbers of "4.3.1+glitch".
func versionOf(s string) (major, minor int) {
	a, rest, _ := strings.Cut(s, ".")
	b, _, _ := strings.Cut(rest, ".")
	major, _ = strconv.Atoi(a)
	minor, _ = strconv.Atoi(b)
	return major, minor
}

// streamBase returns wss://host as https://host, "" for anything else. In the
// clear it is used on this machine only, which the client sees to.
func streamBase(s string) string {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(s), "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return ""
	}
	switch u.Scheme {
	case "wss", "https":
		u.Scheme = "https"
	case "ws", "http":
		u.Scheme = "http"
	default:
		return ""
	}
	return u.String()
}

// width is how many hashtags go into one request: Mastodon takes four, the
// main one among them (LIMIT_PER_MODE in app/models/tag_feed.rb).
func (s *mastodonServer) width() int {
	if s.Any {
		return 4
	}
	return 1
}

// How hashtags can be read.
const (
	readAll   = "all"
	readLocal = "local" // only posts of the server itself
	readRSS   = "rss"   // the 20 newest of each tag
)

// way says how hashtags can be read with or without a token, and in one
// sentence what is missed and what to do about it.
func (s *mastodonServer) way(signed bool) (way, notice string) {
	const token = "make an access token there (scope read) and name its file in token_file"
	switch {
	case signed || s.Local == "public" && s.Remote == "public":
		return readAll, ""
	case s.Local == "public":
		return readLocal, "without a token the server shows only posts of its own members; to hear the others as well, " + token
	}
	return readRSS, "the server shows hashtags only to those who sign in, so just the 20 newest posts of each are seen (RSS); " + token
}
