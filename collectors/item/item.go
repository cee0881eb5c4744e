// Package item holds the one noun that flows through Vantage: a public post,
// as it travels from a collector over the stream to the table.
//
// The wire form is JSON; schema.json describes it, so that a collector can be
// written in any language and publish to the subject items.<kind>.
package item

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "embed"
)

// Schema is the version of the wire form.
const Schema = 1

// Limits of one item, in bytes and entries. A collector cuts; Check refuses.
const (
	MaxID    = 2 << 10
	MaxTitle = 1 << 10
	MaxText  = 64 << 10
	MaxList  = 256
)

// JSONSchema is the published JSON Schema of an item.
//
//go:embed schema.json
var JSONSchema []byte

// Op says what happened to the post.
type Op string

// The operations. AuthorGone withdraws every post of AuthorRef; a Gap names
// hours that a source is known to have missed and carries no post.
const (
	Create     Op = "create"
	Update     Op = "update"
	Delete     Op = "delete"
	AuthorGone Op = "author_gone"
	Gap        Op = "gap"
)

// Class says what sort of body a publisher is.
type Class string

// The classes of publishers.
const (
	Council Class = "council"
	Central Class = "central"
	Civic   Class = "civic"
	Press   Class = "press"
	Vendor  Class = "vendor"
	Person  Class = "person"
	Unknown Class = "unknown"
)

// Classes lists every class in the order in which pages show them.
var Classes = []Class{Council, Central, Civic, Press, Vendor, Person, Unknown}

// What author_kind and consent may say: how long a text is kept, and whether a
// post is kept at all, follow from them, so that a misspelt one must not pass.
var (
	authorKinds = []string{"person", "org", "bot", "unknown"}
	consents    = []string{"indexable", "refused", "unknown"}
)

// Item is one event about one public post. It is a value: nobody changes it
// after it was published.
type Item struct {
	Schema int    `json:"schema"`
	Op     Op     `json:"op"`
	ID     string `json:"id"`
	// Version is max(previous version + 1, now in Unix milliseconds), so that
	// an edit after a crash is never taken for a repeat.
	Version int64 `json:"version"`
	// ContentHash tells a real edit from a repeat; see HashContent.
	ContentHash string `json:"content_hash,omitempty"`

	Kind   string   `json:"kind"`          // network: feed, mastodon, bluesky, import …
	Source string   `json:"source"`        // key of the configured channel that it came through
	Via    []string `json:"via,omitempty"` // every channel that showed it, Source among them

	Publisher   string `json:"publisher"` // domain of an organisation, or a pseudonym
	Class       Class  `json:"publisher_class"`
	FeedCouncil string `json:"feed_council,omitempty"` // register id of the council whose own channel this is
	AuthorRef   string `json:"author_ref,omitempty"`   // HMAC-SHA256 pseudonym, never a name
	AuthorKind  string `json:"author_kind,omitempty"`  // person, org, bot, unknown

	Title    string   `json:"title,omitempty"`
	Text     string   `json:"text,omitempty"` // plain text, at most MaxText bytes
	Lang     string   `json:"lang,omitempty"` // BCP 47, as the source claims it
	URL      string   `json:"url,omitempty"`  // canonical link without trackers
	Links    []string `json:"links,omitempty"`
	Hashtags []string `json:"hashtags,omitempty"` // folded, without #

	Published time.Time  `json:"published"`         // the claim, unless absurd: then Seen
	Seen      time.Time  `json:"seen"`              // when we first had it
	Updated   *time.Time `json:"updated,omitempty"` // the claimed time of the last edit

	Sensitive bool   `json:"sensitive,omitempty"`
	Consent   string `json:"consent,omitempty"` // indexable, refused, unknown

	// GapFrom and GapTo bound a Gap, both in UTC.
	GapFrom *time.Time `json:"gap_from,omitempty"`
	GapTo   *time.Time `json:"gap_to,omitempty"`
}

// Subject is the stream subject of the item.
func (it *Item) Subject() string { return "items." + it.Kind }

// MsgID is the value of the Nats-Msg-Id header: the id and its version.
func (it *Item) MsgID() string { return it.ID + "@" + strconv.FormatInt(it.Version, 10) }

// HashContent returns 16 hex digits over what a reader would call an edit:
// title, text, link and claimed date.
func (it *Item) HashContent() string {
	kept := pieces.Get().(*[]byte)
	b := (*kept)[:0]
	for _, s := range [...]string{it.Title, it.Text, it.URL, it.Published.UTC().Format(time.RFC3339)} {
		b = strconv.AppendInt(b, int64(len(s)), 10)
		b = append(append(b, ':'), s...)
	}
	sum := sha256.Sum256(b)
	*kept = b
	pieces.Put(kept)
	return hex.EncodeToString(sum[:8])
}

