package collectors

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// DefaultLease is how long a process that says nothing keeps its sources. It
// says something three times as often, and its sources are visited by others
// at most a lease and two thirds after it last did.
const DefaultLease = 30 * time.Second

// LeaseStore keeps small values with compare-and-set, in the order of one
// leader.
type LeaseStore interface {
	// LoadRevision returns a value and its revision; revision 0: there is none.
	// It may be a little behind.
	LoadRevision(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// SaveRevision stores value where key still has the given revision (0: is
	// not there) and returns the new one; false: somebody was quicker.
	SaveRevision(ctx context.Context, key string, value []byte, revision uint64) (uint64, bool, error)
	Delete(ctx context.Context, key string) error
}

// lease shares the sources with other processes. Every process has a
// heartbeat, a key that only it writes and whose revision moves; one table
// says which process holds which part of the sources. A process is taken for
// dead when its heartbeat has stood still, or was missing, for a lease by the
// clock of who watches; who takes its parts first replaces that heartbeat,
// which succeeds only if it still stands still. The process itself stops all
// visits when it could not move its heartbeat for two thirds of a lease by its
// own clock. So no two visit one source at a time, whatever their clocks say.
type lease struct {
	p     *Poller
	store LeaseStore
	name  string // of the process, over restarts
	id    string // in the table: name, or another after it was taken for dead
	term  time.Duration

	revision uint64 // of the own heartbeat; 0: not known
	table    uint64 // newest revision of the table that was used under this id; 0: none
	beats    uint64
	renewed  clocks // when the heartbeat was last moved
	others   map[string]sighting
}

// sighting is a heartbeat of another process and since when it stands still.
type sighting struct {
	revision uint64
	since    time.Time
}

// clocks is a moment on both clocks of the machine: the monotonic one stands
// still while the machine sleeps, the other one may be set.
type clocks struct{ steady, wall time.Time }

func clocksNow() clocks {
	now := time.Now()
	return clocks{now, now.Round(0)}
}

func (c clocks) past(d time.Duration) bool {
	now := clocksNow()
	return now.steady.Sub(c.steady) >= d || now.wall.Sub(c.wall) >= d
}

const tableKey = "table"

func heartbeatKey(id string) string { return "heartbeat." + id }

func newLease(p *Poller, cfg PollerConfig) *lease {
	name := cmp.Or(cfg.Instance, rand.Text())
	return &lease{
		p: p, store: cfg.Leases, name: name, id: name,
		term: cmp.Or(cfg.Lease, DefaultLease), others: map[string]sighting{},
	}
}

// run keeps the lease until ctx ends. The parts that are held then are given
// back by leave.
func (l *lease) run(ctx context.Context) {
	for {
		if !l.valid() {
			l.p.loseAll() // before the turn, which may wait for the store
		}
		if err := l.turn(ctx); err != nil && ctx.Err() == nil {
			l.p.cfg.Log.Warn("the lease of the sources cannot be renewed; it is tried again", slog.Any("err", err))
		}
		if !l.valid() {
			l.p.loseAll()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(l.term / 3):
		}
	}
}

// valid says whether nobody can have taken the sources yet.
func (l *lease) valid() bool {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	return l.validLocked()
}

func (l *lease) validLocked() bool {
	return !l.renewed.steady.IsZero() && !l.renewed.past(2*l.term/3)
}

// turn moves the heartbeat and brings the table and what is held into line.
func (l *lease) turn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.term/3)
	defer cancel()
	if err := l.renew(ctx); err != nil {
		return err
	}
	for {
		t, b, revision, err := l.load(ctx)
		if err != nil {
			return err
		}
		dead, err := l.plan(ctx, &t)
		if err != nil {
			return err
		}
		done, err := l.write(ctx, t, b, revision)
		if err != nil {
			return err
		}
		if done {
			l.settle(ctx, t)
			return l.bury(ctx, dead)
		}
	}
}

// load returns the table, also as it was stored, and its revision.
func (l *lease) load(ctx context.Context) (t table, b []byte, revision uint64, err error) {
	b, revision, err = l.store.LoadRevision(ctx, tableKey)
	switch {
	case err != nil:
	case revision < l.table:
		err = errBehind
	case b != nil:
		err = json.Unmarshal(b, &t)
	}
	return t, b, revision, err
}

// write stores the table unless it is as it was; false: somebody was quicker.
// A process that begins stores it in any case: whoever is about to take its
// parts, because it was silent before, then notices that it is back.
func (l *lease) write(ctx context.Context, t table, before []byte, revision uint64) (bool, error) {
	after, err := json.Marshal(t)
	if err != nil {
		return false, err
	}
	ok := true
	if l.table == 0 || string(after) != string(before) {
		revision, ok, err = l.store.SaveRevision(ctx, tableKey, after, revision)
	}
	if ok && err == nil {
		l.table = revision
	}
	return ok, err
}

var (
	errTakenForDead = errors.New("this process was taken for dead; it goes on under another name")
	// errBehind: an old table may still give this process what it gave away.
	errBehind = errors.New("the store shows an old table of who visits what")
)

// renew moves the own heartbeat.
func (l *lease) renew(ctx context.Context) error {
	began := clocksNow()
	if l.revision == 0 {
		if err := l.findBeat(ctx); err != nil {
			return err
		}
	}
	l.beats++
	revision, ok, err := l.store.SaveRevision(ctx, heartbeatKey(l.id), []byte(l.beat(l.beats)), l.revision)
	switch {
	case err != nil:
		l.revision = 0 // it may have been stored
		return err
	case !ok:
		return l.rename()
	}
	l.revision = revision
	l.p.mu.Lock()
	l.renewed = began
	l.p.mu.Unlock()
	return nil
}

// findBeat looks for the heartbeat of this process, from before it started or
// from a write whose outcome is not known. It may have been replaced since.
func (l *lease) findBeat(ctx context.Context) error {
	value, revision, err := l.store.LoadRevision(ctx, heartbeatKey(l.id))
	if err != nil {
		return err
	}
	unsure := revision == 0 && l.beats == 1 // the first write may have failed
	if l.beats > 0 && !unsure && string(value) != l.beat(l.beats) && string(value) != l.beat(l.beats-1) {
		return l.rename()
	}
	l.revision = revision
	return nil
}

func (l *lease) beat(n uint64) string { return l.id + " " + strconv.FormatUint(n, 10) }

// rename begins afresh under another name: somebody took the sources over.
func (l *lease) rename() error {
	l.p.loseAll()
	l.id, l.revision, l.table, l.beats = l.name+"-"+rand.Text()[:8], 0, 0, 0
	return errTakenForDead
}

// settle holds what the table gives to this process, and nothing else.
func (l *lease) settle(ctx context.Context, t table) {
	for n, owner := range t.Owners {
		switch {
		case owner == l.id && l.heir(n, t.Members) == l.id:
			l.p.hold(n)
		case owner == l.id:
			l.p.drain(n)
		default:
			l.p.lose(n)
		}
	}
	l.p.refreshOthers(ctx)
}

// leave gives everything back, so that others need not wait.
func (l *lease) leave(ctx context.Context) error {
	for {
		t, b, revision, err := l.load(ctx)
		if err != nil || b == nil {
			return err
		}
		t.Members = slices.DeleteFunc(t.Members, func(m string) bool { return m == l.id })
		for n, owner := range t.Owners {
			if owner == l.id {
				t.Owners[n] = ""
			}
		}
		if done, err := l.write(ctx, t, b, revision); err != nil {
			return err
		} else if done {
			return l.store.Delete(ctx, heartbeatKey(l.id))
		}
	}
}
