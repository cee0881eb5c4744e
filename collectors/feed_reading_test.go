package collectors

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCostlyTextsCostNoEntry reads a feed whose texts take more than any real
// feed's: the first are read, of the others there are the titles.
func TestCostlyTextsCostNoEntry(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Costly</title>`)
	const n = 1000
	for i := range n {
		fmt.Fprintf(&b, `<item><guid>%d</guid><title>Post &lt;b&gt;%d&lt;/b&gt;</title><description>%s</description></item>`, i, i,
			strings.Repeat("&lt;p&gt;hello", 2*maxEffort/effortOfMark/n))
	}
	b.WriteString(`</channel></rss>`)
	_, items, err := Parse("costly", []byte(b.String()), "", councilSource("https://a.example/feed"), today)
	if err != nil || len(items) != n {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for i, it := range items {
		if it.Title != fmt.Sprintf("Post %d", i) || i < n/3 && it.Text == "" || i > 2*n/3 && it.Text != "" {
			t.Fatalf("%d: %q with a text of %d bytes", i, it.Title, len(it.Text))
		}
	}
}

// TestArchiveKeepsItsNewestEntries reads feeds of more entries than are dated,
// in both orders.
func TestArchiveKeepsItsNewestEntries(t *testing.T) {
	const n = maxDated + 1000
	for _, newestFirst := range []bool{true, false} {
		var b strings.Builder
		b.WriteString(`<rss version="2.0"><channel><title>Archive</title>`)
		for i := range n {
			age := n - i
			if newestFirst {
				age = i
			}
			fmt.Fprintf(&b, `<item><guid>age %d</guid><pubDate>%s</pubDate></item>`, age, today.Add(-time.Duration(age+1)*time.Hour).Format(time.RFC1123Z))
		}
		b.WriteString(`</channel></rss>`)
		info, items, err := Parse("archive", []byte(b.String()), "", councilSource("https://a.example/feed"), today)
		if err != nil || len(items) != maxEntries || info.Dropped != n-maxEntries {
			t.Fatalf("%d items, %d dropped, %v", len(items), info.Dropped, err)
		}
		for _, it := range items {
			if today.Sub(it.Published) > (maxEntries+2)*time.Hour {
				t.Fatalf("newest first %v: kept %s", newestFirst, it.Published)
			}
		}
	}
}
