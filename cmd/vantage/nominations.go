package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"vantage/collectors"
	"vantage/collectors/item"
	"vantage/dashboards"
)

const nominationsHelp = `Lists the pages that readers proposed, and accepts or rejects one. An accepted
page goes through the stream like any other post, and is counted once, also
when a feed shows it too. Nothing is fetched before.

  vantage nominations list
  vantage nominations accept 3f9c2a51d0b7
  vantage nominations reject 3f9c2a51d0b7
`

// Limits of what is kept of nominations.
const (
	maxHeld = 500
	// keepDecided is how long a decision is remembered, so that a page that was
	// rejected is not proposed again at once.
	keepDecided = 365 * 24 * time.Hour
)

// nomination is one page that was proposed, by however many.
type nomination struct {
	Link    string    `json:"link"`
	Title   string    `json:"title,omitempty"`
	Words   string    `json:"words"`
	Council string    `json:"council,omitempty"`
	Topic   string    `json:"topic,omitempty"`
	State   string    `json:"state"` // held, accepted, rejected
	Count   int       `json:"count"` // times that it was proposed
	First   time.Time `json:"first"`
	Decided time.Time `json:"decided,omitzero"`
}

func runNominations(ctx context.Context, c console, args []string) error {
	fs := flagSet(c, "nominations list|accept|reject [ID]", nominationsHelp)
	load := dataFlags(fs)
	words, err := parseWords(fs, args)
	if err != nil {
		return err
	}
	o := url.Values{}
	switch {
	case len(words) == 1 && words[0] == "list", len(words) == 2 && (words[0] == "accept" || words[0] == "reject"):
		o.Set("do", words[0])
		o.Set("id", strings.Join(words[1:], ""))
	default:
		return errors.New("nominations: say list, accept ID or reject ID; see vantage nominations -h")
	}
	return operateTo(ctx, c, c.out, load, "nominations", strings.NewReader(""), o)
}

func (h *house) nominationsOperation(ctx context.Context, _ io.Reader, o url.Values, report func(string)) error {
	if o.Get("do") != "list" {
		return h.desk.Decide(ctx, o.Get("id"), o.Get("do") == "accept")
	}
	list, err := h.desk.Nominations(ctx)
	if err != nil {
		return err
	}
	for _, n := range list {
		report(fmt.Sprintf("%s  %-8s  %dx  %s  %s", n.ID, n.State, n.Count, n.Link, n.Words))
	}
	return nil
}

// refusal is an error that the person who asked can mend.
func refusal(field, words string) error { return &dashboards.Refusal{Field: field, Words: words} }

// Nominate holds a proposal for the operator. The same page proposed again is
// one proposal with a count.
func (d *desk) Nominate(ctx context.Context, in dashboards.Nomination) (dashboards.Receipt, error) {
	link, err := collectors.NominableLink(in.Link)
	if err != nil {
		return dashboards.Receipt{}, refusal("link", err.Error())
	}
	n := nomination{Link: link, Title: in.Title, Words: in.Words, Council: in.Council, Topic: in.Topic, State: dashboards.Held, First: d.now().UTC()}
	post := n.item(d.now())
	if d.policy.Refuses(&post) {
		return dashboards.Receipt{}, refusal("link", "whoever publishes this page asked not to be listened to, so it cannot be proposed")
	}
	d.saving.Lock()
	defer d.saving.Unlock()
	id := nominationID(link)
	old, err := d.nomination(ctx, id)
	if err != nil {
		return dashboards.Receipt{}, err
	}
	if old == nil {
		if err := d.makeRoom(ctx); err != nil {
			return dashboards.Receipt{}, err
		}
		old = &n
	}
	old.Count++
	return dashboards.Receipt{ID: id, State: dashboards.Held, Count: old.Count}, d.saveNomination(ctx, id, *old)
}

// makeRoom forgets old decisions, and refuses when too many proposals wait.
func (d *desk) makeRoom(ctx context.Context) error {
	all := map[string]nomination{}
	if err := loadAll(ctx, d.nominations, all); err != nil {
		return err
	}
	held := 0
	for id, n := range all {
		switch {
		case n.State == dashboards.Held:
			held++
		case d.now().Sub(n.Decided) > keepDecided:
			if err := d.nominations.Delete(ctx, id); err != nil {
				return err
			}
		}
	}
	if held >= maxHeld {
		return dashboards.ErrTooMany
	}
	return nil
}

// Nominations lists what was proposed: held ones first, then the newest
// decisions.
func (d *desk) Nominations(ctx context.Context) ([]dashboards.NominationView, error) {
	all := map[string]nomination{}
	if err := loadAll(ctx, d.nominations, all); err != nil {
		return nil, err
	}
	list := make([]dashboards.NominationView, 0, len(all))
	for id, n := range all {
		list = append(list, dashboards.NominationView{ID: id, Link: n.Link, Title: n.Title, Words: n.Words, Council: n.Council, Topic: n.Topic,
			State: n.State, Count: n.Count, First: n.First, Decided: n.Decided})
	}
	slices.SortFunc(list, func(a, b dashboards.NominationView) int {
		return cmp.Or(-cmp.Compare(heldFirst(a), heldFirst(b)), b.Decided.Compare(a.Decided), a.First.Compare(b.First), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

func heldFirst(n dashboards.NominationView) int {
	if n.State == dashboards.Held {
		return 1
	}
	return 0
}

// Decide accepts or rejects a proposal. One that was rejected may be accepted
// after all; what was accepted stays, because a source may show it by now.
func (d *desk) Decide(ctx context.Context, id string, accept bool) error {
	d.saving.Lock()
	defer d.saving.Unlock()
	n, err := d.nomination(ctx, id)
	switch {
	case err != nil:
		return err
	case n == nil:
		return refusal("id", fmt.Sprintf("there is no nomination %q; `vantage nominations list` shows them", id))
	case n.State == dashboards.Accepted:
		return refusal("id", fmt.Sprintf("nomination %s was accepted already; to take its page out again, opt its domain out", id))
	}
	n.State, n.Decided = dashboards.Rejected, d.now().UTC()
	if accept {
		n.State = dashboards.Accepted
		post := n.item(d.now())
		if d.policy.Refuses(&post) {
			return refusal("id", fmt.Sprintf("%s was opted out; remove the opt-out first", n.Link))
		}
		if err := (policed{d.policy, d.stream}).Put(ctx, []item.Item{post}); err != nil {
			return err
		}
	}
	return d.saveNomination(ctx, id, *n)
}

func (n nomination) item(now time.Time) item.Item {
	words := n.Words
	for _, more := range []string{n.Topic, n.Council} {
		if more != "" {
			words += "\n" + more
		}
	}
	title := n.Title
	if title == "" {
		title = n.Words
	}
	return collectors.Nomination{Link: n.Link, Title: title, Words: words, At: n.First}.Item(now)
}

// nominationID names a page: whoever proposes it again gets the same id.
func nominationID(link string) string {
	sum := sha256.Sum256([]byte(link))
	return hex.EncodeToString(sum[:6])
}

func (d *desk) nomination(ctx context.Context, id string) (*nomination, error) {
	if id == "" {
		return nil, nil
	}
	b, err := d.nominations.Load(ctx, id)
	if err != nil || b == nil {
		return nil, err
	}
	var n nomination
	if err := json.Unmarshal(b, &n); err != nil {
		return nil, fmt.Errorf("nomination %s is damaged: %w", id, err)
	}
	return &n, nil
}

func (d *desk) saveNomination(ctx context.Context, id string, n nomination) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return d.nominations.Save(ctx, id, b)
}
