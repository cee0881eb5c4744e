package dashboards

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// place is where something can be listened to, as the form offers it.
type place struct{ Value, Name, Hint string }

// mastodonPlace needs the address of a server beside it.
const mastodonPlace = "mastodon"

// places are the choices of the form; the empty value stands for the address
// itself.
var places = []place{
	{"", "At that address", "Vantage looks there once and shows what it could listen to."},
	{"bluesky", "Bluesky", "Hashtags, or the word councils for every post that names a UK council."},
	{mastodonPlace, "A Mastodon server", "Hashtags, as that server hears them."},
	{"govuk", "GOV.UK", "Words to search for."},
	{"hackernews", "Hacker News", "Words to search for."},
	{"github", "GitHub", "A topic such as localgov, or a repository as owner/name."},
}

// seekSource takes the form that adds a source: an address is looked at first,
// and shows what could be listened to there; the rest is added at once.
func (d *Dashboard) seekSource(w http.ResponseWriter, r *http.Request) {
	body := operatorBody{Address: strings.TrimSpace(r.PostFormValue("url")), On: r.PostFormValue("on"), Server: strings.TrimSpace(r.PostFormValue("server"))}
	switch {
	case body.Address == "":
		d.settle(w, r, &Refusal{"url", "enter an address, hashtags or words to search for"}, "", body)
	case body.On == mastodonPlace && body.Server == "":
		d.settle(w, r, &Refusal{"server", "enter the address of the Mastodon server, for example mastodon.social"}, "", body)
	case body.On == "" && !strings.HasPrefix(body.Address, "#"):
		d.findSource(w, r, body)
	default:
		on, field := body.On, "on"
		if on == mastodonPlace {
			on, field = body.Server, "server"
		}
		key, err := d.Operator.Sources.Add(r.Context(), NewSource{What: body.Address, On: on})
		if refused, ok := errors.AsType[*Refusal](err); ok && refused.Field == "on" {
			err = &Refusal{field, refused.Words}
		}
		d.settle(w, r, err, listedAs(key), body)
	}
}

// findSource looks at an address and shows what could be listened to there.
func (d *Dashboard) findSource(w http.ResponseWriter, r *http.Request, body operatorBody) {
	if !strings.Contains(body.Address, "://") {
		body.Address = "https://" + body.Address
	}
	var err error
	body.Candidates, err = d.Operator.Sources.Find(r.Context(), body.Address)
	if err == nil && len(body.Candidates) > 0 {
		d.desk(w, r, http.StatusOK, body)
		return
	}
	if err == nil {
		err = &Refusal{"url", "nothing to listen to was found there; enter the address of a feed"}
	}
	d.settle(w, r, err, "", body)
}

func (d *Dashboard) addSource(w http.ResponseWriter, r *http.Request) {
	s := NewSource{Kind: r.PostFormValue("kind"), URL: r.PostFormValue("url"), Name: plainLine(r.PostFormValue("name")),
		Publisher: strings.TrimSpace(r.PostFormValue("publisher")), Class: r.PostFormValue("class"), Council: strings.TrimSpace(r.PostFormValue("council"))}
	key, err := d.Operator.Sources.Add(r.Context(), s)
	d.settle(w, r, err, listedAs(key), operatorBody{Address: s.URL})
}

// listedAs is the page of sources with one source alone.
func listedAs(key string) string { return "/sources?" + url.Values{"find": {key}}.Encode() }

// changeSource pauses, resumes, visits or removes one, and goes back to the
// list as it was filtered.
func (d *Dashboard) changeSource(w http.ResponseWriter, r *http.Request) {
	back := r.PostFormValue("back")
	if back != "/sources" && !strings.HasPrefix(back, "/sources?") {
		back = "/sources"
	}
	d.settle(w, r, d.Operator.Sources.Change(r.Context(), r.PostFormValue("key"), r.PostFormValue("do")), back, operatorBody{})
}
