package collectors

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vantage/collectors/item"
)

var testKeys = Keys{Root: []byte("root-root-root-root"), Live: []LiveKey{{ID: "k1", Secret: []byte("first-first-first")}}}

// ofPerson is a post as a kind hands it on: hidden under the root key.
func ofPerson(native string, day int, op item.Op) item.Item {
	it := item.Item{Schema: item.Schema, Op: op, ID: native, Version: 7, Kind: "mastodon", Source: "tag", Publisher: "alice@social.example",
		Class: item.Person, Title: "", Text: "A post", URL: "https://social.example/@alice/1", Published: today.AddDate(0, 0, day), Seen: today}
	disguise(&it, testKeys.Root)
	return it
}

func ids(items []item.Item) []string {
	var out []string
	for _, it := range items {
		out = append(out, string(it.Op)+" "+it.ID)
	}
	return out
}

func knownIDs(list ...string) func(context.Context, []string) (map[string]bool, error) {
	return func(_ context.Context, _ []string) (map[string]bool, error) {
		m := map[string]bool{}
		for _, id := range list {
			m[id] = true
		}
		return m, nil
	}
}

func TestPersonsArePublishedUnderALiveKeyOnly(t *testing.T) {
	p := NewPolicy(PolicyConfig{Keys: testKeys})
	raw := ofPerson("https://social.example/1", 0, item.Create)
	got := p.Apply(t.Context(), []item.Item{raw})
	if len(got) != 1 {
		t.Fatalf("%v", ids(got))
	}
	for _, s := range []string{got[0].ID, got[0].Publisher, got[0].AuthorRef} {
		if !strings.HasPrefix(s, "person:k1:") {
			t.Errorf("published as %q", s)
		}
	}
	if got[0].AuthorRef != got[0].Publisher || got[0].ID == got[0].AuthorRef {
		t.Errorf("%+v", got[0])
	}
	if raw.ID == got[0].ID || !innerForm.MatchString(raw.ID) {
		t.Error("the item that was handed in changed")
	}
	org := item.Item{Op: item.Create, ID: "https://a.example/1", Publisher: "a.example", Class: item.Civic, Published: today}
	if got := p.Apply(t.Context(), []item.Item{org}); got[0].ID != org.ID || got[0].Publisher != org.Publisher {
		t.Errorf("an organisation was hidden: %+v", got[0])
	}
}

func TestAfterARotationThePostIsTheSamePost(t *testing.T) {
	p := NewPolicy(PolicyConfig{Keys: testKeys})
	before := p.Apply(t.Context(), []item.Item{ofPerson("1", -1, item.Create)})[0]
	next, dropped := testKeys.Rotate(today, 30*24*time.Hour)
	if len(dropped) != 0 || len(next.Live) != 2 || next.Live[1].ID != "k2" || !next.Live[1].From.After(today) {
		t.Fatalf("rotated to %+v, dropped %v", next.Live, dropped)
	}
	p.SetKeys(next)

	again := p.Apply(t.Context(), []item.Item{ofPerson("1", -1, item.Create)})
	if len(again) != 1 || again[0].ID != before.ID || again[0].AuthorRef != before.AuthorRef {
		t.Errorf("a second reading is %v, it was %s", ids(again), before.ID)
	}
	fresh := p.Apply(t.Context(), []item.Item{ofPerson("2", 1, item.Create)})[0]
	if !strings.HasPrefix(fresh.ID, "person:k2:") || fresh.AuthorRef == before.AuthorRef {
		t.Errorf("a later post has %s by %s", fresh.ID, fresh.AuthorRef)
	}
	gone := p.Apply(t.Context(), []item.Item{ofPerson("1", 3, item.Delete)}) // a delete says nothing of the date
	if !slices.Contains(ids(gone), "delete "+before.ID) || len(gone) != 2 {
		t.Errorf("the delete is %v, the post %s", ids(gone), before.ID)
	}
	left := p.Apply(t.Context(), []item.Item{{Op: item.AuthorGone, AuthorRef: ofPerson("1", 0, item.Create).AuthorRef}})
	if len(left) != 2 || left[0].AuthorRef != before.AuthorRef || left[1].AuthorRef != fresh.AuthorRef {
		t.Errorf("the closed account is %+v, want both pseudonyms", left)
	}

	// An edit that moves the date over the rotation takes the old post back.
	p = NewPolicy(PolicyConfig{Keys: next, Known: knownIDs(before.ID)})
	moved := p.Apply(t.Context(), []item.Item{ofPerson("1", 1, item.Update)})
	if len(moved) != 2 || moved[0].ID != before.ID || moved[0].Op != item.Delete || !strings.HasPrefix(moved[1].ID, "person:k2:") || moved[1].Op != item.Update {
		t.Errorf("the moved edit is %v", ids(moved))
	}
	same := p.Apply(t.Context(), []item.Item{ofPerson("1", -1, item.Update)})
	if len(same) != 1 || same[0].ID != before.ID {
		t.Errorf("the plain edit is %v", ids(same))
	}
}

