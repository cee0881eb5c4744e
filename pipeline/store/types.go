package store

import "time"

// Row is one item as the table holds it.
type Row struct {
	Week        time.Time // Monday of Published, see item.Week
	ID          string
	Version     uint64
	Deleted     bool
	ContentHash string

	Kind        string
	Source      string   // the channel whose key sorts first among those that showed it
	Via         []string // sorted
	Publisher   string
	Class       string
	Family      string // of the publisher, where it is another; the store fills it in
	FeedCouncil string
	AuthorRef   string
	AuthorKind  string

	Title    string
	Text     string
	Lang     string
	URL      string
	Links    []string
	Hashtags []string

	Published time.Time
	Seen      time.Time
	Updated   time.Time // zero when never edited
	Expires   time.Time // when title, text and link are dropped; Never for organisations

	Sensitive bool
	Consent   string

	Topics   []string
	Tools    []string
	Themes   []string
	Adoption []string  // beside Tools: uses, offers or mentions
	Stage    string    // how far the post's matter is; empty: not said
	Facets   []string  // lesson, failure, event, repository, template, standard, dataset
	Councils []string  // counted in cells: confidence >= 0.6 and not a mere place
	Found    []Council // everything found, also what is not counted
	Rules    string    // version of vocabulary and register that tagged it

	Signature []byte   // near-duplicate signature, empty for short texts
	Seqs      []uint64 // stream sequences that carried it, for secure deletion
}

// Council is a council found in a text.
type Council struct {
	ID         string
	Confidence float32
	Sense      string // council, place, feed
}

// Never is the expiry of what is kept.
var Never = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// Term kinds.
const (
	Topics = "topic"
	Tools  = "tool"
	Themes = "theme"
	Used   = "used" // tools of posts that say a public body uses them
)

// Filter says which items a chart counts. The zero value of a field means all.
type Filter struct {
	Area     string    // "nation:Wales", "region:North West" or a council id
	Councils []string  // any of these ids; stands above Area
	Class    string    // publisher class
	From     time.Time // Monday, inclusive
	To       time.Time // Monday, inclusive
}

// somewhere reports whether the filter leaves councils out.
func (f Filter) somewhere() bool { return f.Area != "" || len(f.Councils) > 0 }

// Generation is one consistent state of everything derived from the items.
type Generation struct {
	Number uint64
	Time   time.Time // when it was derived
	Torn   bool      // the swap to the next one was cut off; Refresh repairs it, until then single weeks may be ahead
}

// Counts are the three numbers of a cell; they are never the same thing.
type Counts struct {
	Items      uint64
	Publishers uint64 // distinct
	Stories    uint64 // near-duplicates counted once
}

// Cell is one term in one week.
type Cell struct {
	Week time.Time
	Term string
	Counts
}

// Heat is a term x week matrix under one filter, all of one generation.
type Heat struct {
	Kind       string
	Filter     Filter
	Generation Generation
	Weeks      []time.Time          // every Monday from From to To
	Heard      map[time.Time]Counts // all items of the filter by week, tagged or not; a week without an entry was not heard
	Cells      []Cell               // only cells with items, by term, then week
	All        Counts               // all items of the filter over the period: distinct, not summed
	Totals     map[string]Counts    // by term, over the period: distinct, not summed
	Gaps       []Gap                // oldest first; see Gap.Rate for what they weigh
}

// Mentioned counts the posts about a council. Mentions adds up: a post counts
// once for every council that it names, shared out by the rollup, so that the
// sum over all councils is the same in every view. Counts are the posts that
// count at least in part, each once, with their publishers and stories.
type Mentioned struct {
	Mentions uint64 // in parts: CouncilHeat.Unit of them are one
	Counts
}

// CouncilCell is one term at one council over the period of the filter.
type CouncilCell struct {
	Council string
	Term    string
	Mentioned
}

// CouncilHeat is a council x term matrix. Heard tells "not heard from" from zero.
type CouncilHeat struct {
	Kind       string
	Filter     Filter
	Generation Generation
	Unit       uint64
	Named      []string             // ids that the posts name, sorted, before they are rolled up
	Heard      map[string]Mentioned // all items by council
	Cells      []CouncilCell        // by council, then term
	Gaps       []Gap
}

// Gap is a stretch in which a source is known to have missed posts.
type Gap struct {
	Source   string
	From, To time.Time
	Rate     float64 // items an hour, copies left out, that the source usually gives to the chart; 0: not known
}

// ItemQuery asks for the items behind a cell, newest first.
type ItemQuery struct {
	Kind  string // Topics, Tools, Themes or Used; empty: any item
	Term  string
	About []string // any of these councils, besides those of the filter

	Stage    string
	Facets   []string // all of these
	Adoption string   // of the term, where it is of Tools; else of any tool
	Filter
	Offset, Limit int
}

// ItemPage is one page of items and how many there are in all.
type ItemPage struct {
	Generation Generation
	Counts
	Items []Row             // without Signature and Seqs; Text cut to an extract of 300 runes
	Story map[string]string // id of a copy -> id of the item that it copies
}

// SourceCount is what one channel gave.
type SourceCount struct {
	Source string
	Items  uint64
	Newest time.Time
	Oldest time.Time
}

// Totals describe the whole store.
type Totals struct {
	Items, Publishers, Sources uint64
	Oldest, Newest             time.Time
}
