// Package fetch is the one way in which Vantage reads the web: polite (it
// names itself, visits a host one at a time with a pause, asks only for what
// changed and obeys Retry-After) and guarded (public addresses only, bounded
// in size, time, redirects and compression).
package fetch

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Limits that are used where Config leaves a field at zero.
const (
	DefaultGap     = 2 * time.Second
	DefaultConnect = 10 * time.Second
	DefaultTotal   = 30 * time.Second
	DefaultStall   = 10 * time.Second
	DefaultWire    = 4 << 20
	DefaultBody    = 10 << 20

	maxRedirects = 5
	maxRatio     = 100     // decoded to wire bytes, once past ratioFrom
	ratioFrom    = 1 << 20 // small pages of one repeated word are no bombs
	maxHeader    = 64 << 10
	maxHold      = 7 * 24 * time.Hour // a longer Retry-After counts as this
)

// Config says how the client behaves. Its zero value is a polite client for
// the public internet that names no contact.
type Config struct {
	Version string // of this program, for the User-Agent
	Contact string // address of a page or mailbox of the operator, for the User-Agent
	// UserAgent replaces the text made from Version and Contact.
	UserAgent string

	// AllowLoopback lets the client visit this machine, for tests and the
	// sample town. Private networks stay closed.
	AllowLoopback bool
	// Proxy is used for every visit when set; the environment is never read.
	Proxy *url.URL

	Gap     time.Duration // between two visits to a host and port; negative: none
	Connect time.Duration // to connect, TLS included
	Total   time.Duration // from the first byte sent to the last received, redirects included
	Stall   time.Duration // longest silence inside a body

	// MaxWire bounds a compressed body as it travels, MaxBody any body as it
	// is handed on; both in bytes.
	MaxWire, MaxBody int64

	Now func() time.Time // for Retry-After; time.Now when nil
}

// Client is safe for concurrent use; share one, because the pauses between
// visits to a host are kept in it.
type Client struct {
	cfg    Config
	http   *http.Client
	gates  *gates
	robots robotsCache
}

// New returns a client.
func New(cfg Config) *Client {
	cfg.Gap = max(0, cmp.Or(cfg.Gap, DefaultGap))
	cfg.Connect = cmp.Or(cfg.Connect, DefaultConnect)
	cfg.Total = cmp.Or(cfg.Total, DefaultTotal)
	cfg.Stall = cmp.Or(cfg.Stall, DefaultStall)
	cfg.MaxWire = cmp.Or(cfg.MaxWire, DefaultWire)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, DefaultBody)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, userAgent(cfg.Version, cfg.Contact))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{cfg: cfg, gates: newGates(cfg.Gap, cfg.Now), robots: robotsCache{byOrigin: map[string]*robotsEntry{}}}
	c.http = &http.Client{
		Transport:     c.transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// transport makes one connection at a time to a host. Compression is ours,
// because the limits have to hold on both sides of it.
func (c *Client) transport() *http.Transport {
	t := &http.Transport{
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		IdleConnTimeout:        30 * time.Second,
		MaxConnsPerHost:        1,
		MaxIdleConns:           64,
		MaxResponseHeaderBytes: maxHeader,
		TLSHandshakeTimeout:    c.cfg.Connect,
	}
	dialer := &net.Dialer{Timeout: c.cfg.Connect}
	if c.cfg.Proxy == nil {
		dialer.Control = c.control
	} else {
		t.Proxy = http.ProxyURL(c.cfg.Proxy)
	}
	t.DialContext = dialer.DialContext
	return t
}

// Close ends the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Hold keeps every visit away from the host of address until the given time.
// The poller calls it at start with what hosts asked for before a restart.
func (c *Client) Hold(address string, until time.Time) {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		c.gates.hold(Host(u), until)
	}
}

// Rest gives the host of address the usual gap from now on, as after a visit.
// The poller calls it at start for the hosts that were visited before, because
// nothing tells how long ago the last visit was when a crash came after it.
func (c *Client) Rest(address string) {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		c.gates.rest(Host(u))
	}
}

// Gap returns the pause between two visits to a host.
func (c *Client) Gap() time.Duration { return c.cfg.Gap }

// guardProxied checks what the guard of the dialer cannot see behind a proxy.
// A name that this machine cannot resolve is left to the proxy, on the usual
// ports.
func (c *Client) guardProxied(ctx context.Context, u *url.URL) error {
	if c.cfg.Proxy == nil {
		return nil
	}
	port := portOf(u)
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", asciiHost(u.Hostname()))
	if err != nil {
		return guardPort(port)
	}
	for _, addr := range found {
		if err := c.control("", netip.AddrPortFrom(addr.Unmap(), port).String(), nil); err != nil {
			return err
		}
	}
	return nil
}

func userAgent(version, contact string) string {
	if contact == "" {
		contact = "public-sector trend radar; the operator left no contact"
	} else {
		contact = "+" + contact
	}
	return "Vantage/" + cmp.Or(version, "dev") + " (" + contact + ")"
}
