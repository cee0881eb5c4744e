package dashboards

import (
	"fmt"
	"strings"
	"testing"

	"vantage/dashboards/browsertest"
)

// TestPagesThatTakeSomethingAreAccessible looks at forms, errors and the
// operator's page in both colours and on a phone.
func TestPagesThatTakeSomethingAreAccessible(t *testing.T) {
	_, s := serve(t, town(), staffed(newClerk()), func(c *Config) {
		c.Sources = func() []SourceView { return append(testSources, manySources(40)...) }
	})
	p := browsertest.Open(t)
	look := func(name string) {
		t.Helper()
		lookAround(t, p, name)
		quiet(t, p, s.URL)
	}
	p.Go(s.URL + "/nominate")
	look("nominate")
	p.Click("#send")
	p.Wait(`document.querySelector(".error-summary")`)
	look("nominate-errors")
	p.Go(s.URL + "/nominate/sent")
	look("nominate-sent")
	p.Go(s.URL + "/opt-out")
	look("opt-out")
	p.Go(s.URL + "/sources")
	look("sources-reader")
	p.Go(s.URL + "/operator")
	look("sign-in")
	browsertest.Eval[bool](p, fmt.Sprintf(`(document.getElementById("token").value=%q, document.querySelector(".stacked").submit(), true)`, testToken))
	p.Wait(`document.querySelector("#nominations")`)
	look("operator")
	browsertest.Eval[bool](p, `(document.getElementById("url").value="https://a.example", document.getElementById("url").form.submit(), true)`)
	p.Wait(`document.querySelector(".found")`)
	look("operator-found")
	p.Go(s.URL + "/operator")
	browsertest.Eval[bool](p, `(document.getElementById("url").value="#localgov", document.getElementById("on-mastodon").checked=true, document.getElementById("url").form.submit(), true)`)
	p.Wait(`document.querySelector("#server-error")`)
	look("operator-errors")
	p.Go(s.URL + "/sources?state=look")
	look("sources-operator")
}

// TestNominateWithoutScripts fills the form as a person does, scripts off, and
// is asked to look again because it took no time.
func TestNominateWithoutScripts(t *testing.T) {
	clerk := newClerk()
	d, s := serve(t, town(), staffed(clerk))
	p := browsertest.Open(t)
	p.Scripts(false)
	p.Go(s.URL + "/nominate")
	p.Click("#link")
	p.Press("https://a.example/1")
	p.Click("#words")
	p.Press("A register of algorithms")
	p.Click("#send")
	p.Wait(`location.pathname === "/nominate/sent" || document.querySelector(".error-summary")`)
	if browsertest.Eval[bool](p, `!!document.querySelector(".error-summary")`) { // faster than a person
		browsertest.Eval[bool](p, fmt.Sprintf(`(document.querySelector("[name=stamp]").value=%q, true)`, goodForm(d).Get("stamp")))
		p.Click("#send")
	}
	p.Wait(`location.pathname === "/nominate/sent"`)
	if asked := clerk.said(); len(asked) != 1 || !strings.Contains(asked[0], "A register of algorithms") {
		t.Errorf("held: %q", asked)
	}
	quiet(t, p, s.URL)
}

// lookAround looks at a page in both colours, wide and on a phone.
func lookAround(t *testing.T, p *browsertest.Page, name string) {
	t.Helper()
	for _, width := range []int64{1280, 390} {
		p.Size(width, 844)
		for _, scheme := range []string{"light", "dark"} {
			p.Scheme(scheme)
			p.Shot(fmt.Sprintf("%s-%d-%s", name, width, scheme))
			accessible(t, p, fmt.Sprintf("%s at %d, %s", name, width, scheme))
		}
		if over := browsertest.Eval[int](p, overflow); over > 0 {
			t.Errorf("%s at %d pixels scrolls sideways by %d", name, width, over)
		}
	}
	p.Size(1280, 900)
}
