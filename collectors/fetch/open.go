package fetch

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// HTTP returns a client for connections that stay open (WebSocket, server-sent
// events) and for what Get cannot do. Its addresses are guarded as those of
// Get are, at every hop; it names itself, keeps no cookies, follows at most
// five redirects, none of them from https to http, and fails with an *Error of
// kind Waiting while the host asked for a pause. Unlike Get it takes no turn
// at the host, and bounds neither the size nor the time of a body: its caller
// must. It speaks HTTP/1.1, as a WebSocket needs. Close it with
// CloseIdleConnections.
func (c *Client) HTTP() *http.Client {
	t := c.transport()
	t.MaxConnsPerHost, t.ForceAttemptHTTP2 = 0, false
	t.ResponseHeaderTimeout = c.cfg.Total
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return &http.Client{Transport: guarded{c, t}, CheckRedirect: checkRedirect}
}

// guarded is the transport of HTTP.
type guarded struct {
	c  *Client
	to *http.Transport
}

func (g guarded) CloseIdleConnections() { g.to.CloseIdleConnections() }

func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	at, err := parse(r.URL.String())
	if err != nil {
		return nil, err
	}
	if err := g.c.gates.held(Host(at), at.String(), g.c.cfg.Now()); err != nil {
		return nil, err
	}
	if err := g.c.guardProxied(r.Context(), at); err != nil {
		return nil, g.c.explain(err, at.String(), false)
	}
	if r.Header.Get("Authorization") != "" && !confidential(at) {
		return nil, insecure(at.String())
	}
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", g.c.cfg.UserAgent)
	r.Header.Del("Referer")
	answer, err := g.to.RoundTrip(r)
	if err != nil {
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return nil, g.c.explain(err, at.String(), false)
	}
	g.c.observe(at, answer)
	return answer, nil
}

// Refused makes an *Error of an answer that is not what was wanted, such as
// the refusal of a WebSocket, with the pause that its host asked for.
func (c *Client) Refused(answer *http.Response) error {
	return refused(answer.Request.URL.String(), answer, c.until(answer))
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	fail := func(sentence string) error {
		return &Error{Kind: Redirects, URL: via[0].URL.Redacted(), Sentence: sentence}
	}
	switch {
	case len(via) > maxRedirects:
		return fail("it redirects more than five times; give the address where it ends")
	case via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https":
		return fail("it redirects from https to http, which is not followed; ask the site to repair it, or give the http address")
	case Host(r.URL) != Host(via[0].URL):
		r.Header.Del("Authorization")
	}
	return nil
}

// Rate is what a host says of its limit: how many requests fit a period, how
// many are left of them, and when the next period begins. Zero where it says
// nothing.
type Rate struct {
	Limit, Remaining int
	Reset            time.Time
}

// rateOf reads X-RateLimit-* as Mastodon (times as RFC 3339) and GitHub (Unix
// seconds) send them, and RateLimit-* (seconds from now).
func rateOf(h http.Header, now time.Time) Rate {
	number := func(name string) (int, bool) {
		for _, prefix := range [...]string{"X-Ratelimit-", "Ratelimit-"} {
			value := h.Get(prefix + name)
			if n, err := strconv.Atoi(value); value != "" && err == nil && n >= 0 {
				return n, true
			}
		}
		return 0, false
	}
	var r Rate
	var known bool
	if r.Limit, known = number("Limit"); !known || r.Limit == 0 {
		return Rate{}
	}
	r.Remaining, _ = number("Remaining")
	reset, isNumber := number("Reset")
	if at, err := time.Parse(time.RFC3339, h.Get("X-RateLimit-Reset")); err == nil {
		r.Reset = at.UTC()
	} else if isNumber && reset > 1e9 {
		r.Reset = time.Unix(int64(reset), 0).UTC()
	} else if isNumber {
		r.Reset = now.Add(time.Duration(reset) * time.Second)
	}
	if r.Reset.After(now.Add(maxHold)) {
		r.Reset = now.Add(maxHold)
	}
	return r
}

// until returns when the host may be visited again after this answer: what
// Retry-After says, else the end of a limit that is used up.
func (c *Client) until(answer *http.Response) time.Time {
	now := c.cfg.Now()
	until := retryAfter(answer.Header.Get("Retry-After"), now)
	over := answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusForbidden
	if until.IsZero() && over {
		if r := rateOf(answer.Header, now); r.Limit > 0 && r.Remaining == 0 && r.Reset.After(now) {
			until = r.Reset
		}
	}
	return until
}

func insecure(address string) error {
	return &Error{Kind: Invalid, URL: address, Sentence: fmt.Sprintf(
		"a token is only sent over https; give the https address of %s", address)}
}
