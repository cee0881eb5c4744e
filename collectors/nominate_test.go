package collectors

import (
	"strings"
	"testing"

	"vantage/collectors/item"
)

func TestOnlyPublicPagesOfOrganisationsCanBeProposed(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.a.example/x?utm_source=mail&id=3#part": "https://www.a.example/x?id=3",
		"  www.a.example/x  ":                               "https://www.a.example/x",
		"HTTP://A.EXAMPLE":                                  "http://a.example/",
		"https://wigan.gov.uk/news":                         "https://wigan.gov.uk/news",
		"https://user:secret@a.example/":                    "https://a.example/",
		"https://llan.cymru/croeso":                         "https://llan.cymru/croeso",
	} {
		if got, err := NominableLink(in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "nonsense", "ftp://a.example/x", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://", "mailto:a@a.example",
		"http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest", "http://localhost/x", "https://printer.local/", "https://intranet/",
		"https://db.internal/", "https://a.example:8443/", "https://203.0.113.9/x",
		"https://social.example/@alice/1", "https://social.example/users/alice", "https://bsky.app/profile/a", "https://www.linkedin.com/in/alice",
		"https://x.com/alice", "https://mobile.twitter.com/alice/status/1", "https://a.example/" + strings.Repeat("x", 3000),
	} {
		got, err := NominableLink(bad)
		if err == nil {
			t.Errorf("%q was taken as %q", bad, got)
		} else if c := err.Error()[0]; c < 'a' || c > 'z' {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestNominationIsASoundItemThatLosesToASource(t *testing.T) {
	n := Nomination{Link: "https://a.example/x", Title: " A  page\nabout #OpenData ", Words: "Why it matters", At: today}
	it := n.Item(today)
	if err := it.Check(); err != nil {
		t.Fatal(err)
	}
	if it.ID != "https://a.example/x" || it.Publisher != "a.example" || it.Kind != "nomination" || it.Version != 1 || it.Title != "A page about #OpenData" ||
		it.Class != item.Unknown || len(it.Hashtags) != 1 || it.Hashtags[0] != "opendata" {
		t.Errorf("%+v", it)
	}
	feed := Source{Key: "zzz", Kind: "feed", URL: "https://a.example/feed", Publisher: "a.example"}
	if id := identify(feed, "", "https://a.example/x", "", today); id != it.ID {
		t.Errorf("a feed's copy is %q", id)
	}
	if it.Source <= "zzz" {
		t.Errorf("the channel %q sorts before a source", it.Source)
	}
}
