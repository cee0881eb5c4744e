package fetch

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// Request asks for one address.
type Request struct {
	URL string
	// ETag and LastModified come from the last answer, verbatim, and make
	// the request conditional.
	ETag, LastModified string
	Accept             string // media types; empty: anything
	// Token is sent as "Authorization: Bearer", over https (or to loopback)
	// and to the host of URL over its scheme only: a redirect elsewhere drops it.
	Token string
	// Robots asks the robots.txt of each host first and obeys it, as is right
	// for pages, for the search for feeds and for APIs without a token. Who
	// gave the address of a feed wants it read, as a reader does: without.
	Robots bool
	// Enough is how many bytes of a longer body are read and handed on, for what
	// is of use without its end; 0: a body that is too long is an error.
	Enough int64
}

// Response is an answer of status 200 to 299 or 304.
type Response struct {
	URL       string // where the answer came from, after redirects
	Permanent string // where 301 and 308 alone led; empty when the address holds
	Status    int
	Header    http.Header

	Body      []byte // decoded; nil when NotModified
	Wire      int64  // bytes of the body as it travelled
	Hash      uint64 // xxHash64 of Body: the same bytes need not be parsed twice
	Truncated bool   // the connection or the compression broke off; Body is what came

	NotModified        bool
	ETag, LastModified string
	MaxAge             time.Duration // of Cache-Control, else until Expires; 0 when absent
	RetryAfter         time.Time     // zero when absent
	Robots             []string      // values of X-Robots-Tag, lower case
	Rate               Rate          // what is left of the host's limit
}

// ContentType is the header as it came.
func (r *Response) ContentType() string { return r.Header.Get("Content-Type") }

// Get fetches an address. It waits for its turn at the host, follows at most
// five redirects with the guard at every hop, and sends neither cookies nor a
// Referer, nor credentials but those of Request.Token. Every error is an
// *Error, except that of a ctx that ended.
func (c *Client) Get(ctx context.Context, req Request) (*Response, error) {
	at, err := parse(req.URL)
	if err != nil {
		return nil, err
	}
	if req.Token != "" && !confidential(at) {
		return nil, insecure(at.String())
	}
	trip := trip{client: c, req: req, left: c.cfg.Total, seen: []string{at.String()}, fixed: true}
	for {
		res, next, err := trip.hop(ctx, at)
		if err != nil || next == nil {
			return res, err
		}
		at = next
	}
}

// trip is one Get on its way through the redirects.
type trip struct {
	client    *Client
	req       Request
	left      time.Duration // of Config.Total; waiting for a turn does not count
	seen      []string
	fixed     bool // only permanent redirects so far
	permanent string
}

// hop visits one address: it returns the answer, or the next address.
func (t *trip) hop(ctx context.Context, at *url.URL) (*Response, *url.URL, error) {
	host := Host(at)
	if t.req.Robots {
		if err := t.client.allowed(ctx, at); err != nil {
			return nil, nil, err
		}
	}
	if err := t.client.gates.held(host, at.String(), t.client.cfg.Now()); err != nil {
		return nil, nil, err
	}
	leave, err := t.client.gates.enter(ctx, host)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	// Who visited while this one waited may have been asked for a pause.
	if err := t.client.gates.held(host, at.String(), t.client.cfg.Now()); err != nil {
		return nil, nil, err
	}
	began := time.Now()
	defer func() { t.left -= time.Since(began) }()
	return t.visit(ctx, at)
}

func (t *trip) visit(parent context.Context, at *url.URL) (*Response, *url.URL, error) {
	ctx, cancel := context.WithTimeout(parent, t.left)
	defer cancel()
	if err := t.client.guardProxied(ctx, at); err != nil {
		return nil, nil, t.client.explain(err, at.String(), false)
	}
	answer, err := t.client.http.Do(t.request(ctx, at))
	if err != nil {
		return nil, nil, t.failed(parent, err, at, false)
	}
	defer answer.Body.Close()
	if location := answer.Header.Get("Location"); location != "" && redirects(answer.StatusCode) {
		next, err := t.redirect(at, location, answer.StatusCode)
		return nil, next, err
	}
	res, err := t.response(at, answer)
	if err != nil || res.NotModified {
		return res, nil, err
	}
	if err := t.client.read(ctx, cancel, answer, res, t.req.Enough); err != nil {
		return nil, nil, t.failed(parent, err, at, true)
	}
	return res, nil, nil
}

// failed tells the end of the caller's context from a failure of the host.
func (t *trip) failed(parent context.Context, err error, at *url.URL, body bool) error {
	if parent.Err() != nil {
		return parent.Err()
	}
	return t.client.explain(err, at.String(), body)
}

