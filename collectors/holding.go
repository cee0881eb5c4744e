package collectors

import (
	"context"
	"errors"
	"log/slog"
)

// errLost ends visits to sources that another process may visit by now.
var errLost = errors.New("another process visits this source now")

// holding is the right to visit the sources of one part.
type holding struct {
	ctx      context.Context // ends when it is lost
	cancel   context.CancelCauseFunc
	draining bool // it is given up as soon as its visits have ended
}

// hold takes a part. It may be called for one that is held.
func (p *Poller) hold(n int) {
	p.mu.Lock()
	if h := p.held[n]; h != nil && h.draining {
		p.mu.Unlock()
		if err := p.saveShard(n); err != nil {
			return // the next turn tries again
		}
		p.mu.Lock()
		p.loseLocked(n)
	}
	if p.held[n] == nil && p.running != nil {
		ctx, cancel := context.WithCancelCause(p.running)
		p.held[n] = &holding{ctx: ctx, cancel: cancel}
		defer p.poke()
	}
	p.mu.Unlock()
}

func (p *Poller) holdAll() {
	for n := range shards {
		p.hold(n)
	}
}

// lose ends what runs in a part at once. It may be called for one that is not
// held.
func (p *Poller) lose(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loseLocked(n)
}

func (p *Poller) loseAll() {
	for n := range shards {
		p.lose(n)
	}
}

func (p *Poller) loseLocked(n int) {
	h := p.held[n]
	if h == nil {
		return
	}
	h.cancel(errLost)
	p.held[n], p.loaded[n] = nil, false
	p.suspend(n)
	for key := range p.members[n] {
		p.cursors.forget(key)
		delete(p.kept, key)
	}
}

// suspend takes the sources of a part out of the agenda. p.mu is held.
func (p *Poller) suspend(n int) {
	for key := range p.members[n] {
		if t := p.tasks[key]; t != nil {
			t.loaded = false
			t.booked++
		}
	}
	for place := range p.blocked { // one of the part may have had the next turn at a place
		if !p.places[place] {
			p.unblock(place)
		}
	}
	p.poke()
}

// drain begins no more visits in a part, and closes its streams.
func (p *Poller) drain(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.held[n]
	if h == nil || h.draining {
		return
	}
	h.draining = true
	p.suspend(n)
	for key := range p.members[n] {
		if s := p.streams[key]; s != nil {
			s.cancel(errLost)
		}
	}
}

// drained says whether a part may be given to another process: nothing runs
// in it, and its states are saved.
func (p *Poller) drained(n int) bool {
	p.mu.Lock()
	h := p.held[n]
	quiet := h == nil || h.draining
	for key := range p.members[n] {
		quiet = quiet && !p.busy[key] && p.streams[key] == nil
	}
	p.mu.Unlock()
	return quiet && (h == nil || p.saveShard(n) == nil)
}

// mayWrite says whether this process still holds a part. A save that begins
// now also ends in time: saveTime is less than the third of a lease that is left
// before others take over.
func (p *Poller) mayWrite(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held[n] != nil && (p.lease == nil || p.lease.validLocked())
}

// refreshOthers shows where the sources stand that other processes visit.
func (p *Poller) refreshOthers(ctx context.Context) {
	for n := range shards {
		p.mu.Lock()
		foreign := p.held[n] == nil && len(p.members[n]) > 0
		p.mu.Unlock()
		if !foreign {
			continue
		}
		states, err := p.loadShard(ctx, n)
		if err != nil {
			p.cfg.Log.Warn("where the sources of other processes stand cannot be read", slog.Any("err", err))
			return
		}
		p.mu.Lock()
		for _, s := range states {
			if t := p.tasks[s.Source]; t != nil && !t.loaded && t.state.URL == s.URL && p.held[n] == nil {
				t.state = s
			}
		}
		p.mu.Unlock()
	}
}