// pieces are for contents in one piece; a text has at most MaxText bytes.
var pieces = sync.Pool{New: func() any { return new([]byte) }}

// maxVersion is the end of the year 9999: any version has room for later ones.
const maxVersion = 253_402_300_799_999

// NextVersion returns the version that follows previous (0 for a new item).
func NextVersion(previous int64, now time.Time) int64 { return max(previous+1, now.UnixMilli()) }

// Decode reads the wire form and checks it.
func Decode(b []byte) (Item, error) {
	var it Item
	if err := json.Unmarshal(b, &it); err != nil {
		return Item{}, fmt.Errorf("item: %w", err)
	}
	return it, it.Check()
}

// Check reports the first reason why the item must not enter the stream or
// the table. The error names the field and the value.
func (it *Item) Check() error {
	switch {
	case it.Schema != Schema:
		return fmt.Errorf("item: schema %d is not known; this program reads %d", it.Schema, Schema)
	case !slices.Contains([]Op{Create, Update, Delete, AuthorGone, Gap}, it.Op):
		return fmt.Errorf("item: op %q is not one of create, update, delete, author_gone, gap", it.Op)
	case it.Kind == "" || strings.ContainsAny(it.Kind, ".*> \t\r\n"):
		return fmt.Errorf("item: kind %q must be one word without dots", it.Kind)
	case it.Source == "":
		return errors.New("item: source is missing")
	case it.Version <= 0 || it.Version > maxVersion:
		return fmt.Errorf("item: version %d must be positive and at most %d (Unix milliseconds)", it.Version, int64(maxVersion))
	case it.Op == AuthorGone && it.AuthorRef == "":
		return errors.New("item: author_gone needs author_ref")
	case it.Op == Gap:
		return it.checkGap()
	case it.Op == AuthorGone:
		return nil
	case it.ID == "" || len(it.ID) > MaxID:
		return fmt.Errorf("item: id of %d bytes; it needs 1 to %d", len(it.ID), MaxID)
	case it.Op == Delete:
		return nil
	}
	return it.checkPost()
}

func (it *Item) checkGap() error {
	if it.GapFrom == nil || it.GapTo == nil || !it.GapFrom.Before(*it.GapTo) {
		return errors.New("item: a gap needs gap_from before gap_to")
	}
	return nil
}

func (it *Item) checkPost() error {
	switch {
	case !slices.Contains(Classes, it.Class):
		return fmt.Errorf("item %s: publisher_class %q is not one of %v", it.ID, it.Class, Classes)
	case it.AuthorKind != "" && !slices.Contains(authorKinds, it.AuthorKind):
		return fmt.Errorf("item %s: author_kind %q is not one of %v", it.ID, it.AuthorKind, authorKinds)
	case it.Consent != "" && !slices.Contains(consents, it.Consent):
		return fmt.Errorf("item %s: consent %q is not one of %v", it.ID, it.Consent, consents)
	case it.Publisher == "":
		return fmt.Errorf("item %s: publisher is missing", it.ID)
	case it.Published.IsZero() || it.Seen.IsZero():
		return fmt.Errorf("item %s: published and seen are both needed", it.ID)
	case it.Published.Year() < 1970 || it.Published.Year() > 2100:
		return fmt.Errorf("item %s: published %s lies outside 1970 to 2100", it.ID, it.Published.Format(time.DateOnly))
	case len(it.Title) > MaxTitle || len(it.Text) > MaxText:
		return fmt.Errorf("item %s: title of %d or text of %d bytes; at most %d and %d", it.ID, len(it.Title), len(it.Text), MaxTitle, MaxText)
	case len(it.Links) > MaxList || len(it.Hashtags) > MaxList || len(it.Via) > MaxList:
		return fmt.Errorf("item %s: more than %d links, hashtags or channels", it.ID, MaxList)
	case !Valid(it.Title) || !Valid(it.Text):
		return fmt.Errorf("item %s: title and text must be UTF-8", it.ID)
	case it.URL != "" && !webLink(it.URL):
		return fmt.Errorf("item %s: url %q is not an http or https address", it.ID, it.URL)
	}
	return nil
}

func webLink(s string) bool {
	if plainWeb(s) {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// plainWeb reports an address whose parts need not be looked at: most are so.
func plainWeb(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return false
		}
	}
	host := true
	for i := range len(rest) {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-':
		case c == '/' && i > 0:
			host = false
		case host || c <= ' ' || c >= 0x7f || c == '%':
			return false
		}
	}
	return rest != ""
}
