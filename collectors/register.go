package collectors

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"vantage/collectors/fetch"
	"vantage/collectors/item"
)

// Sink takes items. Put returns nil only after all of them are safe; after an
// error some of them may be, and Put may be called again with the same items.
type Sink interface {
	Put(ctx context.Context, items []item.Item) error
}

// CursorStore keeps one value for each key. Load returns nil, nil for a key
// that was never saved. Both may be called from many goroutines, and by
// several processes.
type CursorStore interface {
	Load(ctx context.Context, key string) ([]byte, error)
	Save(ctx context.Context, key string, value []byte) error
}

// Collector is one kind of source. Visit makes one step from cursor (nil at
// first, else what an earlier Visit returned) and returns what it found. It
// publishes nothing itself and keeps nothing between visits: several
// processes may share the work. It must return soon after ctx ends, and is
// called from many goroutines, but never twice at a time for one source.
type Collector interface {
	Visit(ctx context.Context, src Source, cursor []byte) (Visit, error)
}

// Follower is a Collector of a stream that stays open. Follow reads it until
// ctx ends (it then returns nil) or the stream fails, and hands on what it
// found with emit, which publishes the items, saves the cursor and updates the
// status, in this order. After an error of emit nothing was saved: return it.
// The poller opens the stream again later, from the cursor that was saved last:
// soon after an error, and not before the Until of a *fetch.Error or the
// RetryAt of what was emitted. It runs one Follow at a time for a source,
// beside the visits.
//
// Emit an empty Visit once the stream is open, so that its status shows it,
// and one each minute or so when nothing comes, with the cursor where it
// moved. Gone ends the source for good. emit may be called from several
// goroutines of one Follow; Wait and More mean nothing here.
type Follower interface {
	// Follows says whether this source is followed; else it is visited.
	Follows(src Source) bool
	Follow(ctx context.Context, src Source, cursor []byte, emit func(Visit) error) error
}

// Visit is the outcome of one step. With an error, what is set of Status,
// Bytes, RetryAt and Cursor still counts; Items do not.
type Visit struct {
	Items  []item.Item
	Cursor []byte // saved once Items are confirmed; nil keeps the old one

	Status    int   // of HTTP; 0 when there was no answer
	Bytes     int64 // that travelled
	Unchanged bool  // the source had nothing new to read
	Gone      bool  // the source ended for good: no further visit
	More      bool  // there is more at once: the next visit follows directly

	Wait    time.Duration // the source asks for at least this pause
	Skip    Skip          // when the source asks not to be visited
	RetryAt time.Time     // the host asks for no visit before
	Address string        // where the source moved for good, once that is sure
	Notice  string        // one plain sentence about something to look after, although it worked
	// Slid is when the oldest post of all that the source shows was published,
	// where all of it is newer than what it showed before: what came between
	// the last visit that worked and this may be lost. Zero: nothing is.
	Slid time.Time
}

// Deps is what a collector may use.
type Deps struct {
	Client *fetch.Client
	Now    func() time.Time
	// Stamp returns the time for versions (item.NextVersion): of the machine's
	// own clock even where Now was set and stands still, because an edit must
	// get a higher version than what was published just before a crash; and no
	// two calls return the same millisecond, so that one document in two feeds
	// gets two versions and neither is taken for a repeat of the other.
	Stamp func() time.Time
	Log   *slog.Logger
	// Key makes the pseudonyms of persons (HMAC-SHA256). Without one they are
	// plain hashes, which whoever knows the address can repeat.
	Key []byte
	// Match says whether a post names a topic, a tool or a council, for kinds
	// that hear far more than concerns us. Nil: nothing is known to match.
	Match func(text string, links []string) bool
	// RefusesHost says whether a domain was opted out. Kinds ask it where what
	// they publish does not show the domain any more. Nil: none was.
	RefusesHost func(host string) bool
}

// Kind is one kind of source.
type Kind struct {
	New func(Deps) Collector
	// Complete fills in what the kind knows of a source, such as its usual
	// address; nil: nothing.
	Complete func(*Source)
	// Check reports a source that the kind cannot use, after Complete; the
	// error names the key, the value and the way out. Nil: all can be used.
	Check func(Source) error
	// OwnPace says that a source for which no interval is configured is visited
	// as often as it posts, once an hour to once a day; else once an hour.
	OwnPace bool
}

var kinds = map[string]Kind{}

// Register makes a kind known. It is called from init; a repeated name panics.
func Register(name string, k Kind) {
	if _, ok := kinds[name]; ok {
		panic(fmt.Sprintf("collectors: kind %q is registered twice", name))
	}
	kinds[name] = k
}

// Kinds lists the registered kinds in order.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }
