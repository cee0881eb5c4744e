package engine

import (
	"errors"
	"log/slog"
	"net"
	"time"
)

// Waits before a start that follows a death: short at first, because writers
// wait; doubled while starts fail, because a broken disk does not mend at once.
const (
	restartFirst = 100 * time.Millisecond
	restartLast  = 10 * time.Second
	// restartForget is how long a child must have lived for its death to count
	// as the first one again.
	restartForget = time.Minute
)

// watch owns the children: it starts a new one when one dies, and ends the
// last one at Stop.
func (e *Engine) watch(c *child) {
	defer close(e.watched)
	wait := restartFirst
	for {
		select {
		case <-c.exited:
		case <-e.life.Done():
			e.down(ErrStopped)
			c.stop()
			return
		}
		c.lifeline.Close()
		reason := errors.New("it died: " + c.ended() + c.lines.hint())
		e.down(reason)
		e.log.Error("embedded ClickHouse died, starting it again", slog.String("status", c.ended()), slog.Int("pid", c.cmd.Process.Pid))
		if time.Since(c.started) > restartForget {
			wait = restartFirst
		}
		if c = e.restart(&wait); c == nil {
			return
		}
	}
}

// restart tries until a child serves; nil means that Stop came first.
func (e *Engine) restart(wait *time.Duration) *child {
	for {
		select {
		case <-e.life.Done():
			return nil
		case <-time.After(*wait):
		}
		*wait = min(2**wait, restartLast)
		c, err := e.spawn(e.life)
		if err == nil {
			e.mu.Lock()
			e.restarts++
			e.mu.Unlock()
			e.serves(c)
			e.log.Info("embedded ClickHouse is back", slog.Int("pid", c.cmd.Process.Pid))
			return c
		}
		if e.life.Err() != nil {
			return nil
		}
		e.down(err)
		e.log.Error("embedded ClickHouse did not start again", slog.Any("err", err), slog.Duration("next", *wait))
	}
}

// serves makes c the child that is dialled.
func (e *Engine) serves(c *child) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.config.TCP {
		_, e.port, _ = net.SplitHostPort(c.address)
	}
	e.child, e.reason = c, nil
	close(e.up)
}

// down says that no child serves, and why.
func (e *Engine) down(reason error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.child != nil {
		e.up = make(chan struct{})
	}
	e.child, e.reason = nil, reason
}