func TestOldKeysAreDroppedOnceTheirTimeIsOver(t *testing.T) {
	k, now := testKeys, today
	const keep = 30 * 24 * time.Hour
	for range 3 {
		k, _ = k.Rotate(now, keep)
		now = now.Add(20 * 24 * time.Hour)
	}
	if len(k.Live) != 3 || k.Live[0].ID != "k2" { // k1 was replaced 40 days before
		t.Fatalf("live are %+v", k.Live)
	}
	k, dropped := k.Rotate(now, keep)
	if !slices.Equal(dropped, []string{"k2"}) || k.Live[0].ID != "k3" || k.Live[2].ID != "k5" {
		t.Errorf("dropped %v, left %+v", dropped, k.Live)
	}
	read, err := ParseKeys(k.Encode())
	if err != nil || string(read.Encode()) != string(k.Encode()) {
		t.Errorf("read back: %v\n%s", err, read.Encode())
	}
	for _, bad := range []string{"", "ABCDEFGHIJKLMNOPQRST", "root - ABCDEFGHIJKLMNOPQRST", "root - ABCDEFGHIJKLMNOPQRST\nk1 yesterday ABCDEFGHIJKLMNOPQRST",
		"root - ABCDEFGHIJKLMNOPQRST\nk2 2026-01-01T00:00:00Z ABCDEFGHIJKLMNOPQRST\nk1 - ABCDEFGHIJKLMNOPQRST",
		"root - ABCDEFGHIJKLMNOPQRST\nk1 - ABCDEFGHIJKLMNOPQRST\n#" + strings.Repeat(" ", bufio.MaxScanTokenSize)} {
		if _, err := ParseKeys([]byte(bad)); err == nil {
			t.Errorf("%q was taken for keys", bad)
		} else if strings.Contains(err.Error(), "ABCDEFGH") {
			t.Errorf("the error shows a key: %v", err)
		}
	}
}

func TestRefusedPostsAreNeverPublishedAndTakenBack(t *testing.T) {
	sealed := testKeys.Live[0].seal(ofPerson("1", 0, item.Create).ID)
	for _, c := range []struct {
		name  string
		known func(context.Context, []string) (map[string]bool, error)
		want  []string
	}{
		{"never stored", knownIDs(), nil},
		{"stored", knownIDs(sealed), []string{"delete " + sealed}},
		{"nobody knows", nil, []string{"delete " + sealed}},
		{"store down", func(context.Context, []string) (map[string]bool, error) { return nil, errors.New("down") }, []string{"delete " + sealed}},
	} {
		p := NewPolicy(PolicyConfig{Keys: testKeys, Known: c.known})
		for _, op := range []item.Op{item.Create, item.Update} {
			it := ofPerson("1", 0, op)
			it.Consent = Refused
			got := p.Apply(t.Context(), []item.Item{it})
			if !slices.Equal(ids(got), c.want) {
				t.Errorf("%s: %s becomes %v, want %v", c.name, op, ids(got), c.want)
			}
			for _, d := range got {
				if d.Text != "" || d.URL != "" || d.AuthorRef != "" || d.Version != it.Version {
					t.Errorf("%s: the delete carries %+v", c.name, d)
				}
			}
		}
	}
}

