package stream

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

// full is an item with every field set.
func full() item.Item {
	it := sized(0, 1)[0]
	it.Via, it.Links = []string{"leeds", "bradford"}, []string{"https://a.example/x", "https://b.example/y"}
	it.Hashtags, it.ContentHash = []string{"localgov"}, it.HashContent()
	it.AuthorRef, it.AuthorKind, it.Lang, it.FeedCouncil = "k1:abc", "org", "cy", "E08000035"
	it.Sensitive, it.Consent = true, "indexable"
	at := it.Seen.Add(time.Hour + 123*time.Millisecond)
	it.Updated, it.GapFrom, it.GapTo = &at, &at, &at
	it.Text = "Llŷn “quoted” \u2028 😀 \t" + it.Text
	return it
}

func decoded(wire []byte) (it item.Item, err error) {
	err = decodeItem(wire, &it)
	return it, err
}

func TestDecodeReadsEveryField(t *testing.T) {
	want := full()
	v := reflect.ValueOf(want)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Fatalf("the example leaves %s empty", v.Type().Field(i).Name)
		}
	}
	wire, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decoded(wire)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

func TestItemsAsWeWriteThemAreReadTheQuickWay(t *testing.T) {
	var s scratch
	for _, want := range []item.Item{full(), post(1), {Schema: 1, Op: item.Delete, ID: "a\"b\\c\x01", Version: 3, Kind: "feed", Source: "leeds"}} {
		wire, err := want.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var got item.Item
		if ok := readItem(wire, &s, &got); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %+v\nwant %+v", wire, got, want)
		}
		for n := range wire {
			if readItem(wire[:n], &s, new(item.Item)) {
				t.Fatalf("%s: the first %d bytes are taken for a whole item", wire, n)
			}
		}
	}
}

// FuzzDecode holds the quick decoder to the one that the item publishes.
func FuzzDecode(f *testing.F) {
	it := full()
	wire, err := it.Encode()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(wire), `{}`, `null`, `{"schema":1.0}`, `{"ID":"a","id":null}`, `{"id":"\ud800"}`, "{\"id\":\"\xff\"}", `{"via":null,"via":["a"]}`, `[]`, `{"published":"2026-11-02T10:00:00+01:00"}`, `{"x":{"y":[1,2]}} `, `{"version":1e3}`,
		`{"text":"\u0041\u00e9\ud83d\ude00\/\b\n\t\r\f"}`, `{"via":[],"links":["a","b"],"sensitive":true}`, `{"sensitive":false}`, "{\"id\":\"a\xc3\",\"kind\":\"\xa9b\"}", `{"version":01}`, `{"id":"a"}x`, `{"via":["a"],"via":["b","c"]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if otherCase(b) {
			return // the two differ here by design
		}
		var std item.Item
		stdErr := json.Unmarshal(b, &std)
		if stdErr == nil {
			stdErr = std.Check()
		}
		got, err := decoded(b)
		if (err == nil) != (stdErr == nil) {
			t.Fatalf("%q\nquick: %v\n  std: %v", b, err, stdErr)
		}
		if err == nil && !reflect.DeepEqual(got, std) {
			t.Errorf("%q\nquick: %+v\n  std: %+v", b, got, std)
		}
	})
}

// otherCase says that b has a name which only encoding/json takes for a field.
func otherCase(b []byte) bool {
	var names map[string]json.RawMessage
	if json.Unmarshal(b, &names) != nil {
		return false
	}
	fields := reflect.TypeFor[item.Item]()
	for name := range names {
		for i := range fields.NumField() {
			tag, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
			if name != tag && strings.EqualFold(name, tag) {
				return true
			}
		}
	}
	return false
}

func BenchmarkDecode(b *testing.B) {
	it := full()
	wire, err := it.Encode()
	if err != nil {
		b.Fatal(err)
	}
	for name, decode := range map[string]func([]byte) (item.Item, error){"standard": item.Decode, "quick": decoded} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(wire)))
			for b.Loop() {
				if _, err := decode(wire); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
