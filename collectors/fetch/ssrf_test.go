package fetch

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// private are hosts that lead, or would lead a careless program, into this
// machine or its network. None of them is dialled: the guard refuses the
// address just before.
var private = []string{
	"10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", // private
	"127.0.0.2", "localhost", "LOCALHOST", "[::1]", // loopback
	"169.254.169.254", "[fe80::1]", "[fe80::1%25eth0]", // link-local
	"100.64.0.1", "100.127.255.254", // shared by carriers
	"0.0.0.0", "0.1.2.3", "[::]", // this network
	"192.0.0.1", "192.0.0.170", "192.0.2.1", "198.51.100.1", "203.0.113.1", "[2001:db8::1]", "[3fff::1]", // assignments, documentation
	"198.18.0.1", "198.19.255.254", // benchmarks
	"224.0.0.1", "239.255.255.250", "[ff02::1]", "240.0.0.1", "255.255.255.255", // multicast, reserved
	"[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", // unique local, site-local
	"[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::a00:1]", // mapped, compatible
	"[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]", // NAT64
	"[2002:7f00:1::]", "[2002:c0a8:101::1]", "[2001:0:7f00:1::]", "[5f00::1]", "[100::1]", // 6to4, Teredo, routing, discard
	"2130706433", "167772161", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "10.1", "127.0.0.1.", "192.168.0x1", // numbers
}

// entrances are the ways by which an address can be visited.
var entrances = map[string]func(ctx context.Context, c *Client, url string) error{
	"a feed": func(ctx context.Context, c *Client, url string) error {
		_, err := c.Get(ctx, Request{URL: url})
		return err
	},
	"a page for discovery": func(ctx context.Context, c *Client, url string) error {
		_, err := c.Get(ctx, Request{URL: url, Robots: true})
		return err
	},
	"a WebSocket": func(ctx context.Context, c *Client, url string) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return &Error{Kind: Invalid, Sentence: err.Error()}
		}
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
		answer, err := c.HTTP().Do(r)
		if err != nil {
			return err
		}
		return answer.Body.Close()
	},
}

func refusedByGuard(err error) bool {
	kind := KindOf(err)
	robots := kind == Unreachable && strings.Contains(err.Error(), "not an address of the public internet")
	return kind == Blocked || kind == Invalid || robots
}

func TestPrivateAddressIsRefusedInEveryFormByEveryEntrance(t *testing.T) {
	if len(private) < 30 {
		t.Errorf("only %d forms", len(private))
	}
	client := New(Config{Gap: -1})
	defer client.Close()
	for way, visit := range entrances {
		for _, host := range private {
			for _, url := range []string{"http://" + host + "/", "https://" + host + ":8443/x"} {
				if err := visit(t.Context(), client, url); !refusedByGuard(err) {
					t.Errorf("%s at %s: %v", way, url, err)
				}
			}
		}
	}
}

// Loopback is open here, so that a server can redirect.
func TestRedirectToAPrivateAddressIsRefusedByEveryEntrance(t *testing.T) {
	var to string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}))
	defer s.Close()
	client := New(Config{Gap: -1, AllowLoopback: true})
	defer client.Close()
	for way, visit := range entrances {
		for _, host := range private {
			if loopback := host == "127.0.0.2" || strings.EqualFold(host, "localhost") || host == "[::1]" || host == "[::ffff:127.0.0.1]"; loopback {
				continue
			}
			to = "http://" + host + "/"
			if err := visit(t.Context(), client, s.URL); !refusedByGuard(err) && KindOf(err) != Redirects {
				t.Errorf("%s, redirected to %s: %v", way, to, err)
			}
		}
	}
}

// A name is resolved once for each connection, and the guard is asked about
// what came out of that, so a name that leads elsewhere the next time gains
// nothing.
func TestGuardIsAskedAboutEveryConnection(t *testing.T) {
	client := New(Config{Gap: -1})
	defer client.Close()
	for i, address := range []string{"8.8.8.8:443", "10.0.0.1:443", "1.1.1.1:443", "[::1]:443", "8.8.4.4:22"} {
		if err := client.control("tcp", address, nil); (err == nil) != (i%2 == 0 && i < 4) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestHostsThatAreNoNumbersAreVisited(t *testing.T) {
	for host, odd := range map[string]bool{
		"example.org": false, "1and1.com": false, "3.example": false, "0xacab.org": false, "192.0.2.1": false, "2001:db8::1": false,
		"example.0x": true, "example.12": true, "1.2.3": true, "0xff": true,
	} {
		if oddNumber(host) != odd {
			t.Errorf("%s: %v", host, !odd)
		}
	}
}
