package collectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// mastodonPost is what is read of a status. Servers of many makers send it, so
// everything may be missing; unknown fields are passed over.
// https://docs.joinmastodon.org/entities/Status/
type mastodonPost struct {
	ID         string            `json:"id"`  // on this server only; an opaque text
	URI        string            `json:"uri"` // of the object, the same on every server
	URL        string            `json:"url"`
	CreatedAt  string            `json:"created_at"`
	EditedAt   string            `json:"edited_at"`
	Visibility string            `json:"visibility"`
	LocalOnly  bool              `json:"local_only"` // of some servers: not for the world
	Sensitive  bool              `json:"sensitive"`
	Spoiler    string            `json:"spoiler_text"`
	Content    string            `json:"content"` // HTML
	Language   string            `json:"language"`
	Reblog     json.RawMessage   `json:"reblog"`
	Account    mastodonAccount   `json:"account"`
	Mentions   []mastodonMention `json:"mentions"`
	Tags       []struct {
		Name string `json:"name"`
	} `json:"tags"`
	Card *struct {
		URL string `json:"url"`
	} `json:"card"`

	created time.Time
	foreign bool // ID was made here, see knownPost
}

// mastodonAccount is what decides whether and as whose post it is kept. No
// name of it leaves this package but as a pseudonym.
// https://docs.joinmastodon.org/entities/Account/
type mastodonAccount struct {
	Acct      string `json:"acct"` // name of a local account, else name@domain
	Note      string `json:"note"`
	Bot       bool   `json:"bot"`
	Group     bool   `json:"group"`
	Limited   bool   `json:"limited"`
	Suspended bool   `json:"suspended"`
	NoIndex   *bool  `json:"noindex"`
	Indexable *bool  `json:"indexable"`
	Fields    []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
}

type mastodonMention struct {
	Username string `json:"username"`
	Acct     string `json:"acct"`
}

const (
	maxMastodonPage = 400 // posts in one answer; 40 are asked for
	maxStatusID     = 128 // bytes; snowflakes have 18, ULIDs 26
)

// readPosts reads an array of statuses. One that cannot be read costs only
// itself: bad counts them.
func readPosts(body []byte) (posts []mastodonPost, bad int, err error) {
	if err := checkJSON(body, '['); err != nil {
		return nil, 0, err
	}
	var all []json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, 0, notMastodon(err)
	}
	if len(all) > maxMastodonPage {
		return nil, 0, &FormatError{Sentence: fmt.Sprintf(
			"the server sent %d posts at once, and at most %d are read; it does not keep to the page that was asked for", len(all), maxMastodonPage)}
	}
	for _, b := range all {
		p, ok := readPost(b)
		if !ok {
			bad++
			continue
		}
		posts = append(posts, p)
	}
	return posts, bad, nil
}

// readPost reads one status; false when it cannot be told from others.
func readPost(b []byte) (p mastodonPost, ok bool) {
	if json.Unmarshal(b, &p) != nil || !statusID(p.ID) {
		return p, false
	}
	p.created = parseDate(p.CreatedAt)
	return p, !p.created.IsZero()
}

// statusID says that id can stand in a path and a query as one word.
func statusID(id string) bool {
	return id != "" && len(id) <= maxStatusID && strings.Trim(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-") == ""
}

// checkJSON refuses what does not begin as the JSON that was asked for: many
// servers answer a page with status 200 while they are being looked after.
func checkJSON(body []byte, opens byte) error {
	plain := bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(plain) == 0 || plain[0] != opens {
		return notMastodon(nil)
	}
	return shallow(plain)
}

func notMastodon(err error) error {
	return &FormatError{Err: err, Sentence: "the server answered with something else than posts, such as a page about maintenance; " +
		"it will be tried again later, and if it stays so, check that this is a Mastodon server"}
}
