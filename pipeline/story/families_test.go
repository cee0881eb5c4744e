package story

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func families(t *testing.T) *Families {
	t.Helper()
	f, err := DefaultFamilies()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPublishersOfOneBodyAreOneFamily(t *testing.T) {
	f := families(t)
	for publisher, want := range map[string]string{
		"leeds.gov.uk": "leeds.gov.uk", "news.leeds.gov.uk": "leeds.gov.uk", "www.leeds.gov.uk": "leeds.gov.uk", "a.b.leeds.gov.uk": "leeds.gov.uk",
		"npt.gov.uk": "neath-porttalbot.gov.uk", "cardiffnewsroom.co.uk": "cardiff.gov.uk",
		"manchestereveningnews.co.uk": "reachplc.com", "www.leeds-live.co.uk": "reachplc.com", "reachplc.com": "reachplc.com",
		"edinburghnews.scotsman.com": "nationalworld.com", "bbc.com": "bbc.co.uk", "feeds.bbc.co.uk": "bbc.co.uk", "BBC  news": "bbc.co.uk",
		"blogs.example.ac.uk": "example.ac.uk", "committees.parliament.uk": "parliament.uk",
	} {
		if got := f.Of(publisher); got != want {
			t.Errorf("Of(%q) = %q, want %q", publisher, got, want)
		}
	}
	if got := f.Name("reachplc.com"); got != "Reach plc" {
		t.Errorf("Name = %q", got)
	}
}

func TestWhatSharesOnlyAPlatformStaysApart(t *testing.T) {
	f := families(t)
	for _, publisher := range []string{
		"gov.uk", "gov.uk/home-office", "github.com/example", "homeoffice.gov.uk", "defradigital.blog.gov.uk", "gds.blog.gov.uk", "hwb.gov.wales",
		"somebody.wordpress.com", "somebody.substack.com", "somebody.medium.com", "somebody.blogspot.com", "somebody.github.io",
		"digital.nhs.uk", "england.nhs.uk", "met.police.uk", "quay.sample.invalid", "town.sample.invalid", "localhost", "127.0.0.1",
		"person:3f2a", "did:plc:abc", "A parish newsletter", "", "x", "gov.uk.", "..", "co.uk",
	} {
		if got := f.Of(publisher); got != publisher {
			t.Errorf("Of(%q) = %q, want itself", publisher, got)
		}
	}
	if got := f.Of("news.somebody.substack.com"); got != "somebody.substack.com" {
		t.Errorf("below a platform: %q", got)
	}
}

func TestFileAddsToTheBuiltInFamilies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "families.yaml")
	const file = `
separate: [example.com]
families:
  - {id: quay.example, name: Quay News, domains: [harbour.example, leeds-live.co.uk], names: [The Quay]}
`
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := LoadFamilies(path)
	if err != nil {
		t.Fatal(err)
	}
	f = f.With(map[string]string{"tower.example.org": "quay.example", "a.example.com": "quay.example"})
	for publisher, want := range map[string]string{
		"news.harbour.example": "quay.example", "leeds-live.co.uk": "quay.example", "the quay": "quay.example",
		"tower.example.org": "quay.example", "other.example.org": "example.org", "a.example.com": "quay.example", "b.example.com": "b.example.com",
		"dailypost.co.uk": "reachplc.com",
	} {
		if got := f.Of(publisher); got != want {
			t.Errorf("Of(%q) = %q, want %q", publisher, got, want)
		}
	}
}

func TestErrorsInAFamiliesFileNameTheValue(t *testing.T) {
	for file, want := range map[string]string{
		"families: [{id: A B, name: x}]":                                                                        `"A B"`,
		"families: [{id: a.example}]":                                                                           `"a.example"`,
		"families: [{id: a.example, name: x, domains: [https://b.example]}]":                                    `"https://b.example"`,
		"families: [{id: a.example, name: x, domains: [www.b.example]}]":                                        `without https:// and www`,
		"families: [{id: a.example, name: x}, {id: b.example, name: y, domains: [a.example]}]":                  `named by a.example and by b.example`,
		"separate: [a.example]\nfamilies: [{id: a.example, name: x}]":                                           `named by separate and by a.example`,
		"families: [{id: a.example, name: x, names: ['']}]":                                                     `is empty`,
		"families: [{id: a.example, name: x, names: [www.]}]":                                                   `is empty`,
		"families: [{id: a.example, name: x, names: [The Quay]}, {id: b.example, name: y, names: [the  quay]}]": `"the  quay" is given by a.example and by b.example`,
		"family: []": "unknown field",
	} {
		path := filepath.Join(t.TempDir(), "families.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadFamilies(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q", file, err, want)
		}
	}
	if _, err := LoadFamilies("/nowhere/families.yaml"); err == nil {
		t.Error("a missing file is no error")
	}
}

func BenchmarkFamilyOf(b *testing.B) {
	f, err := DefaultFamilies()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Of("news.somewhere.gov.uk")
	}
}
