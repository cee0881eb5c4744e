package collectors

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"
)

// table is the value that says who holds what.
type table struct {
	Members []string       `json:"members"`
	Owners  [shards]string `json:"owners"` // "" for a part that nobody holds
}

// plan changes the table to what it should be as far as this process may:
// those who are gone leave it, free parts are taken, and those that another
// should hold are given free once their visits have ended.
func (l *lease) plan(ctx context.Context, t *table) (dead []string, err error) {
	members := []string{l.id}
	for _, m := range t.Members {
		if m == l.id {
			continue
		}
		gone, err := l.gone(ctx, m)
		if err != nil {
			return nil, err
		}
		if gone {
			dead = append(dead, m)
		} else {
			members = append(members, m)
		}
	}
	slices.Sort(members)
	t.Members = members
	for n, owner := range t.Owners {
		mine := l.heir(n, members) == l.id
		switch {
		case owner == l.id && !mine && l.p.drained(n), !slices.Contains(members, owner):
			owner = ""
		}
		if owner == "" && mine {
			owner = l.id
		}
		t.Owners[n] = owner
	}
	return dead, nil
}

// heir is the member that should hold a part: the one whose name and the part
// have the highest hash, so that few parts move when a member comes or goes.
func (l *lease) heir(n int, members []string) string {
	return slices.MaxFunc(members, func(a, b string) int {
		weigh := func(m string) uint64 { return xxhash.Sum64String(m + " " + strconv.Itoa(n)) }
		return cmp.Or(cmp.Compare(weigh(a), weigh(b)), cmp.Compare(a, b))
	})
}

// gone says whether another process is dead, and then makes sure that it will
// notice. A heartbeat that is missing is watched as one that stands still is:
// who left is not in the table any more, so it was deleted too late, or the
// store is behind, and the process may live.
func (l *lease) gone(ctx context.Context, member string) (bool, error) {
	_, revision, err := l.store.LoadRevision(ctx, heartbeatKey(member))
	if err != nil {
		return false, err
	}
	seen, ok := l.others[member]
	if !ok || seen.revision != revision {
		l.others[member] = sighting{revision, time.Now()}
		return false, nil
	}
	if time.Since(seen.since) < l.term {
		return false, nil
	}
	after, replaced, err := l.store.SaveRevision(ctx, heartbeatKey(member), []byte("taken for dead by "+l.id), revision)
	if replaced {
		l.others[member] = sighting{after, seen.since} // for when the table must be planned again
		l.p.cfg.Log.Warn("a process that shared the sources is gone; others take them over", slog.String("process", member))
	}
	return replaced, err
}

// bury removes the heartbeats of those who left the table.
func (l *lease) bury(ctx context.Context, dead []string) error {
	for _, m := range dead {
		delete(l.others, m)
		if err := l.store.Delete(ctx, heartbeatKey(m)); err != nil {
			return err
		}
	}
	return nil
}
