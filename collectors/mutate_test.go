package collectors

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMutatedFeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/feeds/*.*")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var worst time.Duration
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) == 0 || strings.HasSuffix(file, ".golden") {
			continue
		}
		for range 100 {
			broken := mutate(random, body)
			began := time.Now()
			_, items, _ := Parse(file, broken, "", councilSource("https://a.example/feed"), today)
			worst = max(worst, time.Since(began))
			for _, it := range items {
				if err := it.Check(); err != nil {
					t.Fatalf("%v in %q", err, broken)
				}
			}
		}
	}
	t.Logf("the slowest took %s", worst)
}

func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(4) {
		from := r.IntN(len(b))
		to := from + r.IntN(min(len(b)-from, 64)) + 1
		switch r.IntN(5) {
		case 0:
			b = append(b[:from:from], b[to:]...)
		case 1:
			b = append(b[:from:from], append(bytes.Repeat(b[from:to], 1+r.IntN(500)), b[to:]...)...)
		case 2:
			b[from] = byte(r.IntN(256))
		case 3:
			b = append(b[:from:from], append([]byte([]string{"<![CDATA[", "]]>", "<item>", "</item>", "<!--", "&#x0;", "\xff", "<!DOCTYPE x>", "</channel>", "\""}[r.IntN(10)]), b[from:]...)...)
		case 4:
			b = b[:to]
		}
		if len(b) == 0 {
			return []byte("<")
		}
	}
	return b
}
