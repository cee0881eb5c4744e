package collectors

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

func TestIdentity(t *testing.T) {
	for _, test := range []struct{ children, want string }{
		{`<guid>https://b.example/1</guid><link>https://b.example/x</link>`, "https://b.example/1"},
		{`<guid>tag:b.example,2005:1</guid>`, "tag:b.example,2005:1"},
		{`<guid>urn:uuid:1-2</guid>`, "urn:uuid:1-2"},
		{`<guid>42</guid><link>https://b.example/x</link>`, "feed:oakshire:42"},
		{`<guid>https://b.example/</guid><title>site as guid</title>`, "feed:oakshire:https://b.example/"},
		{`<guid> spaced out </guid>`, "feed:oakshire:spaced out"},
		{`<guid>` + strings.Repeat("x", 3000) + `</guid>`, "sha256:" + hash("feed:oakshire:"+strings.Repeat("x", 3000))},
		{`<link>https://b.example/x?utm_source=y#z</link>`, "https://b.example/x"},
		{`<title>Only</title><pubDate>Mon, 16 Nov 2026 09:30:00 GMT</pubDate>`, "feed:oakshire:" + hash("Only", "2026-11-16")},
	} {
		if got := oneItem(t, test.children).ID; got != test.want {
			t.Errorf("%.80s: got %s, want %s", test.children, got, test.want)
		}
	}
}

func TestCanonical(t *testing.T) {
	base := mustParse(t, "https://www.example.org/news/feed.xml")
	for in, want := range map[string]string{
		"https://A.Example/x?utm_source=a&b=1&fbclid=2&c": "https://a.example/x?b=1&c",
		"https://a.example":               "https://a.example/",
		"https://a.example/?utm_medium=x": "https://a.example/",
		"/a/b#frag":                       "https://www.example.org/a/b",
		"item?id=3&amp=1":                 "https://www.example.org/news/item?id=3&amp=1",
		"//cdn.example/x":                 "https://cdn.example/x",
		"http://a.example:80/x":           "http://a.example/x",
		"https://a.example:8443/x":        "https://a.example:8443/x",
		"https://user:pass@a.example/x":   "https://a.example/x",
		"mailto:a@b.example":              "",
		"javascript:alert(1)":             "",
		"data:text/html,x":                "",
		"ftp://a.example/x":               "",
		"https://":                        "",
		"":                                "",
		"https://a.example/" + strings.Repeat("x", 3000): "",
		"https://a.example/caf\u00e9 x":                  "https://a.example/caf%C3%A9%20x",
	} {
		if got := canonical(base, in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLinksInTextKeepTheirOwnBrackets(t *testing.T) {
	const wiki = "https://en.wikipedia.org/wiki/Reading_(UK_Parliament_constituency)"
	for in, want := range map[string]string{
		wiki:                          wiki,
		"See " + wiki + ".":           wiki,
		"(see " + wiki + ")":          wiki,
		"(see " + wiki + ").":         wiki,
		"[a](" + wiki + "), and more": wiki,
		"(https://a.example/x)":       "https://a.example/x",
		"(https://a.example/x).":      "https://a.example/x",
		"[https://a.example/x]!":      "https://a.example/x",
		"https://a.example/x?y[]=1":   "https://a.example/x?y[]=1",
		"https://a.example/x?y[].":    "https://a.example/x?y[]",
		"https://a.example/x_(y":      "https://a.example/x_(y",
		"https://a.example/x))).":     "https://a.example/x",
		"“https://a.example/(x)…”":    "https://a.example/(x)",
	} {
		if got := strings.Join(linksOf(nil, nil, in), " "); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestLinksAreCapped(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `&lt;a href="https://l.example/%d"&gt;x&lt;/a&gt; `, i)
	}
	if it := oneItem(t, "<title>x</title><description>"+b.String()+"</description>"); len(it.Links) != maxLinks {
		t.Errorf("%d links, want %d", len(it.Links), maxLinks)
	}
}

// TestPlainAddressesAreWhatTakingThemApartMakes holds the short way to the long one.
func TestPlainAddressesAreWhatTakingThemApartMakes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"/", "//", ".", "..", "-", "_", "~", "a", "B", "0", "host", "example.org", "%20", ":80", "?a=b", "#x", " ", "é", "@", "[", "]", "*"}
	plain := 0
	for range 50_000 {
		s := []string{"https://", "http://"}[r.IntN(2)]
		for range r.IntN(8) {
			few := 12
			if r.IntN(4) == 0 {
				few = len(parts)
			}
			s += parts[r.IntN(few)]
		}
		host, path := plainAddress(s)
		if path == "" {
			continue
		}
		plain++
		u, err := url.Parse(s)
		if err != nil || u.Host != host || u.Hostname() != host || u.Path != path || u.String() != s || s != strings.TrimSpace(s) {
			t.Fatalf("%q is host %q and path %q, but %+v (%v)", s, host, path, u, err)
		}
	}
	if plain < 1000 {
		t.Errorf("only %d plain addresses", plain)
	}
}
