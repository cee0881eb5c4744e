package fetch

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// Ports are the ports that may be visited. With AllowLoopback a loopback
// address may be visited on any port, so that tests and the sample town need
// no privileges.
var Ports = []uint16{80, 443, 8080, 8443}

// table holds IANA's special-purpose registries for IPv4 and IPv6.
var table = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())

// Guard reports why addr must not be visited: nil for addresses of the public
// internet, an error of kind Blocked for everything else (private, loopback,
// link-local, shared, documentation, multicast and reserved ranges, and IPv6
// forms that carry an IPv4 address: mapped, NAT64, 6to4, Teredo). Loopback
// passes when allowLoopback is set, but only in its plain forms 127.0.0.0/8
// and ::1.
func Guard(addr netip.Addr, allowLoopback bool) error {
	switch {
	case !addr.IsValid():
		return &Error{Kind: Blocked, Sentence: "the address is not an IP address"}
	case allowLoopback && addr.IsLoopback() && !addr.Is4In6() && addr.Zone() == "":
		return nil
	case table.SafeAddr(addr) != nil:
		return &Error{Kind: Blocked, Sentence: fmt.Sprintf(
			"the name leads to %s, which is not an address of the public internet; only public addresses are visited", addr)}
	}
	return nil
}

// control is the net.Dialer hook: it sees the resolved address of each hop
// just before the connection is made, so that a name that changes its answer
// between two look-ups gains nothing.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &Error{Kind: Blocked, Sentence: fmt.Sprintf("%q is not an address and a port", address)}
	}
	if err := Guard(to.Addr(), c.cfg.AllowLoopback); err != nil {
		return err
	}
	if c.cfg.AllowLoopback && to.Addr().IsLoopback() {
		return nil
	}
	return guardPort(to.Port())
}

func guardPort(port uint16) error {
	if slices.Contains(Ports, port) {
		return nil
	}
	return &Error{Kind: Blocked, Sentence: fmt.Sprintf("port %d is not visited; use one of 80, 443, 8080, 8443", port)}
}
