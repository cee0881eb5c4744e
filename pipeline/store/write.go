package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/collectors/item"
)

// Written says what became of the rows of a batch; each row is counted once.
type Written struct {
	Stored    int // new, or with changed content
	Unchanged int // stored before with the same content
	Stale     int // older than what is stored, or than a deletion
	Deleted   int
	// Erase are the stream messages that carried deleted posts. They are
	// returned again when a deletion is delivered again.
	Erase []Erasure
}

// Erasure is a stream message that must go: the one that had sequence Seq, which
// carried post ID in a version up to Version. The stream may have been made anew
// since, and hold another one there.
type Erasure struct {
	Seq     uint64
	ID      string
	Version uint64
}

func erasures(id string, version uint64, seqs []uint64) []Erasure {
	return each(seqs, func(seq uint64) Erasure { return Erasure{seq, id, version} })
}

// Write stores a batch. Rows may repeat, be older than what is stored, or be
// several versions of one post; Row.Week and the order of Via need no care: the
// week follows from Published. When it returns without an error, every row is
// stored and the weeks that change are marked for Refresh; after an error
// nothing may be acknowledged, and the same batch can be written again.
func (s *Store) Write(ctx context.Context, rows []Row) (Written, error) {
	batch, err := s.check(rows)
	if err != nil {
		return Written{}, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	w, err := s.write(ctx, batch)
	if err != nil {
		return Written{}, fmt.Errorf("store: write %d rows: %w", len(rows), err)
	}
	return w, nil
}

// check refuses what no pipeline should send, and brings the rest into the
// form of the table.
func (s *Store) check(rows []Row) ([]Row, error) {
	batch := slices.Clone(rows)
	now := s.now()
	for i := range batch {
		r := &batch[i]
		if r.ID == "" || r.Version == 0 {
			return nil, fmt.Errorf("store: row %d has id %q and version %d; both are needed", i, r.ID, r.Version)
		}
		if !r.Deleted {
			if r.Source == "" || r.Published.Before(earliest) || r.Published.After(Never) || r.Seen.Before(earliest) || r.Seen.After(Never) {
				return nil, fmt.Errorf("store: row %s: source %q, published %s, seen %s; all are needed, from 1970 to 2100",
					r.ID, r.Source, r.Published.Format(time.DateOnly), r.Seen.Format(time.DateOnly))
			}
			if r.Class == "" {
				r.Class = string(item.Unknown)
			}
			normalise(r, now)
		}
	}
	return batch, nil
}

// earliest leaves room for time zones before 1970.
var earliest = epoch.AddDate(0, 0, -1)

// normalise sorts what is a set, cuts times to what the table holds, and drops
// text whose time is over. An edit claimed for later than the table holds is no
// edit: the client would store another year for it.
func normalise(r *Row, now time.Time) {
	r.Published, r.Seen, r.Updated = cut(r.Published), cut(r.Seen), cut(r.Updated)
	if r.Updated.After(Never) {
		r.Updated = time.Time{}
	}
	r.Week = item.Week(r.Published)
	r.Via = union(r.Via, []string{r.Source})
	r.Seqs = union(r.Seqs, nil)
	r.Topics, r.Themes, r.Councils, r.Facets = union(r.Topics, nil), union(r.Themes, nil), union(r.Councils, nil), union(r.Facets, nil)
	sortTools(r)
	if r.Expires.IsZero() || r.Expires.After(Never) {
		r.Expires = Never
	}
	r.Expires = r.Expires.UTC().Truncate(time.Second)
	hideExpired(r, now)
}

func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// hideExpired drops what may be kept only until Expires. The table drops the
// same columns by TTL, within a day or so.
func hideExpired(r *Row, now time.Time) {
	if !r.Expires.After(now) {
		r.Title, r.Text, r.URL, r.Links = "", "", "", nil
	}
}

// write is Write inside the critical section.
func (s *Store) write(ctx context.Context, batch []Row) (Written, error) {
	ids := make([]string, len(batch))
	for i := range batch {
		ids[i] = batch[i].ID
	}
	entries, keys := newEntries(ids)
	keys, err := s.maybeStored(ctx, keys)
	if err != nil {
		return Written{}, err
	}
	if err := s.load(ctx, keys, entries); err != nil {
		return Written{}, err
	}
	var w Written
	var order []*entry
	for i := range batch {
		r := &batch[i]
		e := entries[r.ID]
		if !e.listed {
			e.listed, order = true, append(order, e)
		}
		if s.withdrawn(r) {
			w.Erase = append(w.Erase, erasures(r.ID, r.Version, r.Seqs)...)
			*r = tombstone(r.Week, r.ID, s.forgotten[r.AuthorRef], nil)
		}
		o, seqs := e.apply(r)
		w.count(o)
		w.Erase = append(w.Erase, erasures(r.ID, e.row.buried, seqs)...)
	}
	return w, s.save(ctx, order)
}

func (w *Written) count(o outcome) {
	switch o {
	case changed:
		w.Stored++
	case unchanged:
		w.Unchanged++
	case stale:
		w.Stale++
	case deleted:
		w.Deleted++
	}
}

// save marks every week in which a changed entry is or was, and writes the
// rows.
func (s *Store) save(ctx context.Context, entries []*entry) error {
	if err := s.complete(ctx, entries); err != nil {
		return err
	}
	now := s.now()
	weeks := weekSet{}
	counting, left := make([]record, 0, len(entries)), []record(nil)
	for _, e := range entries {
		hideExpired(&e.row.Row, now)
		before := len(counting) + len(left)
		counting, left = e.rows(counting, left)
		if len(counting)+len(left) > before {
			e.addWeeks(weeks)
		}
	}
	if err := s.mark(ctx, weeks.sorted()); err != nil {
		return err
	}
	if err := s.insert(ctx, counting); err != nil {
		return err
	}
	return s.insert(ctx, left)
}

// insertSettings: a batch never holds a (week, id) twice, so that merging it
// within itself would only double the cost (29 against 12.5 µs a row in batches
// of 5,000).
var insertSettings = clickhouse.Settings{"optimize_on_insert": 0}

// insert appends the records, column by column.
func (s *Store) insert(ctx context.Context, records []record) error {
	if len(records) == 0 {
		return nil
	}
	s.nameFamilies(records)
	ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(insertTypes), clickhouse.WithSettings(insertSettings))
	batch, err := s.rowsConn.PrepareBatch(ctx, insertSQL)
	if err != nil {
		return err
	}
	defer batch.Close()
	s.noteKeys(records)
	columns := batch.Columns()
	for i, f := range insertFields {
		if err := f.send(columns[i], records); err != nil {
			return fmt.Errorf("column %s: %w", f.name, err)
		}
	}
	if err := batch.Send(); err != nil {
		return err
	}
	s.rows.Add(uint64(len(records)))
	return nil
}

// RowsWritten counts the rows that this Store has written; its growth tells a
// backlog from a trickle of posts.
func (s *Store) RowsWritten() uint64 { return s.rows.Load() }

// noteKeys tells the filter of known keys, and a retag that runs, what is
// about to be written.
func (s *Store) noteKeys(records []record) {
	for i := range records {
		key := keyOf(records[i].ID)
		if s.known != nil {
			s.known.add(key)
		}
		if s.written != nil {
			s.written[key] = struct{}{}
		}
	}
}
