package dashboards

import (
	"context"
	"errors"
	"time"

	"vantage/dashboards/chart"
)

// Operator is what the pages let an operator and readers decide; cmd wires it.
// The zero value leaves those pages out.
type Operator struct {
	Token       string // opens the operator's page; empty: nobody can sign in
	Nominations Nominations
	OptOuts     OptOuts
	Sources     Sources
	Rules       Rules
}

// Rules is the vocabulary in use.
type Rules interface {
	Rules(ctx context.Context) (RulesView, error)
	// Retag begins to tag anew what is stored; a *Refusal when that runs already.
	Retag(ctx context.Context) error
}

// Nominations holds pages that readers propose until an operator decides. What
// the person who asked can mend comes back as a *Refusal.
type Nominations interface {
	// Nominate holds a proposal; ErrTooMany when too many wait already.
	Nominate(ctx context.Context, n Nomination) (Receipt, error)
	Nominations(ctx context.Context) ([]NominationView, error)
	Decide(ctx context.Context, id string, accept bool) error
}

// OptOuts is the list of what must not be collected.
type OptOuts interface {
	OptOuts(ctx context.Context) ([]OptOutView, error)
	// OptOut adds a domain, @handle@server, did:… or #hashtag. What is stored
	// of it leaves by and by.
	OptOut(ctx context.Context, what string) error
	Admit(ctx context.Context, key string) error
}

// Sources changes what is listened to.
type Sources interface {
	Find(ctx context.Context, address string) ([]Candidate, error)
	Add(ctx context.Context, s NewSource) (key string, err error)
	// Change does one of the things below. To visit takes no key for all.
	Change(ctx context.Context, key, do string) error
}

// What Sources.Change does.
const (
	PauseSource  = "pause"
	ResumeSource = "resume"
	VisitSource  = "visit"
	RemoveSource = "remove"
)

// States of a nomination.
const (
	Held     = "held"
	Accepted = "accepted"
	Rejected = "rejected"
)

// Refusal is an error that the person who asked can mend. Field is that of the
// form or the JSON object; Words say what is wrong and what to do.
type Refusal struct{ Field, Words string }

func (r *Refusal) Error() string { return r.Words }

// ErrTooMany says that too many nominations wait for a decision.
var ErrTooMany = errors.New("too many nominations wait for a decision; try again in a few days")

// Nomination is a page that a reader proposes.
type Nomination struct{ Link, Title, Words, Council, Topic string }

// Receipt is what the reader gets.
type Receipt struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Count int    `json:"count"` // how often this page was proposed
}

// NominationView is a nomination as an operator sees it.
type NominationView struct {
	ID, Link, Title, Words, Council, Topic, State string
	Count                                         int
	First, Decided                                time.Time
}

// OptOutView is an opt-out as an operator sees it. It names no person.
type OptOutView struct {
	Key, What string
	Added     time.Time
	Posts     int  // taken out of the store so far
	Done      bool // none is left in it
}

// Progress says how far the removal of what was stored has come.
func (o OptOutView) Progress() string {
	switch {
	case !o.Done:
		return "what is stored is being removed"
	case o.Posts == 1:
		return "1 post removed"
	case o.Posts == 0:
		return "nothing was stored"
	}
	return chart.Number(uint64(o.Posts)) + " posts removed"
}

// Candidate is a source that was found at an address.
type Candidate struct {
	Kind, URL, Title, Publisher, Class string
	Posts                              int // that it shows now
	Newest                             time.Time
}

// NewSource is a source that an operator adds: an address, or what to listen to
// at a place. Empty fields are filled in.
type NewSource struct {
	Key, Kind, URL, Name, Publisher, Class, Council string

	What string // hashtags, or words to search for; with On instead of URL
	On   string // bluesky, govuk, hackernews, github, or a Mastodon server
}
