package text

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func languageOf(post string) string { return Language(post, Words(nil, post)) }

func TestLanguageOfPosts(t *testing.T) {
	b, err := os.ReadFile("testdata/languages.txt")
	if err != nil {
		t.Fatal(err)
	}
	right, told, all := 0, 0, 0
	for line := range strings.Lines(string(b)) {
		want, post, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		all++
		got := languageOf(post)
		if got == want {
			right++
		}
		if got != "" {
			told++
		}
		if got != want {
			t.Logf("%s taken for %q: %s", want, got, post)
		}
	}
	t.Logf("%d posts, %d right, %d answered", all, right, told)
	if all < 100 || right*100 < 95*all {
		t.Errorf("%d of %d posts are right, below 95 %%", right, all)
	}
	if wrong := told - right; wrong*100 > all {
		t.Errorf("%d of %d posts are answered wrong, over 1 %%", wrong, all)
	}
}

func TestLanguageIsSilentWhereNothingTells(t *testing.T) {
	for _, post := range []string{"", "42", "https://example.org/a", "#opendata", "GIS", "Barnsley", "🎉🎉🎉", "Ffion", "a", "\x00\xff", "Lorem"} {
		if got := languageOf(post); got != "" {
			t.Errorf("%q is taken for %q", post, got)
		}
	}
}

func TestLanguageOfOtherScripts(t *testing.T) {
	for post, want := range map[string]string{
		"Ο δήμος ανακοίνωσε νέο πρόγραμμα":        "el",
		"市政府公布了新的数据平台":                            "zh",
		"市は新しいサービスを始めました":                         "ja",
		"시청이 새로운 서비스를 시작했습니다":                     "ko",
		"Городской совет открыл данные":           "und",
		"أعلن المجلس عن خدمة جديدة":               "und",
		"העירייה השיקה שירות חדש":                 "he",
		"#opendata Городской совет открыл данные": "und",
	} {
		if got := languageOf(post); got != want {
			t.Errorf("%q is taken for %q, not %q", post, got, want)
		}
	}
}

// TestLanguageOfRealPublications reads English publications of government, by
// their titles and first lines.
func TestLanguageOfRealPublications(t *testing.T) {
	dir := os.Getenv("VANTAGE_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	f, err := os.Open(filepath.Join(dir, "corpora/govuk-publications.jsonl.gz"))
	if err != nil {
		t.Skipf("the publications are not here (%v); set VANTAGE_SHARED to the folder that holds corpora", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 8<<20)
	n, english, other := 0, 0, 0
	for lines.Scan() {
		var doc struct{ Title, Lead string }
		if err := json.Unmarshal(lines.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		n++
		switch got := languageOf(doc.Title + "\n" + doc.Lead); got {
		case "en":
			english++
		case "":
		default:
			if other++; other <= 20 {
				t.Logf("taken for %s: %s | %s", got, doc.Title, doc.Lead)
			}
		}
	}
	t.Logf("%d publications: %d English, %d another language, the rest not told", n, english, other)
	// A sixth of them are a bare title, often without a small word in it.
	if n == 0 || english*100 < 80*n || other*500 > n {
		t.Errorf("of %d publications %d are taken for English and %d for another language", n, english, other)
	}
}

func BenchmarkLanguage(b *testing.B) {
	post := strings.Repeat("Missed bin collections can now be reported online, says the council of this town. ", 12)
	words := Words(nil, post)
	b.SetBytes(int64(len(post)))
	b.ReportAllocs()
	for b.Loop() {
		Language(post, words)
	}
}
