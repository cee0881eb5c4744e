package collectors

import (
	"strings"
	"testing"
	"time"
)

func TestCheckSourcesNamesKeyValueAndWayOut(t *testing.T) {
	good := Source{URL: "https://a.example/feed"}.Complete()
	with := func(change func(*Source)) []Source {
		s := good
		change(&s)
		return []Source{s}
	}
	for name, test := range map[string]struct {
		sources []Source
		says    []string
	}{
		"kind":      {with(func(s *Source) { s.Kind = "carrier-pigeon" }), []string{"source 1", "kind", "carrier-pigeon", "feed"}},
		"url":       {with(func(s *Source) { s.URL = "a.example/feed" }), []string{"url", "a.example/feed", "https://"}},
		"scheme":    {with(func(s *Source) { s.URL = "ftp://a.example/" }), []string{"url", "ftp"}},
		"password":  {with(func(s *Source) { s.URL = "https://u:secret@a.example/" }), []string{"url", "never sent"}},
		"key":       {with(func(s *Source) { s.Key = "two words" }), []string{"key", "two words", "leave it out"}},
		"dots":      {with(func(s *Source) { s.Key = "a..b" }), []string{"key", "single dots"}},
		"class":     {with(func(s *Source) { s.Class = "gossip" }), []string{"class", "gossip", "council, central"}},
		"interval":  {with(func(s *Source) { s.Interval = time.Second }), []string{"interval", "1s", "1m0s"}},
		"negative":  {with(func(s *Source) { s.Interval = -time.Hour }), []string{"interval"}},
		"lang":      {with(func(s *Source) { s.Lang = "English" }), []string{"lang", "English", "en"}},
		"publisher": {with(func(s *Source) { s.Publisher = "" }), []string{"publisher"}},
		"twice":     {[]Source{good, good}, []string{"source 2", "key", "source 1"}},
	} {
		err := CheckSources(test.sources)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, word := range test.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", name, err, word)
			}
		}
		if strings.Contains(strings.ReplaceAll(err.Error(), good.Key, ""), "secret") {
			t.Errorf("%s: the password is in the error %q", name, err)
		}
	}
	if err := CheckSources(with(func(s *Source) { s.URL, s.Interval = "http://127.0.0.1:999/feed", time.Second })); err != nil {
		t.Errorf("a short interval on loopback: %v", err)
	}
}

func TestKeyOf(t *testing.T) {
	a := KeyOf("feed", "https://www.Example.org/News/feed.xml?x=1")
	if !strings.HasPrefix(a, "example.org-news-feed.xml-x-1-") || !keyForm.MatchString(a) {
		t.Errorf("got %q", a)
	}
	if KeyOf("feed", "http://example.org/a/") != KeyOf("feed", "https://www.example.org/a") {
		t.Error("scheme, www. and the last slash should not count")
	}
	if KeyOf("feed", "https://example.org/a") == KeyOf("feed", "https://example.org/A") || KeyOf("feed", "https://x.example") == KeyOf("other", "https://x.example") {
		t.Error("different sources have one key")
	}
	for _, odd := range []string{"", "https://", "https://例え.example/フィード", "https://a.example/" + strings.Repeat("long/", 100), "???", "https://a.example/../..b./.c..d", "https://a..example/."} {
		if k := KeyOf("feed", odd); !keyForm.MatchString(k) || len(k) > maxKey {
			t.Errorf("%q makes the key %q", odd, k)
		}
	}
}

func TestRegisterRefusesARepeatedName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Register("feed", Kind{New: newFeed})
}
