package item

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func post() Item {
	at := time.Date(2026, 11, 16, 9, 30, 0, 0, time.UTC)
	return Item{
		Schema: Schema, Op: Create, ID: "https://example.gov.uk/news/1", Version: at.UnixMilli(),
		Kind: "feed", Source: "example", Via: []string{"example"}, Publisher: "example.gov.uk", Class: Council,
		Title: "Damp sensors in 200 homes", Text: "The pilot grows.", URL: "https://example.gov.uk/news/1",
		Published: at, Seen: at.Add(time.Hour),
	}
}

func TestAnItemSurvivesTheWire(t *testing.T) {
	want := post()
	want.ContentHash = want.HashContent()
	b, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v\nwant    %+v", got, want)
	}
	if got.Subject() != "items.feed" || got.MsgID() != want.ID+"@1794821400000" {
		t.Errorf("subject %q, message id %q", got.Subject(), got.MsgID())
	}
}

func TestCheckNamesTheFieldAndTheValue(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		name string
		edit func(*Item)
		want string
	}{
		{"schema", func(i *Item) { i.Schema = 2 }, "schema 2"},
		{"op", func(i *Item) { i.Op = "erase" }, `"erase"`},
		{"kind", func(i *Item) { i.Kind = "a.b" }, `"a.b"`},
		{"source", func(i *Item) { i.Source = "" }, "source"},
		{"version", func(i *Item) { i.Version = 0 }, "version 0"},
		{"version without a next", func(i *Item) { i.Version = math.MaxInt64 }, "version 9223372036854775807"},
		{"id", func(i *Item) { i.ID = "" }, "id of 0 bytes"},
		{"class", func(i *Item) { i.Class = "wizard" }, `"wizard"`},
		{"author_kind", func(i *Item) { i.AuthorKind = "Person" }, `"Person"`},
		{"consent", func(i *Item) { i.Consent = "refuse" }, `"refuse"`},
		{"publisher", func(i *Item) { i.Publisher = "" }, "publisher"},
		{"published", func(i *Item) { i.Published = time.Time{} }, "published"},
		{"absurd year", func(i *Item) { i.Published = from.AddDate(-100, 0, 0) }, "1926-01-01"},
		{"long text", func(i *Item) { i.Text = strings.Repeat("x", MaxText+1) }, "65537"},
		{"not UTF-8", func(i *Item) { i.Title = "\xff" }, "UTF-8"},
		{"script link", func(i *Item) { i.URL = "javascript:alert(1)" }, "javascript:"},
		{"author_gone", func(i *Item) { i.Op = AuthorGone }, "author_ref"},
		{"gap", func(i *Item) { i.Op = Gap; i.GapFrom, i.GapTo = &from, &from }, "gap_from"},
	}
	for _, c := range cases {
		it := post()
		c.edit(&it)
		if err := it.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not name %s", c.name, err, c.want)
		}
	}
	if it := post(); it.Check() != nil {
		t.Error("a whole item is refused:", it.Check())
	}
}

func TestADeleteNeedsOnlyItsID(t *testing.T) {
	it := Item{Schema: Schema, Op: Delete, ID: "x", Version: 1, Kind: "feed", Source: "s"}
	if err := it.Check(); err != nil {
		t.Error(err)
	}
}

func TestContentHashSeesEveryEdit(t *testing.T) {
	base := post()
	seen := map[string]string{base.HashContent(): "unchanged"}
	edits := map[string]func(*Item){
		"title": func(i *Item) { i.Title += "!" },
		"text":  func(i *Item) { i.Text += "!" },
		"url":   func(i *Item) { i.URL += "x" },
		"date":  func(i *Item) { i.Published = i.Published.Add(time.Hour) },
		"moved": func(i *Item) { i.Title, i.Text = i.Title+i.Text[:3], i.Text[3:] },
	}
	for name, edit := range edits {
		it := post()
		edit(&it)
		if other, ok := seen[it.HashContent()]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[it.HashContent()] = name
	}
}

func TestNextVersionNeverGoesBack(t *testing.T) {
	now := time.UnixMilli(5000)
	for previous, want := range map[int64]int64{0: 5000, 4999: 5000, 5000: 5001, 9000: 9001} {
		if got := NextVersion(previous, now); got != want {
			t.Errorf("after %d: %d, want %d", previous, got, want)
		}
	}
}

func TestWeekIsTheMondayInLondon(t *testing.T) {
	cases := map[string]string{
		"2026-11-16T00:00:00Z":      "2026-11-16",
		"2026-11-22T23:59:59Z":      "2026-11-16",
		"2026-11-23T00:00:00Z":      "2026-11-23",
		"2026-06-28T22:59:59Z":      "2026-06-22", // summer time: still Sunday in London
		"2026-06-28T23:00:00Z":      "2026-06-29", // already Monday in London
		"2026-01-01T12:00:00+13:00": "2025-12-29",
		"2021-01-03T12:00:00Z":      "2020-12-28",
	}
	for in, want := range cases {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := Week(at).Format(time.DateOnly); got != want {
			t.Errorf("week of %s is %s, want %s", in, got, want)
		}
	}
}

// TestSchemaNamesEveryField holds the published schema to the struct.
func TestSchemaNamesEveryField(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			Enum []any `json:"enum"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(JSONSchema, &schema); err != nil {
		t.Fatal(err)
	}
	fields := map[string]bool{}
	for i := range reflect.TypeFor[Item]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[Item]().Field(i).Tag.Get("json"), ",")
		fields[name] = true
		if _, ok := schema.Properties[name]; !ok {
			t.Errorf("schema.json does not describe %q", name)
		}
	}
	for name := range schema.Properties {
		if !fields[name] {
			t.Errorf("schema.json describes %q, which the item does not have", name)
		}
	}
	for _, class := range Classes {
		if !slices.Contains(schema.Properties["publisher_class"].Enum, any(string(class))) {
			t.Errorf("schema.json does not allow the class %q", class)
		}
	}
	for name, want := range map[string][]string{"author_kind": authorKinds, "consent": consents} {
		if got := fmt.Sprint(schema.Properties[name].Enum...); got != fmt.Sprint(anys(want)...) {
			t.Errorf("schema.json allows %s %v, Check %v", name, got, want)
		}
	}
}

func anys(list []string) (all []any) {
	for _, s := range list {
		all = append(all, s)
	}
	return all
}

func FuzzDecode(f *testing.F) {
	it := post()
	b, _ := it.Encode()
	f.Add(b)
	f.Add([]byte(`{"schema":1,"op":"gap"}`))
	f.Add([]byte(`{"published":"9999-12-31T23:59:59Z"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := Decode(b)
		if err != nil {
			return
		}
		again, err := it.Encode()
		if err != nil {
			t.Fatalf("accepted %q but cannot encode it: %v", b, err)
		}
		if _, err := Decode(again); err != nil {
			t.Fatalf("does not read its own writing: %v\n%s", err, bytes.TrimSpace(again))
		}
	})
}
