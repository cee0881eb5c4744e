package collectors

import (
	"strings"
	"testing"
)

// TestIDsStayAsTheyAreWritten holds what identity hangs on: long ids, and ids
// that a parser would write anew as addresses.
func TestIDsStayAsTheyAreWritten(t *testing.T) {
	for _, id := range []string{
		"https://www.oakshire.example/news/" + strings.Repeat("a-very-long-name-", 20) + "1",
		"https://www.oakshire.example/straße/ümlaut?q=a b",
		"https://WWW.Oakshire.example/%7Enews/../1",
		"tag:oakshire.example,2026:" + strings.Repeat("x", 100),
		"urn:uuid:60A76C80-D399-11D9-B93C-0003939E0AF6",
		"plain id with spaces " + strings.Repeat("y", 60),
	} {
		for name, feed := range map[string]string{
			"atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>` + id + `</id><title>One</title></entry></feed>`,
			"rss":  `<rss version="2.0"><channel><title>T</title><item><guid>` + id + `</guid><title>One</title></item></channel></rss>`,
		} {
			r, err := readRaw([]byte(feed))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.entries) != 1 || r.entries[0].guid != id {
				t.Errorf("%s: %q became %+v", name, id, r.entries)
			}
		}
	}
}
