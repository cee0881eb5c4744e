package fetch

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// maxGates is the number of hosts remembered before idle ones are forgotten.
	maxGates = 4096
	// longestPause is how long a visit waits in its slot for its turn.
	longestPause = 30 * time.Second
)

// gates keeps one visitor at a time and a pause between visits for each
// host and port.
type gates struct {
	gap time.Duration
	now func() time.Time // of the client

	mu     sync.Mutex
	byHost map[string]*gate
}

type gate struct {
	turn  chan struct{} // holds one token: who takes it may visit
	users int           // holding or waiting; guarded by gates.mu
	free  time.Time     // no visit before this; guarded by gates.mu
	until time.Time     // the host itself asked for no visit before; guarded by gates.mu
	delay time.Duration // that its robots.txt asks for between visits; guarded by gates.mu
}

func newGates(gap time.Duration, now func() time.Time) *gates {
	return &gates{gap: gap, now: now, byHost: map[string]*gate{}}
}

// enter waits for its turn at host and for the pause after the last visit. It
// returns the function that ends the visit.
func (g *gates) enter(ctx context.Context, host string) (leave func(), err error) {
	at := g.join(host)
	select {
	case <-at.turn:
	case <-ctx.Done():
		g.quit(at)
		return nil, ctx.Err()
	}
	leave = func() {
		g.mu.Lock()
		at.free = time.Now().Add(max(g.gap, at.delay))
		g.mu.Unlock()
		at.turn <- struct{}{}
		g.quit(at)
	}
	if err := g.pause(ctx, at, host); err != nil {
		at.turn <- struct{}{}
		g.quit(at)
		return nil, err
	}
	return leave, nil
}

func (g *gates) join(host string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.byHost[host]
	if at == nil {
		if len(g.byHost) >= maxGates {
			g.forget()
		}
		at = &gate{turn: make(chan struct{}, 1)}
		at.turn <- struct{}{}
		g.byHost[host] = at
	}
	at.users++
	return at
}

func (g *gates) quit(at *gate) {
	g.mu.Lock()
	at.users--
	g.mu.Unlock()
}

func (g *gates) wait(at *gate) (left, delay time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Until(at.free), at.delay
}

// forget drops the hosts that nobody visits and that ask for no pause.
func (g *gates) forget() {
	now := time.Now()
	for host, at := range g.byHost {
		if at.users == 0 && at.free.Before(now) && at.until.Before(now) {
			delete(g.byHost, host)
		}
	}
}

// hold keeps visits away from host until the given time of the client's clock.
func (g *gates) hold(host string, until time.Time) {
	at := g.join(host)
	g.mu.Lock()
	defer g.mu.Unlock()
	at.users--
	if until.After(at.until) {
		at.until = until
	}
}

// pause waits for the end of the pause after the last visit, unless robots.txt
// makes that so long that another visit should use the time.
func (g *gates) pause(ctx context.Context, at *gate, host string) error {
	wait, delay := g.wait(at)
	if wait > longestPause && delay > g.gap {
		return &Error{Kind: Waiting, Until: g.now().Add(wait), Sentence: fmt.Sprintf(
			"the robots.txt of %s asks for %s between visits; the visit waits for it", host, delay)}
	}
	return pause(ctx, wait)
}

// slow makes the gap at a host at least as long as its robots.txt asks, from
// the next visit on.
func (g *gates) slow(host string, delay time.Duration) {
	at := g.join(host)
	g.mu.Lock()
	defer g.mu.Unlock()
	at.users--
	at.delay = delay
}

// rest begins a pause as after a visit.
func (g *gates) rest(host string) {
	if g.gap == 0 {
		return
	}
	at := g.join(host)
	g.mu.Lock()
	defer g.mu.Unlock()
	at.users--
	at.free = time.Now().Add(g.gap)
}

// held returns an error of kind Waiting while host is to be left alone.
func (g *gates) held(host, url string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.byHost[host]
	if at == nil || !now.Before(at.until) {
		return nil
	}
	return &Error{Kind: Waiting, URL: url, Until: at.until, Sentence: fmt.Sprintf(
		"the host %s asked for a pause until %s; the visit waits for it", host, at.until.UTC().Format("2 January 2006 15:04 UTC"))}
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
