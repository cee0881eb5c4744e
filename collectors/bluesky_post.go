package collectors

import (
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"vantage/collectors/item"
)

// isPost reports whether the event is about a post.
func (e *jetEvent) isPost() bool {
	return e.kind == jetCommit && string(e.collection) == postCollection
}

// uri is the address of the post in the network, and its identity.
func (e *jetEvent) uri() string {
	return "at://" + string(e.did) + "/" + postCollection + "/" + string(e.rkey)
}

// at is when the server witnessed the event.
func (e *jetEvent) at() time.Time { return time.UnixMicro(e.us).UTC() }

// wanted reports whether the post is one that the source wants. It allocates
// little and decodes nothing that it need not.
func (f *skyFollow) wanted(e *jetEvent) bool {
	if string(e.operation) == "delete" || !f.probe.read(e.record) {
		return false
	}
	words := string(f.probe.words)
	return hasTag(words, f.wish.tags) || f.wish.match != nil && f.wish.match(words, f.probe.links)
}

// apply makes items of an event. f.mu is held.
func (f *skyFollow) apply(e *jetEvent, wanted bool) {
	switch {
	case e.kind == jetAccount && !e.active && withdraws(string(e.status)):
		f.authorGone(e)
	case !e.isPost():
	case string(e.operation) == "delete":
		f.deleted(e)
	case string(e.operation) == "create" && wanted:
		f.posted(e, item.Create)
	case string(e.operation) == "update":
		f.edited(e, wanted)
	}
}

// withdraws tells the ways in which an account is switched off (atproto,
// Account Hosting) that mean its posts; a server in trouble (desynchronized,
// throttled) does not.
func withdraws(status string) bool {
	return slices.Contains([]string{"deactivated", "deleted", "suspended", "takendown"}, status)
}

// posted publishes a new or edited post, unless it was seen before or is gone
// already.
func (f *skyFollow) posted(e *jetEvent, op item.Op) {
	s, uri := f.state, e.uri()
	if s.goneIDs[xxhash.Sum64String(uri)] > e.us || s.goneDIDs[xxhash.Sum64(e.did)] > e.us {
		return
	}
	it, ok := f.postOf(e, op)
	if !ok {
		return
	}
	id, author := f.ids(uri, string(e.did))
	before := s.recent[id]
	if e.us <= before.us {
		return
	}
	it.Version = item.NextVersion(before.version, e.at())
	s.recent[id] = skyPost{e.us, it.Version}
	s.posts.note(id, e.at())
	s.authors.note(author, e.at())
	f.batch = append(f.batch, it)
}

// edited publishes an edit of a post that was published, whatever it says
// now, and one that is of interest only now.
func (f *skyFollow) edited(e *jetEvent, wanted bool) {
	id, _ := f.ids(e.uri(), string(e.did))
	if wanted || f.state.posts.has(id) {
		f.posted(e, item.Update)
	}
}

// deleted withdraws a post that was published.
func (f *skyFollow) deleted(e *jetEvent) {
	s, uri := f.state, e.uri()
	s.goneIDs[xxhash.Sum64String(uri)] = e.us
	id, _ := f.ids(uri, string(e.did))
	before := s.recent[id]
	if !s.posts.has(id) || e.us <= before.us {
		return
	}
	version := item.NextVersion(before.version, e.at())
	it := withdrawn(f.src, uri, version, f.b.deps.Now())
	f.hide(&it, string(e.did))
	s.recent[id] = skyPost{e.us, version}
	s.posts.drop(id)
	f.batch = append(f.batch, it)
}

// authorGone withdraws every post of an account that was switched off, if any
// was published.
func (f *skyFollow) authorGone(e *jetEvent) {
	s := f.state
	s.goneDIDs[xxhash.Sum64(e.did)] = e.us
	_, author := f.ids("", string(e.did))
	if !s.authors.has(author) {
		return
	}
	s.authors.drop(author)
	f.batch = append(f.batch, item.Item{
		Schema: item.Schema, Op: item.AuthorGone, Version: e.at().UnixMilli() + 1, // also what was posted in this millisecond
		Kind: f.src.Kind, Source: f.src.Key, Via: []string{f.src.Key}, Class: f.src.Class,
		AuthorRef: pseudonym(f.b.deps.Key, f.src.Kind, string(e.did)), Published: e.at(), Seen: f.b.deps.Now().UTC(),
	})
}

// ids are the numbers under which the state keeps a post and its author.
func (f *skyFollow) ids(uri, did string) (post, author uint64) {
	return skyID(pseudonym(f.b.deps.Key, "id", uri)), skyID(pseudonym(f.b.deps.Key, f.src.Kind, did))
}

// hide replaces what names the person. The author's pseudonym stays also where
// the source says that an organisation posts, because a closed account has
// nothing else.
func (f *skyFollow) hide(it *item.Item, did string) {
	if it.Class == item.Person {
		it.Publisher = did
	}
	disguise(it, f.b.deps.Key)
	it.AuthorRef = pseudonym(f.b.deps.Key, f.src.Kind, did)
}

// postOf makes an item of a post; false for a record that cannot be read.
func (f *skyFollow) postOf(e *jetEvent, op item.Op) (item.Item, bool) {
	r, ok := decodeSky(e.record)
	if !ok {
		return item.Item{}, false
	}
	did := string(e.did)
	claim, _ := time.Parse(time.RFC3339Nano, r.CreatedAt)
	it := item.Item{
		Schema: item.Schema, Op: op, ID: e.uri(), Kind: f.src.Kind, Source: f.src.Key, Via: []string{f.src.Key},
		Publisher: f.src.Publisher, Class: f.src.Class, FeedCouncil: f.src.Council, AuthorKind: "unknown",
		Text: r.words(), Lang: first(r.lang(), language(f.src.Lang)), Links: r.links(), Hashtags: r.hashtags(),
		URL:       canonical(nil, "https://bsky.app/profile/"+did+"/post/"+string(e.rkey)),
		Published: skyDate(claim, e.at()), Seen: f.b.deps.Now().UTC(), Consent: "unknown", Sensitive: r.sensitive(),
	}
	if op == item.Update {
		at := e.at()
		it.Updated = &at
	}
	it.ContentHash = contentHash(found{Item: it, claim: claim})
	f.hide(&it, did)
	return it, true
}

// skyDate is the date that the author's program claims, unless it lies after
// the moment when the network saw the post, or more than a week before.
func skyDate(claim, witnessed time.Time) time.Time {
	const oldest = 7 * 24 * time.Hour
	if claim.After(witnessed) || claim.Before(witnessed.Add(-oldest)) {
		return witnessed
	}
	return claim.UTC()
}
