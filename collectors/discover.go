package collectors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"vantage/collectors/fetch"
)

// maxDiscovery bounds the addresses that are asked for in one search for
// feeds, the given one among them. A robots.txt for each host comes on top.
const maxDiscovery = 12

// Discoverer finds what can be listened to at an address.
type Discoverer struct {
	Client *fetch.Client
	Now    func() time.Time
	// Council returns the register id and the name of the council of a
	// domain, empty where there is none. Nil: nothing is known.
	Council func(domain string) (id, name string)
}

// Candidate is a source that was found. All but those that say Unverified were
// read and hold at least the form of a feed.
type Candidate struct {
	Source   Source    `json:"-"`
	Line     string    `json:"line"` // for the list of sources, ready to paste
	Kind     string    `json:"kind"`
	URL      string    `json:"url"`
	Title    string    `json:"title"`
	How      string    `json:"how"` // where it was found, in a few words
	Items    int       `json:"items"`
	Newest   time.Time `json:"newest,omitzero"`
	PerWeek  float64   `json:"items_a_week"`         // by the dates of its items; 0 when unknown
	Comments bool      `json:"comments,omitempty"`   // of readers, not posts
	Notice   string    `json:"notice,omitempty"`     // one sentence about something to look at first
	Unproven bool      `json:"unverified,omitempty"` // nothing was read
	Format   string    `json:"format,omitempty"`     // rss 2.0, atom 1.0 …
	links    []string  // of its items, the newest first
	rank     int       // how likely its place is that of a site's news; lower is better
}

// clue is an address where a feed may be.
type clue struct {
	url  string
	how  string
	name string // as the page calls it
	rank int
	src  *Source // what to suggest instead of a feed, where a kind knows the site
	hub  bool    // a page whose links are followed, too
}

// discovery is one search under way.
type discovery struct {
	Discoverer
	parsers parsers
	left    int // addresses that may still be asked for
	tried   map[string]bool
	found   []Candidate
	login   bool  // a page asked for a password
	err     error // the last that came from a host, not from a body
}

// Find reads the page at an address, follows what looks like feeds, looks in
// the usual places where it finds none, and reads each feed to see what it
// holds. At most 12 addresses are asked for, with the pauses of the client,
// and robots.txt is obeyed. The best comes first. An error says what to do.
func (d Discoverer) Find(ctx context.Context, address string) ([]Candidate, error) {
	address = webAddress(address)
	at := canonical(nil, address)
	if at == "" {
		return nil, fmt.Errorf("%q is not a web address; write it as https://www.example.gov.uk", address)
	}
	if sentence := closedSite(at); sentence != "" {
		return nil, errors.New(sentence)
	}
	s := &discovery{Discoverer: d, parsers: newParsers(), left: maxDiscovery, tried: map[string]bool{}}
	if err := s.search(ctx, at); err != nil {
		return nil, err
	}
	if len(s.found) == 0 {
		return nil, s.nothing(at)
	}
	return s.ordered(), nil
}

// webAddress completes what a person types.
func webAddress(address string) string {
	address = strings.TrimSpace(address)
	address = strings.TrimPrefix(address, "feed:")
	if rest, ok := strings.CutPrefix(address, "//"); ok {
		address = "https://" + rest
	}
	if !strings.Contains(address, "://") && !strings.Contains(strings.SplitN(address, "/", 2)[0], "@") {
		address = "https://" + address
	}
	return address
}

func (s *discovery) search(ctx context.Context, at string) error {
	known, only := knownSite(at)
	if err := s.follow(ctx, known); err != nil {
		return err
	}
	if only && len(s.found) > 0 {
		return nil
	}
	places, err := s.visitPage(ctx, clue{url: at, how: "given", hub: true}, true)
	if err != nil {
		return err
	}
	if len(s.found) > 0 {
		return nil
	}
	for _, c := range places { // the first that is there is enough
		if err := s.follow(ctx, []clue{c}); err != nil || len(s.found) > 0 {
			return err
		}
	}
	return nil
}

// visitPage reads an address: a feed is kept, of a page the clues are
// followed. It returns the usual places of such a page, and an error only
// when the first address of all cannot be read.
func (s *discovery) visitPage(ctx context.Context, c clue, first bool) (places []clue, err error) {
	res, err := s.get(ctx, c.url)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && first && !answered(err) && len(s.found) == 0:
		return nil, err
	case err != nil && first:
		return usualPlaces(c.url, sitePage{}), nil // the page is refused, its feed may not be
	case err != nil || res == nil:
		return nil, nil
	case s.keep(ctx, c, res):
		return nil, nil
	}
	p := readSitePage(res)
	s.login = s.login || p.login
	clues := p.clues()
	if !first {
		clues = slices.DeleteFunc(clues, func(c clue) bool { return c.rank >= rankHub })
	}
	if err := s.follow(ctx, clues); err != nil {
		return nil, err
	}
	if len(s.found) == 0 && p.refresh != "" && !s.tried[p.refresh] {
		return s.visitPage(ctx, clue{url: p.refresh, how: "where the page leads", hub: first}, first)
	}
	return usualPlaces(res.URL, p), nil
}

// answered reports that a host did answer, if only with a refusal.
func answered(err error) bool {
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests
}

// follow reads what clues lead to, the best first.
func (s *discovery) follow(ctx context.Context, clues []clue) error {
	slices.SortStableFunc(clues, func(a, b clue) int { return cmp.Compare(a.rank, b.rank) })
	for _, c := range clues {
		if c.src != nil && c.url == "" {
			s.suggest(c)
			continue
		}
		if c.hub {
			if _, err := s.visitPage(ctx, c, false); err != nil {
				return err
			}
			continue
		}
		res, err := s.get(ctx, c.url)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && res != nil {
			s.keep(ctx, c, res)
		}
	}
	return nil
}

// get asks for an address once, while the budget lasts; nil, nil when it is
// not asked for.
func (s *discovery) get(ctx context.Context, address string) (*fetch.Response, error) {
	if address == "" || s.tried[address] || s.left == 0 {
		return nil, nil
	}
	s.tried[address] = true
	s.left--
	res, err := s.Client.Get(ctx, fetch.Request{URL: address, Accept: feedAccept + ", text/html;q=0.6", Robots: true})
	if err != nil {
		s.err = err
		return nil, err
	}
	s.tried[res.URL] = true
	return res, nil
}

// nothing explains why no feed was found, and what to do.
func (s *discovery) nothing(at string) error {
	tried := maxDiscovery - s.left
	switch {
	case s.login:
		return fmt.Errorf("no feed was found at %s: it asks visitors to sign in, and only what is open to everybody is listened to; give the address of a public page", at)
	case fetch.KindOf(s.err) == fetch.Disallowed && tried <= 2:
		return s.err
	case fetch.KindOf(s.err) == fetch.Waiting:
		return s.err
	}
	return fmt.Errorf("no feed was found at %s (%d addresses tried); look on the site for a link named RSS or news feed and give its address, or ask its owner for a feed", at, tried)
}
