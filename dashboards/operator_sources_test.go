package dashboards

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestHashtagsAndSearchesAreAddedByTheForm(t *testing.T) {
	clerk := newClerk()
	_, s := serve(t, town(), staffed(clerk))
	me := signedInVisitor(t, s)
	for _, form := range []url.Values{
		{"url": {" #localgov "}, "on": {"bluesky"}, "server": {"left.example"}},
		{"url": {"#localgov"}, "on": {"mastodon"}, "server": {"social.example"}},
		{"url": {"digital planning"}, "on": {"govuk"}},
	} {
		if res, _ := submit(t, me, s.URL+"/operator/sources/find", form); res.StatusCode != http.StatusOK || res.Request.URL.RequestURI() != "/sources?find=new-key" {
			t.Errorf("%v: %d at %s", form, res.StatusCode, res.Request.URL)
		}
	}
	var want []string
	for _, added := range []string{"What:#localgov On:bluesky", "What:#localgov On:social.example", "What:digital planning On:govuk"} {
		want = append(want, "add {Key: Kind: URL: Name: Publisher: Class: Council: "+added+"}")
	}
	if asked := clerk.said(); !slices.Equal(asked, want) {
		t.Errorf("asked for %q", asked)
	}
}

func TestTheFormSaysWhatIsWrongBesideItsField(t *testing.T) {
	clerk := newClerk()
	_, s := serve(t, town(), staffed(clerk))
	me := signedInVisitor(t, s)
	wrong := func(field, words string, form url.Values) {
		t.Helper()
		res, page := submit(t, me, s.URL+"/operator/sources/find", form)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `<a href="#`+field+`">`+words) || !strings.Contains(page, `id="`+field+`-error"><span class="vh">Error: </span>`+words) {
			t.Errorf("%v: %d, without %q at %s", form, res.StatusCode, words, field)
		}
		if !strings.Contains(page, "<title>Error: Operator") {
			t.Error("the title does not say that there is an error")
		}
	}
	wrong("url", "Enter an address, hashtags or words", url.Values{"on": {"bluesky"}})
	wrong("server", "Enter the address of the Mastodon server", url.Values{"url": {"#localgov"}, "on": {"mastodon"}})
	if asked := clerk.said(); len(asked) > 0 {
		t.Errorf("asked for %q", asked)
	}
	clerk.refuse = &Refusal{"on", "say where"}
	wrong("on", "Say where.", url.Values{"url": {"#localgov"}})
	wrong("server", "Say where.", url.Values{"url": {"#localgov"}, "on": {"mastodon"}, "server": {"x"}})
	_, page := submit(t, me, s.URL+"/operator/sources/find", url.Values{"url": {"#a<b"}, "on": {"bluesky"}})
	if !strings.Contains(page, `value="#a&lt;b"`) || !strings.Contains(page, `id="on-bluesky" value="bluesky" aria-describedby="on-hint-bluesky" checked`) {
		t.Error("what was typed is lost")
	}
}
