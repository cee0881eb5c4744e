package collectors

import (
	"cmp"
	"container/heap"
	"context"
	"strings"
	"sync"
	"time"
)

// agenda holds appointments, the next one first.
type agenda []appointment

// appointment is the wish to visit a task at a time. Only the newest one of a
// task counts; older ones stay where they are until their time comes.
type appointment struct {
	t  *task
	at time.Time
	n  uint64 // task.booked when this was the newest
}

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a agenda) Less(i, j int) bool {
	return cmp.Or(a[i].at.Compare(a[j].at), strings.Compare(a[i].t.src.Key, a[j].t.src.Key)) < 0
}

func (a *agenda) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	(*a)[last] = appointment{}
	*a = (*a)[:last]
	return x
}

// next takes the appointment whose time came longest ago, if any has come.
func (a *agenda) next(now time.Time) (appointment, bool) {
	if len(*a) == 0 || (*a)[0].at.After(now) {
		return appointment{}, false
	}
	return heap.Pop(a).(appointment), true
}

// wait is how long it is until the next one, at most longest.
func (a agenda) wait(now time.Time, longest time.Duration) time.Duration {
	if len(a) == 0 {
		return longest
	}
	return min(longest, a[0].at.Sub(now))
}

// enqueue makes an appointment for when a task is due. p.mu is held.
func (p *Poller) enqueue(t *task) { p.enqueueAt(t, t.due) }

func (p *Poller) enqueueAt(t *task, at time.Time) {
	t.booked++
	if !t.loaded || t.src.Paused || t.state.State == StateStopped {
		return
	}
	list := &p.visits
	if p.follower(t.src) != nil {
		list = &p.follows
	}
	heap.Push(list, appointment{t, at, t.booked})
}

// start opens the streams and begins the visits that are due and may run, and
// returns how long to wait for the next one. The end of a visit or a stream
// wakes the loop.
func (p *Poller) start(running *sync.WaitGroup) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for {
		x, ok := p.follows.next(now)
		if !ok {
			break
		}
		if f := p.follower(x.t.src); f != nil && p.counts(x) {
			p.open(p.held[shardOf(x.t.src.Key)].ctx, x.t, f, running)
		}
	}
	for len(p.busy) < p.cfg.Concurrency {
		x, ok := p.visits.next(now)
		if !ok {
			return min(p.visits.wait(now, time.Minute), p.follows.wait(now, time.Minute))
		}
		if p.counts(x) {
			p.begin(p.held[shardOf(x.t.src.Key)].ctx, x.t, now, running)
		}
	}
	return p.follows.wait(now, time.Minute)
}

// counts says whether an appointment is the newest of a task that is at rest.
func (p *Poller) counts(x appointment) bool {
	key := x.t.src.Key
	return x.n == x.t.booked && x.t.loaded && p.tasks[key] == x.t && !p.busy[key] && p.streams[key] == nil
}

// begin visits a task, or lets it wait until its place is free.
func (p *Poller) begin(ctx context.Context, t *task, now time.Time, running *sync.WaitGroup) {
	if p.places[t.place] {
		p.blocked[t.place] = append(p.blocked[t.place], t)
		return
	}
	if rest := p.resting[t.place]; rest.After(now) {
		p.enqueueAt(t, rest)
		return
	}
	src, place := t.src, t.place
	p.busy[src.Key], p.places[place] = true, true
	running.Go(func() {
		depart := sync.OnceFunc(func() { p.depart(place, src.Group != "") })
		defer p.leave(src.Key)
		defer depart()
		p.visit(ctx, t, src, depart)
	})
}

// depart frees the place and lets who waited for it have a turn. A group rests
// as a host does; hosts rest in the client.
func (p *Poller) depart(place string, group bool) {
	p.mu.Lock()
	delete(p.places, place)
	if group {
		p.resting[place] = time.Now().Add(p.cfg.Client.Gap())
	}
	p.unblock(place)
	p.mu.Unlock()
	p.poke()
}

// leave frees the slot.
func (p *Poller) leave(key string) {
	p.mu.Lock()
	delete(p.busy, key)
	if t := p.tasks[key]; t != nil {
		p.enqueue(t)
	}
	p.mu.Unlock()
	p.poke()
}

// unblock gives the first that waits for a place its turn. The others follow
// when it leaves; SetSources begins all lists afresh, and suspend gives the
// next one its turn. p.mu is held.
func (p *Poller) unblock(place string) {
	list, now := p.blocked[place], time.Now()
	for len(list) > 0 {
		t := list[0]
		list = list[1:]
		if p.tasks[t.src.Key] == t && t.loaded && !p.busy[t.src.Key] && t.state.State != StateStopped && !t.due.After(now) {
			p.enqueue(t)
			break
		}
	}
	p.blocked[place] = list
	if len(list) == 0 {
		delete(p.blocked, place)
	}
}

// placeOf is the unit of politeness of a source: its group, else its host.
func placeOf(src Source) string {
	if src.Group != "" {
		return "group " + src.Group
	}
	return hostPort(src.URL)
}
