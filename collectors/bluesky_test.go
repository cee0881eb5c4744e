package collectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vantage/collectors/item"
)

// read makes an item of a record as the collector would.
func readSky(t *testing.T, record string) (item.Item, bool) {
	t.Helper()
	var e jetEvent
	frame := fmt.Sprintf(`{"did":%q,"time_us":%d,"kind":"commit","commit":{"operation":"create","collection":%q,"rkey":"3kabc","record":%s}}`,
		anna, today.UnixMicro(), postCollection, record)
	if !readJet([]byte(frame), &e) {
		t.Fatalf("no event: %s", frame)
	}
	src := Source{Kind: "bluesky", Tags: []string{"localgov"}}.Complete()
	b := newBluesky(Deps{Now: func() time.Time { return today }, Key: []byte("k")}).(*bluesky)
	state, _ := loadSky(nil)
	f := newSkyFollow(b, src, state, nil, nil)
	return f.postOf(&e, item.Create)
}

func TestPostBecomesAnItem(t *testing.T) {
	it, ok := readSky(t, `{"$type":"app.bsky.feed.post",
		"text":"Café müsli 🥣 with @anna.example.com at bristol… #LocalGov, and #Datá but a#b is none",
		"createdAt":"2026-11-21T11:59:00.123Z","langs":["cy-GB","en"],"tags":["Hidden Tag","localgov"],
		"facets":[
			{"index":{"byteStart":23,"byteEnd":40},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:x"}]},
			{"index":{"byteStart":44,"byteEnd":54},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://www.bristol.gov.uk/bins?utm_source=bsky"}]},
			{"index":{"byteStart":9000,"byteEnd":9001},"features":[{"$type":"app.bsky.richtext.facet#mention"}]},
			{"index":{"byteStart":55,"byteEnd":64},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"LocalGov"}]}],
		"embed":{"$type":"app.bsky.embed.recordWithMedia",
			"record":{"$type":"app.bsky.embed.record","record":{"uri":"at://did:plc:other/app.bsky.feed.post/1","cid":"x"}},
			"media":{"$type":"app.bsky.embed.external","external":{"uri":"https://example.org/report","title":"A report","description":"On bins, by @carol.example.org"}}},
		"reply":{"root":{"uri":"at://did:plc:other/app.bsky.feed.post/1","cid":"x"},"parent":{"uri":"at://did:plc:other/app.bsky.feed.post/1","cid":"x"}}}`)
	if !ok {
		t.Fatal("the record cannot be read")
	}
	if want := "Café müsli 🥣 with at bristol… #LocalGov, and #Datá but a#b is none\nA report\nOn bins, by"; it.Text != want {
		t.Errorf("text %q, want %q", it.Text, want)
	}
	if got := strings.Join(it.Hashtags, " "); got != "localgov hiddentag datá" {
		t.Errorf("hashtags %q", got)
	}
	if got := strings.Join(it.Links, " "); got != "https://www.bristol.gov.uk/bins https://example.org/report" {
		t.Errorf("links %q", got)
	}
	if it.Lang != "cy-GB" || it.Sensitive || it.Consent != "unknown" || it.URL != "https://bsky.app/profile/"+anna+"/post/3kabc" {
		t.Errorf("%+v", it)
	}
	if want := time.Date(2026, 11, 21, 11, 59, 0, 123e6, time.UTC); !it.Published.Equal(want) || !it.Seen.Equal(today) {
		t.Errorf("published %s, seen %s", it.Published, it.Seen)
	}
	it.Version = 1
	if err := it.Check(); err != nil {
		t.Error(err)
	}
}

