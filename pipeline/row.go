package pipeline

import (
	"slices"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
	"vantage/pipeline/store"
	"vantage/pipeline/story"
	"vantage/pipeline/tag"
)

// DefaultRetention is how long title, text and link of persons' posts are kept.
const DefaultRetention = 30 * 24 * time.Hour

// tooFar is how far ahead of now a published date may lie: clocks differ, and
// a date without a zone may be tomorrow's. Beyond it the claim is absurd.
const tooFar = 24 * time.Hour

// epoch is the earliest time that the table holds.
var epoch = time.Unix(0, 0).UTC()

// rowOf makes the row of an item at sequence seq of the stream. A delete, and a
// post whose author refuses, becomes a tombstone without content.
func rowOf(it *item.Item, seq uint64, retention time.Duration, now time.Time) store.Row {
	r := store.Row{
		ID: it.ID, Version: uint64(it.Version), Kind: it.Kind, Seqs: []uint64{seq},
		Via: channels(it), AuthorRef: it.AuthorRef, AuthorKind: it.AuthorKind,
		Seen: plausible(it.Seen, now), Expires: store.Never, Consent: it.Consent,
	}
	r.Source = r.Via[0]
	if it.Op == item.Delete || it.Consent == "refused" {
		r.Deleted = true
		return r
	}
	r.ContentHash = it.ContentHash
	if r.ContentHash == "" {
		r.ContentHash = it.HashContent()
	}
	r.Published = it.Published
	if r.Published.After(now.Add(tooFar)) {
		r.Published = r.Seen
	}
	r.Week = item.Week(r.Published)
	if it.Class == item.Person || it.AuthorKind == "person" {
		r.Expires = r.Seen.Add(retention)
	}
	if it.Updated != nil {
		r.Updated = *it.Updated
	}
	r.Publisher, r.Class, r.FeedCouncil = it.Publisher, string(it.Class), it.FeedCouncil
	r.Title, r.Text, r.Lang, r.URL = it.Title, it.Text, it.Lang, it.URL
	r.Links, r.Hashtags, r.Sensitive = it.Links, it.Hashtags, it.Sensitive
	return r
}

// plausible takes a time of seeing that no clock can have shown as now: one
// item with such a time must not hold up all that follow.
func plausible(seen, now time.Time) time.Time {
	if seen.Before(epoch) || seen.After(now.Add(tooFar)) {
		return now
	}
	return seen
}

// channels returns every channel of the item, sorted, without repeats. One
// without a name is none: the store refuses a row whose source is empty, and
// what it refuses holds up all that follows.
func channels(it *item.Item) []string {
	if len(it.Via) == 0 {
		return []string{it.Source}
	}
	via := append(slices.Clone(it.Via), it.Source)
	slices.Sort(via)
	return slices.DeleteFunc(slices.Compact(via), func(s string) bool { return s == "" })
}

// understand fills in what the text of r says: tags, councils, language and
// signature. The pipeline and a retag use it alike.
func understand(t *tag.Tagger, r *store.Row) {
	if r.Deleted {
		return
	}
	in := input(r)
	in.Quiet = true
	in.Read = func(post string, words []text.Word) { r.Signature = story.SignWords(nil, post, words) }
	setTags(r, t.Tag(in))
}

func setTags(r *store.Row, res tag.Result) {
	r.Topics, r.Tools, r.Themes = ids(res.Topics), ids(res.Tools), ids(res.Themes)
	r.Adoption, r.Stage, r.Facets = ids(res.Adoption), res.Stage.ID, ids(res.Marks)
	r.Councils, r.Rules, r.Lang = res.Counted(), res.Rules, res.Lang
	r.Found = make([]store.Council, 0, len(res.Councils))
	for _, m := range res.Councils {
		r.Found = append(r.Found, store.Council{ID: m.ID, Confidence: m.Confidence, Sense: m.Sense})
	}
}

// Input is what the tagger reads of an item, in the pipeline and wherever else
// the same answer is wanted. A post's own address is no link in it.
func Input(it *item.Item) tag.Input {
	r := rowOf(it, 0, 0, it.Seen)
	return input(&r)
}

func input(r *store.Row) tag.Input {
	return tag.Input{
		ID: r.ID, Title: r.Title, Text: r.Text, Hashtags: r.Hashtags, Links: r.Links,
		Published: r.Published, FeedCouncil: r.FeedCouncil, Lang: r.Lang,
		Class: r.Class, Publisher: r.Publisher, URL: r.URL,
	}
}

func ids(hits []tag.Hit) []string {
	if len(hits) == 0 {
		return nil
	}
	out := make([]string, len(hits))
	for i, h := range hits {
		out[i] = h.ID
	}
	return out
}
