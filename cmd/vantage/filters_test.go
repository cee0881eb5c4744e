package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const oneItem = `<rss version="2.0"><channel><title>Example</title><link>https://www.example.gov.uk/</link>
<item><guid>https://www.example.gov.uk/1</guid><title>Barnsley Council opens a data portal</title>
<pubDate>Mon, 16 Nov 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;It holds open data.&lt;/p&gt;</description></item></channel></rss>`

// TestParseAndTagAreFilters joins two stages as the README does.
func TestParseAndTagAreFilters(t *testing.T) {
	dir := t.TempDir()
	parsed, stderr, err := invoke(t, dir, strings.NewReader(oneItem), "parse", "-")
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, stderr)
	}
	head, items, _ := strings.Cut(parsed, "\n")
	if !strings.HasPrefix(head, `{"feed":{"title":"Example"`) || strings.Count(items, "\n") != 1 {
		t.Fatalf("parse prints %s", parsed)
	}
	tagged, stderr, err := invoke(t, dir, strings.NewReader(items), "tag")
	if err != nil || !strings.Contains(tagged, `"id":"E08000038"`) || !strings.Contains(tagged, `"id":"open-data"`) {
		t.Errorf("tag: %v\n%s%s", err, tagged, stderr)
	}
	explained, _, err := invoke(t, dir, strings.NewReader(items), "tag", "--explain")
	if err != nil || !strings.Contains(explained, "Barnsley") || strings.Contains(explained, "{") {
		t.Errorf("tag --explain: %v\n%s", err, explained)
	}
}

func TestParseOfNoFeedSaysSoInOneLine(t *testing.T) {
	out, stderr, err := invoke(t, t.TempDir(), strings.NewReader("junk"), "parse", "-")
	if err == nil || out != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "standard input") {
		t.Errorf("%v\nout %q\nerr %q", err, out, stderr)
	}
}

// TestRankFindsTheRise ranks 16 weeks of 12 steady publishers of whom 10 turn
// to open data in the last four weeks.
func TestRankFindsTheRise(t *testing.T) {
	var lines strings.Builder
	monday := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for week := 1; week <= 17; week++ {
		for publisher := range 12 {
			for post := range 3 {
				title := fmt.Sprintf("Swimming pool n%d w%d p%d", post, week, publisher)
				if week <= 4 && publisher < 10 && post == 0 {
					title = fmt.Sprintf("Open data w%d p%d", week, publisher)
				}
				at := monday.AddDate(0, 0, -7*week).Add(time.Duration(publisher) * time.Hour)
				fmt.Fprintf(&lines, `{"id":"https://p%d.example/%d/%d","title":%q,"published":%q,"publisher":"p%d.example","publisher_class":"civic","sources":["p%d"]}`+"\n",
					publisher, week, post, title, at.Format(time.RFC3339), publisher, publisher)
			}
		}
	}
	out, stderr, err := invoke(t, t.TempDir(), strings.NewReader(lines.String()), "rank", "-asof", "2026-11-16", "-")
	if err != nil {
		t.Fatalf("rank: %v\n%s", err, stderr)
	}
	_, first, _ := strings.Cut(out, "\n")
	var score struct {
		Term, Label string
		Items       int
		Lift        float64
	}
	first, _, _ = strings.Cut(first, "\n")
	if err := json.Unmarshal([]byte(first), &score); err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr)
	}
	if score.Term != "open-data" || score.Label != "strong" || score.Items != 40 {
		t.Errorf("the first is %+v of\n%s", score, out)
	}
}
