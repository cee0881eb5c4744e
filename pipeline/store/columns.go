package store

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	client "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/cespare/xxhash/v2"
)

// record is a row with what only the store knows of it.
type record struct {
	Row
	// revision grows with every rewrite of one (week, id): the highest counts.
	revision uint64
	// buried is the version of the newest deletion known: what is not newer
	// stays away, also after the post was published again.
	buried uint64
}

// keyOf is the short form of an id that look-ups search for; two ids may share
// it.
func keyOf(id string) uint64 { return xxhash.Sum64String(id) }

// field is one column of items: its type as it is sent over HTTP (plain
// strings are sent fastest, the server folds them into its dictionaries), the
// values of a batch, and where a value is read to.
type field struct {
	name string
	wire string
	send func(to client.Interface, rows []record) error
	scan func(*record) any
	// Of what the tagger fills in (retagged): copy gives one row the value of
	// another, same compares what charts and pages show of two rows.
	copy func(to, from *Row)
	same func(a, b *Row) bool
}

// column takes each record's value, which scan points at.
func column[T any](name, wire string, at func(*record) *T) field {
	return derived(name, wire, func(r *record) T { return *at(r) }, func(r *record) any { return at(r) })
}

// derived is a column whose value is computed from the record when it is sent.
func derived[T any](name, wire string, value func(*record) T, scan func(*record) any) field {
	return field{name: name, wire: wire,
		send: func(to client.Interface, rows []record) error {
			values := make([]T, len(rows))
			for i := range rows {
				values[i] = value(&rows[i])
			}
			_, err := to.Append(values)
			return err
		},
		scan: scan,
	}
}

// texted is a column of texts.
func texted(name string, at func(*record) *string) field {
	f := column(name, "String", at)
	send := f.send
	f.send = func(to client.Interface, rows []record) error {
		size := 0
		for i := range rows {
			size += len(*at(&rows[i]))
		}
		reserve(to, size)
		return send(to, rows)
	}
	return f
}

// reserve gives a column of texts its room at once. The client grows it by a
// quarter each time, which for 5,000 posts of 4.3 KB copies and faults in 128 MB
// (70 against 20 ms); it has no call for this, but keeps its room when reset.
func reserve(c client.Interface, size int) {
	if column, ok := c.(*client.String); ok && size > 0 {
		_ = column.AppendRow(make([]byte, size)) // bytes are never refused
		column.Reset()
	}
}

// listed is a column of lists. Given all of them at once, the client takes them
// apart by reflection and puts each value into memory of its own, 19 times for
// a post; a pointer it takes as it is.
func listed[T any](name, wire string, value func(*record) []T, scan func(*record) any) field {
	var none any = []*T(nil) // what most rows have in most columns
	return field{name: name, wire: wire,
		send: func(to client.Interface, rows []record) error {
			var list []*T
			for i := range rows {
				list = list[:0]
				values := value(&rows[i])
				for j := range values {
					list = append(list, &values[j])
				}
				row := none
				if len(list) > 0 {
					row = list
				}
				if err := to.AppendRow(row); err != nil {
					return err
				}
			}
			return nil
		},
		scan: scan,
	}
}

// listAt is a column of lists that scan points at.
func listAt[T any](name, wire string, at func(*record) *[]T) field {
	return listed(name, wire, func(r *record) []T { return *at(r) }, func(r *record) any { return at(r) })
}

// Wire types of several columns.
const (
	moment    = "DateTime64(3, 'UTC')"
	textArray = "Array(String)"
)

// small are the columns that a write compares, content those that only travel
// with it. What the tagger fills in stands in retagged.go.
var (
	small = concat(facts, tagged)
	signs = []field{listAt("hashtags", textArray, func(r *record) *[]string { return &r.Hashtags }), signatureField}
	facts = []field{
		column("week", "Date32", func(r *record) *time.Time { return &r.Week }),
		texted("id", func(r *record) *string { return &r.ID }),
		column("revision", "UInt64", func(r *record) *uint64 { return &r.revision }),
		column("version", "UInt64", func(r *record) *uint64 { return &r.Version }),
		flag("deleted", func(r *record) *bool { return &r.Deleted }),
		column("buried", "UInt64", func(r *record) *uint64 { return &r.buried }),
		texted("content_hash", func(r *record) *string { return &r.ContentHash }),
		texted("kind", func(r *record) *string { return &r.Kind }),
		texted("source", func(r *record) *string { return &r.Source }),
		listAt("via", textArray, func(r *record) *[]string { return &r.Via }),
		texted("publisher", func(r *record) *string { return &r.Publisher }),
		texted("class", func(r *record) *string { return &r.Class }),
		texted("family", func(r *record) *string { return &r.Family }),
		texted("feed_council", func(r *record) *string { return &r.FeedCouncil }),
		texted("author_ref", func(r *record) *string { return &r.AuthorRef }),
		texted("author_kind", func(r *record) *string { return &r.AuthorKind }),
		column("published", moment, func(r *record) *time.Time { return &r.Published }),
		column("seen", moment, func(r *record) *time.Time { return &r.Seen }),
		since("updated", moment, func(r *record) *time.Time { return &r.Updated }),
		since("expires", "DateTime('UTC')", func(r *record) *time.Time { return &r.Expires }),
		flag("sensitive", func(r *record) *bool { return &r.Sensitive }),
		texted("consent", func(r *record) *string { return &r.Consent }),
		listAt("seqs", "Array(UInt64)", func(r *record) *[]uint64 { return &r.Seqs }),
	}
	content = []field{
		texted("title", func(r *record) *string { return &r.Title }),
		texted("text", func(r *record) *string { return &r.Text }),
		texted("url", func(r *record) *string { return &r.URL }),
		listAt("links", textArray, func(r *record) *[]string { return &r.Links }),
	}
)

// flag is a bool kept as UInt8.
func flag(name string, at func(*record) *bool) field {
	return derived(name, "UInt8", func(r *record) uint8 {
		if *at(r) {
			return 1
		}
		return 0
	}, func(r *record) any { return (*bit)(at(r)) })
}

// since is a time whose zero value is kept as the epoch, the oldest that the
// column's type holds.
func since(name, wire string, at func(*record) *time.Time) field {
	return derived(name, wire, func(r *record) time.Time {
		if t := *at(r); t.After(epoch) {
			return t
		}
		return epoch
	}, func(r *record) any { return (*zeroable)(at(r)) })
}

var epoch = time.Unix(0, 0).UTC()

func each[A, B any](list []A, get func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = get(v)
	}
	return out
}

// keyField is never read back.
var keyField = derived("key", "UInt64", func(r *record) uint64 { return keyOf(r.ID) }, nil)

var (
	insertFields = concat(small, content, signs, []field{keyField})
	insertSQL    = "INSERT INTO items (" + names(insertFields) + ")"
	insertTypes  = wireTypes(insertFields)
)

func concat(lists ...[]field) (all []field) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// names lists the columns for a statement.
func names(fields []field) (s string) {
	for i, f := range fields {
		if i > 0 {
			s += ", "
		}
		s += f.name
	}
	return s
}

func wireTypes(fields []field) (types []clickhouse.ColumnNameAndType) {
	for _, f := range fields {
		types = append(types, clickhouse.ColumnNameAndType{Name: f.name, Type: f.wire})
	}
	return types
}

// targets are where a row of these columns is scanned to.
func targets(fields []field, r *record) []any {
	to := make([]any, len(fields))
	for i, f := range fields {
		to[i] = f.scan(r)
	}
	return to
}
