package item

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzEncode holds Encode to what encoding/json makes of the same item.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", "plain", "line\nline\ttab", `"quoted" \ slash`, "\x00\x1f\x7f", "broken \xff\xc3", "£5 “é” 😀 \u2028 &<>", "seven..\"", "eight...\""} {
		f.Add(s, int64(1762077600), true)
	}
	f.Fuzz(func(t *testing.T, s string, seconds int64, set bool) {
		if got := Valid(s); got != utf8.ValidString(s) {
			t.Fatalf("Valid(%q) is %v", s, got)
		}
		at := time.Unix(seconds%4e9, 123_000_000).UTC()
		it := Item{Schema: Schema, Op: Create, ID: s, Version: seconds, Kind: s, Source: s, Publisher: s, Class: Class(s), Title: s, Text: s + s, Published: at, Seen: at}
		if set {
			it.Via, it.Links, it.Hashtags, it.Updated = []string{s, "b"}, []string{s}, []string{"a", s}, &at
			it.Sensitive, it.Consent, it.Lang, it.URL, it.ContentHash = true, s, s, s, s
			it.FeedCouncil, it.AuthorRef, it.AuthorKind, it.GapFrom, it.GapTo = s, s, s, &at, &at
		}
		std, err := json.Marshal(&it)
		if err != nil {
			t.Fatal(err)
		}
		own, err := it.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(std, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(own, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n got %s\nwant %s", err, own, std)
		}
	})
}

func TestEncodeRefusesATimeThatNoJSONHolds(t *testing.T) {
	it := Item{ID: "a", Seen: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}
	if b, err := it.Encode(); err == nil {
		t.Errorf("it became %s", b)
	}
}

func BenchmarkEncode(b *testing.B) {
	text := make([]byte, 0, 4200)
	for len(text) < 4000 {
		text = append(text, "The council's cabinet agreed to spend £5m on “smart” roads.\n"...)
	}
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	it := Item{Schema: 1, Op: Create, ID: "https://leeds.example/1", Version: 1, Kind: "feed", Source: "leeds", Publisher: "leeds.example",
		Class: Council, Title: "Cabinet", Text: string(text), Published: at, Seen: at}
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := it.Encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&it); err != nil {
				b.Fatal(err)
			}
		}
	})
}