func (t *trip) request(ctx context.Context, at *url.URL) *http.Request {
	h := http.Header{
		"User-Agent":      {t.client.cfg.UserAgent},
		"Accept-Encoding": {"gzip, br, zstd"},
		"Accept":          {"*/*"},
	}
	if t.req.Accept != "" {
		h.Set("Accept", t.req.Accept)
	}
	if t.req.ETag != "" {
		h.Set("If-None-Match", t.req.ETag)
	}
	if t.req.LastModified != "" {
		h.Set("If-Modified-Since", t.req.LastModified)
	}
	if t.req.Token != "" && t.home(at) {
		h.Set("Authorization", "Bearer "+t.req.Token)
	}
	r := &http.Request{Method: http.MethodGet, URL: at, Host: at.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return r.WithContext(ctx)
}

// home says whether at is of the host and scheme that were asked first.
func (t *trip) home(at *url.URL) bool {
	first, err := url.Parse(t.seen[0])
	return err == nil && first.Scheme == at.Scheme && Host(first) == Host(at)
}

// response reads the head of an answer.
func (t *trip) response(at *url.URL, answer *http.Response) (*Response, error) {
	t.client.observe(at, answer)
	status, until := answer.StatusCode, t.client.until(answer)
	if status != http.StatusNotModified && (status < 200 || status > 299) {
		return nil, refused(at.String(), answer, until)
	}
	return &Response{
		URL: at.String(), Permanent: t.permanent, Status: status, Header: answer.Header,
		NotModified: status == http.StatusNotModified,
		ETag:        answer.Header.Get("ETag"), LastModified: answer.Header.Get("Last-Modified"),
		MaxAge: freshFor(answer.Header), RetryAfter: until, Robots: robotsTag(answer.Header, productToken(t.client.cfg.UserAgent)),
		Rate: rateOf(answer.Header, t.client.cfg.Now()),
	}, nil
}

// observe keeps visits away from a host that asked for a pause.
func (c *Client) observe(at *url.URL, answer *http.Response) {
	switch until := c.until(answer); answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		c.gates.hold(Host(at), until)
	case http.StatusForbidden:
		if rateOf(answer.Header, c.cfg.Now()).Limit > 0 {
			c.gates.hold(Host(at), until)
		}
	}
}

// redirect checks the next address of a redirect.
func (t *trip) redirect(from *url.URL, location string, status int) (*url.URL, error) {
	to, err := from.Parse(location)
	if err == nil {
		to.User = nil // a redirect cannot make us send a password
		to, err = parse(to.String())
	}
	fail := func(sentence string) (*url.URL, error) {
		return nil, &Error{Kind: Redirects, URL: from.String(), Sentence: sentence, Err: err}
	}
	switch {
	case err != nil:
		return fail("it redirects to " + strconv.Quote(location) + ", which is not a web address")
	case from.Scheme == "https" && to.Scheme == "http":
		return fail("it redirects from https to http, which is not followed; ask the site to repair it, or give the http address")
	case slices.Contains(t.seen, to.String()):
		return fail("its redirects go round in a circle at " + to.String() + "; ask the site to repair it")
	case len(t.seen) > maxRedirects:
		return fail("it redirects more than five times; give the address where it ends")
	}
	t.seen = append(t.seen, to.String())
	t.fixed = t.fixed && (status == http.StatusMovedPermanently || status == http.StatusPermanentRedirect)
	if t.fixed {
		t.permanent = to.String()
	}
	return to, nil
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// parse reads an address and refuses what is never visited.
func parse(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	named := err == nil && u.User != nil
	switch { // a password must not reach a page or a log, whatever else is wrong
	case named:
		u.User = nil
		address = u.String()
	case (err != nil || u.Opaque != "") && strings.Contains(address, "@"):
		address, err = "", nil // the error repeats the address
	}
	invalid := func(sentence string) (*url.URL, error) {
		return nil, &Error{Kind: Invalid, URL: address, Sentence: sentence, Err: err}
	}
	switch {
	case u == nil:
		return invalid("this is not a web address; write it as https://example.org/feed")
	case u.Scheme != "http" && u.Scheme != "https":
		return invalid("only http and https addresses are visited; write it as https://example.org/feed")
	case u.Hostname() == "":
		return invalid("the address has no host; write it as https://example.org/feed")
	case oddNumber(u.Hostname()):
		return invalid("its host is a number in an unusual form, which is not visited; write an IP address as 192.0.2.1")
	case named:
		return invalid("the address holds a user name or password, which is never sent; give it without")
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

// oddNumber says that a host ends in a number and is no plain IP address: some
// programs read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses of this machine.
func oddNumber(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(asciiHost(host), ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// asciiHost is a host as a name server or a tunnel is asked for it: wide letters,
// digits and full stops have become plain ones.
func asciiHost(host string) string {
	if plain, err := idna.Lookup.ToASCII(host); err == nil {
		return plain
	}
	return host
}

// confidential says that nobody on the way can read what is sent to u.
func confidential(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// Host returns host:port in lower case, the unit of politeness.
func Host(u *url.URL) string {
	return net.JoinHostPort(strings.ToLower(u.Hostname()), strconv.Itoa(int(portOf(u))))
}

func portOf(u *url.URL) uint16 {
	if p, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(p)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
