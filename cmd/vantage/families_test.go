package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFiles(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const quaySources = `source_files: []
sources:
  - {key: a, url: "https://a.example.org/feed", publisher: a.example.org, class: press, family: quay.example}
  - {key: b, url: "https://b.example.org/feed", publisher: b.example.com, class: press}
`

func TestFamiliesCommandSaysWhoCountsAsOne(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"vantage.yaml":  quaySources + "families: families.yaml\n",
		"families.yaml": "families: [{id: quay.example, name: Quay News, domains: [b.example.com]}]\n",
	})
	var out bytes.Buffer
	c := console{strings.NewReader(""), &out, &out, nil}
	if err := run(t.Context(), c, []string{"families", "-config", filepath.Join(dir, "vantage.yaml")}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a.example.org", "b.example.com"} {
		if line := lineWith(out.String(), want); !strings.Contains(line, "quay.example") || !strings.Contains(line, "Quay News") {
			t.Errorf("%s: %q, want Quay News", want, line)
		}
	}
	out.Reset()
	err := run(t.Context(), c, []string{"families", "-config", filepath.Join(dir, "vantage.yaml"), "news.leeds.gov.uk", "gov.uk/home-office"})
	if err != nil || !strings.Contains(lineWith(out.String(), "news.leeds.gov.uk"), " leeds.gov.uk") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func lineWith(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}

func TestErrorsInFamiliesAreFoundAtLoad(t *testing.T) {
	for name, c := range map[string]struct{ config, families, want string }{
		"two of one publisher": {quaySources + `  - {key: c, url: "https://c.example/feed", publisher: a.example.org, family: other.example}` + "\n", "", `source c: family "other.example"`},
		"form":                 {quaySources + `  - {key: c, url: "https://c.example/feed", publisher: c.example.org, family: "A Group"}` + "\n", "", `family "A Group"`},
		"missing file":         {quaySources + "families: nowhere.yaml\n", "", "nowhere.yaml"},
		"file":                 {quaySources + "families: families.yaml\n", "families: [{id: X}]\n", `family "X"`},
	} {
		dir := writeFiles(t, map[string]string{"vantage.yaml": c.config, "families.yaml": c.families})
		if _, err := loadConfig(filepath.Join(dir, "vantage.yaml"), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