func TestOptOutsRefuseByDomainPersonAndTag(t *testing.T) {
	root := testKeys.Root
	parse := func(s string) OptOut {
		o, err := ParseOptOut(s, root)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	p := NewPolicy(PolicyConfig{Keys: testKeys, Known: knownIDs()})
	person := ofPerson("1", 0, item.Create)
	blog := item.Item{Op: item.Create, Kind: "feed", ID: "https://bob.example/1", Publisher: "bob.example", Class: item.Person, Published: today}
	disguise(&blog, root)
	org := func(publisher, url string, tags ...string) item.Item {
		return item.Item{Op: item.Create, ID: url, Kind: "feed", Publisher: publisher, URL: url, Hashtags: tags, Class: item.Civic, Published: today}
	}
	for _, c := range []struct {
		out  string
		item item.Item
		want bool
	}{
		{"a.example", org("a.example", "https://x.example/1"), true},
		{"https://www.A.example/about", org("news.a.example", ""), true},
		{"a.example", org("x.example", "https://blog.a.example/1"), true},
		{"a.example", org("nota.example", "https://x.example/a.example"), false},
		{"www.gov.uk", org("gov.uk", ""), true},
		{"www.gov.uk", org("wigan.gov.uk", ""), false},
		{"llanelli.gwlad.example", org("x.example", "https://llanelli.gwlad.example/x"), true},
		{"#Budget_2027", org("x.example", "", "budget_2027"), true},
		{"#budget", org("x.example", "", "budget2027"), false},
		{"@Alice@Social.example", person, true},
		{"alice@social.example", person, true},
		{"@bob@social.example", person, false},
		{"bob.example", blog, true}, // a person's own site
		{"did:plc:abc", person, false},
	} {
		p.SetOptOuts([]OptOut{parse(c.out)})
		if got := len(p.Apply(t.Context(), []item.Item{c.item})) == 0; got != c.want {
			t.Errorf("%s refuses %+v: %t, want %t", c.out, c.item, got, c.want)
		}
		sealed := sealed(c.item, testKeys.Live[0])
		if p.Refuses(&sealed) != c.want {
			t.Errorf("%s, as it is published: want %t", c.out, c.want)
		}
	}
	p.SetOptOuts(nil)
	if len(p.Apply(t.Context(), []item.Item{person})) != 1 {
		t.Error("after the opt-out was removed the person is still refused")
	}
}

func TestOptOutsThatNameNobodyOrEverybodyAreRefused(t *testing.T) {
	for _, s := range []string{"", "gov.uk", "co.uk", "uk", "localhost", "@alice", "#", "#1", "did:plc", "not a domain", "a.example/path x"} {
		if o, err := ParseOptOut(s, testKeys.Root); err == nil {
			t.Errorf("%q became %+v", s, o)
		} else if s != "" && !strings.Contains(err.Error(), fmt.Sprintf("%q", s)) {
			t.Errorf("%q: the error does not name it: %v", s, err)
		}
	}
	o, err := ParseOptOut("@alice@social.example", testKeys.Root)
	if err != nil || strings.Contains(o.Key()+o.String()+o.Value, "alice") {
		t.Errorf("a person is named in clear: %+v, %v", o, err)
	}
}

// TestOptOutsOutliveARotation: only a pseudonym is kept, and it still matches.
func TestOptOutsOutliveARotation(t *testing.T) {
	o, _ := ParseOptOut("@alice@social.example", testKeys.Root)
	next, _ := testKeys.Rotate(today, time.Hour)
	p := NewPolicy(PolicyConfig{Keys: next, Known: knownIDs()})
	p.SetOptOuts([]OptOut{o})
	if got := p.Apply(t.Context(), []item.Item{ofPerson("1", 5, item.Create)}); len(got) != 0 {
		t.Errorf("published %v", ids(got))
	}
	if refs := p.Refs(o); len(refs) != 2 || !strings.HasPrefix(refs[1], "person:k2:") {
		t.Errorf("stored under %v", refs)
	}
}

func TestPublishersAreClassedWhereTheSourceDoesNotSay(t *testing.T) {
	p := NewPolicy(PolicyConfig{Keys: testKeys, Class: func(domain string) item.Class {
		if domain == "wigan.gov.uk" {
			return item.Council
		}
		return item.Unknown
	}})
	in := []item.Item{
		{Op: item.Create, ID: "1", Publisher: "wigan.gov.uk", Class: item.Unknown, AuthorKind: "unknown"},
		{Op: item.Create, ID: "2", Publisher: "wigan.gov.uk", Class: item.Press, AuthorKind: "org"},
		{Op: item.Create, ID: "3", Publisher: "other.example", Class: item.Unknown, AuthorKind: "unknown"},
	}
	got := p.Apply(t.Context(), in)
	if got[0].Class != item.Council || got[0].AuthorKind != "org" || got[1].Class != item.Press || got[2].Class != item.Unknown || got[2].AuthorKind != "unknown" {
		t.Errorf("%+v", got)
	}
}

// TestPollerPublishesOnlyWhatThePolicyAllows goes the whole way of a visit.
func TestPollerPublishesOnlyWhatThePolicyAllows(t *testing.T) {
	w := newWorld(t)
	feed := newFeedPeer(t)
	feed.show(first1, second)
	w.policy = NewPolicy(PolicyConfig{Keys: testKeys})
	src := feed.source()
	o, err := ParseOptOut(src.Complete().Publisher+".example", testKeys.Root)
	if err != nil {
		t.Fatal(err)
	}
	src.Publisher = o.Value
	w.policy.SetOptOuts([]OptOut{o})
	w.begin(src)
	if w.until(src, visited); w.sink.count(item.Create) != 0 {
		t.Errorf("published %+v", w.sink.puts)
	}
}

// TestNamesOfPersonsDoNotPass: archives and careless kinds name people.
func TestNamesOfPersonsDoNotPass(t *testing.T) {
	p := NewPolicy(PolicyConfig{Keys: testKeys})
	in := item.Item{Op: item.Create, ID: "https://alice.example/1", Kind: "import", Publisher: "alice.example", Class: item.Person, AuthorRef: "alice", Published: today}
	org := item.Item{Op: item.Create, ID: "https://a.example/1", Kind: "import", Publisher: "a.example", Class: item.Press, AuthorRef: "Alice Archer", Published: today}
	for _, it := range p.Apply(t.Context(), []item.Item{in, org}) {
		if strings.Contains(strings.ToLower(it.ID+it.Publisher+it.AuthorRef), "alice") {
			t.Errorf("published as %+v", it)
		}
		if again := p.Apply(t.Context(), []item.Item{it}); again[0].ID != it.ID || again[0].AuthorRef != it.AuthorRef || again[0].Publisher != it.Publisher {
			t.Errorf("hidden twice: %+v, then %+v", it, again[0])
		}
	}
}

// TestArchivesOfPersonsAreRefusedAndWithdrawn: their lines name people in
// clear, and must meet the opt-outs and the posts that are stored all the same.
func TestArchivesOfPersonsAreRefusedAndWithdrawn(t *testing.T) {
	p := NewPolicy(PolicyConfig{Keys: testKeys})
	line := item.Item{Op: item.Create, ID: "https://social.example/1", Kind: "mastodon", Publisher: "alice@social.example", Class: item.Person, Published: today}
	stored := p.Apply(t.Context(), []item.Item{line})[0]

	gone, closed, refused := line, line, line
	gone.Op, closed.Op, closed.ID, closed.AuthorRef, refused.Consent = item.Delete, item.AuthorGone, "", "alice@social.example", Refused
	bare := item.Item{Op: item.Delete, ID: line.ID, Kind: "mastodon", Class: item.Person}
	out := p.Apply(t.Context(), []item.Item{gone, bare, refused})
	if want := "delete " + stored.ID; !slices.Equal(ids(out), []string{want, want, want}) {
		t.Errorf("withdrawn as %v, want %s each time", ids(out), want)
	}
	if out := p.Apply(t.Context(), []item.Item{closed}); len(out) != 1 || out[0].AuthorRef != stored.AuthorRef || out[0].ID != "" {
		t.Errorf("the closed account is %+v, want %s", out, stored.AuthorRef)
	}
	o, err := ParseOptOut("@alice@social.example", testKeys.Root)
	if err != nil {
		t.Fatal(err)
	}
	p.SetOptOuts([]OptOut{o})
	if out := p.Apply(t.Context(), []item.Item{line}); !slices.Equal(ids(out), []string{"delete " + stored.ID}) {
		t.Errorf("after the opt-out the line becomes %v", ids(out))
	}
}
