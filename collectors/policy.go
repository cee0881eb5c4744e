package collectors

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"vantage/collectors/item"
)

// PolicyConfig says what a Policy may use. Keys is needed.
type PolicyConfig struct {
	Keys Keys
	// Class says what sort of body publishes under a domain; Unknown where
	// nobody knows. Nil: the sources alone say it.
	Class func(domain string) item.Class
	// Known tells which of these ids are stored, so that a refusal takes back
	// what was published before, and leaves no trace of what never was. Nil, or
	// an error: all may be, and each is taken back.
	Known func(ctx context.Context, ids []string) (map[string]bool, error)
	Log   *slog.Logger
}

// Policy decides, between a collector and the stream, what may be published
// and in which form: posts whose author refuses and what was opted out are
// not, persons are hidden, publishers are classed. It is safe for concurrent
// use; a nil Policy lets everything through as it is.
type Policy struct {
	cfg   PolicyConfig
	rules atomic.Pointer[rules]
}

// rules are what may change while the program runs.
type rules struct {
	keys     Keys
	list     []OptOut
	refusals *refusals
}

// NewPolicy returns a policy without opt-outs.
func NewPolicy(cfg PolicyConfig) *Policy {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Policy{cfg: cfg}
	p.rules.Store(&rules{keys: cfg.Keys, refusals: compileOptOuts(nil, cfg.Keys)})
	return p
}

// SetKeys puts keys to use that were rotated.
func (p *Policy) SetKeys(k Keys) {
	for {
		old := p.rules.Load()
		if p.rules.CompareAndSwap(old, &rules{k, old.list, compileOptOuts(old.list, k)}) {
			return
		}
	}
}

// SetOptOuts replaces the opt-outs.
func (p *Policy) SetOptOuts(list []OptOut) {
	for {
		old := p.rules.Load()
		if p.rules.CompareAndSwap(old, &rules{old.keys, list, compileOptOuts(list, old.keys)}) {
			return
		}
	}
}

// Keys returns those in use.
func (p *Policy) Keys() Keys { return p.rules.Load().keys }

// Refuses tells whether an item, sealed or not, was opted out.
func (p *Policy) Refuses(it *item.Item) bool {
	return p != nil && p.rules.Load().refusals.refuse(it)
}

// RefusesHost tells whether a domain, or one above it, was opted out.
func (p *Policy) RefusesHost(host string) bool {
	return p != nil && p.rules.Load().refusals.domain(host)
}

// Refs returns the pseudonyms under which the persons of an opt-out are stored.
func (p *Policy) Refs(o OptOut) []string {
	keys := p.Keys()
	a := o.author(keys.Root)
	if a == "" {
		return nil
	}
	return keys.seals(a)
}

// Apply returns the items as they may be published. It never changes those
// that it was given.
func (p *Policy) Apply(ctx context.Context, items []item.Item) []item.Item {
	if p == nil || len(items) == 0 {
		return items
	}
	r := p.rules.Load()
	out := make([]item.Item, 0, len(items))
	for _, it := range items {
		switch it.Op {
		case item.Gap:
			out = append(out, it)
		case item.Delete, item.AuthorGone:
			hideGone(&it, r.keys.Root)
			out = r.eachKey(out, it, r.keys.Live)
		default:
			refused := it.Consent == Refused || r.refusals.refuse(&it) // by a domain that is hidden next
			hide(&it, r.keys.Root)
			if refused || r.refusals.refuse(&it) {
				out = p.takeBack(ctx, out, r.eachKey(nil, withdrawal(it), r.keys.Live))
				continue
			}
			p.classify(&it)
			out = p.publish(ctx, out, it, r)
		}
	}
	return out
}

// hide is a net under the kinds, and all there is for archives: what names a
// person in clear does not pass.
func hide(it *item.Item, root []byte) {
	if !strings.HasPrefix(it.Publisher, "person:") {
		disguise(it, root)
	}
	if it.AuthorRef != "" && !strings.HasPrefix(it.AuthorRef, "person:") {
		it.AuthorRef = pseudonym(root, it.Kind, it.AuthorRef)
	}
}

// hideGone is hide for what withdraws posts, which may name the post or the
// author alone.
func hideGone(it *item.Item, root []byte) {
	clear := func(s string) bool { return s != "" && !strings.HasPrefix(s, "person:") }
	if clear(it.AuthorRef) {
		it.AuthorRef = pseudonym(root, it.Kind, it.AuthorRef)
	}
	if it.Class != item.Person || strings.HasPrefix(it.Publisher, "person:") {
		return
	}
	if clear(it.ID) {
		it.ID = pseudonym(root, "id", it.ID)
	}
	if it.Publisher != "" {
		it.Publisher = pseudonym(root, it.Kind, it.Publisher)
	}
}

// Refused is the consent of a post whose author does not want it collected.
const Refused = "refused"

// publish seals one post. An edit after a rotation may have got another date,
// and with it another key: what stands under the other keys is taken back.
func (p *Policy) publish(ctx context.Context, out []item.Item, it item.Item, r *rules) []item.Item {
	current := r.keys.at(it.Published)
	if it.Op == item.Update && innerForm.MatchString(it.ID) && len(r.keys.Live) > 1 {
		var others []LiveKey
		for _, l := range r.keys.Live {
			if l.ID != current.ID {
				others = append(others, l)
			}
		}
		out = p.takeBack(ctx, out, r.eachKey(nil, withdrawal(it), others))
	}
	return append(out, sealed(it, current))
}

// eachKey appends it once for each key, or once as it is when it names no
// person.
func (r *rules) eachKey(out []item.Item, it item.Item, live []LiveKey) []item.Item {
	if !innerForm.MatchString(it.ID) && !innerForm.MatchString(it.AuthorRef) {
		return append(out, it)
	}
	for _, l := range live {
		out = append(out, sealed(it, l))
	}
	return out
}

func sealed(it item.Item, l LiveKey) item.Item {
	it.ID, it.Publisher, it.AuthorRef = l.seal(it.ID), l.seal(it.Publisher), l.seal(it.AuthorRef)
	return it
}

// withdrawal is the item that deletes it. It carries nothing of the post.
func withdrawal(it item.Item) item.Item {
	return item.Item{Schema: item.Schema, Op: item.Delete, ID: it.ID, Version: it.Version, Kind: it.Kind, Source: it.Source}
}

// takeBack appends the deletes of what may be stored.
func (p *Policy) takeBack(ctx context.Context, out, deletes []item.Item) []item.Item {
	if p.cfg.Known == nil || len(deletes) == 0 {
		return append(out, deletes...)
	}
	ids := make([]string, len(deletes))
	for i := range deletes {
		ids[i] = deletes[i].ID
	}
	known, err := p.cfg.Known(ctx, ids)
	if err != nil {
		p.cfg.Log.Warn("it cannot be told which refused posts are stored; all are taken back", slog.Any("err", err))
		return append(out, deletes...)
	}
	for _, d := range deletes {
		if known[d.ID] {
			out = append(out, d)
		}
	}
	return out
}

// classify fills in what sort of body publishes, where the source does not say.
func (p *Policy) classify(it *item.Item) {
	if p.cfg.Class == nil || it.Class != item.Unknown && it.Class != "" || innerForm.MatchString(it.Publisher) {
		return
	}
	it.Class = p.cfg.Class(it.Publisher)
	if it.Class != item.Unknown && it.AuthorKind == "unknown" {
		it.AuthorKind = "org"
	}
}
