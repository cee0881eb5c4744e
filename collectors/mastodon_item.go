package collectors

import (
	"net/url"
	"strings"
	"time"

	"vantage/collectors/item"
	"vantage/collectors/text"
)

// visible reports whether a post may be looked at at all: public, and the
// author's own words.
func (p *mastodonPost) visible() bool {
	shared := len(p.Reblog) > 0 && string(p.Reblog) != "null"
	return p.Visibility == "public" && !p.LocalOnly && !shared
}

// item makes the item of a post as it is published for the first time; false
// where it says nothing of its own or has no address. A person's name, handle
// and address are gone from it.
func (t *mastodonTurn) item(p *mastodonPost) (found, bool) {
	who := t.state.head.Server.author(&p.Account, t.src)
	it := item.Item{
		Schema: item.Schema, Op: item.Create, Kind: t.src.Kind, Source: t.src.Key, Via: []string{t.src.Key},
		Publisher: who.publisher, Class: who.class, AuthorKind: who.kind, FeedCouncil: who.council,
		Lang:      first(language(p.Language), language(t.src.Lang)),
		Sensitive: p.Sensitive || strings.TrimSpace(p.Spoiler) != "", Consent: p.Account.consent(),
	}
	body, links := text.FromHTML(withoutQuote(p.Content))
	warning, _ := text.FromHTML(p.Spoiler)
	if warning != "" {
		body = warning + "\n" + body
	}
	hide := hider(p.Mentions)
	it.Text = text.CutBytes(text.Clean(hide.text(body)), item.MaxText)
	if p.Card != nil {
		links = append(links, p.Card.URL)
	}
	it.Hashtags = p.hashtags(it.Text)
	it.Links = outward(linksOf(nil, links, ""), it.Hashtags)
	if at := parseDate(p.EditedAt); at.After(p.created) && !at.After(t.now) {
		it.Updated = &at
	}
	id := first(canonicalID(p.URI), canonical(nil, p.URL))
	it.ID, it.URL = cutID(id), canonical(nil, p.URL)
	if who.class == item.Person {
		it.URL = t.state.head.Server.plainURL(t.base, p)
	}
	f := found{Item: it, claim: p.created}
	f.ContentHash = contentHash(f)
	f.seal(who, t.key)
	return f, id != "" && it.Text != ""
}

// seal replaces what names the author. Organisations keep their domain, but
// not the id: one server may know that an account is an organisation's and
// another may not, and the post must be one item all the same.
func (f *found) seal(who author, key []byte) {
	id := pseudonym(key, "id", f.ID)
	disguise(&f.Item, key)
	f.ID = id
	f.AuthorRef = pseudonym(key, f.Kind, who.name)
	f.AuthorKind = who.kind
}

// hashtags are those that the server lists and those in the text.
func (p *mastodonPost) hashtags(plain string) []string {
	var tags []string
	for _, t := range p.Tags {
		tags = text.AddTag(tags, t.Name)
	}
	tags = text.Hashtags(tags, plain)
	return tags[:min(len(tags), maxTags)]
}

// canonicalID returns an object's id when it is an address, as it stands: two
// servers must agree on every byte.
func canonicalID(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return uri
}

// withoutQuote cuts the paragraph with the address of a quoted post that
// servers put before the author's words for readers that know no quotes.
func withoutQuote(markup string) string {
	from := strings.Index(markup, `<p class="quote-inline">`)
	if from < 0 {
		return markup
	}
	end := strings.Index(markup[from:], "</p>")
	if end < 0 {
		return markup[:from]
	}
	return markup[:from] + markup[from+end+len("</p>"):]
}

// plainURL is an address of a person's post that holds no name: the post's own
// if it is so, else that of the post on the server that was asked.
func (s *mastodonServer) plainURL(base string, p *mastodonPost) string {
	own := canonical(nil, p.URL)
	name, _, _ := strings.Cut(p.Account.Acct, "@")
	if own != "" && !personal(own) && name != "" && !strings.Contains(strings.ToLower(own), strings.ToLower(name)) {
		return own
	}
	if s.Routes && !p.foreign {
		return canonical(nil, base+"/statuses/"+p.ID)
	}
	return ""
}

// lateAfter is the age from which a date that comes over the stream is not
// believed: the clock of a client can lie. Pages are ordered by date, so there
// a false date gains nothing.
const lateAfter = 7 * 24 * time.Hour