func TestPersonsLeaveTheText(t *testing.T) {
	for in, want := range map[string]string{
		"thanks @anna.bsky.social!":                            "thanks !",
		"ask @bristol.gov.uk or @jane.bristol.gov.uk":          "ask bristol.gov.uk or bristol.gov.uk",
		"mail jane.doe+x@bristol.gov.uk or jane@example.com":   "mail bristol.gov.uk or",
		"@josé_99 and @BristolCouncil and @cyngorgwynedd":      "and @BristolCouncil and @cyngorgwynedd",
		"see https://bsky.app/profile/anna.bsky.social/post/3": "see",
		"see bsky.app/profile/did:plc:abc and did:plc:abc":     "see and",
		"5 @ 3 pm, c@t":     "5 @ 3 pm,",
		"nothing\nto  hide": "nothing\nto hide",
	} {
		if got := withoutPeople(in, nil); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	const s = "über @a.b und @ç.d" // the handles are bytes 6 to 10 and 15 to 20
	for _, ranges := range [][][2]int{
		{{6, 10}, {15, 20}}, {{15, 20}, {6, 10}}, {{6, 10}, {6, 20}, {15, 20}}, {{15, 20}, {15, 20}},
		{{-1, 4}, {7, 3}, {6, 999}, {1, 2}, {17, 20}, {6, 10}, {15, 20}}, nil,
	} {
		if got := withoutPeople(s, slices.Clone(ranges)); strings.Contains(got, "a.b") || strings.Contains(got, "@") || !strings.HasPrefix(got, "über") || !utf8.ValidString(got) {
			t.Errorf("%v: %q", ranges, got)
		}
	}
}

func TestRangeThatComesTwiceTakesNothingElse(t *testing.T) {
	const s = "Anna Bell asked and Bob answered"
	for _, ranges := range [][][2]int{{{0, 9}, {0, 9}}, {{0, 9}, {0, 4}}, {{5, 9}, {0, 6}}, {{2, 4}, {0, 9}}} {
		if got := withoutPeople(s, ranges); got != "asked and Bob answered" {
			t.Errorf("%v: %q", ranges, got)
		}
	}
}

func TestSelfLabelsMarkThePost(t *testing.T) {
	for label, want := range map[string]bool{"porn": true, "graphic-media": true, "!no-unauthenticated": false, "whatever": false} {
		it, _ := readSky(t, `{"text":"x","labels":{"$type":"com.atproto.label.defs#selfLabels","values":[{"val":"`+label+`"}]}}`)
		if it.Sensitive != want {
			t.Errorf("%s: sensitive %v", label, it.Sensitive)
		}
	}
}

func TestPartsOfTheWrongTypeAreLeftOut(t *testing.T) {
	it, ok := readSky(t, `{"text":"Fine #localgov","langs":"en","tags":{"a":1},"facets":[{"index":{"byteStart":"x"},"features":7}],"embed":[],"labels":3,"createdAt":5}`)
	if !ok || it.Text != "Fine #localgov" || !slices.Equal(it.Hashtags, []string{"localgov"}) || !it.Published.Equal(today) {
		t.Errorf("%v %+v", ok, it)
	}
}

func TestDateOfAPost(t *testing.T) {
	for claim, want := range map[time.Duration]bool{
		0: true, -time.Hour: true, -6 * 24 * time.Hour: true, -8 * 24 * time.Hour: false, time.Second: false, -50 * 365 * 24 * time.Hour: false,
	} {
		at := today.Add(claim)
		if got := skyDate(at, today); got.Equal(at) != want && claim != 0 || !got.Equal(at) && !got.Equal(today) {
			t.Errorf("%s: %s", claim, got)
		}
	}
	if !skyDate(time.Time{}, today).Equal(today) {
		t.Error("no claim is not the time when it was seen")
	}
}

// TestFilterSeesWhatTheItemShows: the quick look at a record must find the
// tags, links and words that the item has in the end.
func TestFilterSeesWhatTheItemShows(t *testing.T) {
	for _, record := range []string{
		`{"text":"plain #One"}`, `{"text":"esc\u0061ped \"#One\"\n\ud83e\udd63 #Tw\u006f"}`, `{"text":"","tags":["One","Tw\u006f"]}`, `{"tags":["One"],"text":"glued"}`,
		`{"text":"facet","facets":[{"features":[{"tag":"One","$type":"app.bsky.richtext.facet#tag"}]},{"features":[{"uri":"https:\/\/example.org\/x","$type":"app.bsky.richtext.facet#link"}]}]}`,
		`{"embed":{"external":{"title":"A #One card","uri":"https://example.org/y","description":""}},"text":"see"}`,
		`{"embed":{"media":{"external":{"title":"t","uri":"https://example.org/z","description":"Words"}},"record":{}},"text":"see"}`,
		`{ "facets" : [ { "features" : [ { "tag" : "One" , "$type" : "app.bsky.richtext.facet#tag" } ] } ] , "text" : "spaced" }`,
	} {
		var p skyProbe
		p.read([]byte(record))
		it, ok := readSky(t, record)
		if !ok {
			t.Fatalf("cannot be read: %s", record)
		}
		for _, tag := range it.Hashtags {
			if !hasTag(string(p.words), []string{tag}) {
				t.Errorf("%s: the tag %s is not in %q", record, tag, p.words)
			}
		}
		for _, link := range it.Links {
			if !slices.Contains(p.links, link) {
				t.Errorf("%s: the link %s is not in %q", record, link, p.links)
			}
		}
		for _, word := range strings.Fields(it.Text) {
			if !bytes.Contains(p.words, []byte(word)) {
				t.Errorf("%s: the word %s is not in %q", record, word, p.words)
			}
		}
	}
}

func TestTagsAreComparedFolded(t *testing.T) {
	tags := []string{"localgov", "café", "ukgovcamp26"}
	for s, want := range map[string]bool{
		"#localgov": true, "#LocalGov!": true, "x#LOCALGOV": true, "#localgovernment": false, "localgov": false, "#CAFÉ": true,
		"#cafe": false, "# localgov": false, "##localgov": true, "#UKGovCamp26.": true, "": false, "#": false, "#ｌｏｃａｌｇｏｖ": true,
	} {
		if got := hasTag(s, tags); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestSourceOfBlueskyIsOneLine(t *testing.T) {
	s := Source{Kind: "bluesky", Tags: []string{"localgov", "ukgovcamp"}}.Complete()
	if err := CheckSources([]Source{s}); err != nil {
		t.Fatal(err)
	}
	if s.URL != blueskyHost || s.Class != item.Person || s.Name != "Bluesky: #localgov, #ukgovcamp" || !strings.Contains(s.Key, "localgov-ukgovcamp") {
		t.Errorf("%+v", s)
	}
	all := Source{Kind: "bluesky", URL: "wss://jetstream.example/"}.Complete()
	words := Source{Kind: "bluesky", URL: "ws://127.0.0.1:6008/subscribe", Query: "councils", Tags: []string{"localgov"}}.Complete()
	if err := CheckSources([]Source{s, all, words}); err != nil {
		t.Error(err)
	}
	if all.URL != "https://jetstream.example/" || all.Name != "Bluesky" || words.URL != "http://127.0.0.1:6008/subscribe" {
		t.Errorf("%+v, %+v", all, words)
	}
	for want, bad := range map[string]Source{
		`query "bins"`: {Query: "bins"}, `"#!"`: {Tags: []string{"#!"}}, "more than an address": {URL: "https://jetstream.example/subscribe?cursor=1"}, "not a web address": {URL: "tcp://x"},
	} {
		bad.Kind = "bluesky"
		if err := CheckSources([]Source{bad.Complete()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}

func TestWishOfASource(t *testing.T) {
	match := func(string, []string) bool { return true }
	for name, c := range map[string]struct {
		src  Source
		tags int
		all  bool
	}{
		"tags": {Source{Tags: []string{"a", "#A", "b"}}, 2, false}, "nothing": {Source{}, 0, true},
		"words": {Source{Query: "councils"}, 0, true}, "both": {Source{Tags: []string{"a"}, Query: "councils"}, 1, true},
	} {
		if w := wishOf(c.src, match); len(w.tags) != c.tags || (w.match != nil) != c.all {
			t.Errorf("%s: %+v", name, w)
		}
	}
}

func TestSkyCursorKeepsEverythingAndIsBounded(t *testing.T) {
	s, _ := loadSky(nil)
	s.head = skyHead{Host: "jetstream.example", Dialect: 2, Seq: 7, Time: today.UnixMicro(), Lull: 5}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range maxFollowed + 5000 {
		at := today.AddDate(0, 0, i/1000)
		s.posts.note(r.Uint64(), at)
		s.authors.note(r.Uint64(), today)
	}
	kept, old := uint64(1<<40|77), uint64(1<<40|78)
	s.posts.note(kept, today.AddDate(1, 0, 0))
	s.posts.note(old, today.AddDate(-1, 0, 0))
	s.recent[9] = skyPost{today.UnixMicro(), 3}
	s.recent[8] = skyPost{today.Add(-time.Hour).UnixMicro(), 2}
	s.tidy()
	b := s.encode()
	if len(b) > 500_000 {
		t.Errorf("the cursor has %d bytes", len(b))
	}
	again, err := loadSky(b)
	if err != nil {
		t.Fatal(err)
	}
	if again.head != s.head || len(again.recent) != 1 || again.recent[9] != s.recent[9] || !again.posts.has(kept) || again.posts.has(old) {
		t.Errorf("%+v, %v", again.head, again.recent)
	}
	if len(again.posts) > maxFollowed || len(again.authors) > maxFollowed || len(again.posts) < maxFollowed*9/10 || !bytes.Equal(again.encode(), b) {
		t.Errorf("%d posts, %d authors", len(again.posts), len(again.authors))
	}
	for n := range 200 {
		cut := b[:len(b)*n/200]
		if _, err := loadSky(cut); err == nil && n > 0 {
			t.Errorf("a cursor cut at %d of %d bytes is read", len(cut), len(b))
		}
	}
	if strings.Contains(string(b), "plc") {
		t.Error("the cursor names persons")
	}
}

func FuzzLoadSky(f *testing.F) {
	s, _ := loadSky(nil)
	s.posts.note(1, today)
	f.Add(s.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := loadSky(b); err == nil {
			if _, err := loadSky(s.encode()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestMembersAreFoundAsJSONSeesThem(t *testing.T) {
	for _, s := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":"\\","b":"\\\"}","c":[{"d":"]"}],"e":null,"f":-1.5e3}`, `{"":{}}`, `{"a":{"b":[[],{}]},"c":true}`,
		"{\n\t\"a\" : \"b\" , \"c\" : [ 1 , 2 ] }",
	} {
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		if !eachMember([]byte(s), func(k, v []byte) bool { got[string(k)] = string(v); return true }) {
			t.Errorf("%s is refused", s)
		}
		for k, v := range want {
			if got[k] != string(v) {
				t.Errorf("%s: %q is %q, want %q", s, k, got[k], v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %v", s, got)
		}
	}
	for _, s := range []string{"", "[]", "{", `{"a"`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":"x}`, `{"a":[}`, `{"a" 1}`, `{a:1}`, `"{}"`, `{"a":1 "b":2}`, `{"a":` + strings.Repeat("[", 65)} {
		if eachMember([]byte(s), func(_, _ []byte) bool { return true }) {
			t.Errorf("%q passes for an object", s)
		}
	}
}
