package collectors

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMastodonGolden reads answers in the shapes of several makers of servers
// and compares the items with the .golden file beside each.
func TestMastodonGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/mastodon/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d answers, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := timelineItems(t, body)
			golden(t, file+".golden", got)
			for _, name := range []string{"wren", "finch", "quiet", "heron", "vole"} {
				if strings.Contains(strings.ToLower(string(got)), name) {
					t.Errorf("%s is named", name)
				}
			}
		})
	}
}

// timelineItems is a page as a source on social.example would publish it, as
// JSON lines.
func timelineItems(t *testing.T, body []byte) []byte {
	t.Helper()
	s, err := loadMastodon(nil, "https://social.example")
	if err != nil {
		t.Fatal(err)
	}
	s.head.Server = mastodonServer{Domain: "social.example", Routes: true}
	s.lanes([]string{"localgov"}, 4)
	posts, bad, err := readPosts(body)
	if err != nil {
		t.Fatal(err)
	}
	turn := &mastodonTurn{
		src:  Source{Kind: "mastodon", URL: "https://social.example", Tags: []string{"localgov"}}.Complete(),
		base: "https://social.example", key: []byte("key"), state: s, now: today, stamp: today, refusers: map[string]bool{},
	}
	turn.take(&s.head.Lanes[0], posts)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, it := range turn.v.Items {
		if err := it.Check(); err != nil {
			t.Error(err)
		}
		enc.Encode(it)
	}
	enc.Encode(map[string]int{"unreadable": bad})
	return out.Bytes()
}
