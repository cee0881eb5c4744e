package dashboards

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits on what one reader may send: so many at once, then one in each pause.
const (
	throttleBurst = 10
	throttlePause = 2 * time.Minute
	// throttleSize bounds the readers remembered at a time; see makeRoom for who
	// is forgotten beyond it.
	throttleSize = 10_000
)

// limit is how often one reader may do a thing: so many times at once, then
// once in each pause.
type limit struct {
	burst float64
	pause time.Duration
}

// throttle bounds how often one reader may send something. It remembers no
// address: only a hash under a key that dies with the process.
type throttle struct {
	limit
	key [32]byte
	now func() time.Time

	mu   sync.Mutex
	left map[[16]byte]allowance
}

type allowance struct {
	tokens float64
	at     time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return newThrottleOf(limit{throttleBurst, throttlePause}, now)
}

func newThrottleOf(l limit, now func() time.Time) *throttle {
	t := &throttle{limit: l, now: now, left: map[[16]byte]allowance{}}
	rand.Read(t.key[:])
	return t
}

// allow takes one token of the reader; if there is none it says how long until
// the next.
func (t *throttle) allow(r *http.Request) (wait time.Duration, ok bool) {
	who, now := t.reader(r), t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	a, known := t.left[who]
	if !known {
		a = allowance{t.burst, now}
		t.makeRoom(now)
	}
	a.tokens = min(t.burst, a.tokens+float64(now.Sub(a.at))/float64(t.pause))
	a.at = now
	if ok = a.tokens >= 1; ok {
		a.tokens--
	}
	t.left[who] = a
	return time.Duration((1 - a.tokens) * float64(t.pause)), ok
}

// makeRoom forgets those who have their whole allowance again, and, where
// there are still too many, anybody.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.left) < throttleSize {
		return
	}
	for who, a := range t.left {
		if now.Sub(a.at) > time.Duration(t.burst)*t.pause {
			delete(t.left, who)
		}
	}
	for who := range t.left {
		if len(t.left) < throttleSize {
			return
		}
		delete(t.left, who)
	}
}

// reader is a hash of the network that a request comes from: one address of
// IPv4, a /64 of IPv6.
func (t *throttle) reader(r *http.Request) (who [16]byte) {
	mac := hmac.New(sha256.New, t.key[:])
	mac.Write([]byte(network(r)))
	copy(who[:], mac.Sum(nil))
	return who
}

// network trusts X-Forwarded-For only from a proxy on this machine, and of it
// only the last entry, which that proxy wrote itself.
func network(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if list := r.Header.Values("X-Forwarded-For"); addr.Unmap().IsLoopback() && len(list) > 0 {
		entries := strings.Split(list[len(list)-1], ",")
		if behind, err := netip.ParseAddr(strings.TrimSpace(entries[len(entries)-1])); err == nil {
			addr = behind
		}
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
